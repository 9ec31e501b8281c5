"""What is found on rendered scalps, whose truth is known exactly.

    python benchmarks/accuracy/phantoms.py [--json FILE] [--pictures 3] [--suites apart units ...]

Suites: ``apart`` (clipped hairs, none near another: what must be right), ``units`` (clipped hairs in follicular units
at 75, 150 and 250 per cm2), ``unclipped`` (long, crossing), ``light`` (light hair on dark skin), ``bald`` (everything
found is false), ``invariance`` (turned, flipped, brighter, darker, enlarged pictures of the same scenes). Tables go to
stderr, the report to stdout. Roots count on the area that the analysis itself judged, for truth and answer alike.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from benchmarks.reporting import figure, write_report
from hairdensity.analysis import Analysis, analyze
from hairdensity.calibration import Calibration
from hairdensity.evaluation import HairSet, Score, diameter_agreement, found_hairs, pool_scores, score_hairs
from hairdensity.image import TrichoImage
from hairdensity.synthetic.presets import bald, clipped, clipped_apart, light_on_dark, unclipped
from hairdensity.synthetic.render import Rendering, render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.settings import SceneSettings

FIRST_SEED = 100
PROCESSES = 2

SUITES: dict[str, dict[str, SceneSettings]] = {
    "apart": {"clipped, hairs apart": clipped_apart()},
    "units": {f"clipped, units, {density} per cm2": clipped(float(density)) for density in (75, 150, 250)},
    "unclipped": {"unclipped, long, 40 per cm2": unclipped()},
    "light": {"light hair, dark skin, 110 per cm2": light_on_dark()},
    "bald": {"bald skin": bald()},
}
VARIED = {"hairs apart": clipped_apart(), "units, 150 per cm2": clipped(150.0)}

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The answer for one picture."""

    name: str
    score: Score
    area_cm2: float


