"""Pictures of the clinic's page for the documentation: a rendered patient with four visits, in a new installation.

    hairdensity serve --data NEW_FOLDER --no-open
    python -m benchmarks.web.page_pictures LINK docs/images

LINK is what ``serve`` prints for the first start. Nobody's skin is shown: every picture is rendered.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import httpx2
import numpy as np
from playwright.sync_api import Page, sync_playwright

from hairdensity.synthetic.follow_up import make_follow_up
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.samples import write_images
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.visit import Visit
from tests.browser import ARGUMENTS, CHROMIUM

WEEKS = (0, 12, 24, 36)
FIRST_DAY = date(2026, 2, 17)
FIELD_MM = (7.2, 9.0)
SCALE = {"kind": "given", "um_per_px": 5.571, "relative_error": 0.01}
MOVED = ((3.0, (200.0, -150.0)), (-4.0, (-180.0, 120.0)), (2.0, (150.0, 90.0)))
"""Turn and shift of the visits after the first."""

TREATED: tuple[dict[str, Any], ...] = (
    {"lost_fraction": 0.03, "new_per_cm2": 5.0, "gained_per_cm2": 4.0, "diameter_factor": 1.02},
    {"lost_fraction": 0.02, "new_per_cm2": 14.0, "gained_per_cm2": 12.0, "diameter_factor": 1.06},
    {"lost_fraction": 0.02, "new_per_cm2": 22.0, "gained_per_cm2": 20.0, "diameter_factor": 1.10},
)
UNTREATED: tuple[dict[str, Any], ...] = ({"lost_fraction": 0.0, "new_per_cm2": 0.0},) * 3
PASSWORD = "seven quiet lamps"
WIDTH, HEIGHT = 1280, 860
MOST_BYTES = 250_000


def main() -> None:
    """Fill the installation, then take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("link")
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _render(Path(folder))
        with closing(_signed_in(asked.link)) as client:
            pages = _fill(client, Path(folder))
            _shoot(client, pages, asked.out)


def _render(folder: Path) -> None:
    for name, seed, density, changes in (("vertex", 31, 125.0, TREATED), ("occipital", 77, 170.0, UNTREATED)):
        settings = replace(clipped(density, direction_deg=70.0), field_mm=FIELD_MM)
        scenes = {f"{name}-0": make_scene(settings, seed, around_um=1500.0)}
        for number, (change, (turn, shift)) in enumerate(zip(changes, MOVED, strict=True), start=1):
            visit = Visit(exact=True, turn_deg=turn, shift_um=shift, diameter_sd=0.02, **change)
            scenes[f"{name}-{number}"] = make_follow_up(scenes[f"{name}-0"], visit, seed + 1).scene
        write_images(folder, scenes)


def _signed_in(link: str) -> httpx2.Client:
    parts = urlsplit(link)
    client = httpx2.Client(base_url=f"{parts.scheme}://{parts.netloc}", timeout=120.0, follow_redirects=True)
    fields = {"key": parts.query.partition("=")[2], "name": "clinician", "password": PASSWORD, "clinic": "Clinic"}
    client.post("/welcome", data=fields).raise_for_status()
    page = client.get("/account").text
    client.headers["X-CSRF-Token"] = page.partition('csrf-token" content="')[2].partition('"')[0]
    return client


def _fill(client: httpx2.Client, folder: Path) -> dict[str, str]:
    patient = _post(client, "/patients", code="P-0142")["id"]
    sites = {
        "vertex": _post(client, f"/patients/{patient}/sites", place="vertex")["id"],
        "occipital": _post(client, f"/patients/{patient}/sites", place="occipital", is_control=True)["id"],
    }
    captures: dict[str, list[str]] = {name: [] for name in sites}
    for number, week in enumerate(WEEKS):
        day = (FIRST_DAY + timedelta(weeks=week)).isoformat()
        label = f"week {week}" if week else "baseline"
        visit = _post(client, f"/patients/{patient}/visits", day=day, label=label)["id"]
        for name, site in sites.items():
            picture = (folder / f"{name}-{number}.jpg").read_bytes()
            taken = client.post(f"/api/v1/visits/{visit}/captures", params={"site_id": site}, content=picture)
            captures[name].append(taken.raise_for_status().json()["capture"]["id"])
            changed = client.patch(f"/api/v1/captures/{captures[name][-1]}", json={"scale": SCALE})
            changed.raise_for_status()
    _treat(client, patient, sites["vertex"])
    readings = {name: [_reading(client, one) for one in those] for name, those in captures.items()}
    pair = {"baseline_id": readings["vertex"][0], "follow_up_id": readings["vertex"][-1]}
    comparison = _post(client, "/comparisons", **pair)["job"]["id"]
    while client.get(f"/api/v1/comparisons/{comparison}").status_code != 200:
        time.sleep(1.0)
    return {
        "page-result": f"/captures/{captures['vertex'][-1]}",
        "page-compare": f"/comparisons/{comparison}",
        "page-timeline": f"/sites/{sites['vertex']}",
    }


def _treat(client: httpx2.Client, patient: str, site: str) -> None:
    path, since = f"/patients/{patient}/treatments", FIRST_DAY + timedelta(days=1)
    _post(client, path, kind="minoxidil", started_on=since.isoformat(), detail="5 % foam once a day", route="topical")
    for week in range(0, 24, 4):
        day = (FIRST_DAY + timedelta(weeks=week, days=2)).isoformat()
        _post(client, path, kind="microneedling", started_on=day, ended_on=day, depth_mm=1.5, site_id=site)


def _post(client: httpx2.Client, path: str, **fields: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(f"/api/v1{path}", json=fields).raise_for_status().json()
    return answer


def _reading(client: httpx2.Client, capture: str) -> str:
    while True:
        for reading in client.get(f"/api/v1/captures/{capture}/readings").raise_for_status().json()["items"]:
            if reading["is_current"]:
                return str(reading["id"])
        time.sleep(1.0)


def _shoot(client: httpx2.Client, pages: dict[str, str], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce")
        address = str(client.base_url)
        context.add_cookies([{"name": name, "value": value, "url": address} for name, value in client.cookies.items()])
        for name, path in pages.items():
            page = context.new_page()
            page.goto(str(client.base_url.join(path)))
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1500)
            (out / f"{name}.jpg").write_bytes(_small(page))
        browser.close()


def _small(page: Page) -> bytes:
    """The window as JPEG, as good as the size allows."""
    pixels = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    for quality in range(90, 40, -5):
        data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) < MOST_BYTES:
            break
    return data


if __name__ == "__main__":
    main()
