"""A picture's scale, area and place: set, refused, moved, deleted; the clinic's devices."""

import json
from datetime import date

import pytest

from hairdensity.calibration import DeviceProfile, profile_to_json
from hairdensity.clinic import device_scales
from hairdensity.store.models import AuditEntry, Capture, DeviceScale, Job, Patient, Reading, Site, Visit

PROFILE = profile_to_json(
    DeviceProfile(name="scope 20x", um_per_px=5.5, relative_error=0.01, width_px=640, height_px=480)
)


@pytest.fixture
def capture(place):
    """The id of a picture that nobody has scored."""
    who = place.people["clinician"]
    with place.database.session() as db:
        patient = Patient(clinic_id=who.clinic_id, code="P-1", created_by=who.user_id)
        db.add(patient)
        db.flush()
        return _capture(db, who, patient).id


def _capture(db, who, patient, **facts):
    site = Site(patient_id=patient.id, place="vertex", label=str(len(patient.sites)))
    visit = Visit(patient_id=patient.id, day=date(2026, 3, 2), created_by=who.user_id)
    db.add_all([site, visit])
    db.flush()
    given = {"sha256": "0" * 64, "media_type": "image/jpeg", "n_bytes": 9, "width_px": 640, "height_px": 480}
    made = Capture(visit_id=visit.id, site_id=site.id, number=1, uploaded_by=who.user_id, **(given | facts))
    db.add(made)
    db.flush()
    return made


def _reading(db, capture):
    metrics = {"n_hairs": 61, "density_per_cm2": {"value": 61.4, "low": 50.2, "high": 74.8, "n": 61}}
    summary = {"metrics": metrics, "quality": {"verdict": "good"}, "flags": [], "calibration": None}
    db.add(
        Reading(
            capture_id=capture, kind="automatic", area="whole", result_sha256="1" * 64, summary=summary, version="1"
        )
    )


def _get(place, capture):
    with place.database.session() as db:
        return db.get(Capture, capture)


def _n_jobs(place):
    with place.database.session() as db:
        return db.query(Job).filter_by(state="queued").count()


@pytest.mark.parametrize(
    ("form", "scale"),
    [
        ({"kind": "given", "unit": "um_per_px", "value": "6,2"}, {"kind": "given", "um_per_px": 6.2}),
        (
            {"kind": "given", "unit": "px_per_mm", "value": "200", "error_percent": "5"},
            {"kind": "given", "px_per_mm": 200.0, "relative_error": 0.05},
        ),
        ({"kind": "found", "tick_mm": "0.5"}, {"kind": "ruler", "tick_mm": 0.5}),
        ({"kind": "none"}, {"kind": "none"}),
    ],
)
def test_scale_is_set_and_the_picture_scored_anew(browser, place, capture, form, scale):
    answer = browser().post(f"/captures/{capture}/scale", data=form)
    assert answer.headers["location"] == f"/captures/{capture}"
    assert _get(place, capture).scale == scale
    assert _n_jobs(place) == 1
    page = browser().get(f"/captures/{capture}/scale")
    assert f'value="{scale["kind"] if scale["kind"] != "ruler" else "found"}" checked' in page.text


def test_line_along_a_ruler_becomes_a_scale_with_its_error(browser, place, capture):
    form = {"kind": "drawn", "length_mm": "2", "line": "100,50,100,450"}
    browser().post(f"/captures/{capture}/scale", data=form)
    scale = _get(place, capture).scale
    assert scale["um_per_px"] == pytest.approx(5.0)
    assert scale["relative_error"] == pytest.approx(0.00613, abs=1e-4)
    assert scale["source"].startswith("drawn")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"kind": "given", "unit": "um_per_px", "value": "0.0055"}, "probably mm/px"),
        ({"kind": "given", "unit": "um_per_px", "value": "five"}, "The scale must be a number"),
        ({"kind": "drawn", "length_mm": "2", "line": ""}, "Draw a line"),
        ({"kind": "drawn", "length_mm": "", "line": "1,2,3,400"}, "The length must be a number"),
        ({"kind": "guessed"}, "A scale is given"),
    ],
)
def test_what_is_no_scale_comes_back_with_the_reason(browser, place, capture, form, words):
    page = browser().post(f"/captures/{capture}/scale", data=form)
    assert page.status_code == 422
    assert words in page.text
    assert form.get("value", "") in page.text
    assert _get(place, capture).scale is None
    assert _n_jobs(place) == 0