def main() -> None:
    arguments = _parse()
    jobs = [
        (name, settings, FIRST_SEED + seed)
        for suite, scenes in SUITES.items()
        if suite in arguments.suites
        for name, settings in scenes.items()
        for seed in range(arguments.pictures)
    ]
    varied = [
        (name, settings, FIRST_SEED + seed)
        for name, settings in VARIED.items()
        for seed in range(arguments.pictures)
        if "invariance" in arguments.suites
    ]
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), _one_thread) as pool:
        pictures = list(pool.map(score_picture, *zip(*jobs, strict=True))) if jobs else []
        counts = list(chain(*pool.map(vary_picture, *zip(*varied, strict=True)))) if varied else []
    results = {
        "scenes": scene_rows(pictures),
        "diameters": diameter_rows(pictures),
        "invariance": invariance_rows(counts),
    }
    for name, rows in results.items():
        if rows:
            print(f"\n{name}\n{pd.DataFrame(rows).to_string(index=False, float_format='%.3f')}", file=sys.stderr)
    write_report("accuracy on rendered scalp", results, figures(results), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--pictures", type=int, default=3, help="pictures of each scene")
    parser.add_argument("--suites", nargs="+", choices=[*SUITES, "invariance"], default=[*SUITES, "invariance"])
    return parser.parse_args()


def _one_thread() -> None:
    cv2.setNumThreads(1)


def score_picture(name: str, settings: SceneSettings, seed: int) -> Picture:
    """Render, analyze and score one scene."""
    rendering = render(make_scene(settings, seed), image_id=f"{name}, seed {seed}")
    analysis = analyze(rendering.image, calibration=Calibration(um_per_px=settings.um_per_px))
    return Picture(
        name=name,
        score=score_hairs(
            true_hairs(rendering, analysis),
            found_hairs(analysis),
            um_per_px=settings.um_per_px,
            shape=rendering.truth.shape,
        ),
        area_cm2=analysis.target_area.area_cm2 or 0.0,
    )


def true_hairs(rendering: Rendering, analysis: Analysis) -> HairSet:
    """The truth on the area that the analysis judged."""
    truth = rendering.truth
    return HairSet(
        lines=truth.hairs,
        diameter_um=truth.diameter_um,
        counted=analysis.target_area.contains(truth.hairs.roots_px),
    )


def vary_picture(name: str, settings: SceneSettings, seed: int) -> list[dict[str, Any]]:
    """Counts of one picture and of its variants."""
    image, _ = render(make_scene(settings, seed))
    plain = _count(image.pixels, settings.um_per_px)
    return [
        {"scene": name, "variant": variant, "plain": plain, "varied": _count(change(image.pixels), scale)}
        for variant, (change, scale) in _variants(settings.um_per_px).items()
    ]


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


def _count(pixels: Pixels, um_per_px: float) -> int:
    analysis = analyze(TrichoImage.from_array(pixels), calibration=Calibration(um_per_px=um_per_px))
    return analysis.metrics.n_hairs


def scene_rows(pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """One row for each scene, its pictures pooled."""
    return [_scene_row(name, [p for p in pictures if p.name == name]) for name in _names(pictures)]


def _scene_row(name: str, pictures: Sequence[Picture]) -> dict[str, Any]:
    pooled = pool_scores([picture.score for picture in pictures])
    roots, hairs = pooled.roots, pooled.hairs
    return {
        "scene": name,
        "pictures": len(pictures),
        "n_true": roots.n_true,
        "n_found": roots.n_found,
        "count_bias": _json(roots.count_error),
        "count_mape": _json(np.mean([abs(picture.score.roots.count_error) for picture in pictures])),
        "root_precision": _json(roots.precision),
        "root_recall": _json(roots.recall),
        "root_f1": roots.f1,
        "directed_recall": _json(roots.directed_recall),
        "hair_f1": hairs.f1,
        "splits": hairs.n_splits,
        "merges": hairs.n_merges,
        "false_per_cm2": (roots.n_found - roots.n_found_hit) / sum(picture.area_cm2 for picture in pictures),
    }


def diameter_rows(pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """One row for each scene and band with hairs in it."""
    return [row for name in _names(pictures) for row in _bands_of(name, pictures)]


def _bands_of(name: str, pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    pooled = pool_scores([picture.score for picture in pictures if picture.name == name])
    bands = diameter_agreement(pooled.true_diameter_um, pooled.found_diameter_um)
    return [
        {"scene": name} | {key: _json(x) for key, x in band._asdict().items()} | {"n": band.n}
        for band in bands
        if band.n
    ]


def invariance_rows(counts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each scene and variant: the counts over all pictures, and how many single counts changed."""
    if not counts:
        return []
    table = pd.DataFrame(counts).assign(moved=lambda t: (t["varied"] - t["plain"]).abs())
    pooled = table.groupby(["scene", "variant"], sort=False)[["plain", "varied", "moved"]].sum().reset_index()
    pooled["change"] = pooled["moved"] / pooled["plain"].clip(lower=1)
    return [{str(key): value for key, value in row.items()} for row in pooled.to_dict("records")]


def figures(results: dict[str, list[dict[str, Any]]]) -> list[dict[str, str]]:
    """The lines of the README's table."""
    lines = []
    for row in results["scenes"]:
        if row["n_true"] == 0:
            lines.append(figure("False hairs on bald skin", f"{row['false_per_cm2']:.1f} per cm2", "at most 1 per cm2"))
            continue
        target = "at most 2 %" if "apart" in row["scene"] else ""
        value = f"{row['count_mape']:.1%} (root F1 {row['root_f1']:.2f}, hair F1 {row['hair_f1']:.2f})"
        lines.append(figure(f"Count error, {row['scene']}", value, target))
    if biases := [abs(r["bias_um"]) for r in results["diameters"] if "apart" in r["scene"] and r["low_um"] >= 40]:
        lines.append(
            figure("Diameter bias, hairs apart, 40-120 um, worst band", f"{max(biases):.1f} um", "at most 2 um")
        )
    worst: dict[str, float] = {}
    for row in results["invariance"]:
        worst[row["scene"]] = max(worst.get(row["scene"], 0.0), row["change"])
    for scene, change in worst.items():
        what = f"Change of single pictures' counts, {scene}: turned, flipped, brighter, darker or enlarged, worst"
        lines.append(figure(what, f"{change:.1%}", "at most 2 %"))
    return lines


def _names(pictures: Sequence[Picture]) -> list[str]:
    return list(dict.fromkeys(picture.name for picture in pictures))


def _json(value: float) -> float | None:
    """JSON has no NaN."""
    return float(value) if np.isfinite(value) else None


if __name__ == "__main__":
    main()
