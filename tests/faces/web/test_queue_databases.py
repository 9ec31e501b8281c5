"""Uploads and the queue on SQLite and on PostgreSQL: the same steps side by side, nothing lost and nothing twice."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from PIL import Image
from sqlalchemy import select

from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.queue import Queue, QueueSettings
from hairdensity.clinic.uploading import Arrival, incoming
from hairdensity.store.models import AuditEntry, Capture, Clinic, Job, Patient, Reading, Site, User, Visit, utc_now
from tests.faulty_tasks import plan, prepare

WAIT_S = 30.0


@pytest.fixture
def target(installation):
    """Who uploads, and where to."""
    with installation.database.session() as db:
        clinic = Clinic(name="Ours")
        db.add(clinic)
        db.flush()
        user = User(clinic_id=clinic.id, name="clinician", role="clinician", password_hash="!")  # noqa: S106 -- no password has this hash
        db.add(user)
        db.flush()
        patient = Patient(clinic_id=clinic.id, code="P-001", created_by=user.id)
        db.add(patient)
        db.flush()
        site = Site(patient_id=patient.id, place="vertex")
        visit = Visit(patient_id=patient.id, day=utc_now().date(), created_by=user.id)
        db.add_all([site, visit])
    who = Person(user_id=user.id, clinic_id=clinic.id, name="clinician", role=Role.CLINICIAN)
    return who, Arrival(visit_id=visit.id, site_id=site.id)


def picture(number):
    held = io.BytesIO()
    Image.new("RGB", (32, 24), (number, 0, 0)).save(held, "png")
    return held.getvalue()


def upload(at, target, data):
    with incoming(at) as coming:
        coming.add(data)
        return coming.accept(*target)


def work_until(queue, at, condition):
    queue.start()
    try:
        until = time.monotonic() + WAIT_S
        while True:
            with at.database.session(writes=False) as db:
                if condition([job.state for job in db.scalars(select(Job))]):
                    return
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.02)
    finally:
        queue.stop()


def test_pictures_that_come_together_are_kept_once_and_scored_once(installation, target, tmp_path):
    pictures = [picture(number % 6) for number in range(12)]
    with ThreadPoolExecutor(12) as threads:
        accepted = list(threads.map(partial(upload, installation, target), pictures))
    assert sum(one.is_new for one in accepted) == 6
    with installation.database.session(writes=False) as db:
        sha256s = sorted(capture.sha256 for capture in db.scalars(select(Capture)))
        assert sorted(capture.number for capture in db.scalars(select(Capture))) == [1, 2, 3, 4, 5, 6]
        assert [entry.event for entry in db.scalars(select(AuditEntry))].count("capture added") == 6

    faults = dict.fromkeys(sha256s, "slow") | {sha256s[0]: "crash"}
    plan(tmp_path / "plan", faults)
    make = partial(
        Queue,
        installation,
        settings=QueueSettings(n_workers=2),
        prepare=partial(prepare, plan_file=str(tmp_path / "plan")),
    )
    work_until(make(), installation, lambda states: states.count("done") >= 2)
    work_until(make(), installation, {"queued", "running"}.isdisjoint)
    with installation.database.session(writes=False) as db:
        assert sorted(reading.capture.sha256 for reading in db.scalars(select(Reading))) == sha256s[1:]
        (failed,) = db.scalars(select(Job).where(Job.state == "failed"))
        assert (failed.capture.sha256, failed.error_code) == (sha256s[0], "poison")
