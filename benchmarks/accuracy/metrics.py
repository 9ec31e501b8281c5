"""Whether intervals hold the truth, thin shares bear noisy diameters, redness and scale grow, the border rule is fair.

    python benchmarks/accuracy/metrics.py [--json FILE] [--scenes 48] [--parts coverage shares border skin]

Parts: ``coverage`` (site intervals of sites whose expectation is known from a much larger sheet; geometry alone, as if
every hair were found), ``shares`` (simulated diameters with known scatter), ``border`` (fields of known density with
hairs of 0.3-5 mm, by four counting rules), ``skin`` (rendered pairs with and without scale, and redder skin). Tables
go to stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from benchmarks.accuracy.methods import PROCESSES, one_thread
from benchmarks.accuracy.metric_scenes import UM_PER_PX, border_settings, growths, hairs_of, sites, whole_area
from benchmarks.reporting import figure, write_report
from hairdensity.calibration import Calibration
from hairdensity.measurement.skin import SkinLook, look_at_skin
from hairdensity.metrics import Measured, compute_metrics
from hairdensity.synthetic.presets import SKIN_RGB, clipped
from hairdensity.synthetic.render import Rendering, render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.settings import SceneSettings
from hairdensity.synthetic.truth import Truth
from hairdensity.target_area import AreaShape, place_area

Array = NDArray[np.float64]
Row = dict[str, Any]

COVERED = (
    "density_per_cm2",
    "unit_density_per_cm2",
    "median_diameter_um",
    "mean_diameter_um",
    "diameter_cv",
    "vellus_fraction_30um",
    "vellus_fraction_40um",
    "vellus_density_per_cm2_40um",
    "hairs_per_unit",
    "single_hair_unit_fraction",
    "inter_unit_distance_um",
    "cumulative_diameter_mm_per_cm2",
    "cross_section_mm2_per_cm2",
    "median_length_um",
)
SHOWN = {
    "density_per_cm2": "hair density",
    "unit_density_per_cm2": "unit density",
    "median_diameter_um": "median diameter",
    "vellus_fraction_30um": "vellus share at 30 um",
    "vellus_fraction_40um": "vellus share at 40 um",
}
"""Figures in the README's table; all are in the report."""

PARTS = ("coverage", "shares", "border", "skin")

EXACT = Calibration(um_per_px=UM_PER_PX, relative_error=0.0)

NORMAL_UM = {"normal, 60 um": (60.0, 14.0), "thinning, 45 um": (45.0, 15.0)}
MIXED_UM = {"vellus 20 %": (0.2, 70.0), "vellus 8 %": (0.08, 75.0)}
SHARE_CASES = [
    (population, n, se_um)
    for population in (*NORMAL_UM, *MIXED_UM)
    for n in (50, 150, 300)
    for se_um in (2.0, 4.0, 6.0, 8.0)
]
REPEATS = 50

BORDER_SHEETS = 24
FIELDS_CM2 = (1.0, 0.4)

VISIBLE_LEVELS = 10
"""Grey levels by which scale changes a pixel that counts as covered."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--scenes", type=int, default=48, help="rendered pairs of the skin part")
    parser.add_argument("--sheets", type=int, default=6, help="sheets of 12 sites for each growth")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    arguments = parser.parse_args()
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        measure = {
            "coverage": lambda: coverage_rows(pool, arguments.sheets),
            "shares": lambda: list(pool.map(share_row, *zip(*SHARE_CASES, strict=True))),
            "border": lambda: border_rows(pool),
            "skin": lambda: skin_rows(pool, arguments.scenes),
        }
        results = {part: measure[part]() for part in arguments.parts}
    for name, rows in results.items():
        print(f"\n{name}\n{pd.DataFrame(rows).to_string(index=False, float_format='%.3f')}", file=sys.stderr)
    write_report("figures and their intervals", results, figures(results), path=arguments.json)


def coverage_rows(pool: ProcessPoolExecutor, n_sheets: int) -> list[Row]:
    """One row for each growth and figure: how often the site's interval holds what sites show on average."""
    names = list(growths())
    jobs = [(name, seed) for name in names for seed in range(n_sheets)]
    found = list(pool.map(site_values, *zip(*jobs, strict=True)))
    rows = []
    for name in names:
        values = np.concatenate([part for (job, _), part in zip(jobs, found, strict=True) if job == name])
        expected = np.nanmean(values[:, :, 0], axis=0)
        expected[COVERED.index("density_per_cm2")] = growths()[name].population.density_per_cm2
        held = (values[:, :, 1] <= expected) & (expected <= values[:, :, 2])
        rows += [
            {"growth": name, "figure": figure_name, "sites": len(values), "expected": truth, "covered": float(share)}
            for figure_name, truth, share in zip(COVERED, expected.tolist(), held.mean(axis=0), strict=True)
        ]
    return rows


