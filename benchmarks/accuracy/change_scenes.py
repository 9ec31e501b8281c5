"""Rendered visit pairs with what the comparison found and what is true on the same skin, figure by figure."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np

from benchmarks.accuracy.interval_scenes import DERIVED, NO_TRUTH, metrics_of_truth
from benchmarks.accuracy.methods import PROCESSES, one_thread
from benchmarks.accuracy.visit_pairs import VisitPair, render_pair, visit_pair
from hairdensity.analysis import analyze
from hairdensity.calibration import Calibration
from hairdensity.comparison.change import Change, compare
from hairdensity.comparison.common_area import CommonArea
from hairdensity.comparison.differences import Difference
from hairdensity.comparison.differencing.paired_errors import PairTraits, pair_traits
from hairdensity.metrics import METRICS, Metrics
from hairdensity.settings import Settings
from hairdensity.synthetic.truth import Truth

SCALE_ERROR = 0.02

FIGURES = tuple(
    info.name
    for info in METRICS
    if (info.kind == "estimate" or info.name in ("n_hairs", "n_units"))
    and info.name not in NO_TRUTH
    and not any(part in info.name for part in DERIVED)
)

Array = np.ndarray[Any, np.dtype[np.float64]]


class PairCase(NamedTuple):
    """One pair: ``found`` and ``unmatched`` differences, ``true`` ones, NaN where there is none.

    ``true_baseline`` are the true figures at baseline; ``reason`` is why registration was refused.
    """

    name: str
    number: int
    reason: str
    area_cm2: float
    traits: PairTraits
    levels: dict[str, tuple[float, float]]
    found: dict[str, Difference]
    unmatched: dict[str, Difference]
    true: dict[str, float]
    true_baseline: dict[str, float]


def measure_pairs(wanted: Sequence[tuple[str, int]], settings: Settings, *, seed: int) -> list[PairCase]:
    """Cases of (set, number) pairs in their order; those that were refused have no true difference."""
    measure = partial(measure_pair, settings=settings, seed=seed)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        return [case for case in pool.map(measure, wanted, chunksize=2) if case is not None]


def measure_pair(wanted: tuple[str, int], *, settings: Settings, seed: int) -> PairCase | None:
    """Render a pair, compare it, and state the truth on its common area; None where a picture shows no skin."""
    pair = visit_pair(*wanted, seed=seed)
    renderings = render_pair(pair)
    truths = renderings[0].truth, renderings[1].truth
    visits = [
        analyze(
            rendering.image,
            calibration=Calibration(um_per_px=rendering.truth.um_per_px, relative_error=SCALE_ERROR),
            settings=settings,
        )
        for rendering in renderings
    ]
    if not all(visit.target_area.area_px for visit in visits):
        return None
    return case_of(pair, compare(visits[0], visits[1]), truths)


def case_of(pair: VisitPair, change: Change, truths: tuple[Truth, Truth]) -> PairCase:
    """What was found of a pair beside what is true."""
    true = None if change.common_area is None else true_pair(truths, change.common_area, pair)
    return PairCase(
        name=pair.name,
        number=pair.number,
        reason=change.registration.reason,
        area_cm2=np.nan if change.common_area is None else change.common_area.area_cm2 or np.nan,
        traits=pair_traits(change.baseline, change.follow_up, change.matches),
        levels={name: _levels(change, name) for name in FIGURES},
        found={name: change.differences[name] for name in FIGURES if name in change.differences},
        unmatched={name: change.unmatched[name] for name in FIGURES if name in change.unmatched},
        true={} if true is None else _differences(true, truths[0].um_per_px),
        true_baseline={} if true is None else {name: _value(true[0], name) for name in FIGURES},
    )


def _value(metrics: Metrics, name: str) -> float:
    figure = getattr(metrics, name)
    return np.nan if figure is None else float(getattr(figure, "value", figure))


def _levels(change: Change, name: str) -> tuple[float, float]:
    """The figure at both visits, in px of the baseline where it is in px."""
    before = _value(change.baseline_metrics, name)
    difference = change.differences.get(name)
    return before, np.nan if difference is None else before + difference.value


def _differences(true: tuple[Metrics, Metrics], um_per_px: float) -> dict[str, float]:
    """True changes; in px of the baseline where they are in px."""
    changes = {name: _value(true[1], name) - _value(true[0], name) for name in FIGURES}
    return changes | {"median_diameter_px": changes["median_diameter_um"] / um_per_px}


def true_pair(truths: tuple[Truth, Truth], area: CommonArea, pair: VisitPair) -> tuple[Metrics, Metrics]:
    """True figures on the common area: a hair of both visits counts by its mean place, others by their own."""
    before, after = truths
    hair_places = before.hairs.roots_px, pair.follow_up.to_baseline(after.hairs.roots_px)
    hairs = _counted((before.hair_id, after.hair_id), hair_places, area)
    unit_ids = [np.unique(truth.unit_id) for truth in truths]
    middles = [_middles(truth, places) for truth, places in zip(truths, hair_places, strict=True)]
    units = _counted((unit_ids[0], unit_ids[1]), (middles[0], middles[1]), area)
    parts = zip(truths, (area.baseline, area.follow_up), hairs, units, strict=True)
    figures = [
        metrics_of_truth(truth, part, hairs_counted=hairs, units_counted=units) for truth, part, hairs, units in parts
    ]
    return figures[0], figures[1]


def _middles(truth: Truth, places_px: Array) -> Array:
    """(U, 2) mean place of the hairs of each unit, in the order of their ids."""
    _, unit = np.unique(truth.unit_id, return_inverse=True)
    size = np.maximum(np.bincount(unit), 1)
    return np.stack([np.bincount(unit, weights=places_px[:, axis]) / size for axis in (0, 1)], axis=1)


def _counted(ids: tuple[Array, Array], places_px: tuple[Array, Array], area: CommonArea) -> tuple[Array, Array]:
    """Which things of each visit count, by places in the baseline picture: of both visits' things their mean."""
    moved = [places.copy() for places in places_px]
    _, first, second = np.intersect1d(*ids, return_indices=True)
    mean = (places_px[0][first] + places_px[1][second]) / 2
    moved[0][first] = moved[1][second] = mean
    return area.baseline.contains(moved[0]), area.baseline.contains(moved[1])
