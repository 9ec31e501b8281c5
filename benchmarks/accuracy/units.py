"""How well roots are grouped into follicular units, and how well openings without a hair are found, on rendered scalp.

    python benchmarks/accuracy/units.py [--json FILE] [--pictures 4] [--scenes 24] [--openings 60] [--real FOLDER]

Units, twice: from the true roots and directions alone, and from pictures. A pair of hairs of one unit is right when
both stand for true hairs of one unit. The renderer keeps units clear of each other; ``loose`` puts the same units at
random places, 1.4 times as wide, closer together than on most scalps. Openings count in the target area, 100 um or
more from a root, where their picture differs enough from one rendered without them; F1 of all, faint or not, stands
beside. FOLDER holds captures whose reader named hairs of units with several hairs (``premium``) and lone ones
(``single``). Tables go to stderr, the report to stdout.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import PROCESSES, one_thread
from benchmarks.accuracy.ostium_pictures import OstiumPicture, assign, make_picture
from benchmarks.accuracy.ostium_scenes import KINDS, ostium_settings, plain_ostium_settings
from benchmarks.reporting import figure, write_report
from hairdensity.analysis import Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.evaluation import ROOT_TOLERANCE_UM, inside_margin, match_roots
from hairdensity.image import read_image
from hairdensity.measurement.units import group_roots, leaving_directions, nearest_distances
from hairdensity.segmentation import NetworkSettings
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.truth import Truth, truth_of
from hairdensity.synthetic.variety import random_settings
from hairdensity.tracing.centerlines import Centerlines

DENSITIES = (50.0, 100.0, 150.0, 250.0)
MODES = ("clipped", "microscope", "short")
FIRST_SEED, VARIETY_SEED, OSTIUM_SEED = 500, 9_000, 990_000
LOOSE_CORE, LOOSE_FACTOR = 0.25, 1.4
REAL_UM_PER_PX, REAL_MARGIN_PX, SEAM_PX = 5.571, 64.0, 30.0
SEAMS_PX = (512.0, 640.0)

Row = dict[str, Any]
Array = np.ndarray
Pairs = set[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTally:
    """Pairs and units of one picture."""

    suite: str
    n_true_pairs: int
    n_found_pairs: int
    n_right_pairs: int
    hairs_per_unit: tuple[float, float]
    single_share: tuple[float, float]
    nearest_um: tuple[float, float]
    gap_um: float


def main() -> None:
    arguments = _parse()
    plain = [(name, settings, FIRST_SEED + k) for name, settings in plain_ostium_settings() for k in range(4)]
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        units = [t for part in pool.map(score_units, *_unit_jobs(arguments)) for t in part]
        openings = list(pool.map(score_openings, *zip(*plain, strict=True)))
        openings += list(pool.map(score_random_openings, range(arguments.openings)))
        real = list(pool.map(partial(score_capture), *_captures(arguments.real))) if arguments.real else []
    results = {"units": unit_rows(units), "openings": opening_rows(openings), "captures": capture_rows(real)}
    for name, rows in results.items():
        if rows:
            print(f"\n{name}\n{pd.DataFrame(rows).to_string(index=False, float_format='%.3f')}", file=sys.stderr)
    write_report("follicular units and openings", results, figures(results), path=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--pictures", type=int, default=4, help="pictures of each density")
    parser.add_argument("--scenes", type=int, default=24, help="random scenes of each mode")
    parser.add_argument("--openings", type=int, default=60, help="random scenes with openings")
    parser.add_argument("--real", type=Path, metavar="FOLDER", help="annotated captures")
    return parser.parse_args()


def _unit_jobs(arguments: argparse.Namespace) -> Iterable[Sequence[Any]]:
    jobs = [
        (f"clipped, {density:g} per cm2", clipped(density), FIRST_SEED + k)
        for density in DENSITIES
        for k in range(arguments.pictures)
    ]
    for mode in MODES:
        for k in range(arguments.scenes):
            settings = random_settings(np.random.default_rng([VARIETY_SEED, k]), mode=mode)
            jobs.append((f"random scenes, {mode}", settings, k))
    return zip(*jobs, strict=True)


def score_units(suite: str, settings: Any, seed: int) -> list[UnitTally]:
    """One scene: by its true roots, by the same units at random places, and by its picture."""
    scene = make_scene(settings, seed)
    truth = truth_of(scene)
    if truth.n_hairs < 2:
        return []
    image, truth = render(scene)
    analysis = analyze(
        image,
        calibration=Calibration(um_per_px=truth.um_per_px),
        settings=Settings(network=NetworkSettings(threads=1)),
    )
    by_truth = [
        _given_roots(f"{suite}: true roots", truth, truth.hairs.roots_px),
        _given_roots(f"{suite}: true roots, loose", truth, _loosened(truth, seed)),
    ]
    return [*by_truth, _from_picture(suite, truth, analysis.centerlines, analysis.grouping)]


def _given_roots(suite: str, truth: Truth, roots_px: Array) -> UnitTally:
    counted = np.flatnonzero(truth.in_frame)
    lines = Centerlines.from_paths([truth.hairs.path(i) for i in counted], root_confidence=np.ones(len(counted)))
    directions = leaving_directions(lines, um_per_px=truth.um_per_px)
    grouping = group_roots(roots_px[counted], directions, um_per_px=truth.um_per_px)
    true_unit = np.unique(truth.unit_id[counted], return_inverse=True)[1]
    true_pairs, found_pairs = _pairs(true_unit), _pairs(grouping.unit)
    figures_of = [_figures_of(unit, roots_px[counted], truth.um_per_px) for unit in (true_unit, grouping.unit)]
    return _tally(suite, (true_pairs, found_pairs, true_pairs & found_pairs), figures_of, grouping.gap_um)


def _from_picture(suite: str, truth: Truth, lines: Centerlines, grouping: Any) -> UnitTally:
    """Pairs of found hairs that stand for true ones; all roots within the usual margin of the edge are left out."""
    margin_px = Settings().margin_um / truth.um_per_px
    true, found = (_kept(hairs, truth.shape, margin_px) for hairs in (truth.hairs, lines))
    vectors = [np.concatenate([h.roots_px[k], h.tips_px[k]], axis=1) for h, k in ((truth.hairs, true), (lines, found))]
    matches = match_roots(vectors[0], vectors[1], tolerance_px=ROOT_TOLERANCE_UM / truth.um_per_px)
    true_of = dict(zip(matches[:, 1].tolist(), matches[:, 0].tolist(), strict=True))
    true_unit, found_unit = truth.unit_id[true], grouping.unit[found]
    true_pairs, found_pairs = _pairs(true_unit), _pairs(found_unit)
    named = {tuple(sorted((true_of[i], true_of[j]))) for i, j in found_pairs if i in true_of and j in true_of}
    figures_of = [
        _figures_of(np.unique(unit, return_inverse=True)[1], roots, truth.um_per_px)
        for unit, roots in ((true_unit, truth.hairs.roots_px[true]), (found_unit, lines.roots_px[found]))
    ]
    return _tally(f"{suite}: pictures", (true_pairs, found_pairs, true_pairs & named), figures_of, grouping.gap_um)


def _kept(hairs: Centerlines, shape: tuple[int, int], margin_px: float) -> Array:
    return np.flatnonzero(inside_margin(hairs.roots_px, shape, margin_px))


def _tally(suite: str, pairs: tuple[Pairs, Pairs, Pairs], figures_of: list[Array], gap_um: float) -> UnitTally:
    n_true, n_found, n_right = map(len, pairs)
    (true_size, true_single, true_near), (size, single, near) = figures_of
    return UnitTally(
        suite=suite,
        n_true_pairs=n_true,
        n_found_pairs=n_found,
        n_right_pairs=n_right,
        hairs_per_unit=(true_size, size),
        single_share=(true_single, single),
        nearest_um=(true_near, near),
        gap_um=gap_um,
    )


def _pairs(unit: Array) -> Pairs:
    """Pairs (i, j) of one unit, i below j."""
    members: dict[int, list[int]] = {}
    for number, of in enumerate(unit.tolist()):
        members.setdefault(of, []).append(number)
    return {pair for group in members.values() for pair in combinations(group, 2)}


def _figures_of(unit: Array, roots_px: Array, um_per_px: float) -> Array:
    """Hairs per unit, share of units with one hair, and median distance to the nearest unit in um."""
    sizes = np.bincount(unit)
    if not len(sizes):
        return np.full(3, np.nan)
    middles = np.stack([np.bincount(unit, weights=roots_px[:, axis]) / sizes for axis in (0, 1)], axis=1)
    nearest = nearest_distances(middles) * um_per_px
    return np.array([sizes.mean(), (sizes == 1).mean(), np.nanmedian(nearest) if len(sizes) > 1 else np.nan])


def _loosened(truth: Truth, seed: int) -> Array:
    """(N, 2) roots of the same units at random places, closer together, and wider."""
    rng = np.random.default_rng([seed, 7])
    roots, places = truth.hairs.roots_px.copy(), np.zeros((0, 2))
    units = np.unique(truth.unit_id[truth.in_frame])
    least = LOOSE_CORE * np.sqrt(truth.shape[0] * truth.shape[1] / len(units))
    for number in units:
        tries = rng.uniform(0, 1, (30, 2)) * truth.shape
        free = np.linalg.norm(tries[:, None] - places[None], axis=2).min(axis=1, initial=np.inf) >= least
        places = np.concatenate([places, tries[[int(np.argmax(free))]]])
        of = np.flatnonzero(truth.unit_id == number)
        roots[of] = places[-1] + LOOSE_FACTOR * (roots[of] - roots[of].mean(axis=0))
    return roots


def unit_rows(tallies: Sequence[UnitTally]) -> list[Row]:
    """One row for each suite: pairs pooled, errors of the figures over its pictures."""
    return [
        _unit_row(suite, [t for t in tallies if t.suite == suite]) for suite in dict.fromkeys(t.suite for t in tallies)
    ]


def _unit_row(suite: str, tallies: Sequence[UnitTally]) -> Row:
    true, found, right = (sum(getattr(t, f"n_{name}_pairs") for t in tallies) for name in ("true", "found", "right"))

    def errors(name: str, measure: Callable[[Array, Array], Array]) -> Array:
        values = np.array([getattr(t, name) for t in tallies])
        return measure(values[:, 0], values[:, 1])

    per_unit = errors("hairs_per_unit", lambda truth, answer: answer / truth - 1)
    return {
        "suite": suite,
        "pictures": len(tallies),
        "pair_precision": right / max(found, 1),
        "pair_recall": right / max(true, 1),
        "pair_f1": 2 * right / max(true + found, 1),
        "hairs_per_unit_bias": _mean(per_unit),
        "hairs_per_unit_error": _mean(np.abs(per_unit)),
        "single_share_error": _mean(np.abs(errors("single_share", lambda truth, answer: answer - truth))),
        "nearest_unit_error": _mean(np.abs(errors("nearest_um", lambda truth, answer: answer / truth - 1))),
        "median_gap_um": float(np.median([t.gap_um for t in tallies])),
    }


def _mean(values: Array) -> float | None:
    """JSON has no NaN."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def score_random_openings(number: int) -> list[Row]:
    rng = np.random.default_rng([OSTIUM_SEED, number])
    return score_openings("random scenes", ostium_settings(rng), int(rng.integers(2**31)))


