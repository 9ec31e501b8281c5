"""What people see of the queue: places, reasons, remedies, another try; nothing of another clinic."""

import pytest
from sqlalchemy import select

from hairdensity.clinic.jobs import queue_scoring
from hairdensity.store.models import Capture, Job, Patient, Reading, Site, Visit, utc_now

REASON = "the JPEG data are damaged; copy the file again"


@pytest.fixture
def jobs(place):
    """A job in each state, by state."""
    who = place.people["clinician"]
    with place.database.session() as db:
        patient = Patient(clinic_id=who.clinic_id, code="P-017", created_by=who.user_id)
        db.add(patient)
        db.flush()
        site = Site(patient_id=patient.id, place="vertex")
        visit = Visit(patient_id=patient.id, day=utc_now().date(), created_by=who.user_id)
        db.add_all([site, visit])
        db.flush()
        made = {}
        for number, state in enumerate(("queued", "running", "done", "failed"), start=1):
            capture = Capture(
                visit_id=visit.id, site_id=site.id, number=number, sha256=str(number) * 64, media_type="image/jpeg",
                n_bytes=1, width_px=64, height_px=48, uploaded_by=who.user_id,
            )  # fmt: skip
            db.add(capture)
            db.flush()
            job = queue_scoring(db, who, capture)
            job.state = state
            made[state] = job
        made["failed"].error_code, made["failed"].error_message = "truncated", REASON
    return {state: job.id for state, job in made.items()}


def test_each_state_of_a_job_is_said_in_words(browser, jobs):
    client = browser()
    said = {state: client.get(f"/jobs/{job}/state").text for state, job in jobs.items()}
    assert "number 1 in the queue" in said["queued"]
    assert "Counting" in said["running"]
    assert 'href="/captures/' in said["done"]
    assert REASON[4:] in said["failed"]
    assert "Then upload the new file" in said["failed"]
    asks_again = {state: "hx-get" in text for state, text in said.items()}
    assert asks_again == {"queued": True, "running": True, "done": False, "failed": False}


def test_a_failed_job_is_tried_again_by_those_who_may(place, browser, jobs):
    url = f"/jobs/{jobs['failed']}/retry"
    assert "Try again" not in browser("reader").get(f"/jobs/{jobs['failed']}/state").text
    assert browser("reader").post(url).status_code == 403
    answer = browser().post(url, headers={"HX-Request": "true"})
    assert "in the queue" in answer.text
    assert browser().post(url).status_code == 409
    with place.database.session(writes=False) as db:
        assert db.get(Job, jobs["failed"]).state == "queued"


def test_the_board_shows_the_own_clinic_alone(browser, jobs):
    shown = browser("reader").get("/queue").text
    assert shown.count("P-017") == 4
    assert 'hx-get="/queue"' in shown
    assert '/state"' not in shown
    for title in ("At work", "Waiting", "Failed", "Done last"):
        assert title in shown
    nothing = browser("stranger").get("/queue").text
    assert "P-017" not in nothing
    assert "Nothing waits" in nothing


def test_the_api_says_the_same(browser, jobs):
    client = browser()
    queued, failed = (client.get(f"/api/v1/jobs/{jobs[state]}").json() for state in ("queued", "failed"))
    assert (queued["state"], queued["place"], queued["fault"]) == ("queued", 1, None)
    assert failed["fault"]["code"] == "truncated"
    assert failed["fault"]["message"] == REASON
    assert failed["place"] is None
    again = client.post(f"/api/v1/jobs/{jobs['failed']}/retry").json()
    assert (again["state"], again["place"]) == ("queued", 2)


@pytest.mark.parametrize("path", ["/jobs/{job}/state", "/api/v1/jobs/{job}", "/api/v1/captures/{capture}/readings"])
def test_objects_of_another_clinic_are_not_there(place, browser, jobs, path):
    with place.database.session(writes=False) as db:
        capture_id = db.scalars(select(Capture.id)).first()
        assert db.scalars(select(Reading)).all() == []
    url = path.format(job=jobs["failed"], capture=capture_id)
    assert browser("reader").get(url).status_code == 200
    assert browser("stranger").get(url).status_code == 404
