"""The command line, the queue, the API and the page give the same figures for the same picture, scale and area."""

import json
import re
import time
from pathlib import Path

import cv2
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from hairdensity.cli import app as cli
from hairdensity.clinic.queue import Queue, QueueSettings
from hairdensity.clinic.readings import current_reading, is_usable
from hairdensity.store.models import Capture, Job, Patient, Reading, Site, Visit, utc_now

SAMPLES = Path(__file__).parents[3] / "sample_images"
WAIT_S = 60.0
SCALE, AREA = {"kind": "given", "um_per_px": 6.0}, "circle=220,220,210"


@pytest.fixture
def picture(tmp_path):
    pixels = cv2.imread(str(SAMPLES / "clipped_150_per_cm2.jpg"))
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), pixels[300:740, 300:740])
    return path


@pytest.fixture
def capture_id(place, browser, picture):
    """Uploaded, with a scale and an area set before its turn."""
    who = place.people["clinician"]
    with place.database.session() as db:
        patient = Patient(clinic_id=who.clinic_id, code="P-001", created_by=who.user_id)
        db.add(patient)
        db.flush()
        site = Site(patient_id=patient.id, place="vertex")
        visit = Visit(patient_id=patient.id, day=utc_now().date(), created_by=who.user_id)
        db.add_all([site, visit])
    url = f"/api/v1/visits/{visit.id}/captures?site_id={site.id}"
    answer = browser().post(url, content=picture.read_bytes(), headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 201
    with place.database.session() as db:
        capture = db.get(Capture, answer.json()["capture"]["id"])
        capture.scale, capture.area = SCALE, AREA
    return capture.id


@pytest.fixture
def scored(place, capture_id):
    """The capture, when its job is done."""
    queue = Queue(place.workplace, settings=QueueSettings(n_workers=1))
    queue.start()
    try:
        until = time.monotonic() + WAIT_S
        state = "queued"
        while state in ("queued", "running") and time.monotonic() < until:
            time.sleep(0.05)
            with place.database.session(writes=False) as db:
                job = db.scalars(select(Job)).one()
                state = job.state
        assert (state, job.error_message) == ("done", None)
        return capture_id
    finally:
        queue.stop()


def without_path(result):
    return {**result, "image": {**result["image"], "path": None}}


CARD = re.compile(r'id="fig-(\w+)">.*?class="fig-number">([^<]+)</span>.*?class="fig-meaning">(.*?)</p>', re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def assert_rounded(shown, value):
    """What is shown differs from the value by half of its last digit at most."""
    text = shown.rstrip(" %")
    step = 10.0 ** -len(text.partition(".")[2])
    scale = 100 if "%" in shown else 1
    assert abs(float(text) - value * scale) <= step / 2 * (1 + 1e-9), (shown, value)


def assert_page_shows(page, metrics):
    """Every figure of the page is that of the document, and so are both ends of its interval."""
    cards = CARD.findall(page)
    names = {name for name, _, _ in cards}
    estimates = {name for name, value in metrics.items() if isinstance(value, dict) and "low" in value}
    assert (
        {"density_per_cm2", "median_diameter_um", "unit_density_per_cm2", "vellus_fraction_30um"} <= names <= estimates
    )
    for name, shown, sentence in cards:
        estimate = metrics[name]
        if estimate["value"] is None:
            assert not NUMBER.search(shown)
            continue
        assert_rounded(shown, estimate["value"])
        within = re.search(r"([\d.]+%?) (?:to|and) ([\d.]+%?)", sentence)
        assert (within is None) == (estimate["low"] is None), sentence
        if within is not None:
            assert_rounded(within[1], estimate["low"])
            assert_rounded(within[2], estimate["high"])
    assert f"{metrics['n_hairs']} hairs in {metrics['n_units']} follicular units counted" in page


def test_cli_api_and_summary_agree_to_the_last_digit_and_the_page_rounds_them(place, browser, picture, scored):
    capture_id = scored
    command = ["score", str(picture), "--um-per-px", "6.0", "--area", AREA, "--json", "--quiet"]
    told = CliRunner().invoke(cli, command)
    assert told.exit_code == 0
    by_command = json.loads(told.stdout)

    client = browser()
    (listed,) = client.get(f"/api/v1/captures/{capture_id}/readings").json()["items"]
    by_api = client.get(f"/api/v1/readings/{listed['id']}").json()
    assert by_api["results"][0]["image"]["path"] == capture_id
    assert {name: by_api[name] for name in ("schema", "version", "model")} == {
        name: by_command[name] for name in ("schema", "version", "model")
    }
    assert without_path(by_api["results"][0]) == without_path(by_command["results"][0])
    assert by_api["results"][0]["metrics"]["n_hairs"] > 0

    summary = listed["summary"]
    assert "boundary_px" not in summary["target_area"]
    for name in ("metrics", "quality", "flags", "calibration"):
        assert summary[name] == by_command["results"][0][name]

    assert_page_shows(client.get(f"/captures/{capture_id}").text, by_command["results"][0]["metrics"])

    with place.database.session(writes=False) as db:
        capture = db.get(Capture, capture_id)
        reading = db.scalars(select(Reading)).one()
        assert current_reading(capture).id == reading.id
        assert listed["is_current"]
        assert listed["is_usable"] == is_usable(reading)
        assert (capture.width_px, capture.height_px) == (440, 440)
