"""Evidence: how much better the same skin explains two constellations than chance does.

The likelihood ratio of two stories about the roots inside both frames. The same skin: a root is found again with some
probability, a small error from where the alignment and the stretch of the skin take it. Chance: the follow-up's units
lie anywhere. A ratio of t is met by chance in no more than 1 of t alignments that are tried (Markov's inequality), so
trials / t bounds the expected number of false alarms, as in the a-contrario methods [1]_.

References
----------
.. [1] Moisan & Stival (2004). A probabilistic criterion to detect rigid point matches between two images and estimate
   the fundamental matrix. IJCV 57(3), 201-218.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from hairdensity.comparison.registering.constellation import Constellation
from hairdensity.comparison.registering.refining import Pairs, inverse, moved, one_to_one, shared_um2
from hairdensity.errors import InputError

__all__ = ["Evidence", "EvidenceSettings", "weigh"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSettings:
    """What the same skin is expected to look like.

    Parameters
    ----------
    root_sd_um : float
        Error of a root's place on both pictures together.
    shift_sd_um, strain_sd : float
        How far the similarity found may be off, and skin be strained as a whole.
    stretch_sd_um, stretch_range_um : float
        Displacement of the skin beyond that, and the distance over which it changes.
    found_again : tuple of float
        Shares of roots that may be found again; the most likely one counts, and the choice is paid for.
    unit_radius_um : float
        Roots of one unit lie within: a second root near its partner says less than one of another unit.
    log_diameter_sd, same_diameter : float
        Relative error of a change of diameter, and the share of hairs that keep theirs but for a common factor.
    """

    root_sd_um: float = 28.0
    shift_sd_um: float = 40.0
    strain_sd: float = 0.015
    stretch_sd_um: float = 45.0
    stretch_range_um: float = 2400.0
    found_again: tuple[float, ...] = (0.45, 0.6, 0.75, 0.9)
    unit_radius_um: float = 130.0
    log_diameter_sd: float = 0.1
    same_diameter: float = 0.8

    def __post_init__(self) -> None:
        if min(self.root_sd_um, self.stretch_range_um, self.unit_radius_um) <= 0:
            raise InputError("root_sd_um, stretch_range_um and unit_radius_um must be above 0")
        if not self.found_again or not all(0 < share < 1 for share in self.found_again):
            raise InputError(f"found_again must lie between 0 and 1, got {self.found_again}")


TOLERANCES_UM = (150.0, 110.0, 80.0)

FIXED_BY_FIT = 2
"""Without them ten units a picture met by chance as forty did not: one in 1,000 pairs had a ratio of 1e6."""

LEAST_SHARED_UM2 = 1e6
"""A square millimeter: a smaller piece shows a unit or none."""

Sides = tuple[Constellation, Constellation]


class Evidence(NamedTuple):
    """The ratio of both stories, and the roots that it rests on."""

    log10_ratio: float
    pairs: Pairs


def weigh(similarity: Array, baseline: Constellation, follow_up: Constellation, settings: EvidenceSettings) -> Evidence:
    """Weigh one alignment.

    Parameters
    ----------
    similarity : (2, 3) float64 ndarray
        From baseline to follow-up um.
    baseline, follow_up : Constellation
    settings : EvidenceSettings
    """
    sides = baseline, follow_up
    pairs, places, log10_density = _settled(moved(similarity, baseline.roots_um), follow_up.roots_um, settings)
    if not len(pairs.first):
        return Evidence(-math.inf, pairs)
    shared = _shared(similarity, places, sides)
    ratio = log10_density - _by_chance(pairs, shared.after_per_um2, sides, settings)
    ratio += _shares(len(pairs.first), shared, settings) + _thickness(pairs, sides, settings)
    # The pairs that proposed the alignment meet exactly, whatever it is worth.
    ratio -= FIXED_BY_FIT * math.log10(1 / (2 * math.pi * settings.root_sd_um**2) / shared.after_per_um2)
    return Evidence(ratio, pairs)


def _settled(plain: Array, goals: Array, settings: EvidenceSettings) -> tuple[Pairs, Array, float]:
    """Partners after the skin's stretch, all places after it, and log10 of the partners' joint density."""
    places, log_density = plain, 0.0
    for tolerance in TOLERANCES_UM:
        pairs = one_to_one(places, goals, tolerance)
        if not len(pairs.first):
            break
        start, rest = plain[pairs.first], goals[pairs.second] - plain[pairs.first]
        middle = start.mean(axis=0)
        covariance = _covariance(start - middle, start - middle, settings)
        lower = np.linalg.cholesky(covariance + settings.root_sd_um**2 * np.eye(len(start)))
        white = solve_triangular(lower, rest, lower=True)
        weights = solve_triangular(lower, white, lower=True, trans="T")
        places = plain + _covariance(plain - middle, start - middle, settings) @ weights
        log_density = -0.5 * float((white**2).sum()) - 2 * float(np.log(np.diag(lower)).sum())
        log_density -= len(start) * math.log(2 * math.pi)
    return pairs, places, log_density / math.log(10)


class _Shared(NamedTuple):
    """The skin inside both frames."""

    area_um2: float
    n_before: int
    n_after: int
    after_per_um2: float


def _shared(similarity: Array, places: Array, sides: Sides) -> _Shared:
    baseline, follow_up = sides
    area = max(float(shared_um2(similarity[None], baseline, follow_up)[0]), LEAST_SHARED_UM2)
    n_after = int(baseline.shows(moved(inverse(similarity), follow_up.roots_um)).sum())
    # Where roots stand more densely than on average, chance meets more of them.
    density = max(n_after / area, len(follow_up.roots_um) / math.prod(follow_up.frame_um))
    return _Shared(area, int(follow_up.shows(places).sum()), n_after, density)


def _covariance(one: Array, two: Array, settings: EvidenceSettings) -> Array:
    """(N, M) of the displacement along one axis, for places from the middle of the pairs."""
    square = ((one[:, None] - two[None]) ** 2).sum(axis=-1)
    stretch = settings.stretch_sd_um**2 * np.exp(-square / (2 * settings.stretch_range_um**2))
    return np.asarray(settings.shift_sd_um**2 + settings.strain_sd**2 * (one @ two.T) + stretch)


def _by_chance(pairs: Pairs, anywhere: float, sides: Sides, settings: EvidenceSettings) -> float:
    """log10 of the density of the partners' places if the follow-up's units lay anywhere."""
    n = len(pairs.first)
    # The nearest of a unit's roots tells where the unit is, the others only how they stand in it.
    units = sides[0].unit_of_root[pairs.first], sides[1].unit_of_root[pairs.second]
    n_units = min(len(np.unique(unit)) for unit in units)
    beside = max(1 / (math.pi * settings.unit_radius_um**2), anywhere)
    return n_units * math.log10(anywhere) + (n - n_units) * math.log10(beside)


def _shares(n_pairs: int, shared: _Shared, settings: EvidenceSettings) -> float:
    """log10 of how likely it is that so many roots were found again, and so many not."""
    found = np.array(settings.found_again)
    alone = max(shared.n_before + shared.n_after - 2 * n_pairs, 0)
    # Chance lays all of the follow-up's roots anew, the same skin only those that are new: fewer surprises.
    spared = found * shared.after_per_um2 * shared.area_um2 / math.log(10)
    likely = n_pairs * np.log10(found) + alone * np.log10(1 - found) + spared
    return float(likely.max()) - math.log10(len(found))


def _thickness(pairs: Pairs, sides: Sides, settings: EvidenceSettings) -> float:
    """log10 of how much better partners' diameters fit each other than those of any two hairs.

    Hairs may have grown thicker together, and some each for itself. It never speaks against an alignment: another lens,
    dye or growth may change all diameters.
    """
    before, after = (np.log(side.diameter_um) for side in sides)
    known = after[np.isfinite(after)]
    first, second = before[pairs.first], after[pairs.second]
    is_known = np.isfinite(first) & np.isfinite(second)
    if not is_known.any():
        return 0.0
    first, second, sd = first[is_known], second[is_known], settings.log_diameter_sd
    alike = _normal(second - first - np.median(second - first), sd)
    anyhow = _normal(second[:, None] - known[None], sd).mean(axis=1)
    share = settings.same_diameter
    gain = float(np.log10(share * alike / anyhow + 1 - share).sum())
    return max(gain, 0.0) - math.log10(2)


def _normal(deviation: Array, sd: float) -> Array:
    return np.asarray(np.exp(-0.5 * (deviation / sd) ** 2) / (sd * math.sqrt(2 * math.pi)))
