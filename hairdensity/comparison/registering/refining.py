"""Refining: from a rough alignment to the one that brings most units and roots to their partners."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import binom

from hairdensity.comparison.registering.constellation import Constellation

__all__ = ["Pairs", "fit_affine", "inverse", "moved", "one_to_one", "refine_similarities", "shared_um2"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

TOLERANCES_UM = (300.0, 250.0, 200.0, 160.0, 130.0, 110.0, 100.0, 100.0)
"""Of one round of matching and fitting after the other: bins are wide, units sharp."""

SHEAR_RIDGE_UM = 900.0
"""Prior of an affine map: what turns it from a similarity is held back like so many um of lever arm."""


RADII_UM = np.array([30.0, 45.0, 65.0, 90.0, 120.0])
"""Distances within which partners are counted: sharp on firm skin, wide on stretched skin."""

FIXED_BY_FIT = 2
"""Units that a similarity meets exactly, whatever it is worth."""

SAMPLES = 16
"""Spots along each side of a frame that its shared part is measured by."""


class Pairs(NamedTuple):
    """P points and their partners, by number, with their distances."""

    first: Index
    second: Index
    distance_um: Array


def moved(matrix: Array, points: Array) -> Array:
    """(K, N, 2) of (N, 2) points by (K, 2, 3) matrices, or (N, 2) by (2, 3)."""
    return np.asarray(points @ np.swapaxes(matrix[..., :2], -1, -2) + matrix[..., None, :, 2])


def refine_similarities(
    matrix: Array, baseline: Constellation, follow_up: Constellation, *, zoom: tuple[float, float]
) -> Array:
    """Fit every candidate to the units that it brings together.

    Parameters
    ----------
    matrix : (K, 2, 3) float64 ndarray
        Rough similarities, um to um.
    baseline, follow_up : Constellation
    zoom : (float, float)
        What no fit may leave.

    Returns
    -------
    (K, 2, 3) float64 ndarray
        The one first that chance would bring about most rarely.
    """
    tree = cKDTree(follow_up.units_um)
    for tolerance in TOLERANCES_UM:
        partner, distance = _nearest(moved(matrix, baseline.units_um), tree, tolerance)
        matrix = _fitted(matrix, baseline.units_um, follow_up.units_um, partner, distance / tolerance, zoom)
    distance = _nearest(moved(matrix, baseline.units_um), tree, float(RADII_UM[-1]))[1]
    order = np.argsort(_log_chance(matrix, distance, baseline, follow_up), kind="stable")
    return np.asarray(matrix[order])


def _nearest(places: Array, tree: cKDTree, tolerance: float) -> tuple[NDArray[np.int64], Array]:
    """(K, N) partner and its distance, each partner given to the nearest that asks for it."""
    queried = tree.query(places, distance_upper_bound=tolerance)
    distance, index = np.asarray(queried[0]), np.asarray(queried[1])
    k, n = distance.shape
    rows = np.repeat(np.arange(k), n)
    order = np.argsort(distance, axis=None, kind="stable")
    keys = rows * (tree.n + 1) + index.ravel()
    _, first = np.unique(keys[order], return_index=True)
    is_nearest = np.zeros(k * n, dtype=bool)
    is_nearest[order[first]] = True
    is_partner = is_nearest.reshape(k, n) & np.isfinite(distance)
    return np.where(is_partner, index, -1), np.where(is_partner, distance, np.inf)


def _fitted(
    matrix: Array,
    before: Array,
    after: Array,
    partner: NDArray[np.int64],
    share: Array,
    zoom: tuple[float, float],
) -> Array:
    """(K, 2, 3) least squares, weighted towards near partners; what has fewer than two partners stays."""
    # Tukey's weights: a partner at the tolerance's rim counts nothing, so that its leaving changes nothing.
    weight = np.where(partner >= 0, (1 - np.minimum(share, 1.0) ** 2) ** 2, 0.0)
    total = np.maximum(weight.sum(axis=1), 1e-9)
    start = before[:, 0] + 1j * before[:, 1]
    goal = (after[:, 0] + 1j * after[:, 1])[partner]
    start_mean, goal_mean = weight @ start / total, (weight * goal).sum(axis=1) / total
    lever = start[None] - start_mean[:, None]
    spread = (weight * np.abs(lever) ** 2).sum(axis=1)
    turn = (weight * np.conj(lever) * (goal - goal_mean[:, None])).sum(axis=1) / np.maximum(spread, 1e-9)
    size = np.abs(turn)
    turn = turn / np.maximum(size, 1e-9) * np.clip(size, *zoom)
    shift = goal_mean - turn * start_mean
    fit = np.stack(
        [np.stack([turn.real, -turn.imag, shift.real], axis=1), np.stack([turn.imag, turn.real, shift.imag], axis=1)],
        axis=1,
    )
    is_fit = ((weight > 0).sum(axis=1) >= 2) & (size > 1e-9)
    return np.where(is_fit[:, None, None], fit, matrix)


def _log_chance(matrix: Array, distance: Array, baseline: Constellation, follow_up: Constellation) -> Array:
    """(K,) log of the probability that units which lie at random find as many partners within any radius."""
    n_before = follow_up.shows(moved(matrix, baseline.units_um)).sum(axis=1)
    n_after = baseline.shows(moved(inverse(matrix), follow_up.units_um)).sum(axis=1)
    zoom2 = np.linalg.det(matrix[:, :, :2])
    shared = np.maximum(shared_um2(matrix, baseline, follow_up), 1.0)
    # Where units stand more densely than on average, chance meets more of them.
    around_before = np.maximum(n_before / shared, baseline.density_per_um2 / zoom2)
    around_after = np.maximum(n_after / shared, follow_up.density_per_um2)
    # Both views: baseline units that look for partners, and follow-up units that do so; the less clear one counts.
    return np.maximum(_log_tail(distance, n_before, around_after), _log_tail(distance, n_after, around_before))


def _log_tail(distance: Array, n: NDArray[np.int64], density_per_um2: Array) -> Array:
    """(K,) log of the binomial tail at the radius that speaks most clearly; two partners are the fit's own."""
    within = (distance[..., None] <= RADII_UM).sum(axis=1)  # (K, radii)
    chance = 1 - np.exp(-np.pi * RADII_UM**2 * density_per_um2[:, None])
    tried = np.maximum(n - FIXED_BY_FIT, 0)[:, None]
    hit = np.clip(within - FIXED_BY_FIT, 0, tried)
    tail: Array = np.asarray(binom.logsf(hit - 1, tried, chance))
    return np.asarray(tail.min(axis=1))


