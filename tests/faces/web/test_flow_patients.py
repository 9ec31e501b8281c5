"""The way from a code to a visit: the first page, a patient's page, a visit's."""

from hairdensity.store.models import AuditEntry, Patient, Site, Visit


def _patient(browser, code="P-1"):
    return browser.post("/patients", data={"code": code}).headers["location"]


def test_code_and_enter_open_a_new_patient(browser, place):
    answer = browser().post("/patients", data={"code": " P-1 "})
    assert answer.status_code == 303
    page = browser().get(answer.headers["location"])
    assert page.status_code == 200
    assert "P-1" in page.text
    with place.database.session() as db:
        assert [patient.code for patient in db.query(Patient)] == ["P-1"]
        assert "P-1" not in str([entry.detail for entry in db.query(AuditEntry)])


def test_place_of_the_map_leads_to_todays_visit(browser, place):
    person = browser()
    patient = _patient(person)
    answer = person.post(f"{patient}/place", data={"place": "vertex"})
    page = person.get(answer.headers["location"])
    assert page.status_code == 200
    assert "Vertex" in page.text
    assert "Today" in page.text
    # Twice is the same site and the same visit.
    person.post(f"{patient}/place", data={"place": "vertex"})
    with place.database.session() as db:
        assert db.query(Site).count() == 1
        assert db.query(Visit).count() == 1