def score_openings(suite: str, settings: Any, seed: int) -> list[Row]:
    """Tallies of one picture, one for each kind."""
    picture = make_picture(settings, seed)
    ostia = picture.analysis.ostia
    places = ostia[["row_px", "col_px"]].to_numpy()
    kind = np.array([KINDS.index(name) for name in ostia["kind"]], dtype=np.int64)
    found, true = assign(places, picture, same_kind=kind[:, None] == picture.kind[None])
    match = np.full(len(places), -1)
    match[found] = true
    return [_opening_tally(suite, k, picture, ostia["in_area"].to_numpy(), kind, match) for k in range(len(KINDS))]


def _opening_tally(suite: str, k: int, picture: OstiumPicture, inside: Array, kind: Array, match: Array) -> Row:
    counts = picture.in_area & picture.visible
    of_kind = picture.kind == k
    answered = np.flatnonzero((kind == k) & inside)
    hit = match[answered]
    right = np.array([t >= 0 and bool(of_kind[t]) for t in hit], dtype=bool)
    aside = np.array([t >= 0 and not counts[t] for t in hit], dtype=bool)
    places = picture.analysis.ostia[["row_px", "col_px"]].to_numpy()[answered]
    distance = np.linalg.norm(places - picture.places_px[hit], axis=1)[right] if len(picture.kind) else np.zeros(0)
    return {
        "suite": "random scenes" if suite == "random scenes" else "clipped, all complexions",
        "kind": KINDS[k],
        "area_cm2": picture.analysis.target_area.area_cm2 or 0.0,
        "n_true": int((counts & of_kind).sum()),
        "n_right": int((right & ~aside).sum()),
        "n_false": int((~right & ~aside).sum()),
        "n_all": int((picture.in_area & of_kind).sum()),
        "n_right_all": int((right & picture.in_area[hit]).sum()) if len(picture.kind) else 0,
        "bare": not (picture.in_area & of_kind).any(),
        "distances_um": (distance * picture.um_per_px).tolist(),
    }


