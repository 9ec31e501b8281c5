"""The page of a picture in a real browser, by keyboard alone: choose, add, delete, undo, save; and where points lie."""

import hashlib
import json
import re
from datetime import date, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from hairdensity.clinic.jobs import queue_scoring
from hairdensity.store.models import Capture, Patient, Reading, SignIn, Site, Visit, utc_now
from hairdensity.web.app import create_app
from hairdensity.web.requests import SESSION_COOKIE
from hairdensity.web.settings import WebSettings
from tests.browser import served

SAMPLE = Path(__file__).parents[3] / "sample_images" / "clipped_150_per_cm2.jpg"
TOKEN = "token of a real browser"  # noqa: S105 -- of this test alone
DOT = (300, 500)
"""(row, col) of a pixel that stands out: to see where the overlay believes it to be."""

PROBE = """
async (point) => {
    const script = document.querySelector("link[rel=modulepreload]").href.replace("capture.js", "viewer.js");
    const { openPicture } = await import(script);
    const box = document.createElement("div");
    const look = { position: "fixed", inset: "0", "z-index": "99" };
    for (const [name, value] of Object.entries(look)) box.style.setProperty(name, value);
    document.body.append(box);
    const { width, height } = JSON.parse(document.getElementById("capture-facts").textContent);
    const tilesUrl = `/captures/${document.getElementById("workspace").dataset.capture}/tiles`;
    const picture = openPicture(box, { tilesUrl, width, height });
    await picture.ready;
    const { viewport } = picture.viewer;
    picture.zoomBy(100, point);
    viewport.panTo(viewport.imageToViewportCoordinates(point[1], point[0]), true);
    await new Promise((done) => setTimeout(done, 900));
    return [...picture.toScreen(point), picture.scale()];
}
"""
"""Opens the picture once more over the page, as near as it goes; gives where a point lies on the screen."""


@pytest.fixture
def capture_id(place):
    """A crop of a sample that waits for its reading, with a white pixel on a black square."""
    pixels = cv2.imread(str(SAMPLE))[100:560, 180:780].copy()
    pixels[DOT[0] - 12 : DOT[0] + 13, DOT[1] - 12 : DOT[1] + 13] = 0
    pixels[DOT[0], DOT[1]] = 255
    content = cv2.imencode(".png", pixels)[1].tobytes()
    who = place.people["clinician"]
    with place.database.session() as db:
        patient = Patient(clinic_id=who.clinic_id, code="P-1", created_by=who.user_id)
        db.add(patient)
        db.flush()
        site = Site(patient_id=patient.id, place="vertex")
        visit = Visit(patient_id=patient.id, day=date(2026, 3, 2), created_by=who.user_id)
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        until = utc_now() + timedelta(hours=1)
        db.add_all([site, visit, SignIn(token_sha256=digest, csrf_token=TOKEN, user_id=who.user_id, expires_at=until)])
        db.flush()
        capture = Capture(
            visit_id=visit.id,
            site_id=site.id,
            number=1,
            sha256=place.workplace.files.put(content),
            media_type="image/png",
            n_bytes=len(content),
            width_px=pixels.shape[1],
            height_px=pixels.shape[0],
            scale={"kind": "given", "um_per_px": 5.5},
            uploaded_by=who.user_id,
        )
        db.add(capture)
        db.flush()
        queue_scoring(db, who, capture)
        return capture.id


@pytest.fixture
def url(place):
    """A server on a port of its own, with one worker."""
    with served(create_app(place.workplace, WebSettings(n_workers=1))) as url:
        yield url


@pytest.fixture
def page(chromium, url, capture_id):
    """The picture's page, when its reading is there; nothing may have been refused or thrown meanwhile."""
    faults = []
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.add_cookies([{"name": SESSION_COOKIE, "value": TOKEN, "url": url}])
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{url}/captures/{capture_id}")
    page.wait_for_selector("#picture[data-shown]", timeout=60_000)
    yield page
    context.close()
    assert faults == []


def count_of(page):
    """How many hairs the panel says are counted."""
    page.wait_for_selector('#figures[aria-busy="false"] .fig-count')
    return int(page.inner_text(".fig-count").split()[0])


def test_a_correction_by_keyboard_alone(page, place, capture_id):
    keys = page.keyboard
    n_hairs = count_of(page)

    keys.press("n")
    while "Not counted" in page.inner_text("#hair-facts"):
        keys.press("n")
    assert page.inner_text("#hair-name").startswith("Hair ")
    assert "µm" in page.inner_text("#hair-facts")

    keys.press("d")
    expect(page.locator(".fig-count")).to_have_text(re.compile(rf"^\s*{n_hairs - 1} hair"))
    assert page.inner_text("#edit-list").startswith("Deleted hair ")

    keys.press("Control+z")
    assert page.inner_text("#edit-list") == ""
    assert count_of(page) == n_hairs
    keys.press("Control+Shift+z")

    keys.press("a")
    for key in ("Space", "Shift+ArrowDown", "Shift+ArrowDown", "Space", "Enter", "Escape"):
        keys.press(key)
    assert "Added hair " in page.inner_text("#edit-list")
    expect(page.locator(".fig-origin")).to_contain_text("2 edits, not saved")

    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.wait_for_selector("#restored:not([hidden])")
    assert page.locator("#edit-list li").count() == 2

    keys.press("Control+s")
    expect(page.locator("#reading-state")).to_contain_text("Corrected by clinician")
    assert page.evaluate("Object.keys(sessionStorage).filter((name) => name.includes('edits'))") == []
    with place.database.session(writes=False) as db:
        readings = db.query(Reading).filter_by(capture_id=capture_id).order_by(Reading.created_at).all()
        assert [reading.kind for reading in readings] == ["automatic", "corrected"]
        assert [edit["op"] for edit in readings[1].edits] == ["delete", "add"]
        saved = json.loads(place.workplace.files.read(readings[1].result_sha256))
    assert count_of(page) == saved["metrics"]["n_hairs"]

    # The overlay's [row, col] is the center of that pixel, not its corner: half a pixel is 6 px on the screen here.
    x, y, scale = page.evaluate(PROBE, list(DOT))
    seen = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    reach = round(8 * scale)
    around = seen[round(y) - reach : round(y) + reach, round(x) - reach : round(x) + reach].astype(float)
    bright = np.maximum(around - 0.5 * around.max(), 0.0)
    rows, cols = np.mgrid[: around.shape[0], : around.shape[1]]
    row = (bright * rows).sum() / bright.sum() + round(y) - reach + 0.5
    col = (bright * cols).sum() / bright.sum() + round(x) - reach + 0.5
    assert scale > 10
    assert abs(row - y) < 0.15 * scale
    assert abs(col - x) < 0.15 * scale
