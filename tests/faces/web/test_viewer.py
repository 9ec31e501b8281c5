"""The page of a picture, its tiles, and the readings that it shows."""

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from hairdensity.analysis import analyze
from hairdensity.calibration import Calibration
from hairdensity.clinic.tasks import viewing
from hairdensity.image import TrichoImage
from hairdensity.report.document import describe
from hairdensity.store.models import Capture, Job, Patient, Reading, Site, Visit

SAMPLE = Path(__file__).parents[3] / "sample_images" / "clipped_150_per_cm2.jpg"

RESULT = {
    "calibration": {"um_per_px": 5.0, "relative_error": 0.02, "source": "given", "disagrees_with": None},
    "target_area": {"kind": "whole", "area_cm2": 0.1, "boundary_px": [[0, 0], [0, 9], [9, 9]]},
    "hairs": [],
}


@pytest.fixture(scope="module")
def summary():
    """The summary of a real reading, of a crop of a sample."""
    image = TrichoImage.from_array(cv2.imread(str(SAMPLE))[100:400, 180:480, ::-1])
    entry = describe(analyze(image, calibration=Calibration.from_px_per_mm(200.0)))
    return {name: value for name, value in entry.items() if name not in ("hairs", "ostia")}


@pytest.fixture
def capture_id(place):
    """A picture of 80 x 60 px whose file lies in the store."""
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    content = cv2.imencode(".png", pixels)[1].tobytes()
    user_id = place.people["clinician"].user_id
    with place.database.session() as db:
        patient = Patient(clinic_id=place.people["clinician"].clinic_id, code="P-1", created_by=user_id)
        db.add(patient)
        db.flush()
        site = Site(patient_id=patient.id, place="vertex")
        visit = Visit(patient_id=patient.id, day=date(2026, 3, 2), created_by=user_id)
        db.add_all([site, visit])
        db.flush()
        capture = Capture(
            visit_id=visit.id,
            site_id=site.id,
            number=1,
            sha256=place.workplace.files.put(content),
            media_type="image/png",
            n_bytes=len(content),
            width_px=80,
            height_px=60,
            scale={"kind": "given", "um_per_px": 5.0},
            uploaded_by=user_id,
        )
        db.add(capture)
        db.flush()
        return capture.id


@pytest.fixture
def asked(place, app, monkeypatch):
    """The tasks that the page asked for, handled here instead of in a worker."""
    bench = SimpleNamespace(
        files=place.workplace.files, views=lambda sha256: place.workplace.cache / "views" / sha256, analysis=None
    )
    tasks = []

    def ask(kind, task, timeout_s):
        assert kind == "view"
        assert timeout_s > 0
        tasks.append(task)
        return viewing.handle(task, bench)

    monkeypatch.setattr(app.state.queue, "ask", ask)
    return tasks


def add_reading(place, capture_id, summary, *, automatic_id=None, edits=()):
    with place.database.session() as db:
        capture = db.get_one(Capture, capture_id)
        reading = Reading(
            capture_id=capture_id,
            kind="automatic" if automatic_id is None else "corrected",
            automatic_id=automatic_id,
            edits=list(edits),
            scale=capture.scale,
            area=capture.area,
            result_sha256=place.workplace.files.put(json.dumps({**RESULT, "n_edits": len(edits)}).encode()),
            summary=summary,
            version="1.0",
            created_by=None if automatic_id is None else place.people["clinician"].user_id,
        )
        db.add(reading)
        db.flush()
        return reading.id


def state_of(page):
    start = page.index('id="capture-state">') + len('id="capture-state">')
    return json.loads(page[start : page.index("</script>", start)])


