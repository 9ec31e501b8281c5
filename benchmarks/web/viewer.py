"""The page of a picture in a real browser: how soon it paints, and whether panning and zooming ever hold it up.

    python -m benchmarks.web.viewer [--json FILE] [--rounds 5] [--megapixels 12] [--hairs 300] [--chromium PATH]

A picture is rendered, scored by the server's own worker, and opened over loopback. First paint is the browser's first
contentful paint; long tasks are those that the browser reports (50 ms and more on its main thread) while a mouse drags
and wheels across the whole picture with the overlay on, in each of its modes. There is no graphics card: the browser
paints on the processor, which is the slowest case.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.reporting import figure, write_report
from benchmarks.web.server import Server

UM_PER_PX = 3.2
PORT = 8769
FIRST_PAINT_S = 0.5
LONGEST_TASK_MS = 100.0
MODES = ("diameter", "unit", "uncertainty")
COOKIE = "hairdensity_session"
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
}).observe({ type: "longtask", buffered: true });
window.frames_ = [];
const tick = (now) => { window.frames_.push(now); requestAnimationFrame(tick); };
requestAnimationFrame(tick);
"""

FIRST_PAINT = """
() => new Promise((resolve) => new PerformanceObserver((list) => {
  const entry = list.getEntriesByName("first-contentful-paint")[0];
  if (entry) resolve(entry.startTime);
}).observe({ type: "paint", buffered: true }))
"""