def shared_um2(matrix: Array, baseline: Constellation, follow_up: Constellation) -> Array:
    """(K,) skin inside both frames, in um2 of the follow-up."""
    middle = (np.arange(SAMPLES) + 0.5) / SAMPLES
    spots = np.stack(np.meshgrid(middle, middle, indexing="ij"), axis=-1).reshape(-1, 2) * baseline.frame_um
    share = follow_up.shows(moved(matrix, spots)).mean(axis=1)
    return np.asarray(share * np.prod(baseline.frame_um) * np.abs(np.linalg.det(matrix[:, :, :2])))


def inverse(matrix: Array) -> Array:
    """(..., 2, 3) way back."""
    back = np.linalg.inv(matrix[..., :2])
    return np.concatenate([back, -back @ matrix[..., 2:]], axis=-1)


def one_to_one(places: Array, goals: Array, tolerance: float) -> Pairs:
    """Points that are each other's nearest within a tolerance.

    Parameters
    ----------
    places, goals : (N, 2), (M, 2) float64 ndarray
    tolerance : float
    """
    none = np.zeros(0, dtype=np.intp)
    if not len(places) or not len(goals):
        return Pairs(none, none, np.zeros(0))
    queried = cKDTree(goals).query(places, distance_upper_bound=tolerance)
    distance, to = np.asarray(queried[0]), np.asarray(queried[1])
    back = np.asarray(cKDTree(places).query(goals)[1])
    first = np.flatnonzero(np.isfinite(distance))
    first = first[back[to[first]] == first]
    return Pairs(first, to[first], distance[first])


def fit_affine(similarity: Array, before: Array, after: Array, weight: Array) -> Array:
    """(2, 3) weighted affine fit, held near to a similarity where points are few or close together.

    Parameters
    ----------
    similarity : (2, 3) float64 ndarray
        Its linear part is what the fit leans to.
    before, after : (P, 2) float64 ndarray
    weight : (P,) float64 ndarray
    """
    total = max(float(weight.sum()), 1e-9)
    mean, goal = weight @ before / total, weight @ after / total
    lever, rest = before - mean, after - goal - (before - mean) @ similarity[:, :2].T
    square = (weight[:, None] * lever).T @ lever + SHEAR_RIDGE_UM**2 * np.eye(2)
    linear = similarity[:, :2] + np.linalg.solve(square, (weight[:, None] * lever).T @ rest).T
    return np.column_stack([linear, goal - linear @ mean])
