"""Axes as evenly spaced points, and which of two sets of hairs lie on each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.tracing.centerlines import Centerlines

__all__ = ["DIRECTION_REACH_PX", "EvenAxes", "even_axes", "inside_frame", "inside_margin", "overlaps"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

DIRECTION_REACH_PX = 3
"""The direction at a point is that of the chord between the points this far before and after it."""


class EvenAxes(NamedTuple):
    """P points of N hairs at even steps of at most one px, the hair that owns each, and the number of hairs."""

    points_px: Array
    owner: Integers
    n: int

    def kept(self, mask: Mask) -> EvenAxes:
        """The points of a (P,) mask; the hairs keep their numbers."""
        return EvenAxes(self.points_px[mask], self.owner[mask], self.n)

    @property
    def ends(self) -> tuple[Integers, Integers]:
        """(P,) numbers of the first and of the last point of each point's hair."""
        first = np.searchsorted(self.owner, self.owner, side="left")
        last = np.searchsorted(self.owner, self.owner, side="right") - 1
        return first.astype(np.int64), last.astype(np.int64)

    @property
    def directions(self) -> Array:
        """(P, 2) unit vectors along the axis, from root to tip."""
        first, last = self.ends
        place = np.arange(len(self.owner))
        after = np.minimum(place + DIRECTION_REACH_PX, last)
        before = np.maximum(place - DIRECTION_REACH_PX, first)
        chord = self.points_px[after] - self.points_px[before]
        return np.asarray(chord / np.maximum(np.linalg.norm(chord, axis=1), 1e-12)[:, None])


def even_axes(lines: Centerlines) -> EvenAxes:
    """Points every px or so along each axis.

    Parameters
    ----------
    lines : Centerlines
    """
    paths = [_resampled(lines.path(hair)) for hair in range(len(lines))]
    owner = np.repeat(np.arange(len(paths)), [len(path) for path in paths]).astype(np.int64)
    return EvenAxes(np.concatenate([np.zeros((0, 2)), *paths]), owner, len(paths))


def overlaps(truth: EvenAxes, found: EvenAxes, tolerance_px: Array) -> tuple[Array, Array]:
    """How far two sets of hairs lie on each other.

    Parameters
    ----------
    truth, found : EvenAxes
        N and M hairs.
    tolerance_px : (N,) float ndarray

    Returns
    -------
    coverage, purity : (N, M) float ndarray
        Share of each true hair that each found one covers, and share of each found one that lies on it.
    """
    if not len(truth.owner) or not len(found.owner):
        return np.zeros((truth.n, found.n)), np.zeros((truth.n, found.n))
    a, b = _near(truth, found, tolerance_px)
    coverage = _shares(a, found.owner[b], truth.owner, found.n, truth.n)
    purity = _shares(b, truth.owner[a], found.owner, truth.n, found.n).T
    return coverage, purity


def inside_margin(points_px: Array, shape: tuple[int, int], margin_px: float) -> Mask:
    """(N,) True where a (row, col) point keeps the margin to every edge."""
    low, high = margin_px, np.array(shape) - margin_px
    return np.asarray(((points_px >= low) & (points_px < high)).all(axis=1))


def inside_frame(points_px: Array, shape: tuple[int, int]) -> Mask:
    """(N,) True where a point lies on a pixel."""
    return inside_margin(points_px + 0.5, shape, 0.0)


def _near(truth: EvenAxes, found: EvenAxes, tolerance_px: Array) -> tuple[Integers, Integers]:
    """(K,) numbers of the true and of the found points of each pair within the true hair's tolerance."""
    trees = (cKDTree(axes.points_px) for axes in (truth, found))
    reach = tolerance_px[truth.owner]
    pairs = next(trees).sparse_distance_matrix(next(trees), float(reach.max()), output_type="ndarray")
    kept = pairs[pairs["v"] <= reach[pairs["i"]]]
    return kept["i"].astype(np.int64), kept["j"].astype(np.int64)


def _shares(points: Integers, others: Integers, owner: Integers, n_others: int, n: int) -> Array:
    """(n, n_others) share of each hair's points that lie on each hair of the other set."""
    touched = np.unique(points * n_others + others)
    counts = np.bincount(owner[touched // n_others] * n_others + touched % n_others, minlength=n * n_others)
    return np.asarray(counts.reshape(n, n_others) / np.maximum(np.bincount(owner, minlength=n), 1)[:, None])


def _resampled(path: Array) -> Array:
    """The axis at even steps of at most one px."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.linspace(0.0, along[-1], int(np.ceil(along[-1])) + 1)
    return np.stack([np.interp(at, along, path[:, axis]) for axis in (0, 1)], axis=1)
