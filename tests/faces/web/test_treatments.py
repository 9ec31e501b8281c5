"""Treatments over pages and API."""

import pytest
from sqlalchemy import select

from hairdensity.store.models import AuditEntry, Patient, Site, Treatment

NEEDLING = {"kind": "microneedling", "depth_mm": "1,5", "started_on": "2026-01-05", "ended_on": "", "manner": "course"}


@pytest.fixture
def patient_id(place):
    who = place.people["clinician"]
    with place.database.session() as db:
        patient = Patient(clinic_id=who.clinic_id, code="P-001", created_by=who.user_id)
        patient.sites = [Site(place="vertex")]
        db.add(patient)
        db.flush()
        return patient.id


def kept(place):
    with place.database.session(writes=False) as db:
        return list(db.scalars(select(Treatment).order_by(Treatment.started_on)))


def test_a_course_is_added_changed_and_deleted(place, patient_id, browser):
    client = browser()
    added = client.post(f"/patients/{patient_id}/treatments", data={**NEEDLING, "interval_weeks": "2"})
    assert (added.status_code, added.headers["location"]) == (303, f"/patients/{patient_id}#treatments")
    (treatment,) = kept(place)
    assert (treatment.depth_mm, treatment.interval_weeks, treatment.ended_on) == (1.5, 2.0, None)
    assert "Microneedling, 1.5 mm, every 2 weeks" in client.get(f"/patients/{patient_id}").text
    form = client.get(f"/treatments/{treatment.id}").text
    assert 'value="2026-01-05"' in form
    changed = {**NEEDLING, "ended_on": "2026-03-02", "depth_mm": "0.5"}
    assert client.post(f"/treatments/{treatment.id}", data=changed).status_code == 303
    (treatment,) = kept(place)
    assert (treatment.depth_mm, treatment.ended_on.isoformat()) == (0.5, "2026-03-02")
    assert client.post(f"/treatments/{treatment.id}/delete").status_code == 303
    assert kept(place) == []
    with place.database.session(writes=False) as db:
        entries = list(db.scalars(select(AuditEntry).order_by(AuditEntry.number)))
    assert [entry.event for entry in entries] == ["treatment added", "treatment changed", "treatment deleted"]
    assert all("detail" not in entry.detail for entry in entries)


def test_sessions_are_added_at_once(place, patient_id, browser):
    form = {
        **NEEDLING,
        "manner": "sessions",
        "session": ["2026-02-02", "", "2026-01-05", "2026-02-02"],
        "interval_weeks": "4",
    }
    browser().post(f"/patients/{patient_id}/treatments", data=form)
    days = [(one.started_on.isoformat(), one.ended_on == one.started_on, one.interval_weeks) for one in kept(place)]
    assert days == [("2026-01-05", True, None), ("2026-02-02", True, None)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"depth_mm": "15"}, "0.25 to 3 mm, got 15"),
        ({"depth_mm": "deep"}, "The depth is a number"),
        ({"depth_mm": "nan"}, "0.25 to 3 mm, got nan"),
        ({"started_on": ""}, "The first day is a date"),
        ({"started_on": "0001-01-01"}, "after 1950"),
        ({"ended_on": "2025-01-05"}, "The last day comes after the first one"),
        ({"kind": "magic"}, "There is no treatment"),
        ({"kind": "other", "detail": " "}, "Say what the other treatment is"),
        ({"interval_weeks": "inf"}, "Weeks between sessions lie in 0 to 52"),
        ({"manner": "sessions"}, "Give the day of a session"),
        ({"site_id": "of-somebody-else"}, "one of the same patient"),
    ],
)
def test_a_form_that_fails_comes_back_filled_in(place, patient_id, browser, wrong, message):
    answer = browser().post(f"/patients/{patient_id}/treatments", data={**NEEDLING, "detail": "a device", **wrong})
    assert answer.status_code == 422
    assert message in answer.text.replace("&#39;", "'")
    assert f'value="{wrong.get("detail", "a device")}"' in answer.text
    assert kept(place) == []


def test_fields_of_another_kind_are_left_out(place, patient_id, browser):
    browser().post(
        f"/patients/{patient_id}/treatments",
        data={**NEEDLING, "kind": "minoxidil", "route": "topical", "detail": " 5  % "},
    )
    (treatment,) = kept(place)
    assert (treatment.depth_mm, treatment.route, treatment.detail) == (None, "topical", "5 %")


def test_the_api_does_the_same(place, patient_id, browser):
    client = browser()
    body = {"kind": "prp", "started_on": "2026-01-05", "ended_on": "2026-01-05"}
    added = client.post(f"/api/v1/patients/{patient_id}/treatments", json=body)
    assert added.status_code == 201
    one = added.json()
    assert client.get(f"/api/v1/treatments/{one['id']}").json() == one
    changed = client.put(f"/api/v1/treatments/{one['id']}", json={**body, "ended_on": None})
    assert changed.json()["ended_on"] is None
    assert [each["id"] for each in client.get(f"/api/v1/patients/{patient_id}/treatments").json()["items"]] == [
        one["id"]
    ]
    assert (
        client.put(
            f"/api/v1/treatments/{one['id']}", json={**body, "depth_mm": 99, "kind": "microneedling"}
        ).status_code
        == 422
    )
    assert client.delete(f"/api/v1/treatments/{one['id']}").status_code == 204
    assert client.get(f"/api/v1/treatments/{one['id']}").status_code == 404


def test_readers_see_and_strangers_do_not(place, patient_id, browser):
    browser().post(f"/patients/{patient_id}/treatments", data=NEEDLING)
    (treatment,) = kept(place)
    reader, stranger = browser("reader"), browser("stranger")
    assert "Microneedling" in reader.get(f"/patients/{patient_id}/treatments").text
    assert '<form method="post" action="/patients' not in reader.get(f"/patients/{patient_id}/treatments").text
    assert reader.post(f"/patients/{patient_id}/treatments", data=NEEDLING).status_code == 403
    assert reader.post(f"/treatments/{treatment.id}/delete").status_code == 403
    for client_url in (f"/patients/{patient_id}/treatments", f"/treatments/{treatment.id}"):
        assert stranger.get(client_url).status_code == 404
        assert stranger.post(client_url, data=NEEDLING).status_code == 404
    assert stranger.delete(f"/api/v1/treatments/{treatment.id}").status_code == 404
