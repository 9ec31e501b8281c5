"""Likeness: how much more probable two sightings are as one hair than as two."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.comparison.matching_settings import MatchingSettings
from hairdensity.comparison.pairing.sightings import Sightings

__all__ = ["Candidates", "Spread", "expected_spread", "find_candidates", "learned_spread", "shaft_axis"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

MEDIAN_RADIUS = 1.1774
"""Median distance of a normal error in two directions, in deviations of each: sqrt(2 ln 2)."""

TAIL = 4.0
"""Degrees of freedom of the error of roots."""

TAIL_MEDIAN = TAIL * (2 ** (2 / TAIL) - 1)
"""Median of the squared distance in scales."""

LEARNED_LIMITS = (0.3, 2.0)
PRIOR_PAIRS = 15.0
"""The scales that the pairs themselves show are believed within these factors, and as far as pairs outweigh these."""


class Spread(NamedTuple):
    """Scales, in um, of the distance between the two roots of one hair: across its shaft and along it."""

    across_um: float
    along_um: float


def expected_spread(residual_um: float, settings: MatchingSettings) -> Spread:
    """Of two roots' own errors and of what registration leaves: the median distance of units."""
    register = residual_um / MEDIAN_RADIUS
    return Spread(
        across_um=float(np.hypot(register, settings.root_across_um * np.sqrt(2))),
        along_um=float(np.hypot(register, settings.root_along_um * np.sqrt(2))),
    )


def learned_spread(moved_um: Array, axis: Array, expected: Spread) -> Spread:
    """The spread that sure pairs show: the expected one, made larger or smaller as a whole.

    Parameters
    ----------
    moved_um : (Q, 2) float64 ndarray
        From the one root to the other.
    axis : (Q, 2) float64 ndarray
        Unit vectors along the shafts.
    expected : Spread
    """
    along, across = _parts(moved_um, axis)
    squared = (along / expected.along_um) ** 2 + (across / expected.across_um) ** 2
    n = len(squared)
    shown = np.log(np.median(squared) / TAIL_MEDIAN) / 2 if n and np.median(squared) > 0 else 0.0
    factor = float(np.clip(np.exp(shown * n / (n + PRIOR_PAIRS)), *LEARNED_LIMITS))
    return Spread(expected.across_um * factor, expected.along_um * factor)


class Candidates(NamedTuple):
    """K pairs of a hair at baseline and one at follow-up that may be the same.

    Parameters
    ----------
    before, after : (K,) int64 ndarray
        Their numbers; sorted.
    log_likelihood : (K,) float64 ndarray
        Log of the density, per um2 of skin, of finding the hair of the follow-up there if it is the same, over how
        common its looks are among other hairs.
    """

    before: Ids
    after: Ids
    log_likelihood: Array


def find_candidates(
    baseline: Sightings, follow_up: Sightings, *, spread: Spread, settings: MatchingSettings
) -> Candidates:
    """Pairs near enough to be one hair, and what speaks for it: place, ends, direction, width.

    Root and tip may be swapped at one visit or at both. Each such reading is a hypothesis with the probability that the
    roots' confidences give it; the pair's likelihood is their sum.

    Parameters
    ----------
    baseline, follow_up : Sightings
    spread : Spread
    settings : MatchingSettings
    """
    pairs = _near(baseline, follow_up, settings.reach_um)
    before, after = pairs.T
    total = np.zeros(len(pairs))
    for swap_before in (False, True):
        for swap_after in (False, True):
            start, way, share = _reading(baseline, before, swap_before, settings)
            end, back, other = _reading(follow_up, after, swap_after, settings)
            placed = _place_density(end - start, shaft_axis(way, back), spread=spread, settings=settings)
            total += share * other * placed * np.exp(_angle_odds(way, back, settings))
    with np.errstate(divide="ignore"):
        log_likelihood = np.log(total) + _width_odds(baseline, before, follow_up, after, settings)
    shown = np.stack([baseline.presence[before], follow_up.presence[after]])
    log_likelihood += np.clip(shown, *settings.presence_limits).sum(axis=0)
    return Candidates(before, after, log_likelihood)


