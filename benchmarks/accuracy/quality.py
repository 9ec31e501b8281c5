"""Whether the verdict on a picture turns before its count goes wrong, and leaves clean pictures alone.

    python benchmarks/accuracy/quality.py [--json FILE] [--seed 300] [--series 1] [--clean 2] [--kinds ...]

A series is one scene rendered at growing degradation (``degradations.py``). Its count error on the area that was left
readable is compared with that of the clean scene: the count is wrong from the first picture on that differs by more
than 10 %, and the verdict was in time when from there on no picture is called good. Clean pictures are of the kinds
that count well: clipped hair of every color on skins on which it shows, at 2.5-8 um/px. The limits were chosen on the
seeds 1 and 2; a picture that is refused with an error is not good. Tables go to stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.degradations import DEGRADATIONS
from benchmarks.accuracy.methods import PROCESSES, one_thread, ready_methods
from benchmarks.accuracy.phantom_scenes import SUITES
from benchmarks.reporting import figure, write_report
from hairdensity.analysis import Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.errors import HairDensityError
from hairdensity.flags import ImageFlag, Verdict, flag_names
from hairdensity.synthetic.presets import clipped, light_on_dark, toned
from hairdensity.synthetic.render import Rendering, render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.settings import SceneSettings

WRONG = 0.10
"""Difference of the relative count error from that of the clean scene."""

CLEAN = "clean"
SCENES = {
    "clipped, black hair": clipped(150.0),
    "light hair, dark skin": light_on_dark(),
    "clipped, brown hair": toned("brown", "III"),
}
FINE_SCALES = ("2.5", "4", "5.5", "8")
CLEAN_SCENES = {
    **SUITES["apart"],
    **{f"clipped, {density} per cm2": clipped(float(density)) for density in (50, 100, 150)},
    **SUITES["colors"],
    **{f"clipped, {scale} um/px": SUITES["scales"][f"clipped, {scale} um/px"] for scale in FINE_SCALES},
    **SUITES["light"],
}
NOT_OF_QUALITY = ImageFlag.OVERLAY_GRAPHICS

Row = dict[str, Any]
Job = tuple[str, str, int, int, SceneSettings]


def main() -> None:
    arguments = _parse()
    settings = ready_methods(["network"], None).get("network")
    if settings is None:
        sys.exit("nothing to measure: the verdict is measured with the network, which is not ready")
    jobs = [*_series_jobs(arguments), *_clean_jobs(arguments)]
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        pictures = list(pool.map(partial(judge_picture, settings=settings), jobs))
    clean = [row for row in pictures if row["scene"] not in SCENES]
    series = series_rows([row for row in pictures if row["scene"] in SCENES])
    results = {"series": series, "clean": clean, "pictures": pictures}
    _show(results)
    write_report("verdict on quality", results, figures(series, clean), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--seed", type=int, default=300, help="first seed of the scenes")
    parser.add_argument("--series", type=int, default=1, help="series of each kind and scene")
    parser.add_argument("--clean", type=int, default=2, help="clean pictures of each kind")
    parser.add_argument("--kinds", nargs="*", choices=DEGRADATIONS, default=list(DEGRADATIONS))
    return parser.parse_args()


def _series_jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    """Each scene clean, and at every level of every degradation."""
    for seed in range(arguments.seed, arguments.seed + arguments.series):
        for scene, settings in SCENES.items():
            yield scene, CLEAN, 0, seed, settings
            for kind in arguments.kinds:
                change, levels = DEGRADATIONS[kind]
                for level, strength in enumerate(levels, start=1):
                    yield scene, kind, level, seed, change(settings, strength)


def _clean_jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    """Pictures without a fault; of the scenes of the series, other seeds."""
    first = arguments.seed + arguments.series
    for seed in range(first, first + arguments.clean):
        for scene, settings in CLEAN_SCENES.items():
            yield scene, CLEAN, 0, seed, settings


def judge_picture(job: Job, *, settings: Settings) -> Row:
    """Render and analyze one picture: its verdict, and its count on what was left of the area."""
    scene, kind, level, seed, scene_settings = job
    row: Row = {"scene": scene, "kind": kind, "level": level, "seed": seed}
    rendering = render(make_scene(scene_settings, seed))
    try:
        return row | _judged(rendering, settings)
    except HairDensityError as error:
        return row | {"verdict": "refused", "n_true": 0, "n_found": 0, "flags": [error.code]}


def _judged(rendering: Rendering, settings: Settings) -> Row:
    truth = rendering.truth
    analysis = analyze(rendering.image, calibration=Calibration(um_per_px=truth.um_per_px), settings=settings)
    return {
        "verdict": str(analysis.quality.verdict),
        "n_true": int(np.count_nonzero(analysis.target_area.contains(truth.hairs.roots_px))),
        "n_found": analysis.metrics.n_hairs,
        "flags": flag_names(analysis.flags & ~NOT_OF_QUALITY),
    }


def series_rows(pictures: Sequence[Row]) -> list[Row]:
    """One row for each series: where the count went wrong and where the verdict turned, by level; 0: nowhere."""
    table = pd.DataFrame(pictures)
    clean = table[table["kind"] == CLEAN].set_index(["scene", "seed"])
    degraded = table[table["kind"] != CLEAN]
    groups = degraded.groupby(["kind", "scene", "seed"], sort=False)
    return [
        {"kind": kind, "scene": scene, "seed": int(seed), **_course(clean.loc[(scene, seed)], group)}
        for (kind, scene, seed), group in groups
    ]


def _course(clean: Any, pictures: pd.DataFrame) -> Row:
    """What happened along one series."""
    pictures = pictures.sort_values("level")
    shift = _error(pictures["n_found"], pictures["n_true"]) - _error(clean["n_found"], clean["n_true"])
    counted = ~pictures["verdict"].isin([Verdict.UNREADABLE, "refused"]).to_numpy()
    good = (pictures["verdict"] == Verdict.GOOD).to_numpy()
    wrong = np.abs(shift) > WRONG
    late = np.logical_or.accumulate(wrong & counted) & good
    return {
        "starts_good": clean["verdict"] == Verdict.GOOD,
        "in_time": not late.any(),
        "wrong_from": _first(wrong & counted),
        "turned_at": _first(~good),
        "shifts": [round(float(x), 3) if c else None for x, c in zip(shift, counted, strict=True)],
        "verdicts": pictures["verdict"].tolist(),
    }


def _error(n_found: Any, n_true: Any) -> Any:
    return n_found / np.maximum(n_true, 1) - 1


def _first(so: Any) -> int:
    """Level of the first True, from 1; 0 where there is none."""
    return int(np.argmax(so)) + 1 if so.any() else 0


def figures(series: Sequence[Row], clean: Sequence[Row]) -> list[dict[str, str]]:
    """The lines of the README's table."""
    counted = [row for row in series if row["starts_good"]]
    n_in_time = sum(row["in_time"] for row in counted)
    n_good = sum(row["verdict"] == Verdict.GOOD for row in clean)
    what = "Series of growing degradation in which the verdict turned before the count was off by 10 %"
    return [
        figure(what, f"{_share(n_in_time, counted)} of {len(counted)}", "at least 95 %"),
        figure("Clean rendered pictures called good", f"{_share(n_good, clean)} of {len(clean)}", "at least 95 %"),
    ]


def _share(n: int, of: Sequence[Row]) -> str:
    return f"{n / len(of):.1%}" if of else "-"


def _show(results: dict[str, list[Row]]) -> None:
    """The series by kind, those in which the verdict came late, and clean pictures that were not called good."""
    series = pd.DataFrame(results["series"])
    if len(series):
        kinds = series.groupby("kind", sort=False)
        print(kinds.agg(series=("in_time", "size"), in_time=("in_time", "sum")).to_string(), file=sys.stderr)
        late = series[~series["in_time"]]
        print(f"\nlate\n{late.to_string(index=False)}", file=sys.stderr)
    not_good = [row for row in results["clean"] if row["verdict"] != Verdict.GOOD]
    print(f"\nclean, not good\n{pd.DataFrame(not_good).to_string(index=False)}", file=sys.stderr)


if __name__ == "__main__":
    main()