def test_drawn_scale_kept_as_a_device_is_the_default_of_the_next_picture(browser, place, capture):
    form = {"kind": "drawn", "length_mm": "2", "line": "100,50,100,450", "keep_as": "scope 20x"}
    browser().post(f"/captures/{capture}/scale", data=form)
    who = place.people["clinician"]
    with place.database.session() as db:
        device = db.query(DeviceScale).one()
        assert device.profile["method"].startswith("drawn")
        assert db.get(Capture, capture).scale["device_id"] == device.id
        for size in ((640, 480), (480, 640)):
            default = device_scales.default_scale(db, who, width_px=size[0], height_px=size[1])
            assert default["profile"]["um_per_px"] == pytest.approx(5.0)
        assert device_scales.default_scale(db, who, width_px=800, height_px=480) is None
        assert device_scales.default_scale(db, place.people["stranger"], width_px=640, height_px=480) is None


def test_name_of_a_device_that_is_taken_leaves_the_picture_as_it_was(browser, place, capture):
    with place.database.session() as db:
        device_scales.add_device(db, place.people["clinician"], PROFILE)
    form = {"kind": "given", "unit": "um_per_px", "value": "6", "keep_as": "scope 20x"}
    page = browser().post(f"/captures/{capture}/scale", data=form)
    assert page.status_code == 422
    assert "There is a device" in page.text
    assert _get(place, capture).scale is None
    assert _n_jobs(place) == 0


def test_the_device_chosen_last_is_the_default(place, capture):
    who = place.people["clinician"]
    with place.database.session() as db:
        older = device_scales.add_device(db, who, PROFILE)
        newer = device_scales.add_device(db, who, PROFILE | {"name": "scope 40x"})
        assert device_scales.devices_for(db, who, width_px=640, height_px=480)[0].id == newer.id
        chosen = {"kind": "profile", "device_id": older.id, "profile": older.profile}
        patient = db.query(Patient).one()
        _capture(db, who, patient, scale=chosen)
        assert device_scales.default_scale(db, who, width_px=640, height_px=480) == chosen


@pytest.mark.parametrize("area", ["rectangle=10,20,100,200", "circle=240,320,1.5mm", "polygon=0,0,0,100,100,100"])
def test_area_is_set_and_the_picture_scored_anew(browser, place, capture, area):
    assert browser().post(f"/captures/{capture}/area", data={"area": area}).status_code == 303
    assert _get(place, capture).area == area
    assert _n_jobs(place) == 1
    assert area in browser().get(f"/captures/{capture}/area").text


def test_area_that_is_none_comes_back_with_the_reason(browser, place, capture):
    page = browser().post(f"/captures/{capture}/area", data={"area": "rectangle=900,20,100,200"})
    assert page.status_code == 422
    assert "outside of the picture" in page.text
    assert _get(place, capture).area == "whole"


def test_area_in_mm_and_no_scale_exclude_each_other(browser, place, capture):
    browser().post(f"/captures/{capture}/area", data={"area": "circle=240,320,1.5mm"})
    page = browser().post(f"/captures/{capture}/scale", data={"kind": "none"})
    assert page.status_code == 422
    assert _get(place, capture).scale is None


def test_what_was_set_already_is_not_scored_twice(browser, place, capture):
    for _ in range(2):
        browser().post(f"/captures/{capture}/area", data={"area": "circle=240,320,100"})
    assert _n_jobs(place) == 1
    with place.database.session() as db:
        assert db.query(AuditEntry).filter_by(event="area set").count() == 1


def test_picture_is_moved_within_its_patient_and_deleted(browser, place, capture):
    who = place.people["clinician"]
    with place.database.session() as db:
        patient = db.query(Patient).one()
        other = _capture(db, who, patient)
        elsewhere = Patient(clinic_id=who.clinic_id, code="P-2", created_by=who.user_id)
        db.add(elsewhere)
        db.flush()
        foreign = _capture(db, who, elsewhere)
        target, wrong = {"visit_id": other.visit_id, "site_id": other.site_id}, {"visit_id": foreign.visit_id}
        _reading(db, capture)
    person = browser()
    assert person.post(f"/captures/{capture}/move", data=wrong).status_code == 409
    assert person.post(f"/captures/{capture}/move", data=target).status_code == 303
    moved = _get(place, capture)
    assert (moved.visit_id, moved.site_id, moved.number) == (target["visit_id"], target["site_id"], 2)
    assert person.post(f"/captures/{capture}/delete").headers["location"] == f"/visits/{target['visit_id']}"
    assert _get(place, capture) is None
    with place.database.session() as db:
        entry = db.query(AuditEntry).filter_by(event="capture deleted").one()
        assert entry.detail == {"sha256": "0" * 64, "n_readings": 1}
        assert db.query(Reading).count() == 0


