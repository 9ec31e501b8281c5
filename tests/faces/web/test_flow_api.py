"""The API of patients, sites, visits, pictures and devices."""

import json

import pytest

from hairdensity.calibration import DeviceProfile, profile_to_json
from hairdensity.store.models import Capture, Job

V1 = "/api/v1"
PROFILE = json.loads(
    json.dumps(
        profile_to_json(
            DeviceProfile(name="scope 20x", um_per_px=5.5, relative_error=0.01, width_px=640, height_px=480)
        )
    )
)


@pytest.fixture
def api(browser):
    return browser("clinician")


@pytest.fixture
def patient(api):
    return api.post(f"{V1}/patients", json={"code": "P-1"}).json()


@pytest.fixture
def capture(api, patient, place):
    site = api.post(f"{V1}/patients/{patient['id']}/sites", json={"place": "vertex"}).json()
    visit = api.post(f"{V1}/patients/{patient['id']}/visits", json={"day": "2026-03-02"}).json()
    who = place.people["clinician"]
    facts = {"sha256": "0" * 64, "media_type": "image/jpeg", "n_bytes": 9, "width_px": 640, "height_px": 480}
    with place.database.session() as db:
        made = Capture(visit_id=visit["id"], site_id=site["id"], number=1, uploaded_by=who.user_id, **facts)
        db.add(made)
        db.flush()
        return made.id


def test_patients_are_added_renamed_and_listed_in_pages(api):
    for number in range(5):
        assert api.post(f"{V1}/patients", json={"code": f"P-{number}"}).status_code == 201
    first = api.get(f"{V1}/patients", params={"limit": 2}).json()
    second = api.get(f"{V1}/patients", params={"limit": 2, "after": first["after"]}).json()
    third = api.get(f"{V1}/patients", params={"limit": 2, "after": second["after"]}).json()
    assert [one["code"] for page in (first, second, third) for one in page["items"]] == [f"P-{n}" for n in range(5)]
    assert third["after"] is None
    patient = first["items"][0]["id"]
    assert api.patch(f"{V1}/patients/{patient}", json={"code": "Q-0"}).json()["code"] == "Q-0"
    assert [one["code"] for one in api.get(f"{V1}/patients", params={"search": "q"}).json()["items"]] == ["Q-0"]
    assert api.get(f"{V1}/patients/{patient}").json()["code"] == "Q-0"


def test_what_is_no_new_code_is_refused(api, patient):
    refused = {"P-1": (409, "conflict"), "Maria Rossi": (422, "personal_code"), "": (422, "bad_input")}
    for text, (status, code) in refused.items():
        answer = api.post(f"{V1}/patients", json={"code": text})
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert api.post(f"{V1}/patients", json={}).status_code == 422


def test_sites_and_visits_are_added_changed_and_deleted(api, patient):
    root = f"{V1}/patients/{patient['id']}"
    site = api.post(f"{root}/sites", json={"place": "vertex", "is_control": True}).json()
    assert api.post(f"{root}/sites", json={"place": "elbow"}).status_code == 422
    assert api.patch(f"{V1}/sites/{site['id']}", json={"label": "left"}).json()["is_control"] is True
    assert [one["label"] for one in api.get(f"{root}/sites").json()["items"]] == ["left"]
    visit = api.post(f"{root}/visits", json={"day": "2026-03-02", "label": "week 12"}).json()
    assert api.post(f"{root}/visits", json={"day": "2026-03-02"}).json()["id"] == visit["id"]
    assert api.patch(f"{V1}/visits/{visit['id']}", json={"day": "2026-03-03"}).json()["label"] == "week 12"
    assert [one["day"] for one in api.get(f"{root}/visits").json()["items"]] == ["2026-03-03"]
    for path in (f"{V1}/sites/{site['id']}", f"{V1}/visits/{visit['id']}"):
        assert api.get(path).status_code == 200
        assert api.delete(path).status_code == 204
        assert api.get(path).status_code == 404


def test_scale_and_area_of_a_picture_are_set(api, capture, place):
    path = f"{V1}/captures/{capture}"
    assert api.get(path).json()["state"] == "none"
    changed = api.patch(path, json={"scale": {"kind": "given", "um_per_px": 6}, "area": "circle=240,320,100"}).json()
    assert changed["scale"] == {"kind": "given", "um_per_px": 6.0}
    assert (changed["area"], changed["state"], changed["reading_id"]) == ("circle=240,320,100", "queued", None)
    # What is not named stays; null is a scale to be found in the picture.
    assert api.patch(path, json={"area": "whole"}).json()["scale"] == changed["scale"]
    assert api.patch(path, json={"scale": None}).json()["scale"] is None
    drawn = {"kind": "drawn", "length_mm": 2, "from_px": [100, 50], "to_px": [100, 450]}
    assert api.patch(path, json={"scale": drawn}).json()["scale"]["um_per_px"] == pytest.approx(5.0)
    with place.database.session() as db:
        assert db.query(Job).count() == 1


