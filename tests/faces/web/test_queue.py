"""The queue: every job ends once, whatever happens to the child, the queue and the order of their coming."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import select

from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.jobs import place_of, queue_scoring, retry
from hairdensity.clinic.queue import Queue, QueueSettings, working
from hairdensity.errors import BusyError, ConflictError
from hairdensity.store.models import Capture, Job, Patient, Reading, Site, User, Visit, utc_now
from tests.faulty_tasks import plan, prepare, turns

WAIT_S = 30.0


@pytest.fixture
def plan_file(tmp_path):
    plan(tmp_path / "plan", {})
    return tmp_path / "plan"


@pytest.fixture
def start(place, plan_file):
    """Start a queue whose children do as planned."""
    started = []

    def start_queue(**settings):
        settings = QueueSettings(**{"n_workers": 2, "limit_s": 1.0, "memory_gb": 0.4} | settings)
        queue = Queue(place.workplace, settings=settings, prepare=partial(prepare, plan_file=str(plan_file)))
        queue.start()
        started.append(queue)
        return queue

    yield start_queue
    for queue in started:
        queue.stop()


def add_captures(place, names, *, who="clinician"):
    """A picture of each name, with its job; gives the sha256 of the names."""
    person = place.people[who]
    with place.database.session() as db:
        patient = Patient(clinic_id=person.clinic_id, code=f"P-{who}-{names[0]}", created_by=person.user_id)
        db.add(patient)
        db.flush()
        site = Site(patient_id=patient.id, place="vertex")
        visit = Visit(patient_id=patient.id, day=utc_now().date(), created_by=person.user_id)
        db.add_all([site, visit])
        db.flush()
        sha256s = {name: hashlib.sha256(name.encode()).hexdigest() for name in names}
        for number, sha256 in enumerate(sha256s.values(), start=1):
            capture = Capture(
                visit_id=visit.id,
                site_id=site.id,
                number=number,
                sha256=sha256,
                media_type="image/png",
                n_bytes=1,
                width_px=1,
                height_px=1,
                uploaded_by=person.user_id,
            )
            db.add(capture)
            db.flush()
            queue_scoring(db, person, capture)
    return sha256s


def jobs_by_name(place, sha256s):
    names = {sha256: name for name, sha256 in sha256s.items()}
    with place.database.session(writes=False) as db:
        return {names[job.capture.sha256]: job for job in db.scalars(select(Job)) if job.capture.sha256 in names}


def wait_for(condition):
    until = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def wait_until_over(place):
    def is_over():
        with place.database.session(writes=False) as db:
            return db.scalars(select(Job.id).where(Job.state.in_(("queued", "running")))).first() is None

    wait_for(is_over)


def readings_of(place):
    with place.database.session(writes=False) as db:
        return sorted(reading.capture.sha256 for reading in db.scalars(select(Reading)))


def test_each_fault_fails_alone_with_its_reason(place, start, plan_file):
    names = ["fine", "crash", "hang", "memory", "refuse", "stumble", "nonsense", "last"]
    sha256s = add_captures(place, names)
    plan(plan_file, {sha256s[name]: name for name in names})
    start()
    wait_until_over(place)
    jobs = jobs_by_name(place, sha256s)
    assert {name: (job.state, job.error_code) for name, job in jobs.items()} == {
        "fine": ("done", None),
        "crash": ("failed", "poison"),
        "hang": ("failed", "poison"),
        "memory": ("failed", "poison"),
        "refuse": ("failed", "undecodable"),
        "stumble": ("failed", "internal"),
        "nonsense": ("failed", "internal"),
        "last": ("done", None),
    }
    assert "SIGSEGV" in jobs["crash"].error_message
    assert "time limit" in jobs["hang"].error_message
    assert "memory" in jobs["memory"].error_message or "GB" in jobs["memory"].error_message
    assert "copy it again" in jobs["refuse"].error_message
    assert readings_of(place) == sorted([sha256s["fine"], sha256s["last"]])
    tried = turns(plan_file)
    assert {name: tried.count(sha256) for name, sha256 in sha256s.items()} == {
        "fine": 1, "crash": 2, "hang": 2, "memory": 2, "refuse": 1, "stumble": 1, "nonsense": 1, "last": 1
    }  # fmt: skip


def test_a_full_disk_holds_jobs_up_and_loses_none(place, start, plan_file, monkeypatch):
    monkeypatch.setattr("hairdensity.clinic.queue.working.PAUSE_S", 0.2)
    sha256s = add_captures(place, ["full", "fine"])
    plan(plan_file, {sha256s["full"]: "full"})
    start(n_workers=1)
    wait_for(lambda: (jobs_by_name(place, sha256s)["full"].error_message or "").startswith("the disk is full"))
    assert jobs_by_name(place, sha256s)["full"].state in ("queued", "running")
    plan(plan_file, {})
    wait_until_over(place)
    assert {job.state for job in jobs_by_name(place, sha256s).values()} == {"done"}


def test_restart_in_mid_queue_loses_nothing_and_does_nothing_twice(place, start, plan_file):
    names = [f"picture {number}" for number in range(8)]
    sha256s = add_captures(place, names)
    plan(plan_file, dict.fromkeys(sha256s.values(), "slow"))
    first = start()
    wait_for(lambda: len(readings_of(place)) >= 2)
    first.stop()
    with place.database.session(writes=False) as db:
        states = [job.state for job in db.scalars(select(Job))]
    assert "running" not in states
    assert "queued" in states
    start()
    wait_until_over(place)
    assert readings_of(place) == sorted(sha256s.values())


def test_what_ran_when_the_server_was_killed_is_queued_again_but_not_for_ever(place, start, plan_file):
    sha256s = add_captures(place, ["ran", "ran thrice", "waited"])
    with place.database.session() as db:
        for name, n_tries in (("ran", 1), ("ran thrice", 3)):
            job = db.scalars(select(Job).join(Job.capture).where(Capture.sha256 == sha256s[name])).one()
            job.state, job.n_tries = "running", n_tries
    start()
    wait_until_over(place)
    jobs = jobs_by_name(place, sha256s)
    assert {name: (job.state, job.error_code) for name, job in jobs.items()} == {
        "ran": ("done", None),
        "ran thrice": ("failed", "poison"),
        "waited": ("done", None),
    }


def test_clinics_take_turns(place, start, plan_file):
    many = add_captures(place, [f"theirs {number}" for number in range(6)], who="stranger")
    few = add_captures(place, ["ours 0", "ours 1"])
    with place.database.session(writes=False) as db:
        ours = [
            db.scalars(select(Job).join(Job.capture).where(Capture.sha256 == sha256)).one() for sha256 in few.values()
        ]
        assert [place_of(db, job) for job in ours] == [1, 3]
    start(n_workers=1)
    wait_until_over(place)
    order = turns(plan_file)
    assert set(order[:4]) >= set(few.values())
    assert [sha256 for sha256 in order if sha256 in many.values()] == list(many.values())


def test_a_job_that_failed_is_tried_again_when_a_person_asks(place, start, plan_file):
    sha256s = add_captures(place, ["refuse"])
    plan(plan_file, {sha256s["refuse"]: "refuse"})
    start()
    wait_until_over(place)
    plan(plan_file, {})
    with place.database.session() as db:
        job = retry(db, place.people["clinician"], jobs_by_name(place, sha256s)["refuse"].id)
        assert job.state == "queued"
    wait_until_over(place)
    assert jobs_by_name(place, sha256s)["refuse"].state == "done"
    with place.database.session() as db, pytest.raises(ConflictError):
        retry(db, place.people["clinician"], job.id)


def test_a_picture_that_waits_is_not_queued_twice(place):
    add_captures(place, ["one"])
    with place.database.session() as db:
        capture = db.scalars(select(Capture)).one()
        again = queue_scoring(db, place.people["clinician"], capture)
        assert db.scalars(select(Job)).all() == [again]


def test_what_a_person_waits_for_does_not_stand_behind_the_jobs(place, start, plan_file):
    sha256s = add_captures(place, ["hang"])
    plan(plan_file, {sha256s["hang"]: "hang"})
    queue = start(n_workers=1, limit_s=60.0)
    wait_for(lambda: turns(plan_file))
    assert queue.ask("echo", {"say": "at once"}, WAIT_S) == {"said": "at once"}


def test_looking_for_a_scale_ends_soon_and_stands_behind_what_a_person_has_asked_for(start, plan_file, monkeypatch):
    monkeypatch.setitem(working.LATER, "mark", 0.3)
    queue = start()
    with ThreadPoolExecutor(2) as people:
        looking = [people.submit(queue.ask, "mark", {}, WAIT_S) for _ in range(2)]
        wait_for(lambda: turns(plan_file))
        assert queue.ask("echo", {"say": "before the others"}, WAIT_S) == {"said": "before the others"}
        assert turns(plan_file)[:2] == ["mark", "echo"]
        for one in looking:
            with pytest.raises(BusyError):
                one.result(WAIT_S)


def test_a_queue_that_has_ended_refuses_at_once(place, start):
    queue = start()
    queue.stop()
    with pytest.raises(BusyError):
        queue.ask("echo", {"say": "nobody is there"}, WAIT_S)


def test_a_deleted_picture_is_no_fault(place, start, plan_file):
    sha256s = add_captures(place, ["slow"])
    plan(plan_file, {sha256s["slow"]: "slow"})
    start()
    wait_for(lambda: turns(plan_file))
    with place.database.session() as db:
        db.delete(db.scalars(select(Capture)).one())
    wait_until_over(place)
    assert readings_of(place) == []


def test_people_of_other_clinics_do_not_see_a_job(place):
    sha256s = add_captures(place, ["one"])
    job = jobs_by_name(place, sha256s)["one"]
    assert isinstance(place.people["stranger"], Person)
    assert place.people["stranger"].role is Role.ADMIN
    with place.database.session() as db, pytest.raises(LookupError):
        retry(db, place.people["stranger"], job.id)
    with place.database.session(writes=False) as db:
        assert db.scalars(select(User)).first() is not None