def site_values(name: str, seed: int) -> Array:
    """(S, F, 3) value and both ends of the site's interval of the figures of the sites of one sheet."""
    found = []
    for site in sites(growths()[name], seed):
        measured = Measured(hairs=site.hairs, units=site.units, coverage_fraction=0.1)
        metrics = compute_metrics(measured, site.area, EXACT)
        estimates = [getattr(metrics, figure_name) for figure_name in COVERED]
        found.append([(each.value, each.site_low, each.site_high) for each in estimates])
    return np.array(found)


def draw_true(population: str, n: int, rng: np.random.Generator) -> Array:
    """(n,) true diameters in um."""
    if population in NORMAL_UM:
        return rng.normal(*NORMAL_UM[population], n).clip(8.0)
    share, mean = MIXED_UM[population]
    return np.where(rng.random(n) < share, rng.uniform(15, 35, n), rng.normal(mean, 15.0, n).clip(8.0))


def share_row(population: str, n: int, se_um: float) -> Row:
    """Error of the plain and of the stated share, and how often the intervals hold the truth, over both cut-offs."""
    rng = np.random.default_rng([n, round(10 * se_um), len(population)])
    of_all = draw_true(population, 400_000, rng)
    area, rows = whole_area((5.0, 5.0)), []
    for _ in range(REPEATS):
        true, se = draw_true(population, n, rng), se_um * rng.uniform(0.6, 1.4, n)
        diameter = np.maximum(true + se * rng.standard_normal(n), 2.0)
        hairs, units = hairs_of(diameter, se)
        metrics = compute_metrics(Measured(hairs=hairs, units=units, coverage_fraction=0.1), area, EXACT)
        for cut in (30.0, 40.0):
            found, exact = getattr(metrics, f"vellus_fraction_{cut:.0f}um"), np.mean(true <= cut)
            on_site = found.site_low <= np.mean(of_all <= cut) <= found.site_high
            in_picture = found.low <= exact <= found.high
            rows.append((np.mean(diameter <= cut) - exact, found.value - exact, in_picture, on_site))
    plain, stated, in_picture, on_site = np.array(rows, dtype=float).T
    return {
        "population": population,
        "hairs": n,
        "se_um": se_um,
        "plain_bias": float(plain.mean()),
        "bias": float(stated.mean()),
        "plain_95": float(np.quantile(np.abs(plain), 0.95)),
        "error_95": float(np.quantile(np.abs(stated), 0.95)),
        "covered_picture": float(in_picture.mean()),
        "covered_site": float(on_site.mean()),
    }


def border_rows(pool: ProcessPoolExecutor) -> list[Row]:
    """One row for each size of field and counting rule: its bias against the density of the sheet."""
    ratios = list(pool.map(border_ratios, range(BORDER_SHEETS)))
    return [
        {
            "field_cm2": area_cm2,
            "rule": rule,
            "fields": sum(len(sheet[area_cm2][rule]) for sheet in ratios),
            "bias": float(np.concatenate([sheet[area_cm2][rule] for sheet in ratios]).mean() - 1),
            "cv": float(np.concatenate([sheet[area_cm2][rule] for sheet in ratios]).std()),
        }
        for area_cm2 in FIELDS_CM2
        for rule in ratios[0][area_cm2]
    ]