def opening_rows(tallies: Sequence[Sequence[Row]]) -> list[Row]:
    """One row for each suite and kind."""
    flat = [row for rows in tallies for row in rows]
    keys = dict.fromkeys((row["suite"], row["kind"]) for row in flat)
    return [
        _opening_row(suite, kind, [r for r in flat if (r["suite"], r["kind"]) == (suite, kind)]) for suite, kind in keys
    ]


def _opening_row(suite: str, kind: str, rows: Sequence[Row]) -> Row:
    total = {name: sum(row[name] for row in rows) for name in ("n_true", "n_right", "n_false", "n_all", "n_right_all")}
    bare = [row for row in rows if row["bare"]]
    distance = np.concatenate([row["distances_um"] for row in rows])
    area, bare_area = (sum(row["area_cm2"] for row in part) for part in (rows, bare))
    return {
        "suite": suite,
        "kind": kind,
        "pictures": len(rows),
        **{name: total[name] for name in ("n_true", "n_all")},
        "recall": total["n_right"] / max(total["n_true"], 1),
        "precision": total["n_right"] / max(total["n_right"] + total["n_false"], 1),
        "f1": 2 * total["n_right"] / max(total["n_true"] + total["n_right"] + total["n_false"], 1),
        "f1_faint_too": 2 * total["n_right_all"] / max(total["n_all"] + total["n_right_all"] + total["n_false"], 1),
        "false_per_cm2": total["n_false"] / max(area, 1e-9),
        "false_per_cm2_without": sum(row["n_false"] for row in bare) / bare_area if bare_area else None,
        "median_distance_um": float(np.median(distance)) if len(distance) else None,
        "p90_distance_um": float(np.percentile(distance, 90)) if len(distance) else None,
    }


