"""The page of a comparison in a real browser: two large pictures with every hair's fate, moved as one.

    python -m benchmarks.web.comparison [--json FILE] [--rounds 3] [--megapixels 12] [--hairs 300] [--chromium PATH]

A picture is rendered; the follow-up is the same one, shifted. The server scores and compares them. Measured as
in `benchmarks.web.viewer`, with the slider and side by side.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import cv2

from benchmarks.reporting import write_report
from benchmarks.web.server import Server
from benchmarks.web.viewer import COOKIE, move, opened, page_figures, prepare, render_picture, wait_for_result

PORT = 8768
SHIFT_PX = 37
LONGEST_S = 300
MODES = ("slider", "beside")


def main() -> None:
    options = _parse()
    with tempfile.TemporaryDirectory() as folder:
        baseline = render_picture(Path(folder), megapixels=options.megapixels, n_hairs=options.hairs)
        token, captures = prepare(Path(folder) / "data", [baseline, shifted(baseline)])
        server = Server(Path(folder) / "data", PORT)
        try:
            for capture in captures:
                result = wait_for_result(server.url, token, capture)
            page = compare(server.url, token, captures)
            rounds = [look(page, token, options.chromium) for _ in range(options.rounds)]
        finally:
            server.end()
    size = {"width_px": result["image"]["width_px"], "height_px": result["image"]["height_px"]}
    picture = size | {"n_hairs": len(result["hairs"])}
    what = f"twice {size['width_px'] * size['height_px'] / 1e6:.0f} MP, {picture['n_hairs']} hairs"
    figures = page_figures("a comparison's page", what, rounds)
    write_report("web_comparison", {"picture": picture, "rounds": rounds}, figures, path=options.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--hairs", type=int, default=300)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    return parser.parse_args()


def shifted(picture: Path) -> Path:
    """The same skin a little aside."""
    path = picture.with_name("follow_up.jpg")
    cv2.imwrite(str(path), cv2.imread(str(picture))[SHIFT_PX:, SHIFT_PX:], [cv2.IMWRITE_JPEG_QUALITY, 92])
    return path


def compare(url: str, token: str, captures: list[str]) -> str:
    """The address of the comparison of two pictures, once it is made."""
    readings = [_ask(f"{url}/captures/{capture}/state", token).read() for capture in captures]
    baseline, follow_up = (json.loads(state)["readingId"] for state in readings)
    csrf = _csrf(_ask(f"{url}/", token).read().decode())
    form = f"baseline={baseline}&follow_up={follow_up}&csrf_token={csrf}".encode()
    page: str = _ask(f"{url}/compare", token, form).url
    until = time.monotonic() + LONGEST_S
    while 'id="viewer"' not in _ask(page, token).read().decode():
        if time.monotonic() > until:
            raise SystemExit("the pictures were not compared in time")
        time.sleep(1.0)
    return page


def _csrf(page: str) -> str:
    return page.split('name="csrf-token" content="')[1].split('"', maxsplit=1)[0]


def _ask(url: str, token: str, form: bytes | None = None) -> Any:
    request = urllib.request.Request(url, data=form, headers={"Cookie": f"{COOKIE}={token}"})
    return urllib.request.urlopen(request, timeout=60)


def look(page_url: str, token: str, chromium: str) -> dict[str, Any]:
    """Open the page in a fresh browser, then pan and zoom in each mode."""
    with opened(page_url, token, chromium, shown="#viewer[data-shown]") as (page, loaded):
        moving = {}
        for mode in MODES:
            page.click(f"[data-show={mode}]")
            page.wait_for_timeout(500)
            moving[mode] = move(page, "#before-picture")
    return {**loaded, "moving": moving}


if __name__ == "__main__":
    main()