def border_ratios(seed: int) -> dict[float, dict[str, Array]]:
    """By size of field and rule: counts over the true number, for every disjoint field of a sheet."""
    scene = make_scene(border_settings(), seed)
    shafts, owner = scene.hairs, np.repeat(np.arange(len(scene.hairs)), np.diff(scene.hairs.offsets))
    per_um2 = scene.settings.population.density_per_cm2 / 1e8
    sheet_um = scene.settings.frame_um[0]
    found: dict[float, dict[str, Array]] = {}
    for area_cm2 in FIELDS_CM2:
        side = np.sqrt(area_cm2) * 1e4
        corners = [(r * side, c * side) for r in range(int(sheet_um // side)) for c in range(int(sheet_um // side))]
        counts = [_counts(shafts.points_um, owner, shafts.offsets, np.array(corner), side) for corner in corners]
        found[area_cm2] = {rule: np.array([each[rule] for each in counts]) / (per_um2 * side**2) for rule in counts[0]}
    return found


def _counts(points: Array, owner: NDArray[np.int64], offsets: NDArray[np.int64], corner: Array, side: float) -> Row:
    """The number of hairs of a field by four rules."""
    inside = ((points >= corner) & (points < corner + side)).all(axis=1)
    n_inside, n_points = np.bincount(owner, weights=inside), np.diff(offsets)
    root, tip = inside[offsets[:-1]], inside[offsets[1:] - 1]
    return {
        "roots": int(root.sum()),
        "ends / 2": float(root.sum() + tip.sum()) / 2,
        "all visible": int(np.count_nonzero(n_inside)),
        "wholly inside": int(np.count_nonzero(n_inside == n_points)),
    }


def skin_rows(pool: ProcessPoolExecutor, n_scenes: int) -> list[Row]:
    """Rows of scenes with more and more scale, of redder and redder skin, and of more and more hair."""
    scaly = list(pool.map(scale_row, range(n_scenes)))
    red = list(pool.map(redness_row, range(n_scenes)))
    dense = list(pool.map(density_row, (10.0, 50.0, 100.0, 150.0, 250.0) * 4, range(20)))
    return scaly + red + dense


def scale_row(seed: int) -> Row:
    """Found and true share of scale; the truth is what the same scene without scale shows otherwise."""
    rng = np.random.default_rng([seed, 7])
    amount, tone = rng.random(), list(SKIN_RGB)[seed % 2]
    scene = _skin_scene(rng.uniform(30.0, 220.0), tone)
    clutter = replace(scene.clutter, flakes_per_cm2=80 * amount, root_flakes=0.8 * amount * (seed % 3 == 0))
    with_scale, without = (render(make_scene(replace(scene, clutter=each), seed)) for each in (clutter, scene.clutter))
    changed = np.abs(with_scale.image.pixels.astype(int) - without.image.pixels).max(axis=2) > VISIBLE_LEVELS
    bare = ~_covered_by_hair(with_scale.truth)
    look = _look(with_scale)
    return {"part": "scale", "tone": tone, "true": float(changed[bare].mean()), "found": look.scaling_fraction}


def redness_row(seed: int) -> Row:
    """Index of skin under one light whose patches are more and more inflamed."""
    rng = np.random.default_rng([seed, 8])
    amount, tone = rng.random(), list(SKIN_RGB)[seed % 2]
    scene = _skin_scene(rng.uniform(30.0, 220.0), tone)
    look = _look(render(make_scene(replace(scene, skin=replace(scene.skin, flush=amount)), seed)))
    return {
        "part": "redness",
        "tone": tone,
        "true": amount,
        "found": look.erythema_index,
        "scale": look.scaling_fraction,
    }


def density_row(density: float, seed: int) -> Row:
    """Both figures of the same skin under more and more hair."""
    look = _look(render(make_scene(_skin_scene(density, "I"), seed % 4)))
    return {"part": "hair", "true": density, "found": look.erythema_index, "scale": look.scaling_fraction}


def _skin_scene(density: float, tone: str) -> SceneSettings:
    scene = clipped(density)
    return replace(
        scene,
        field_mm=(4.4, 5.6),
        um_per_px=8.0,
        clutter=replace(scene.clutter, scale_specks=0.0),
        skin=replace(scene.skin, color_rgb=SKIN_RGB[tone]),
    )


def _look(rendering: Rendering) -> SkinLook:
    truth = rendering.truth
    area = place_area(
        AreaShape(), image_shape=truth.shape, unreadable=np.zeros(truth.shape, bool), calibration=None, margin_px=14.0
    )
    diameter_px = truth.diameter_um / truth.um_per_px
    return look_at_skin(rendering.image.pixels, truth.hairs, diameter_px, area, um_per_px=truth.um_per_px)


def _covered_by_hair(truth: Truth) -> NDArray[np.bool_]:
    """(H, W) True on shafts and 60 um about them."""
    canvas = np.zeros(truth.shape, np.uint8)
    for hair, width in enumerate(truth.diameter_um):
        line = np.rint(truth.hairs.path(hair)[:, ::-1]).astype(np.int32)
        cv2.polylines(canvas, [line], False, 1, max(1, round((width + 120) / truth.um_per_px)))
    return canvas > 0


def figures(results: dict[str, list[Row]]) -> list[dict[str, str]]:
    """The lines of the README's table."""
    lines = []
    for name, words in SHOWN.items():
        shares = [row["covered"] for row in results.get("coverage", []) if row["figure"] == name]
        if shares:
            n = sum(row["sites"] for row in results["coverage"] if row["figure"] == name)
            what = f"Sites whose 95 % interval holds the truth, {words}, 50-250 per cm2, {n} sites"
            value = f"{np.mean(shares):.1%} ({min(shares):.0%} to {max(shares):.0%} by growth)"
            lines.append(figure(what, value, "93-98 %"))
    return (
        lines
        + _share_figures(results.get("shares", []))
        + _border_figures(results.get("border", []))
        + (_skin_figures(results.get("skin", [])))
    )


def _share_figures(rows: list[Row]) -> list[dict[str, str]]:
    if not rows:
        return []
    bias, plain = (max(abs(row[name]) for row in rows) for name in ("bias", "plain_bias"))
    usual = [row for row in rows if row["hairs"] >= 150 and row["se_um"] <= 6]
    covered = [[row[name] for row in rows] for name in ("covered_picture", "covered_site")]
    what = "Share of thin hairs with diameters known to 2-8 um"
    return [
        figure(f"{what}, largest bias (of the plain share)", f"{bias:.1%} ({plain:.1%})", "within 5 points"),
        figure(
            f"{what[:-6]}2-6 um, 150 hairs and more: error that 19 of 20 pictures stay below",
            f"{max(row['error_95'] for row in usual):.1%}",
            "within 5 points",
        ),
        figure(f"{what}, pictures whose interval holds the truth", _mean_and_range(covered[0]), "93-98 %"),
        figure(f"{what}, sites whose interval holds the truth", _mean_and_range(covered[1]), "93-98 %"),
    ]


def _mean_and_range(shares: list[float]) -> str:
    return f"{np.mean(shares):.1%} ({min(shares):.0%} to {max(shares):.0%})"


def _border_figures(rows: list[Row]) -> list[dict[str, str]]:
    lines = []
    for row in rows:
        aim = "within 1 %" if row["rule"] in ("roots", "ends / 2") else ""
        what = (
            f"Bias of the count by {row['rule']}, hairs of 0.3-5 mm, {row['fields']} fields of {row['field_cm2']:g} cm2"
        )
        lines.append(figure(what, f"{row['bias']:+.1%}", aim))
    return lines


def _skin_figures(rows: list[Row]) -> list[dict[str, str]]:
    lines = []
    for part, words in (
        ("redness", "Redness against inflammation"),
        ("scale", "Scale found against true share of skin"),
    ):
        chosen = [row for row in rows if row["part"] == part]
        if chosen:
            by_tone = [[row for row in chosen if row["tone"] == tone] for tone in {row["tone"] for row in chosen}]
            rho = [spearmanr([r["true"] for r in group], [r["found"] for r in group])[0] for group in by_tone]
            lines.append(figure(f"{words}, rank correlation by skin tone, {len(chosen)} scenes", f"{min(rho):.2f}"))
    hair = pd.DataFrame([row for row in rows if row["part"] == "hair"])
    if len(hair):
        by_density = hair.groupby("true")[["found", "scale"]].mean()
        red, scale = (float(np.ptp(by_density[name])) for name in ("found", "scale"))
        what = "Same skin under 10-250 hairs per cm2: range of redness, and of the share of scale"
        lines.append(figure(what, f"{red:.1f} of the index, {scale:.1%}"))
    return lines


if __name__ == "__main__":
    main()
