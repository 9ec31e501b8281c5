"""What is found on rendered scalps, whose truth is known exactly, by each method.

    python benchmarks/accuracy/phantoms.py [--json FILE] [--methods ridges network] [--pictures 3] [--suites modes ...]

Suites: ``apart`` (clipped hairs, none near another: what must be right), ``modes`` (clipped, short and long hairs),
``units`` (clipped hairs in follicular units, 50 to 250 per cm2), ``colors`` (hair colors by skin types), ``scales``
(2.5 to 14 um/px), ``blur`` (0.7 to 3.5 px), ``light`` (light hair on dark skin), ``bald`` (everything found is false),
``invariance`` (turned, flipped, brighter, darker, enlarged pictures of the same scenes). Tables go to stderr, the
report to stdout. Roots count on the picture less the usual margin, for truth and answer alike and whatever a method
leaves out as unreadable; ``judged`` is the share of the picture that it did not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import PROCESSES, add_method_options, one_thread, ready_methods
from benchmarks.accuracy.phantom_figures import figures
from benchmarks.accuracy.phantom_scenes import APART, SUITES, VARIED, chosen_scenes
from benchmarks.reporting import write_report
from hairdensity.analysis import Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.evaluation import (
    CROSSING_BANDS_DEG,
    CrossingScore,
    HairSet,
    Score,
    diameter_agreement,
    found_hairs,
    inside_margin,
    pool_scores,
    score_hairs,
)
from hairdensity.image import TrichoImage
from hairdensity.synthetic.render import Rendering, render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.settings import SceneSettings

FIRST_SEED = 100

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The answer of one method for one picture."""

    scene: str
    method: str
    score: Score
    area_cm2: float
    judged: float


