"""Rendered visit pairs, registered: what was accepted, and how far the alignment is off."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np

from benchmarks.accuracy.methods import PROCESSES, one_thread
from benchmarks.accuracy.visit_pairs import VisitPair, render_pair, shared_fraction, visit_pair
from hairdensity.analysis import Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.registering.constellation import Constellation
from hairdensity.comparison.registration import Registration, register, register_constellations
from hairdensity.synthetic.truth import Truth, truth_of

TRUE_ROOTS = "true roots"
SCALE_ERROR = 0.02
RIGHT_UM = 40.0
"""An alignment is right when its median error on the shared skin is no larger."""

MEDIAN_IN_PLANE = 1.177

Array = np.ndarray[Any, np.dtype[np.float64]]


class Outcome(NamedTuple):
    """One registered pair.

    ``error_um`` is the median distance between where the alignment takes the shared skin and where it is;
    ``error_p95_um`` its 95th percentile; infinite without an alignment, NaN for pictures of other skin.
    """

    name: str
    number: int
    method: str
    n_units: int
    shared: float
    accepted: bool
    error_um: float
    error_p95_um: float
    residual_um: float
    placement_sd_um: float
    log10_false_alarms: float
    texture_agreement: float
    reason: str

    @property
    def is_right(self) -> bool:
        """Accepted where it is."""
        return self.accepted and self.error_um <= RIGHT_UM

    @property
    def is_wrong(self) -> bool:
        """Accepted, though it is other skin or another place."""
        return self.accepted and not self.error_um <= RIGHT_UM

    @property
    def error_in_sds(self) -> float:
        """The error in deviations that were stated: half of the errors in a plane lie within 1.177 of one axis."""
        return self.error_um / MEDIAN_IN_PLANE / self.placement_sd_um


def true_constellation(truth: Truth) -> Constellation:
    """The constellation that a perfect reader would see."""
    seen = truth.in_frame
    roots_um = truth.hairs.roots_px[seen] * truth.um_per_px
    _, unit = np.unique(truth.unit_id[seen], return_inverse=True)
    n_hairs = np.bincount(unit)
    units_um = np.stack([np.bincount(unit, weights=side) / n_hairs for side in roots_um.T], axis=1)
    height, width = truth.shape
    return Constellation(
        units_um=units_um,
        roots_um=roots_um,
        unit_of_root=unit.astype(np.int64),
        diameter_um=truth.diameter_um[seen],
        frame_um=(height * truth.um_per_px, width * truth.um_per_px),
        um_per_px=truth.um_per_px,
    )


def registered_roots(name: str, seed: int, numbers: range) -> list[Outcome]:
    """Outcomes of pairs of a set by their true roots."""
    return _each(partial(_by_roots, name=name, seed=seed), numbers)


def registered_pictures(name: str, seed: int, numbers: range, methods: dict[str, Settings]) -> list[Outcome]:
    """Outcomes of pairs of a set from their pictures."""
    outcomes = _each(partial(_by_pictures, name=name, seed=seed, methods=methods), numbers)
    return [outcome for part in outcomes for outcome in part]


def _each(measure: Any, numbers: range) -> list[Any]:
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), one_thread) as pool:
        return list(pool.map(measure, numbers, chunksize=4))


def _by_roots(number: int, *, name: str, seed: int) -> Outcome:
    pair = visit_pair(name, number, seed=seed)
    before, after = (true_constellation(truth_of(scene)) for scene in (pair.baseline, pair.follow_up.scene))
    return _outcome(pair, TRUE_ROOTS, register_constellations(before, after), before)


def _by_pictures(number: int, *, name: str, seed: int, methods: dict[str, Settings]) -> list[Outcome]:
    pair = visit_pair(name, number, seed=seed)
    pictures, outcomes = render_pair(pair), []
    for method, settings in methods.items():
        before, after = (
            analyze(
                picture.image,
                calibration=Calibration(um_per_px=picture.truth.um_per_px, relative_error=SCALE_ERROR),
                settings=settings,
            )
            for picture in pictures
        )
        outcomes.append(_outcome(pair, method, register(before, after), true_constellation(pictures[0].truth)))
    return outcomes


def _outcome(pair: VisitPair, method: str, registration: Registration, baseline: Constellation) -> Outcome:
    error, error_p95 = _errors(pair, registration.alignment, baseline) if pair.related else (np.nan, np.nan)
    return Outcome(
        name=pair.name,
        number=pair.number,
        method=method,
        n_units=len(baseline.units_um),
        shared=shared_fraction(pair.baseline, pair.follow_up) if pair.related else 0.0,
        accepted=registration.accepted,
        error_um=error,
        error_p95_um=error_p95,
        residual_um=registration.residual_um,
        placement_sd_um=registration.placement_sd_um,
        log10_false_alarms=registration.log10_false_alarms,
        texture_agreement=registration.texture_agreement,
        reason=registration.reason,
    )


def _errors(pair: VisitPair, alignment: Alignment | None, baseline: Constellation) -> tuple[float, float]:
    """Median and 95th percentile of the alignment's error on the skin inside both frames."""
    if alignment is None:
        return np.inf, np.inf
    middle = (np.arange(40) + 0.5) / 40
    spots = np.stack(np.meshgrid(middle, middle, indexing="ij"), axis=-1).reshape(-1, 2)
    places = spots * np.array(baseline.frame_um) / baseline.um_per_px
    true = pair.follow_up.to_follow_up(places)
    settings = pair.follow_up.scene.settings
    shape = np.array(settings.frame_um) / settings.um_per_px
    is_shared = ((true >= 0) & (true <= shape)).all(axis=1)
    apart = np.linalg.norm(alignment.to_follow_up(places[is_shared]) - true[is_shared], axis=1) * settings.um_per_px
    return float(np.median(apart)), float(np.percentile(apart, 95))
