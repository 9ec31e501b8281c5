"""Rendered visit pairs, matched: which true hair got which fate."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.accuracy.growth_scenes import with_true_hairs
from benchmarks.accuracy.methods import PROCESSES, one_thread
from benchmarks.accuracy.visit_pairs import VisitPair, render_pair, visit_pair
from hairdensity.analysis import Analysis, Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.common_area import CommonArea, find_common_area
from hairdensity.comparison.matching import Matched, match_visits
from hairdensity.comparison.registration import register
from hairdensity.evaluation.roots import match_roots
from hairdensity.synthetic.truth import Truth

TRUE_HAIRS = "true hairs"
ROOT_UM = 150.0
"""A found hair is a true one when its root lies so close, one to one."""

SCALE_ERROR = 0.02

Array = np.ndarray[Any, np.dtype[np.float64]]
Visits = tuple[Analysis, Analysis]
Truths = tuple[Truth, Truth]


class PairFates(NamedTuple):
    """One pair by one method.

    ``tally``: true hairs of the common area by true fate and what was said: kept, lost, new, several of them joined by
    a plus, or nothing where no visit found the hair. ``partner_right`` of ``partner_known`` pairs join one true hair.
    ``stated``: fate probability, and whether the fate is right, of every matched row that names a true hair. Changes
    are shares of the true hairs at baseline: true, by counted fates, by probabilities, and of two unmatched pictures.
    """

    number: int
    method: str
    reason: str
    tally: dict[tuple[str, str], int]
    partner_right: int
    partner_known: int
    stated: list[tuple[float, bool]]
    true_change: float
    counted_change: float
    expected_change: float
    unmatched_change: float
    units: dict[str, tuple[int, int, int]]


def measure_pairs(name: str, seed: int, n_pairs: int, methods: dict[str, Settings]) -> list[PairFates]:
    """Fates of the pairs of a set by each method, and from their true hairs."""
    measure = partial(measure_pair, name=name, seed=seed, methods=methods)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        return [fates for part in pool.map(measure, range(n_pairs)) for fates in part]


def measure_pair(number: int, *, name: str, seed: int, methods: dict[str, Settings]) -> list[PairFates]:
    """Fates of one pair."""
    pair = visit_pair(name, number, seed=seed)
    pictures = render_pair(pair)
    truths = pictures[0].truth, pictures[1].truth
    found: dict[str, Visits] = {}
    for method, settings in methods.items():
        before, after = (
            analyze(
                picture.image,
                calibration=Calibration(um_per_px=picture.truth.um_per_px, relative_error=SCALE_ERROR),
                settings=settings,
            )
            for picture in pictures
        )
        found.setdefault(TRUE_HAIRS, (with_true_hairs(before, truths[0]), with_true_hairs(after, truths[1])))
        found[method] = before, after
    return [fates_of_pair(pair, method, visits, truths) for method, visits in found.items()]


def fates_of_pair(pair: VisitPair, method: str, visits: Visits, truths: Truths) -> PairFates:
    """Register and match one pair and compare its fates with the truth."""
    registration = register(*visits)
    if not registration.accepted or registration.alignment is None:
        nothing = float("nan")
        return PairFates(pair.number, method, registration.reason, {}, 0, 0, [], *(nothing,) * 4, {})
    area = find_common_area(*visits, registration.alignment)
    matched = match_visits(*visits, registration.alignment, area, residual_um=registration.residual_um)
    return tally_fates(pair, method, visits, truths, (registration.alignment, area, matched))


def tally_fates(
    pair: VisitPair, method: str, visits: Visits, truths: Truths, found: tuple[Alignment, CommonArea, Matched]
) -> PairFates:
    """Compare matched visits with the truth."""
    _, area, (hairs, _) = found
    names = [_true_names(visit, truth) for visit, truth in zip(visits, truths, strict=True)]
    true = true_fates(pair, truths, area)
    said = _said(hairs, names)
    tally: dict[tuple[str, str], int] = {}
    for hair, fate in true.items():
        key = fate, "+".join(sorted(said.get(hair, {"nothing"})))
        tally[key] = tally.get(key, 0) + 1
    both = hairs["baseline_hair_id"].notna() & hairs["follow_up_hair_id"].notna() & hairs["in_area"]
    partners = [
        (names[0][before], names[1][after])
        for before, after in hairs.loc[both, ["baseline_hair_id", "follow_up_hair_id"]].to_numpy(np.int64)
    ]
    known = [(before, after) for before, after in partners if before >= 0 and after >= 0]
    n_before = max(sum(fate != "new" for fate in true.values()), 1)
    counted = hairs[hairs["in_area"]]
    return PairFates(
        number=pair.number,
        method=method,
        reason="",
        tally=tally,
        partner_right=sum(before == after for before, after in known),
        partner_known=len(known),
        stated=_stated(counted, names, true),
        true_change=_net(list(true.values())) / n_before,
        counted_change=_net(counted["fate"].tolist()) / n_before,
        expected_change=float((counted["follow_up_probability"] - counted["baseline_probability"]).sum()) / n_before,
        unmatched_change=_unmatched(visits),
        units=_unit_tally(pair, truths, area, found[2].units),
    )


def true_fates(pair: VisitPair, truths: Truths, area: CommonArea) -> dict[int, str]:
    """Fate of every true hair whose root, by the mean of both visits, lies on the common area."""
    before, after = truths
    was = dict(zip(before.hair_id.tolist(), before.hairs.roots_px, strict=True))
    now = dict(zip(after.hair_id.tolist(), pair.follow_up.to_baseline(after.hairs.roots_px), strict=True))
    names = sorted(was.keys() | now.keys())
    places = np.array([np.mean([side[name] for side in (was, now) if name in side], axis=0) for name in names])
    inside = area.baseline.contains(places.reshape(-1, 2))
    return {
        name: ("kept" if name in now else "lost") if name in was else "new"
        for name, counts in zip(names, inside, strict=True)
        if counts
    }


def _true_names(visit: Analysis, truth: Truth) -> np.ndarray[Any, np.dtype[np.int64]]:
    """(N + 1,) ``hair_id`` of the true hair that each found hair is; -1 for none, and at the end."""
    found = visit.hairs[["root_row_px", "root_col_px", "tip_row_px", "tip_col_px"]].to_numpy()
    true = np.concatenate([truth.hairs.roots_px, truth.hairs.tips_px], axis=1)
    pairs = match_roots(true, found, tolerance_px=ROOT_UM / truth.um_per_px)
    names = np.full(len(found) + 1, -1, dtype=np.int64)
    names[pairs[:, 1]] = truth.hair_id[pairs[:, 0]]
    return names


def _said(hairs: pd.DataFrame, names: Sequence[np.ndarray[Any, np.dtype[np.int64]]]) -> dict[int, set[str]]:
    """What the rows that a true hair was found in say of it."""
    said: dict[int, set[str]] = {}
    for side, of_visit in zip(("baseline", "follow_up"), names, strict=True):
        ids = hairs[f"{side}_hair_id"].fillna(-1).to_numpy(np.int64)
        for name, fate in zip(of_visit[ids].tolist(), hairs["fate"].tolist(), strict=True):
            if name >= 0:
                said.setdefault(name, set()).add(fate)
    return said


def _stated(
    counted: pd.DataFrame, names: Sequence[np.ndarray[Any, np.dtype[np.int64]]], true: dict[int, str]
) -> list[tuple[float, bool]]:
    """Probability and correctness of each row; a row that names no true hair is wrong."""
    first, second = (
        of_visit[counted[f"{side}_hair_id"].fillna(-1).to_numpy(np.int64)]
        for side, of_visit in zip(("baseline", "follow_up"), names, strict=True)
    )
    rows = zip(first.tolist(), second.tolist(), counted["fate"], counted["fate_probability"], strict=True)
    return [
        (float(probability), any(true.get(name) == fate for name in (a, b) if name >= 0))
        for a, b, fate, probability in rows
        if np.isfinite(probability)
    ]


def _net(fates: list[str]) -> int:
    return fates.count("new") - fates.count("lost")


def _unmatched(visits: Visits) -> float:
    """Relative change of two densities that know nothing of each other."""
    before, after = (visit.metrics.density_per_cm2 for visit in visits)
    if before is None or after is None or not before.value > 0:
        return float("nan")
    return after.value / before.value - 1


def _unit_tally(
    pair: VisitPair, truths: Truths, area: CommonArea, units: pd.DataFrame
) -> dict[str, tuple[int, int, int]]:
    """By fate: true units, found ones, and found ones whose place is that of a true one of the same fate."""
    true = _true_units(pair, truths, area)
    found = units[units["in_area"]]
    tally = {}
    for fate in ("kept", "emptied", "re-activated"):
        wanted = true.loc[true["fate"] == fate, ["row_px", "col_px"]].to_numpy(dtype=np.float64)
        got = found.loc[found["fate"] == fate, ["row_px", "col_px"]].to_numpy(dtype=np.float64)
        hits = match_roots(
            np.tile(wanted, 2).reshape(-1, 4),
            np.tile(got, 2).reshape(-1, 4),
            tolerance_px=ROOT_UM / truths[0].um_per_px,
        )
        tally[fate] = len(wanted), len(got), len(hits)
    return tally


def _true_units(pair: VisitPair, truths: Truths, area: CommonArea) -> pd.DataFrame:
    """Units of true hairs with their fates and places on the common area."""
    before, after = truths
    places = np.concatenate([before.hairs.roots_px, pair.follow_up.to_baseline(after.hairs.roots_px)])
    was = np.repeat([True, False], [len(before.hair_id), len(after.hair_id)])
    each = pd.DataFrame(
        {
            "unit_id": np.concatenate([before.unit_id, after.unit_id]),
            "row_px": places[:, 0],
            "col_px": places[:, 1],
            "was": was,
            "now": ~was,
        }
    )
    table = each.groupby("unit_id").agg({"row_px": "mean", "col_px": "mean", "was": "any", "now": "any"})
    table["fate"] = np.where(table["was"] & table["now"], "kept", np.where(table["was"], "emptied", "re-activated"))
    return table[area.baseline.contains(table[["row_px", "col_px"]].to_numpy(dtype=np.float64))]