def test_scale_or_area_that_makes_no_sense_changes_nothing(api, capture):
    path = f"{V1}/captures/{capture}"
    before = api.get(path).json()
    senseless = [
        {"scale": {"kind": "given"}},
        {"scale": {"kind": "guessed"}},
        {"scale": {"kind": "given", "um_per_px": 1e300}},
        {"area": "square"},
        {"area": "circle=240,320,1.5mm", "scale": {"kind": "none"}},
    ]
    for body in senseless:
        assert api.patch(path, json=body).status_code == 422, body
        assert api.get(path).json() == before


def test_pictures_are_listed_by_visit_and_site_and_deleted(api, capture):
    shown = api.get(f"{V1}/captures/{capture}").json()
    for query in ({}, {"visit_id": shown["visit_id"]}, {"site_id": shown["site_id"]}):
        assert [one["id"] for one in api.get(f"{V1}/captures", params=query).json()["items"]] == [capture]
    assert api.get(f"{V1}/captures", params={"visit_id": "nobody"}).status_code == 404
    assert api.delete(f"{V1}/captures/{capture}").status_code == 204
    assert api.get(f"{V1}/captures").json() == {"items": [], "after": None}


def test_devices_are_added_used_and_deleted(api, capture):
    device = api.post(f"{V1}/devices", json={"profile": PROFILE}).json()
    assert device["profile"] == PROFILE
    used = api.patch(f"{V1}/captures/{capture}", json={"scale": {"kind": "profile", "device_id": device["id"]}}).json()
    assert used["scale"]["profile"] == PROFILE
    assert [one["name"] for one in api.get(f"{V1}/devices").json()["items"]] == ["scope 20x"]
    assert api.delete(f"{V1}/devices/{device['id']}").status_code == 204
    assert api.get(f"{V1}/devices/{device['id']}").status_code == 404
    # The picture keeps its copy.
    assert api.get(f"{V1}/captures/{capture}").json()["scale"]["profile"] == PROFILE


def test_what_is_no_profile_is_refused(api):
    for wrong in ({"name": ""}, {"um_per_px": "5"}, {"pictures": 5}, {"schema": "other"}):
        assert api.post(f"{V1}/devices", json={"profile": PROFILE | wrong}).status_code == 422, wrong


def test_numbers_that_are_none_are_refused(api):
    body = json.dumps({"profile": PROFILE | {"distortion": float("nan")}})
    answer = api.post(f"{V1}/devices", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_pages_have_limits(api):
    for path in ("patients", "captures", "devices"):
        for limit in (0, 201, "x"):
            assert api.get(f"{V1}/{path}", params={"limit": limit}).status_code == 422
        assert api.get(f"{V1}/{path}", params={"after": "nobody"}).status_code == 422


def test_strangers_find_nothing_and_readers_change_nothing(api, browser, patient, capture):
    device = api.post(f"{V1}/devices", json={"profile": PROFILE}).json()["id"]
    shown = api.get(f"{V1}/captures/{capture}").json()
    objects = {
        f"{V1}/patients/{patient['id']}": {"code": "X-1"},
        f"{V1}/sites/{shown['site_id']}": {"label": "x"},
        f"{V1}/visits/{shown['visit_id']}": {"label": "x"},
        f"{V1}/captures/{capture}": {"area": "circle=1,1,9"},
    }
    stranger, reader = browser("stranger"), browser("reader")
    for path, change in objects.items():
        assert stranger.get(path).status_code == 404
        assert stranger.patch(path, json=change).status_code == 404
        assert reader.get(path).status_code == 200
        assert reader.patch(path, json=change).status_code == 403
    for path in [*list(objects)[1:], f"{V1}/devices/{device}"]:
        assert stranger.delete(path).status_code == 404
        assert reader.delete(path).status_code == 403
    for path in ("sites", "visits"):
        assert stranger.get(f"{V1}/patients/{patient['id']}/{path}").status_code == 404
    for path in ("patients", "captures", "devices"):
        assert stranger.get(f"{V1}/{path}").json()["items"] == []
    # A device of another clinic is no scale.
    assert reader.get(f"{V1}/devices/{device}").status_code == 200
    assert stranger.get(f"{V1}/devices/{device}").status_code == 404
