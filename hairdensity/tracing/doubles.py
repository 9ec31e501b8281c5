"""Paths that run on another path's shaft: the same hair, followed twice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.tracing.following import Trails, sample_map

__all__ = ["is_single"]

Array = NDArray[np.float64]

LEAST_WIDTH_PX = 4.0
"""Thinner shafts are blurred to this."""


def is_single(
    trails: Trails, likelihood: Array, width_px: NDArray[np.floating], *, distance: float, share: float
) -> NDArray[np.bool_]:
    """(N,) False for trails that lie on another one's shaft nearly all the way.

    A trail that lies on a longer one is part of it, however likely its root looks; of two that lie on each other, the
    likelier one stands.

    Parameters
    ----------
    trails : Trails
        N trails.
    likelihood : (N,) float ndarray
    width_px : (h / 2, w / 2) ndarray
        Diameter of the shafts.
    distance : float
        Nearer than this share of the shaft's width, a point lies on it.
    share : float
        Share of a trail's points that must lie on the shaft.
    """
    n = len(likelihood)
    if n < 2:
        return np.ones(n, dtype=bool)
    inside = _shares(trails, width_px, distance) >= share
    loses = ~inside.T | (likelihood[:, None] < likelihood[None])
    return np.asarray(~(inside & loses).any(axis=1))


def _shares(trails: Trails, width_px: NDArray[np.floating], distance: float) -> Array:
    """(N, N) share of trail i's points that lie on trail j's shaft."""
    n = len(trails.n_points)
    points = np.concatenate([trails.path(hair) for hair in range(n)])
    owner = np.repeat(np.arange(n), trails.n_points)
    width = np.bincount(owner, weights=sample_map(width_px, (points - 0.5) / 2)) / trails.n_points
    reach = distance * np.maximum(width, LEAST_WIDTH_PX)
    pairs = cKDTree(points).query_pairs(float(reach.max()), output_type="ndarray")
    pairs = pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]]
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    other = owner[pairs[:, 1]]
    near = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1) <= reach[other]
    touched = np.unique(np.stack([pairs[near, 0], other[near]], axis=1), axis=0)
    shared = np.zeros((n, n))
    np.add.at(shared, (owner[touched[:, 0]], touched[:, 1]), 1.0)
    return np.asarray(shared / trails.n_points[:, None])