def _near(baseline: Sightings, follow_up: Sightings, reach_um: float) -> Ids:
    """(K, 2) sorted pairs of which one end lies near an end of the other."""
    found = [np.zeros((0, 2), dtype=np.int64)]
    for start in (baseline.roots_um, baseline.tips_um):
        for end in (follow_up.roots_um, follow_up.tips_um):
            if np.isfinite(start).all() and np.isfinite(end).all() and len(start) and len(end):
                near = cKDTree(start).sparse_distance_matrix(cKDTree(end), reach_um, output_type="ndarray")
                found.append(np.column_stack([near["i"], near["j"]]).astype(np.int64))
    return np.unique(np.concatenate(found), axis=0)


def _reading(seen: Sightings, who: Ids, swapped: bool, settings: MatchingSettings) -> tuple[Array, Array, Array]:
    """Where the root is, which way the shaft leaves and how probable that is, (K, 2), (K, 2) and (K,)."""
    wrong = np.clip(1.0 - seen.root_confidence[who], settings.wrong_end_share, 0.5)
    if swapped:
        place = seen.tips_um[who]
        return place, seen.arriving[who], np.where(np.isfinite(place).all(axis=1), wrong, 0.0)
    return seen.roots_um[who], seen.leaving[who], 1.0 - wrong


def _place_density(moved_um: Array, axis: Array, *, spread: Spread, settings: MatchingSettings) -> Array:
    """(K,) density per um2 of the distance between the roots of one hair."""
    along, across = _parts(np.nan_to_num(moved_um, nan=1e6), axis)
    wide, long = spread
    far = np.hypot(long, settings.buried_um)
    usual = (1 + ((along / long) ** 2 + (across / wide) ** 2) / TAIL) ** (-1 - TAIL / 2) / (2 * np.pi * long * wide)
    buried = np.exp(-0.5 * ((along / far) ** 2 + (across / (2 * wide)) ** 2)) / (2 * np.pi * far * 2 * wide)
    return np.asarray((1 - settings.buried_share) * usual + settings.buried_share * buried)


def shaft_axis(way: Array, back: Array) -> Array:
    """(K, 2) unit vectors along two shafts that are held for one; any where they contradict each other."""
    axis = np.nan_to_num(way) + np.nan_to_num(back)
    norm = np.linalg.norm(axis, axis=1, keepdims=True)
    return np.where(norm > 0.5, axis / np.where(norm > 0, norm, 1.0), np.array([1.0, 0.0]))


def _parts(moved_um: Array, axis: Array) -> tuple[Array, Array]:
    """(K,) along an axis, and (K,) across it."""
    along = np.einsum("kc,kc->k", moved_um, axis)
    return along, moved_um[:, 1] * axis[:, 0] - moved_um[:, 0] * axis[:, 1]


def _angle_odds(way: Array, back: Array, settings: MatchingSettings) -> Array:
    """(K,) log odds by the angle between the shafts; 0 where a direction is unknown."""
    angle = np.degrees(np.arccos(np.clip(np.einsum("kc,kc->k", way, back), -1.0, 1.0)))
    stray = settings.angle_stray_share

    def density(spread_deg: float) -> Array:
        peak = np.exp(-0.5 * (angle / spread_deg) ** 2) / (spread_deg * np.sqrt(np.pi / 2))
        return np.asarray((1 - stray) * peak + stray / 180.0)

    return np.asarray(np.nan_to_num(np.log(density(settings.angle_deg) / density(settings.angle_apart_deg)), nan=0.0))


def _width_odds(
    baseline: Sightings, before: Ids, follow_up: Sightings, after: Ids, settings: MatchingSettings
) -> Array:
    """(K,) log odds by the ratio of the diameters; 0 where one is unknown."""
    change = follow_up.log_diameter[after] - baseline.log_diameter[before]
    error = np.hypot(follow_up.log_diameter_se[after], baseline.log_diameter_se[before])
    error = np.nan_to_num(error, nan=0.0)
    stray = settings.width_stray_share
    same = (1 - stray) * _normal(change, np.hypot(error, settings.width_sd))
    same += stray * _normal(change, np.hypot(error, settings.width_stray_sd))
    other = _normal(change, np.hypot(error, settings.width_apart_sd))
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(same / other)
    return np.asarray(np.clip(np.nan_to_num(odds, nan=0.0), -3.0, 3.0))


def _normal(value: Array, sd: Array | float) -> Array:
    return np.asarray(np.exp(-0.5 * (value / sd) ** 2) / (np.sqrt(2 * np.pi) * sd))