def _captures(folder: Path) -> Iterable[Sequence[Any]]:
    annotations = json.loads((folder / "annotations.json").read_text())
    return zip(*((folder / f"{name}.jpg", vectors) for name, vectors in sorted(annotations.items())), strict=True)


def score_capture(path: Path, vectors: Sequence[Row]) -> list[Row]:
    """Whether hairs named ``premium`` share a unit and ``single`` ones do not, by a reader's and by found roots."""
    image = read_image(path)
    read, name = _read_hairs(vectors)
    along = read[:, 2:] - read[:, :2]
    along /= np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
    by_reader = group_roots(read[:, :2], along, um_per_px=REAL_UM_PER_PX).unit
    analysis = analyze(
        image,
        calibration=Calibration(um_per_px=REAL_UM_PER_PX),
        settings=Settings(network=NetworkSettings(threads=1)),
    )
    lines = analysis.centerlines
    found = np.concatenate([lines.roots_px, lines.tips_px], axis=1)
    matches = match_roots(read, found, tolerance_px=ROOT_TOLERANCE_UM / REAL_UM_PER_PX)
    judged = inside_margin(read[:, :2], image.pixels.shape[:2], REAL_MARGIN_PX)
    judged &= (np.abs(read[:, :2] - SEAMS_PX) > SEAM_PX).all(axis=1)
    openings = analysis.ostia.loc[analysis.ostia["in_area"], "kind"].value_counts()
    shared = {
        "area_cm2": analysis.target_area.area_cm2 or 0.0,
        **{f"n_{kind}": int(openings.get(kind, 0)) for kind in KINDS},
    }
    read_multi = np.bincount(by_reader, minlength=1)[by_reader] > 1
    found_multi = (np.bincount(analysis.grouping.unit, minlength=1)[analysis.grouping.unit] > 1)[matches[:, 1]]
    return [
        {"roots": "a reader's", **_agreement(name[judged], read_multi[judged]), **shared},
        {
            "roots": "found",
            **_agreement(name[matches[:, 0]][judged[matches[:, 0]]], found_multi[judged[matches[:, 0]]]),
            **shared,
        },
    ]


