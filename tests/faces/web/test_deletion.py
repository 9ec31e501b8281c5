"""Deletion on the page and over the API: asked twice, by an admin of the clinic, with files."""

import pytest

from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Patient, Site, User, Visit, utc_now


@pytest.fixture
def patient(place):
    """A patient with one picture: its id, the picture's id and the name of the picture's file."""
    with place.database.session() as db:
        admin = place.people["admin"]
        assert db.get(User, admin.user_id) is not None
        one = Patient(clinic_id=admin.clinic_id, code="AB-7", created_by=admin.user_id)
        one.sites = [Site(place="vertex")]
        one.visits = [Visit(day=utc_now().date(), created_by=admin.user_id)]
        db.add(one)
        db.flush()
        capture = Capture(
            visit_id=one.visits[0].id,
            site_id=one.sites[0].id,
            number=1,
            sha256=place.workplace.files.put(b"a picture"),
            media_type="image/jpeg",
            n_bytes=9,
            width_px=10,
            height_px=10,
            uploaded_by=admin.user_id,
        )
        db.add(capture)
        record(db, "patient added", ("patient", one.id), clinic_id=admin.clinic_id, user_id=admin.user_id)
        db.flush()
        return one.id, capture.id, capture.sha256


def test_an_admin_deletes_a_patient_by_typing_the_code(place, browser, patient):
    patient_id, _, _ = patient
    admin = browser("admin")
    assert f'href="/patients/{patient_id}/delete"' in admin.get(f"/patients/{patient_id}").text
    asked = admin.get(f"/patients/{patient_id}/delete")
    assert asked.status_code == 200
    assert "<strong>1 picture</strong>" in asked.text
    refused = admin.post(f"/patients/{patient_id}/delete", data={"code": "AB-8"})
    assert refused.status_code == 422
    assert "Type AB-7 to delete this patient." in refused.text
    assert place.workplace.files.names()
    done = admin.post(f"/patients/{patient_id}/delete", data={"code": " ab-7 "})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert place.workplace.files.names() == set()
    assert admin.get(f"/patients/{patient_id}").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("reader", 403), ("clinician", 403), ("stranger", 404)])
def test_nobody_else_may(place, browser, patient, name, status):
    patient_id, _, _ = patient
    somebody = browser(name)
    assert somebody.get(f"/patients/{patient_id}/delete").status_code == status
    assert somebody.post(f"/patients/{patient_id}/delete", data={"code": "AB-7"}).status_code == status
    assert somebody.delete(f"/api/v1/patients/{patient_id}").status_code == status
    assert "Delete this patient" not in somebody.get(f"/patients/{patient_id}").text
    assert place.workplace.files.names()


def test_the_api_deletes_too(place, browser, patient):
    patient_id, _, _ = patient
    assert browser("admin").delete(f"/api/v1/patients/{patient_id}").status_code == 204
    assert place.workplace.files.names() == set()


def test_a_deleted_picture_takes_its_file_along(place, browser, patient):
    _, capture_id, sha256 = patient
    (place.workplace.cache / "views" / sha256).mkdir(parents=True)
    assert browser("clinician").delete(f"/api/v1/captures/{capture_id}").status_code == 204
    assert place.workplace.files.names() == set()
    assert list(place.workplace.cache.glob("views/*")) == []