def test_tiles_are_made_once_and_kept_by_the_browser_alone(browser, capture_id, asked):
    ours = browser()
    tile = ours.get(f"/captures/{capture_id}/tiles/7/0_0.jpg")
    assert tile.status_code == 200
    assert tile.headers["content-type"] == "image/jpeg"
    assert tile.headers["cache-control"] == "private, max-age=43200, immutable"
    assert cv2.imdecode(np.frombuffer(tile.content, np.uint8), cv2.IMREAD_COLOR).shape == (60, 80, 3)
    again = ours.get(f"/captures/{capture_id}/tiles/7/0_0.jpg", headers={"If-None-Match": tile.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert ours.get(f"/captures/{capture_id}/thumbnail.jpg").status_code == 200
    assert len(asked) == 1


@pytest.mark.parametrize("path", ["tiles/7/1_0.jpg", "tiles/3/0_0.jpg"])
def test_a_tile_that_the_picture_lacks_is_not_found(browser, capture_id, asked, path):
    assert browser().get(f"/captures/{capture_id}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["tiles/../../x.jpg", "tiles/7/..%2F..%2Fthumbnail.jpg", "tiles/7/0_0_0.jpg"])
def test_nothing_else_than_tiles_becomes_part_of_a_path(browser, capture_id, asked, path):
    assert browser().get(f"/captures/{capture_id}/{path}").status_code in (404, 422)
    assert not asked


@pytest.mark.parametrize("path", ["", "/state", "/panel", "/tiles/7/0_0.jpg", "/thumbnail.jpg", "/readings/x/result"])
def test_another_clinic_sees_nothing(browser, capture_id, asked, path):
    assert browser("stranger").get(f"/captures/{capture_id}{path}").status_code == 404
    assert not asked


def test_a_picture_that_waits_shows_its_job(place, browser, capture_id):
    with place.database.session() as db:
        db.add(Job(clinic_id=place.people["clinician"].clinic_id, kind="score", capture_id=capture_id))
    page = browser().get(f"/captures/{capture_id}")
    assert page.status_code == 200
    assert 'hx-get="/jobs/' in page.text
    state = state_of(page.text)
    assert (state["job"], state["readingId"]) == ("queued", None)


def test_the_page_begins_with_the_reading_that_counts(place, browser, capture_id, summary):
    automatic = add_reading(place, capture_id, summary)
    edits = [{"op": "delete", "hair_id": 3}]
    corrected = add_reading(place, capture_id, summary, automatic_id=automatic, edits=edits)
    page = browser().get(f"/captures/{capture_id}").text
    state = state_of(page)
    assert (state["readingId"], state["automaticId"], state["edits"]) == (corrected, automatic, edits)
    assert (state["kind"], state["madeBy"], state["job"]) == ("corrected", "clinician", None)
    assert 'class="figs"' in page
    assert browser().get(f"/captures/{capture_id}/state").json() == state


def test_a_reader_gets_no_tools(place, browser, capture_id, summary):
    add_reading(place, capture_id, summary)
    assert 'id="tools"' in browser("clinician").get(f"/captures/{capture_id}").text
    assert 'id="tools"' not in browser("reader").get(f"/captures/{capture_id}").text


def test_a_result_is_the_stored_file(place, browser, capture_id, summary):
    reading = add_reading(place, capture_id, summary)
    result = browser().get(f"/captures/{capture_id}/readings/{reading}/result")
    assert result.json() == {**RESULT, "n_edits": 0}
    assert result.headers["cache-control"] == "private, max-age=43200, immutable"
    again = browser().get(result.request.url, headers={"If-None-Match": result.headers["etag"]})
    assert again.status_code == 304


def test_a_reading_of_another_picture_is_not_found(browser, capture_id):
    assert browser().get(f"/captures/{capture_id}/readings/{'0' * 32}/result").status_code == 404
    assert browser().get(f"/captures/{capture_id}/panel").status_code == 404


def test_the_panel_shows_the_reading_that_is_asked_for(place, browser, capture_id, summary):
    automatic = add_reading(place, capture_id, summary)
    add_reading(place, capture_id, summary, automatic_id=automatic, edits=[{"op": "delete", "hair_id": 3}])
    ours = browser()
    assert "1 edit" in ours.get(f"/captures/{capture_id}/panel").text
    assert "1 edit" not in ours.get(f"/captures/{capture_id}/panel", params={"reading": automatic}).text


def test_outlines_of_unreadable_skin_are_asked_for_once(place, app, browser, capture_id, summary, monkeypatch):
    tasks = []
    found = {"unreadable_px": [[[1.0, 2.0], [1.0, 8.0], [7.0, 2.0]]]}
    monkeypatch.setattr(app.state.queue, "ask", lambda kind, task, timeout_s: tasks.append((kind, task)) or found)
    reading = add_reading(place, capture_id, summary)
    for _ in range(2):
        assert browser().get(f"/captures/{capture_id}/readings/{reading}/unreadable").json() == found
    assert [(kind, task["picture"]["area"]) for kind, task in tasks] == [("view", "whole")]


def test_no_page_carries_inline_script_or_style(place, browser, capture_id, summary):
    add_reading(place, capture_id, summary)
    page = browser().get(f"/captures/{capture_id}").text
    assert " style=" not in page
    assert "<style" not in page
    assert "onclick" not in page