def _read_hairs(vectors: Sequence[Row]) -> tuple[Array, Array]:
    """(N, 4) root and tip of the hairs that a reader drew, and (N,) what the reader called them."""
    hairs = [v for v in vectors if v["class"] != "abnormal"]
    read = np.array([v["root"][::-1] + v["tip"][::-1] for v in hairs], dtype=np.float64).reshape(-1, 4)
    return read, np.array([v["class"] for v in hairs])


def _agreement(name: Array, is_multi: Array) -> Row:
    return {
        "n_premium": int((name == "premium").sum()),
        "n_premium_multi": int(((name == "premium") & is_multi).sum()),
        "n_single": int((name == "single").sum()),
        "n_single_alone": int(((name == "single") & ~is_multi).sum()),
    }


def capture_rows(captures: Sequence[Sequence[Row]]) -> list[Row]:
    """One row for each origin of the roots."""
    flat = [row for rows in captures for row in rows]
    return [
        _capture_row(roots, [r for r in flat if r["roots"] == roots])
        for roots in dict.fromkeys(r["roots"] for r in flat)
    ]


def _capture_row(roots: str, rows: Sequence[Row]) -> Row:
    total = {name: sum(row[name] for row in rows) for name in rows[0] if name != "roots"}
    grouped, alone = total["n_premium_multi"] / total["n_premium"], total["n_single_alone"] / total["n_single"]
    right = total["n_premium_multi"] + total["n_single_alone"]
    return {
        "roots": roots,
        "captures": len(rows),
        "premium_in_units": grouped,
        "single_alone": alone,
        "balanced": (grouped + alone) / 2,
        "agreement": right / (total["n_premium"] + total["n_single"]),
        **{f"{kind} per cm2": total[f"n_{kind}"] / total["area_cm2"] for kind in KINDS},
    }


def figures(results: dict[str, list[Row]]) -> list[dict[str, str]]:
    """The lines of the README's table."""
    lines = [line for row in results["units"] if "loose" not in row["suite"] for line in _unit_figures(row)]
    for row in results["openings"]:
        aim = "at least 0.80" if row["kind"] == "empty ostium" else ""
        if row["n_true"]:
            lines.append(figure(f"F1, {row['kind']}, {row['suite']}", f"{row['f1']:.2f}", aim))
        if row["false_per_cm2_without"] is not None:
            what = f"False {row['kind']} per cm2 where there is none, {row['suite']}"
            lines.append(figure(what, f"{row['false_per_cm2_without']:.1f}"))
    for row in results["captures"]:
        what = f"Hairs of units and lone hairs as a reader names them, {row['roots']} roots"
        lines.append(figure(what, f"{row['agreement']:.0%}"))
    return lines


def _unit_figures(row: Row) -> Iterable[dict[str, str]]:
    aimed = row["suite"] == "clipped, 150 per cm2: true roots"
    yield figure(f"Pairwise F1 of units, {row['suite']}", f"{row['pair_f1']:.3f}", "at least 0.90" if aimed else "")
    if "pictures" in row["suite"]:
        aim = "within 5 %" if row["suite"].startswith("clipped, 150") else ""
        yield figure(f"Error of hairs per unit, {row['suite']}", f"{row['hairs_per_unit_error']:.1%}", aim)


if __name__ == "__main__":
    main()