def test_visit_and_site_with_pictures_stay(browser, place, capture):
    kept = _get(place, capture)
    assert browser().post(f"/visits/{kept.visit_id}/delete").status_code == 409
    assert browser().post(f"/sites/{kept.site_id}/delete").status_code == 409


def test_density_stands_on_the_card_the_map_and_the_first_page(browser, place, capture):
    with place.database.session() as db:
        _reading(db, capture)
        patient = db.query(Patient).one().id
    card = browser().get(f"/captures/{capture}/card").text
    assert "Good quality" in card
    assert "95 % interval 50 to 75" in card
    assert "Vertex, 61 hairs per cm2: add a picture today" in browser().get(f"/patients/{patient}").text
    assert "<strong>61</strong>" in browser().get("/").text
    # Figures of another scale or area are no longer those of the picture.
    browser().post(f"/captures/{capture}/area", data={"area": "circle=240,320,100"})
    assert "<strong>61</strong>" not in browser().get("/").text


def test_card_says_how_far_the_work_is(browser, place, capture):
    assert "No result yet" in browser().get(f"/captures/{capture}/card").text
    browser().post(f"/captures/{capture}/area", data={"area": "circle=240,320,100"})
    card = browser().get(f"/captures/{capture}/card").text
    assert "Waiting, number 1 in the queue" in card
    assert 'hx-trigger="every 300ms"' in card
    with place.database.session() as db:
        job = db.query(Job).one()
        job.state, job.error_message = "failed", "the picture is damaged"
    card = browser().get(f"/captures/{capture}/card").text
    assert "The picture is damaged" in card
    assert "Try again; if it fails once more, tell your admin." in card
    assert "hx-trigger" not in card
    assert browser("reader").post(f"/captures/{capture}/retry").status_code == 403
    assert "Waiting" in browser().post(f"/captures/{capture}/retry", headers={"HX-Request": "true"}).text


def test_devices_are_imported_listed_and_deleted(browser, place):
    person = browser()
    upload = {"profile": ("scope.json", json.dumps(PROFILE).encode(), "application/json")}
    assert person.post("/devices", files=upload).status_code == 303
    assert "scope 20x" in person.get("/devices").text
    assert person.post("/devices", files=upload).status_code == 422
    assert "scope 20x" not in browser("stranger").get("/devices").text
    with place.database.session() as db:
        device = db.query(DeviceScale).one()
    assert browser("stranger").post(f"/devices/{device.id}/delete").status_code == 404
    assert browser("reader").post(f"/devices/{device.id}/delete").status_code == 403
    assert person.post(f"/devices/{device.id}/delete").status_code == 303
    assert "No device yet" in person.get("/devices").text


def test_what_is_no_profile_is_refused(browser):
    broken = json.dumps(PROFILE | {"um_per_px": 5000}).encode()
    for content in (b"", b"[]", b"\xff\xd8\xff", b"[" * 100_000, b"{}", broken):
        page = browser().post("/devices", files={"profile": ("scope.json", content, "application/json")})
        assert page.status_code == 422
        assert "No device yet" in page.text


def test_reader_and_stranger_change_nothing(browser, place, capture):
    paths = {"scale": {"kind": "none"}, "area": {"area": "circle=1,1,9"}, "move": {}, "delete": {}}
    for path, form in paths.items():
        assert browser("reader").post(f"/captures/{capture}/{path}", data=form).status_code == 403
        assert browser("stranger").post(f"/captures/{capture}/{path}", data=form).status_code == 404
    for path in ("scale", "area", "card"):
        assert browser("reader").get(f"/captures/{capture}/{path}").status_code == 200
        assert browser("stranger").get(f"/captures/{capture}/{path}").status_code == 404
    kept = _get(place, capture)
    assert (kept.scale, kept.area) == (None, "whole")