def main() -> None:
    arguments = _parse()
    with tempfile.TemporaryDirectory() as folder:
        picture = render_picture(Path(folder), megapixels=arguments.megapixels, n_hairs=arguments.hairs)
        token, (capture_id,) = prepare(Path(folder) / "data", [picture])
        server = Server(Path(folder) / "data", PORT)
        try:
            result = wait_for_result(server.url, token, capture_id)
            page = f"{server.url}/captures/{capture_id}"
            rounds = [look(page, token, arguments.chromium) for _ in range(arguments.rounds)]
        finally:
            server.end()
    size = {"width_px": result["image"]["width_px"], "height_px": result["image"]["height_px"]}
    results = {"picture": size | {"n_hairs": len(result["hairs"])}, "rounds": rounds}
    write_report("web_viewer", results, _figures(results), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--hairs", type=int, default=300)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    return parser.parse_args()


def render_picture(folder: Path, *, megapixels: float, n_hairs: int) -> Path:
    """A rendered capture of clipped scalp, as JPEG."""
    from dataclasses import replace

    import cv2

    from hairdensity.synthetic.presets import clipped
    from hairdensity.synthetic.render import render
    from hairdensity.synthetic.scene import make_scene

    height = round(math.sqrt(megapixels * 1e6 * 3 / 4))
    width = height * 4 // 3
    field_mm = (height * UM_PER_PX / 1000, width * UM_PER_PX / 1000)
    density = n_hairs / (field_mm[0] * field_mm[1] / 100)
    scene = make_scene(replace(clipped(density), field_mm=field_mm, um_per_px=UM_PER_PX), seed=1)
    path = folder / "picture.jpg"
    pixels = render(scene).image.pixels
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return path


def prepare(data: Path, pictures: list[Path]) -> tuple[str, list[str]]:
    """An installation with a visit for each picture, none read yet; gives a session's token, and their ids."""
    from hairdensity.clinic.access import Person, Role
    from hairdensity.clinic.jobs import queue_scoring
    from hairdensity.clinic.opening import open_workplace
    from hairdensity.clinic.sessions import open_session
    from hairdensity.image import read_image
    from hairdensity.store.models import Capture, Clinic, Patient, Site, User, Visit

    workplace = open_workplace(data)
    try:
        with workplace.database.session() as db:
            clinic = Clinic(name="Benchmark")
            db.add(clinic)
            db.flush()
            user = User(clinic_id=clinic.id, name="reader", role="clinician", password_hash="!")
            db.add(user)
            db.flush()
            who = Person(user_id=user.id, clinic_id=clinic.id, name=user.name, role=Role.CLINICIAN)
            patient = Patient(clinic_id=clinic.id, code="B-1", created_by=user.id)
            patient.sites = [Site(place="vertex")]
            db.add(patient)
            db.flush()
            ids = []
            for number, picture in enumerate(pictures):
                content = picture.read_bytes()
                height, width = read_image(content).pixels.shape[:2]
                day = date.today() - timedelta(weeks=12 * (len(pictures) - 1 - number))
                visit = Visit(patient_id=patient.id, day=day, created_by=user.id)
                db.add(visit)
                db.flush()
                capture = Capture(
                    visit_id=visit.id,
                    site_id=patient.sites[0].id,
                    number=1,
                    sha256=workplace.files.put(content),
                    media_type="image/jpeg",
                    n_bytes=len(content),
                    width_px=width,
                    height_px=height,
                    scale={"kind": "given", "um_per_px": UM_PER_PX},
                    uploaded_by=user.id,
                )
                db.add(capture)
                db.flush()
                queue_scoring(db, who, capture)
                ids.append(capture.id)
            return open_session(db, user).token, ids
    finally:
        workplace.close()


def wait_for_result(url: str, token: str, capture_id: str) -> dict[str, Any]:
    """The entry of results of the picture, when its worker is done."""
    for _ in range(600):
        state = _get(f"{url}/captures/{capture_id}/state", token)
        if state["job"] == "failed":
            raise SystemExit("the picture could not be scored")
        if state["readingId"]:
            result: dict[str, Any] = _get(f"{url}/captures/{capture_id}/readings/{state['readingId']}/result", token)
            return result
        time.sleep(0.2)
    raise SystemExit("the picture was not scored in two minutes")


def _get(url: str, token: str) -> Any:
    request = urllib.request.Request(url, headers={"Cookie": f"{COOKIE}={token}", "Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def look(page_url: str, token: str, chromium: str) -> dict[str, Any]:
    """Open the page in a fresh browser, then pan and zoom across the picture in every mode."""
    with opened(page_url, token, chromium, shown="#picture[data-shown]") as (page, loaded):
        moving = {}
        for mode in MODES:
            page.check(f"#modes input[value={mode}]", force=True)
            moving[mode] = move(page, "#picture")
    return {**loaded, "moving": moving}


@contextmanager
def opened(page_url: str, token: str, chromium: str, *, shown: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A page in a browser of its own, once an element is there; with its first paint and long tasks until then."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER_ARGUMENTS))
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_cookies([{"name": COOKIE, "value": token, "url": page_url}])
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(page_url)
        first_paint_ms = page.evaluate(FIRST_PAINT)
        page.wait_for_selector(shown)
        shown_ms = page.evaluate("() => performance.now()")
        page.wait_for_timeout(500)
        loading = page.evaluate("() => window.longTasks.splice(0)")
        yield page, {"first_paint_ms": first_paint_ms, "shown_ms": shown_ms, "long_tasks_while_loading_ms": loading}
        browser.close()


def move(page: Any, picture: str) -> dict[str, Any]:
    """Drag and wheel; gives the long tasks and the time between frames."""
    page.focus(picture)
    page.keyboard.press("0")
    page.wait_for_timeout(300)
    page.evaluate("() => { window.longTasks.length = 0; window.frames_.length = 0; }")
    box = page.locator(picture).bounding_box()
    center = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    reach = min(250, box["width"] / 2 - 20)
    for wheel in (0, -240, -240, -360, 480):
        page.mouse.move(*center)
        if wheel:
            page.mouse.wheel(0, wheel)
            page.wait_for_timeout(350)
        for across, down in ((-reach, -120), (reach, 120), (0.8 * reach, -150), (-0.8 * reach, 150)):
            page.mouse.move(*center)
            page.mouse.down()
            page.mouse.move(center[0] + across, center[1] + down, steps=25)
            page.mouse.up()
    page.wait_for_timeout(300)
    frames = page.evaluate("() => window.frames_")
    between = [after - before for before, after in pairwise(frames)]
    return {
        "long_tasks_ms": page.evaluate("() => window.longTasks"),
        "median_frame_ms": statistics.median(between),
        "p95_frame_ms": statistics.quantiles(between, n=20)[-1],
    }


def _figures(results: dict[str, Any]) -> list[dict[str, str]]:
    picture = results["picture"]
    what = f"{picture['width_px'] * picture['height_px'] / 1e6:.0f} MP, {picture['n_hairs']} hairs"
    return page_figures("a picture's page", what, results["rounds"])


def page_figures(page: str, what: str, rounds: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Lines for the README's table about a page that was opened and moved a few times."""
    paints = [one["first_paint_ms"] for one in rounds]
    tasks = [task for one in rounds for moved in one["moving"].values() for task in moved["long_tasks_ms"]]
    frames = [moved["median_frame_ms"] for one in rounds for moved in one["moving"].values()]
    return [
        figure(
            f"First paint of {page} on loopback ({what})",
            f"{statistics.median(paints):.0f} ms, at most {max(paints):.0f} ms",
            f"at most {FIRST_PAINT_S:g} s",
        ),
        figure(
            f"Longest task while panning and zooming on {page} ({what})",
            f"{max(tasks):.0f} ms" if tasks else "none of 50 ms or more",
            f"none over {LONGEST_TASK_MS:.0f} ms",
        ),
        figure(
            f"Median time between frames while panning and zooming on {page} ({what})",
            f"{statistics.median(frames):.0f} ms",
        ),
    ]


if __name__ == "__main__":
    main()
