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
    coverage, purity = np.zeros((truth.n, found.n)), np.zeros((truth.n, found.n))
    if not len(truth.owner) or not len(found.owner):
        return coverage, purity
    near = cKDTree(found.points_px).query_ball_point(truth.points_px, tolerance_px[truth.owner])
    a = np.repeat(np.arange(len(truth.owner)), [len(hits) for hits in near])
    b = np.concatenate([np.asarray(hits, dtype=np.int64) for hits in near])
    touched = np.unique(np.stack([a, found.owner[b]], axis=1), axis=0)
    np.add.at(coverage, (truth.owner[touched[:, 0]], touched[:, 1]), 1.0)
    touching = np.unique(np.stack([truth.owner[a], b], axis=1), axis=0)
    np.add.at(purity, (touching[:, 0], found.owner[touching[:, 1]]), 1.0)
    coverage /= np.maximum(np.bincount(truth.owner, minlength=truth.n), 1)[:, None]
    purity /= np.maximum(np.bincount(found.owner, minlength=found.n), 1)[None]
    return coverage, purity


def inside_margin(points_px: Array, shape: tuple[int, int], margin_px: float) -> Mask:
    """(N,) True where a (row, col) point keeps the margin to every edge."""
    low, high = margin_px, np.array(shape) - margin_px
    return np.asarray(((points_px >= low) & (points_px < high)).all(axis=1))


def inside_frame(points_px: Array, shape: tuple[int, int]) -> Mask:
    """(N,) True where a point lies on a pixel."""
    return inside_margin(points_px + 0.5, shape, 0.0)


def _resampled(path: Array) -> Array:
    """The axis at even steps of at most one px."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.linspace(0.0, along[-1], int(np.ceil(along[-1])) + 1)
    return np.stack([np.interp(at, along, path[:, axis]) for axis in (0, 1)], axis=1)
