"""The same picture twice: how far the count moves when nothing about the scalp has changed.

    python benchmarks/accuracy/repeatability.py [FOLDER] [--um-per-px 5.571] [--pictures 12] [--json FILE]

Each picture is compared with copies of itself that a clinic makes without thinking: encoded again as JPEG, with a scale
bar, a line of text and a circle drawn on it, and moved by 3 px (which also moves every tile and every JPEG block). The
hairs are counted on the same skin: inside the margin, and outside what was drawn. Rendered clipped scalps always;
FOLDER adds real captures, whose scale is stated. The table goes to stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import PROCESSES, add_method_options, one_thread, ready_methods
from benchmarks.reporting import figure, write_report
from hairdensity.analysis import Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.image import TrichoImage, read_image
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene

FIRST_SEED = 4200
SHIFT_PX = 3
INNER_UM = 250.0
"""Beyond the usual margin, so that no copy loses skin at its edge."""

AROUND_DRAWN_UM = 300.0
"""A hair that what was drawn cuts in two may be lost: only skin further away is the same."""

DENSITIES = (80.0, 150.0, 220.0)

Row = dict[str, Any]
Pixels = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
Mask = np.ndarray[tuple[int, int], np.dtype[np.bool_]]


def main() -> None:
    arguments = _parse()
    methods = ready_methods(arguments.methods, arguments.model)
    jobs: list[tuple[str, Any, float]] = [("rendered", FIRST_SEED + i, 0.0) for i in range(arguments.pictures)]
    if arguments.folder is not None:
        paths = sorted(p for p in arguments.folder.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
        jobs += [("real", path, arguments.um_per_px) for path in paths[:: max(1, len(paths) // arguments.pictures)]]
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        rows = [row for part in pool.map(partial(compare_copies, methods=methods), jobs) for row in part]
    pooled = pool_rows(rows)
    print(pd.DataFrame(pooled).to_string(index=False, float_format="%.4f"), file=sys.stderr)
    write_report("the same picture twice", {"pooled": pooled, "pictures": rows}, figures(pooled), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER")
    add_method_options(parser)
    parser.add_argument("--um-per-px", type=float, default=5.571)
    parser.add_argument("--pictures", type=int, default=12, help="of each kind")
    parser.add_argument("--json", type=Path, help="also write the report here")
    return parser.parse_args()


def compare_copies(job: tuple[str, Any, float], *, methods: dict[str, Settings]) -> list[Row]:
    """Counts of one picture and of its copies by each method."""
    kind, source, um_per_px = job
    if kind == "rendered":
        settings = clipped(DENSITIES[source % len(DENSITIES)])
        pixels, um_per_px = render(make_scene(settings, source)).image.pixels, settings.um_per_px
    else:
        pixels = read_image(source).pixels
    rows = []
    for method, how in methods.items():
        for copy, first, second, same_skin in _copies(pixels, um_per_px):
            before = _count(first, same_skin[0], um_per_px, how)
            after = _count(second, same_skin[1], um_per_px, how)
            rows.append({"kind": kind, "method": method, "copy": copy, "before": before, "after": after})
    return rows


def _copies(pixels: Pixels, um_per_px: float) -> Iterator[tuple[str, Pixels, Pixels, tuple[Mask, Mask]]]:
    """Yield a name, the picture, its copy, and the same skin on both."""
    inner = _inner(pixels.shape[:2], INNER_UM / um_per_px)
    for quality in (90, 75):
        yield f"JPEG {quality}", pixels, _encoded(pixels, quality), (inner, inner)
    drawn = _drawn_on(pixels)
    changed = (drawn != pixels).any(axis=2).astype(np.uint8)
    size = 2 * round(AROUND_DRAWN_UM / um_per_px) + 1
    free = inner & (cv2.dilate(changed, np.ones((size, size), np.uint8)) == 0)
    yield "drawn on", pixels, drawn, (free, free)
    height, width = pixels.shape[:2]
    first, second = pixels[: height - SHIFT_PX, : width - SHIFT_PX], pixels[SHIFT_PX:, SHIFT_PX:]
    skin = inner[: height - SHIFT_PX, : width - SHIFT_PX] & inner[SHIFT_PX:, SHIFT_PX:]
    moved = np.zeros_like(skin)
    moved[:-SHIFT_PX, :-SHIFT_PX] = skin[SHIFT_PX:, SHIFT_PX:]
    here = np.zeros_like(skin)
    here[SHIFT_PX:, SHIFT_PX:] = moved[:-SHIFT_PX, :-SHIFT_PX]
    yield "moved by 3 px", np.ascontiguousarray(first), np.ascontiguousarray(second), (here, moved)


def _inner(shape: tuple[int, ...], margin_px: float) -> Mask:
    inner = np.zeros(shape, dtype=bool)
    margin = round(margin_px)
    inner[margin:-margin, margin:-margin] = True
    return inner


def _encoded(pixels: Pixels, quality: int) -> Pixels:
    data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def _drawn_on(pixels: Pixels) -> Pixels:
    """A copy with a scale bar and its label, a line of text and a red circle."""
    drawn = pixels.copy()
    height, width = pixels.shape[:2]
    bottom, left = height - height // 12, width // 14
    cv2.line(drawn, (left, bottom), (left + width // 7, bottom), (255, 255, 255), 3)
    cv2.putText(drawn, "1.0 mm", (left, bottom - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    cv2.putText(drawn, "VISIT 2 vertex", (width // 2, height // 18), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (20, 20, 20), 2)
    cv2.circle(drawn, (width * 2 // 3, height * 2 // 3), height // 9, (230, 30, 30), 2)
    return drawn


def _count(pixels: Pixels, skin: Mask, um_per_px: float, settings: Settings) -> int:
    """Hairs on the skin, whatever of it was left out as unreadable."""
    image, calibration = TrichoImage.from_array(pixels), Calibration(um_per_px=um_per_px)
    return analyze(image, calibration=calibration, area=skin, settings=settings).metrics.n_hairs


def pool_rows(rows: list[Row]) -> list[Row]:
    """One row for each kind of picture, method and copy."""
    table = pd.DataFrame(rows)
    table = table[table["before"] > 0]
    table["change"] = (table["after"] - table["before"]) / table["before"]
    return [
        {
            "kind": kind,
            "method": method,
            "copy": copy,
            "pictures": len(group),
            "n_before": int(group["before"].sum()),
            "mean_change": float(group["change"].mean()),
            "mean_absolute_change": float(group["change"].abs().mean()),
            "worst_change": float(group["change"].abs().max()),
        }
        for (kind, method, copy), group in table.groupby(["kind", "method", "copy"], sort=False)
    ]


def figures(pooled: list[Row]) -> list[dict[str, str]]:
    """The lines of the README's table: the worst copy."""
    lines = []
    for kind, what in (("rendered", "rendered, clipped"), ("real", "real captures")):
        for method in dict.fromkeys(row["method"] for row in pooled if row["kind"] == kind):
            worst = max(
                (row for row in pooled if (row["kind"], row["method"]) == (kind, method)),
                key=lambda row: row["mean_absolute_change"],
            )
            text = f"{worst['mean_absolute_change']:.1%} ({worst['copy']})"
            title = f"Change of the count when the same picture is encoded again, drawn on or moved by 3 px, {what}"
            lines.append(figure(title, text, "at most 2 %", method=method))
    return lines


if __name__ == "__main__":
    main()
