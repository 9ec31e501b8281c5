"""Rendered phototrichograms: what is measured on them, and what is true of the same hairs."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.accuracy.methods import PROCESSES, one_thread
from benchmarks.accuracy.visit_pairs import VisitPair, render_pair, visit_pair
from hairdensity.analysis import Analysis, Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.comparison.change import Change, compare
from hairdensity.comparison.growth import Growth, measure_growth
from hairdensity.errors import HairDensityError
from hairdensity.evaluation.roots import match_roots
from hairdensity.flags import HairFlag
from hairdensity.metrics import Estimate
from hairdensity.synthetic.simulation import clipped_to_frame
from hairdensity.synthetic.truth import Truth
from hairdensity.tables import HAIRS, make_table
from hairdensity.tracing import Centerlines

Array = np.ndarray[Any, np.dtype[np.float64]]

TRUE_HAIRS = "true hairs"
ROOT_UM = 120.0
TURN_DEG = 60.0


class Case(NamedTuple):
    """One phototrichogram by one method; ``refused`` is empty where it was measured.

    ``naive_share`` and ``naive_rate`` are what one threshold for each matched hair makes of the same lengths;
    ``phases`` counts hairs by true and found phase.
    """

    number: int
    method: str
    days: float
    refused: str
    n_true: int
    true_share: float
    true_median: float
    true_mean: float
    share: Estimate | None
    median: Estimate | None
    mean: Estimate | None
    naive_share: float
    naive_rate: float
    phases: dict[tuple[str, str], int]


def measure_cases(name: str, seed: int, n_pairs: int, methods: dict[str, Settings]) -> list[Case]:
    """Cases of the pairs of a set by each method, and from their true hairs."""
    measure = partial(measure_pair, name=name, seed=seed, methods=methods)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        return [case for part in pool.map(measure, range(n_pairs)) for case in part]


def measure_pair(number: int, *, name: str, seed: int, methods: dict[str, Settings]) -> list[Case]:
    """Cases of one pair."""
    pair = visit_pair(name, number, seed=seed)
    pictures = render_pair(pair)
    truths = pictures[0].truth, pictures[1].truth
    cases = []
    for method, settings in methods.items():
        visits = tuple(
            analyze(
                picture.image,
                calibration=Calibration(um_per_px=picture.truth.um_per_px, relative_error=0.0),
                settings=settings,
            )
            for picture in pictures
        )
        if not cases:
            true = with_true_hairs(visits[0], truths[0]), with_true_hairs(visits[1], truths[1])
            cases.append(_case(pair, TRUE_HAIRS, true, truths))
        cases.append(_case(pair, method, (visits[0], visits[1]), truths))
    return cases


def with_true_hairs(analysis: Analysis, truth: Truth) -> Analysis:
    """An analysis that found and measured every true hair as far as the frame shows it."""
    shown = [
        (clipped_to_frame(truth.hairs.path(hair), truth.shape, margin_px=0.0)[:1], hair)
        for hair in np.flatnonzero(truth.in_frame)
    ]
    paths = [runs[0] for runs, _ in shown if runs and len(runs[0]) > 1]
    chosen = np.array([hair for runs, hair in shown if runs and len(runs[0]) > 1], dtype=np.int64)
    n = len(paths)
    is_cut = np.array([len(runs[0]) != len(truth.hairs.path(hair)) for runs, hair in shown if runs], dtype=bool)[:n]
    lines = Centerlines.from_paths(
        paths,
        root_confidence=np.ones(n),
        hair_probability=np.ones(n),
        flags=np.where(is_cut, int(HairFlag.TOUCHES_BORDER), 0),
    )
    length_px, diameter_um, um = lines.lengths_px, truth.diameter_um[chosen], truth.um_per_px
    nothing = np.full(n, np.nan)
    hairs = make_table(
        HAIRS,
        {
            "hair_id": np.arange(n),
            "unit_id": np.unique(truth.unit_id[chosen], return_inverse=True)[1],
            **dict(zip(("root_row_px", "root_col_px"), lines.roots_px.T, strict=True)),
            **dict(zip(("tip_row_px", "tip_col_px"), lines.tips_px.T, strict=True)),
            **dict.fromkeys(("root_confidence", "hair_probability", "contrast"), np.ones(n)),
            "length_px": length_px,
            "length_um": length_px * um,
            "diameter_px": diameter_um / um,
            **dict.fromkeys(("diameter_um", "diameter_low_um", "diameter_high_um"), diameter_um),
            "diameter_se_um": np.full(n, 0.5),
            **dict.fromkeys(("diameter_spread_um", "taper_um_per_mm"), nothing),
            "n_profiles": np.full(n, 10),
            "in_area": analysis.target_area.contains(lines.roots_px),
            "flags": lines.flags,
        },
    )
    return replace(analysis, centerlines=lines, hairs=hairs, units=_units(hairs, analysis))


def _units(hairs: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """The units of true hairs; their distances play no part here."""
    by_unit = hairs.groupby("unit_id")
    middle = by_unit[["root_row_px", "root_col_px"]].mean().to_numpy()
    columns = {
        "unit_id": np.arange(len(middle)),
        "row_px": middle[:, 0],
        "col_px": middle[:, 1],
        "n_hairs": by_unit.size().to_numpy(),
        "nearest_unit_um": np.full(len(middle), np.nan),
        "in_area": analysis.target_area.contains(middle),
    }
    return analysis.units.iloc[:0].reindex(range(len(middle))).assign(**columns).astype(analysis.units.dtypes.to_dict())


def _case(pair: VisitPair, method: str, visits: tuple[Analysis, Analysis], truths: tuple[Truth, Truth]) -> Case:
    grown = pair.follow_up.scene.hairs
    rates = dict(zip(grown.shaft_id.tolist(), pair.follow_up.rate_mm_per_day.tolist(), strict=True))
    hours = pair.follow_up.hours
    change = compare(*visits)
    try:
        growth = measure_growth(change, hours=hours)
    except HairDensityError as error:
        nothing = (float("nan"),) * 3
        return Case(pair.number, method, hours / 24, str(error), 0, *nothing, None, None, None, *nothing[:2], {})
    true = _true_rates(pair, truths, change, rates)
    grows = true > growth.settings.threshold_mm_per_day
    naive = _naive(growth)
    return Case(
        number=pair.number,
        method=method,
        days=hours / 24,
        refused="",
        n_true=len(true),
        true_share=float(grows.mean()),
        true_median=float(np.median(true[grows])),
        true_mean=float(true[grows].mean()),
        share=growth.anagen_fraction,
        median=growth.median_rate_mm_per_day,
        mean=growth.mean_rate_mm_per_day,
        naive_share=naive[0],
        naive_rate=naive[1],
        phases=_phases(growth, visits, truths, rates),
    )


def _true_rates(pair: VisitPair, truths: tuple[Truth, Truth], change: Change, rates: dict[int, float]) -> Array:
    """Rates of the hairs on the common area that either picture shows."""
    common = change.common_area
    assert common is not None
    places = [(truths[0].hairs.roots_px, truths[0].hair_id)]
    places.append((pair.follow_up.to_baseline(truths[1].hairs.roots_px), truths[1].hair_id))
    shown = np.unique(np.concatenate([ids[common.baseline.contains(roots)] for roots, ids in places]))
    known = np.array([rates.get(int(hair), np.nan) for hair in shown])
    return known[np.isfinite(known)]


def _naive(growth: Growth) -> tuple[float, float]:
    """Share and median rate by one threshold for each hair that both pictures show."""
    hairs = growth.hairs
    both = hairs["in_area"] & hairs["baseline_hair_id"].notna() & hairs["follow_up_hair_id"].notna()
    rate = hairs.loc[both, "growth_mm_per_day"].to_numpy()
    grows = rate > growth.settings.threshold_mm_per_day
    return float(grows.mean()), float(np.median(rate[grows])) if grows.any() else float("nan")


def _phases(
    growth: Growth, visits: tuple[Analysis, Analysis], truths: tuple[Truth, Truth], rates: dict[int, float]
) -> dict[tuple[str, str], int]:
    """Hairs by true and found phase; a hair is the true one whose root and direction it has at either visit."""
    names = [_true_names(visit, truth) for visit, truth in zip(visits, truths, strict=True)]
    counted = growth.hairs[growth.hairs["in_area"]]
    first, second = (counted[f"{side}_hair_id"].fillna(-1).to_numpy(np.int64) for side in ("baseline", "follow_up"))
    name = np.where(first >= 0, names[0][first], -1)
    name = np.where((name < 0) & (second >= 0), names[1][second], name)
    rate = np.array([rates.get(int(hair), np.nan) for hair in name])
    true = np.where(rate > growth.settings.threshold_mm_per_day, "anagen", "telogen")
    pairs = [
        pair for pair, known in zip(zip(true, counted["phase"], strict=True), np.isfinite(rate), strict=True) if known
    ]
    return {pair: pairs.count(pair) for pair in sorted(set(pairs))}


def _true_names(visit: Analysis, truth: Truth) -> np.ndarray[Any, np.dtype[np.int64]]:
    """(N,) ``hair_id`` of the true hair that each found hair is; -1 for none."""
    found = visit.hairs[["root_row_px", "root_col_px", "tip_row_px", "tip_col_px"]].to_numpy()
    true = np.concatenate([truth.hairs.roots_px, truth.hairs.tips_px], axis=1)
    pairs = match_roots(true, found, tolerance_px=ROOT_UM / truth.um_per_px, tolerance_deg=TURN_DEG)
    names = np.full(max(len(found), 1), -1, dtype=np.int64)
    names[pairs[:, 1]] = truth.hair_id[pairs[:, 0]]
    return names