def main() -> None:
    arguments = _parse()
    methods = ready_methods(arguments.methods, arguments.model)
    if not methods:
        sys.exit("nothing to measure: none of the methods is ready")
    seeds = range(FIRST_SEED, FIRST_SEED + arguments.pictures)
    scenes = chosen_scenes(arguments.suites)
    varied = VARIED if "invariance" in arguments.suites else {}
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        pictures = _each(pool, partial(score_picture, methods=methods), scenes, seeds)
        counts = _each(pool, partial(vary_picture, methods=methods), varied, seeds)
    results = {
        "scenes": scene_rows(pictures),
        "diameters": diameter_rows(pictures),
        "invariance": invariance_rows(counts),
    }
    _show(results)
    write_report("accuracy on rendered scalp", results, figures(results), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_method_options(parser)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--pictures", type=int, default=3, help="pictures of each scene")
    parser.add_argument("--suites", nargs="+", choices=[*SUITES, "invariance"], default=[*SUITES, "invariance"])
    return parser.parse_args()


def _show(results: dict[str, list[Row]]) -> None:
    """All tables, but of the diameters' only the hairs apart: elsewhere bands hold few hairs."""
    apart = [row for row in results["diameters"] if row["scene"] == APART]
    for name, rows in (results | {"diameters": apart}).items():
        if rows:
            print(f"\n{name}\n{pd.DataFrame(rows).to_string(index=False, float_format='%.3f')}", file=sys.stderr)


def _each(
    pool: ProcessPoolExecutor,
    measure: Callable[[str, SceneSettings, int], list[Any]],
    scenes: dict[str, SceneSettings],
    seeds: Sequence[int],
) -> list[Any]:
    """What is measured on every scene with every seed, in one list."""
    jobs = [(name, settings, seed) for name, settings in scenes.items() for seed in seeds]
    return list(chain(*pool.map(measure, *zip(*jobs, strict=True)))) if jobs else []


def score_picture(name: str, settings: SceneSettings, seed: int, *, methods: dict[str, Settings]) -> list[Picture]:
    """Render one scene, analyze it by each method and score the answers."""
    rendering = render(make_scene(settings, seed), image_id=f"{name}, seed {seed}")
    return [_scored(name, method, rendering, how) for method, how in methods.items()]


def _scored(name: str, method: str, rendering: Rendering, settings: Settings) -> Picture:
    truth = rendering.truth
    analysis = analyze(rendering.image, calibration=Calibration(um_per_px=truth.um_per_px), settings=settings)
    margin_px = settings.margin_um / truth.um_per_px
    true_hairs = HairSet(lines=truth.hairs, diameter_um=truth.diameter_um, counted=truth.in_frame)
    score = score_hairs(
        _within(true_hairs, truth.shape, margin_px),
        _within(found_hairs(analysis), truth.shape, margin_px),
        um_per_px=truth.um_per_px,
        shape=truth.shape,
    )
    height, width = (side - 2 * margin_px for side in truth.shape)
    return Picture(
        scene=name,
        method=method,
        score=score,
        area_cm2=height * width * truth.um_per_px**2 / 1e8,
        judged=(analysis.target_area.area_cm2 or 0.0) / truth.area_cm2,
    )


def _within(hairs: HairSet, shape: tuple[int, int], margin_px: float) -> HairSet:
    """The hairs, of which those count whose root keeps the margin."""
    return replace(hairs, counted=inside_margin(hairs.lines.roots_px, shape, margin_px))


def vary_picture(name: str, settings: SceneSettings, seed: int, *, methods: dict[str, Settings]) -> list[Row]:
    """Counts of one picture and of its variants by each method."""
    image, _ = render(make_scene(settings, seed))
    rows = []
    for method, how in methods.items():
        plain = _count(image.pixels, settings.um_per_px, how)
        for variant, (change, scale) in _variants(settings.um_per_px).items():
            varied = _count(change(image.pixels), scale, how)
            rows.append({"scene": name, "method": method, "variant": variant, "plain": plain, "varied": varied})
    return rows


def _variants(um_per_px: float) -> dict[str, tuple[Callable[[Pixels], Pixels], float]]:
    return {
        "turned by 90 degrees": (lambda p: np.ascontiguousarray(np.rot90(p)), um_per_px),
        "flipped left to right": (lambda p: np.ascontiguousarray(p[:, ::-1]), um_per_px),
        "flipped upside down": (lambda p: np.ascontiguousarray(p[::-1]), um_per_px),
        "brightness +15 %": (lambda p: np.clip(np.rint(p * 1.15), 0, 255).astype(np.uint8), um_per_px),
        "brightness -15 %": (lambda p: np.rint(p * 0.85).astype(np.uint8), um_per_px),
        "2x pixels, half um/px": (_enlarged, um_per_px / 2),
    }


def _enlarged(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _count(pixels: Pixels, um_per_px: float, settings: Settings) -> int:
    analysis = analyze(TrichoImage.from_array(pixels), calibration=Calibration(um_per_px=um_per_px), settings=settings)
    return analysis.metrics.n_hairs


def scene_rows(pictures: Sequence[Picture]) -> list[Row]:
    """One row for each scene and method, the pictures pooled."""
    return [_scene_row(scene, method, group) for (scene, method), group in _groups(pictures).items()]


def _scene_row(scene: str, method: str, pictures: Sequence[Picture]) -> Row:
    pooled = pool_scores([picture.score for picture in pictures])
    roots, hairs = pooled.roots, pooled.hairs
    area_cm2 = sum(picture.area_cm2 for picture in pictures)
    return {
        "scene": scene,
        "method": method,
        "pictures": len(pictures),
        "judged": float(np.mean([picture.judged for picture in pictures])),
        "n_true": roots.n_true,
        "n_found": roots.n_found,
        "count_bias": _json(roots.count_error),
        "count_mape": _json(np.mean([abs(picture.score.roots.count_error) for picture in pictures])),
        "root_precision": _json(roots.precision),
        "root_recall": _json(roots.recall),
        "root_f1": roots.f1,
        "directed_recall": _json(roots.directed_recall),
        "hair_f1": hairs.f1,
        "splits_per_100": _json(hairs.splits_per_100),
        "merges_per_100": _json(hairs.merges_per_100),
        "diameter_bias_um": _json(pooled.diameter_bias_um),
        "false_per_cm2": (roots.n_found - roots.n_found_hit) / area_cm2,
        **_crossing_columns(pooled.crossings),
    }


def _crossing_columns(crossings: CrossingScore) -> Row:
    """Number of crossings and share of the right ones by the angle's lower bound in degrees."""
    columns: Row = {}
    for (low, _), n, share in zip(CROSSING_BANDS_DEG, crossings.n_true, crossings.right_shares, strict=True):
        columns |= {f"crossings_{low:g}": n, f"right_{low:g}": _json(share)}
    return columns


def diameter_rows(pictures: Sequence[Picture]) -> list[Row]:
    """One row for each scene, method and band with hairs in it."""
    rows: list[Row] = []
    for (scene, method), group in _groups(pictures).items():
        pooled = pool_scores([picture.score for picture in group])
        for band in diameter_agreement(pooled.true_diameter_um, pooled.found_diameter_um):
            if band.n:
                values = {key: _json(x) for key, x in band._asdict().items()}
                rows.append({"scene": scene, "method": method, **values, "n": band.n})
    return rows


def invariance_rows(counts: Sequence[Row]) -> list[Row]:
    """One row for each scene, method and variant: counts over all pictures, and how many single counts changed."""
    if not counts:
        return []
    table = pd.DataFrame(counts).assign(moved=lambda t: (t["varied"] - t["plain"]).abs())
    keys = ["scene", "method", "variant"]
    pooled = table.groupby(keys, sort=False)[["plain", "varied", "moved"]].sum().reset_index()
    pooled["change"] = pooled["moved"] / pooled["plain"].clip(lower=1)
    return [{str(key): value for key, value in row.items()} for row in pooled.to_dict("records")]


def _groups(pictures: Sequence[Picture]) -> dict[tuple[str, str], list[Picture]]:
    """Pictures by scene and method, in order."""
    groups: dict[tuple[str, str], list[Picture]] = {}
    for picture in pictures:
        groups.setdefault((picture.scene, picture.method), []).append(picture)
    return groups


def _json(value: float) -> float | None:
    """JSON has no NaN."""
    return float(value) if np.isfinite(value) else None


if __name__ == "__main__":
    main()
