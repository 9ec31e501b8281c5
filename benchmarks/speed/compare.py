"""Speed of comparing two visits: the whole command by picture size, and its parts by size and number of hairs.

    python benchmarks/speed/compare.py [--json FILE] [--rounds 3] [--megapixels 1.3 3 12] [--densities 50 150 300]

The command is timed from the shell to the change document, two cold starts of the workers included; both pictures are
analyzed at the same time. Registration, matching and change are timed on analyses that are there, on one thread: what a
study of many visits pays for each pair. Pictures are rendered; before the clock counts, every pair must be registered
and most of its hairs found again. Times are medians over the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.reporting import figure, write_report

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    # Before NumPy is loaded; children of the command set their own.
    os.environ.setdefault(_name, "1")

SHAPES = {1.3: (1024, 1280), 3.0: (1536, 2048), 12.0: (3000, 4000)}
UM_PER_PX = {1.3: 5.571, 3.0: 5.0, 12.0: 3.2}
"""A device with more pixels resolves more of a field that is somewhat larger."""

DENSITY_PER_CM2 = 150.0
AIMS = {12.0: "at most 8 s on two cores"}
KEPT_SHARE = 0.8


def main() -> None:
    arguments = _parse()
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            size: time_command(_write_pair(Path(folder), size, DENSITY_PER_CM2), size, rounds=arguments.rounds)
            for size in arguments.megapixels
        }
        parts = [
            time_parts(_write_pair(Path(folder), size, density), size, density, rounds=arguments.rounds)
            for size in arguments.megapixels
            for density in (arguments.densities if size == min(arguments.megapixels) else [DENSITY_PER_CM2])
        ]
    results = {"command": {str(size): timed for size, timed in commands.items()}, "parts": parts}
    write_report(
        "compare_speed", results, [*_command_figures(commands), *map(_part_figure, parts)], path=arguments.json
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megapixels", type=float, nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--densities", type=float, nargs="+", default=[50.0, 150.0, 300.0], metavar="PER_CM2")
    return parser.parse_args()


def _write_pair(folder: Path, size: float, density: float) -> tuple[Path, Path]:
    """Render a pair of visits as JPEGs, once."""
    from dataclasses import replace

    import cv2

    from hairdensity.synthetic.follow_up import Visit, make_follow_up
    from hairdensity.synthetic.presets import clipped
    from hairdensity.synthetic.render import render
    from hairdensity.synthetic.scene import make_scene

    before, after = (folder / f"{size}_{density:g}_{visit}.jpg" for visit in ("baseline", "follow_up"))
    if not before.exists():
        um_per_px = UM_PER_PX[size]
        field_mm = tuple(side * um_per_px / 1000 for side in SHAPES[size])
        baseline = make_scene(replace(clipped(density), field_mm=field_mm, um_per_px=um_per_px), seed=1)
        visit = Visit(lost_fraction=0.05, new_per_cm2=8.0, turn_deg=3.0, shift_um=(200.0, -150.0))
        follow_up = make_follow_up(baseline, visit, seed=2).scene
        for path, scene in ((before, baseline), (after, follow_up)):
            pixels = render(scene).image.pixels
            cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return before, after


def time_command(pair: tuple[Path, Path], size: float, *, rounds: int) -> dict[str, Any]:
    """Seconds of the whole command with the document alone, and with the picture and the page."""
    command = [sys.executable, "-m", "hairdensity.cli", "compare", *map(str, pair), "--um-per-px", str(UM_PER_PX[size])]
    views = ["--picture", str(pair[0].with_suffix(".png")), "--html", str(pair[0].with_suffix(".html"))]
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    document_s, views_s = [], []
    for _ in range(rounds):
        for more, taken in (([], document_s), (views, views_s)):
            start = time.perf_counter()
            done = subprocess.run([*command, "--json", *more], capture_output=True, env=environment, check=True)
            taken.append(time.perf_counter() - start)
    _check(json.loads(done.stdout))
    return {"document_s": statistics.median(document_s), "with_views_s": statistics.median(views_s)}


def time_parts(pair: tuple[Path, Path], size: float, density: float, *, rounds: int) -> dict[str, Any]:
    """Seconds of registration, and of registration, matching and change together, on one thread."""
    import cv2

    from hairdensity import Calibration, analyze, compare, read_image, register
    from hairdensity.report.change_document import change_document

    cv2.setNumThreads(1)
    scale = Calibration(um_per_px=UM_PER_PX[size])
    baseline, follow_up = (analyze(read_image(path), calibration=scale) for path in pair)
    _check(change_document(compare(baseline, follow_up)))
    register_s = _median_s(lambda: register(baseline, follow_up), rounds)
    compare_s = _median_s(lambda: compare(baseline, follow_up), rounds)
    return {
        "megapixels": size,
        "density_per_cm2": density,
        "hairs": [len(baseline.hairs), len(follow_up.hairs)],
        "register_s": register_s,
        "compare_s": compare_s,
        "pairs_per_s": 1.0 / compare_s,
    }


def _median_s(action: Any, rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _check(document: dict[str, Any]) -> None:
    """A fast wrong answer is no result."""
    summary = document["summary"]
    if not document["registration"]["accepted"]:
        raise SystemExit(f"not registered: {document['registration']['reason']}")
    if summary["n_kept"] < KEPT_SHARE * (summary["n_kept"] + summary["n_lost"]):
        raise SystemExit(f"too few hairs were found again: {summary}")


def _command_figures(commands: dict[float, dict[str, Any]]) -> list[dict[str, str]]:
    return [
        figure(
            f"Two {size:g} MP pictures to a change document: the whole command, {os.cpu_count()} cores",
            f"{timed['document_s']:.2f} s ({timed['with_views_s']:.2f} s with picture and page)",
            AIMS.get(size, ""),
        )
        for size, timed in commands.items()
    ]


def _part_figure(part: dict[str, Any]) -> dict[str, str]:
    return figure(
        f"Registration, matching and change, {part['megapixels']:g} MP, {part['hairs'][0]} hairs, 1 core",
        f"{part['pairs_per_s']:.1f} pairs/s ({part['compare_s']:.2f} s, of it registration {part['register_s']:.2f} s)",
        "registration at most 0.2 s" if part["megapixels"] == min(SHAPES) else "",
    )


if __name__ == "__main__":
    main()
