"""The way from a code to a visit: the first page, a patient's page, a visit's."""

import re
from datetime import date

import pytest

from hairdensity.clinic.scalp import PLACES
from hairdensity.store.models import AuditEntry, Patient, Site, Visit
from hairdensity.web.rendering import STATIC


@pytest.fixture
def clinician(browser):
    return browser("clinician")


@pytest.fixture
def patient(clinician):
    """The address of a new patient."""
    return clinician.post("/patients", data={"code": "P-1"}).headers["location"]


def _codes(place):
    with place.database.session() as db:
        return sorted(patient.code for patient in db.query(Patient))


def test_code_and_enter_open_a_new_patient(clinician, place):
    answer = clinician.post("/patients", data={"code": " P-1 "})
    assert answer.status_code == 303
    page = clinician.get(answer.headers["location"])
    assert "P-1" in page.text
    assert _codes(place) == ["P-1"]
    with place.database.session() as db:
        assert "P-1" not in str([entry.detail for entry in db.query(AuditEntry)])


def test_code_that_is_there_opens_that_patient(clinician, patient, place):
    assert clinician.post("/patients", data={"code": "p-1"}).headers["location"] == patient
    assert _codes(place) == ["P-1"]


def test_code_like_others_is_added_only_when_asked(clinician, place):
    clinician.post("/patients", data={"code": "P-11"})
    page = clinician.post("/patients", data={"code": "P-1"})
    assert page.status_code == 200
    assert "P-11" in page.text
    assert _codes(place) == ["P-11"]
    assert clinician.post("/patients", data={"code": "P-1", "add": "true"}).status_code == 303
    assert _codes(place) == ["P-1", "P-11"]


def test_name_comes_back_with_the_reason_and_is_kept_nowhere(clinician, place):
    page = clinician.post("/patients", data={"code": "Maria Rossi"})
    assert page.status_code == 422
    assert 'value="Maria Rossi"' in page.text
    assert "This looks like a name" in page.text
    assert _codes(place) == []
    assert clinician.post("/patients", data={"code": "Maria Rossi", "confirmed": "true"}).status_code == 303
    page = clinician.post("/patients", data={"code": "m@example.org", "confirmed": "true"})
    assert page.status_code == 422
    assert "all the same" not in page.text


def test_search_shows_codes_that_hold_the_text(clinician, patient):
    clinician.post("/patients", data={"code": "Q-7"})
    found = clinician.post("/patients/search", data={"code": "p-"})
    assert "P-1" in found.text
    assert "Q-7" not in found.text
    # What stands for anything in a search of a database stands for itself here.
    assert "P-1" not in clinician.post("/patients/search", data={"code": "%"}).text
    assert clinician.post("/patients/search", data={"code": "\x00"}).status_code == 200


def test_reader_finds_and_adds_nothing(browser, patient, place):
    reader = browser("reader")
    assert reader.post("/patients", data={"code": "P-1"}).headers["location"] == patient
    assert reader.post("/patients", data={"code": "P-2"}).status_code == 200
    assert _codes(place) == ["P-1"]
    page = reader.get(patient).text
    assert "New visit" not in page
    assert re.search(r'class="place place-vertex" [^>]*disabled', page)
    for path in ("place", "visits", "sites", "code"):
        assert reader.post(f"{patient}/{path}", data={"place": "vertex", "code": "P-3"}).status_code == 403


def test_stranger_sees_nothing(browser, clinician, patient):
    visit = clinician.post(f"{patient}/place", data={"place": "vertex"}).headers["location"].partition("?")[0]
    stranger = browser("stranger")
    assert "P-1" not in stranger.get("/").text
    assert "P-1" not in stranger.post("/patients/search", data={"code": "P"}).text
    for path in (patient, visit):
        assert stranger.get(path).status_code == 404
    for path in (f"{patient}/place", f"{patient}/visits", f"{patient}/code", f"{visit}/change", f"{visit}/delete"):
        assert stranger.post(path, data={"place": "vertex", "code": "X-1"}).status_code == 404


def test_place_of_the_map_leads_to_todays_visit(clinician, patient, place):
    answer = clinician.post(f"{patient}/place", data={"place": "vertex"})
    page = clinician.get(answer.headers["location"])
    assert "Vertex" in page.text
    assert "Today" in page.text
    # Twice is the same site and the same visit.
    assert (
        clinician.post(f"{patient}/place", data={"place": "vertex"}).headers["location"] == answer.headers["location"]
    )
    with place.database.session() as db:
        assert db.query(Site).count() == 1
        assert [visit.day for visit in db.query(Visit)] == [date.today()]
    assert clinician.post(f"{patient}/place", data={"place": "elbow"}).status_code == 422


def test_visit_of_another_day_is_labeled_changed_and_deleted(clinician, patient, place):
    data = {"day": "2026-03-02", "label": "week 12"}
    visit = clinician.post(f"{patient}/visits", data=data).headers["location"]
    assert "2 Mar 2026, week 12" in clinician.get(patient).text
    assert clinician.post(f"{visit}/change", data={"day": "2026-03-03", "label": "week 12"}).status_code == 303
    assert "3 Mar 2026" in clinician.get(visit).text
    for day in ("2150-01-01", "1889-01-01"):
        page = clinician.post(f"{patient}/visits", data={"day": day})
        assert page.status_code == 422
        assert "A visit lies between" in page.text
    assert clinician.post(f"{visit}/delete").headers["location"] == patient
    with place.database.session() as db:
        assert db.query(Visit).count() == 0


def test_sites_of_one_place_are_told_apart_by_labels(clinician, patient, place):
    for label, status in (("left", 303), ("right", 303), ("left", 422)):
        answer = clinician.post(f"{patient}/sites", data={"place": "vertex", "label": label, "is_control": "true"})
        assert answer.status_code == status
    page = clinician.get(patient).text
    assert "Vertex, left" in page
    assert "untreated control" in page
    with place.database.session() as db:
        site = db.query(Site).filter_by(label="left").one()
    clinician.post(f"/sites/{site.id}/change", data={"label": "center"})
    with place.database.session() as db:
        changed = db.get(Site, site.id)
        assert (changed.label, changed.is_control) == ("center", False)
    clinician.post(f"/sites/{site.id}/delete")
    with place.database.session() as db:
        assert [one.label for one in db.query(Site)] == ["right"]


def test_code_is_changed(clinician, patient, place):
    clinician.post("/patients", data={"code": "Q-7"})
    assert clinician.post(f"{patient}/code", data={"code": "P-2"}).status_code == 303
    assert _codes(place) == ["P-2", "Q-7"]
    for code in ("Q-7", "Maria Rossi", ""):
        page = clinician.post(f"{patient}/code", data={"code": code})
        assert page.status_code == 422
    assert _codes(place) == ["P-2", "Q-7"]


def test_the_buttons_of_the_map_lie_where_the_places_are():
    css = (STATIC / "css" / "patients.css").read_text()
    rules = re.findall(r"\.place-(\w+) \{ left: ([\d.]+)%; top: ([\d.]+)%; \}", css)
    drawn = {code: (float(left), float(top) * 1.06) for code, left, top in rules}
    assert set(drawn) == {place.code for place in PLACES}
    for place in PLACES:
        assert drawn[place.code] == pytest.approx((place.x, place.y), abs=0.05)
