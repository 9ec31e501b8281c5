"""From axis pixels to branches: ordered, smooth paths between ends and junctions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hairdensity.tracing.thinning import thin_pixels

__all__ = ["BranchSettings", "Branches", "cut_at_bends", "find_branches", "values_at"]

_NEIGHBORS = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSettings:
    """Which pieces of ridge are worth joining.

    Parameters
    ----------
    min_pixel_strength, min_mean_strength : float
        Least response of an axis pixel, and of a branch on average, in the units of darkness.
    min_branch_um : float
        Shortest piece that is joined to others; the stubs at a ridge's ends are shorter.
    bend_um : float
        Length before and after a point over which its turn is measured.
    max_turn_deg : float
        A branch that turns by more is cut there.
    min_ridge_um : float
        Shortest ridge, after joining, that can belong to a shaft.
    """

    min_pixel_strength: float = 0.07
    min_mean_strength: float = 0.10
    min_branch_um: float = 30.0
    bend_um: float = 40.0
    max_turn_deg: float = 45.0
    min_ridge_um: float = 70.0

    def bend_reach_px(self, um_per_px: float) -> int:
        """``bend_um`` in whole px."""
        return max(2, round(self.bend_um / um_per_px))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Branches:
    """B paths with P points in all, in px of the working maps.

    Parameters
    ----------
    points : (P, 2) float64 ndarray
        (row, col), in order along each branch.
    offsets : (B + 1,) int64 ndarray
    """

    points: NDArray[np.float64]
    offsets: NDArray[np.int64]

    @classmethod
    def from_paths(cls, paths: Sequence[NDArray[np.float64]]) -> Self:
        """Branches from B arrays of (row, col) points."""
        return cls(
            points=np.concatenate(paths) if paths else np.zeros((0, 2)),
            offsets=np.concatenate([[0], np.cumsum([len(path) for path in paths])]).astype(np.int64),
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def path(self, branch: int) -> NDArray[np.float64]:
        """The (K, 2) points of one branch."""
        return self.points[self.offsets[branch] : self.offsets[branch + 1]]

    @property
    def owner(self) -> NDArray[np.int64]:
        """(P,) number of the branch that owns each point."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.offsets))

    @property
    def lengths(self) -> NDArray[np.float64]:
        """(B,) arc lengths."""
        step = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        owner = self.owner
        inside = np.diff(owner) == 0
        return np.asarray(np.bincount(owner[:-1][inside], weights=step[inside], minlength=len(self)), np.float64)

    @property
    def ends(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(B, 2) first and (B, 2) last points."""
        return self.points[self.offsets[:-1]], self.points[self.offsets[1:] - 1]

    @property
    def directions(self) -> NDArray[np.float64]:
        """(P, 2) unit vectors along each branch; 0 where it is a single point."""
        first, last = self.offsets[:-1][self.owner], self.offsets[1:][self.owner] - 1
        place = np.arange(len(self.points))
        chord = self.points[np.minimum(place + 1, last)] - self.points[np.maximum(place - 1, first)]
        return np.asarray(chord / np.maximum(np.linalg.norm(chord, axis=1, keepdims=True), 1e-9), np.float64)

    def mean_of(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """(B,) mean over each branch of a (P,) value."""
        return np.bincount(self.owner, weights=values, minlength=len(self)) / np.maximum(np.diff(self.offsets), 1)

    def keep(self, chosen: NDArray[np.bool_]) -> Self:
        """The branches for which a (B,) mask is True."""
        sizes = np.diff(self.offsets)
        return type(self)(
            points=self.points[np.repeat(chosen, sizes)],
            offsets=np.concatenate([[0], np.cumsum(sizes[chosen])]).astype(np.int64),
        )


def find_branches(axis: NDArray[np.bool_]) -> Branches:
    """Ordered paths of a map of axis pixels: it is thinned, cut at junctions, and every piece walked from end to end.

    Parameters
    ----------
    axis : (h, w) bool ndarray
    """
    thin = thin_pixels(axis)
    near = _near(thin, axis.shape)
    in_piece = (near < len(thin)).sum(axis=1) <= 2
    pieces = thin[in_piece]
    # No pixel of a piece has more than two neighbors; the others are junctions.
    links = np.sort(_near(pieces, axis.shape), axis=1)[:, :2]
    order, offsets = _walk(links, _piece_of(links))
    return Branches(points=pieces[order].astype(np.float64), offsets=offsets)


def _near(pixels: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """(M, 8) numbers of each pixel's neighbors among the M pixels, M where there is none."""
    height, width = shape
    m = len(pixels)
    # Counted from 1, so that the map of zeros need not be written: the system hands out only what is touched.
    number = np.zeros((height + 2) * (width + 2), dtype=np.int32)
    place = (pixels[:, 0] + 1) * (width + 2) + pixels[:, 1] + 1
    number[place] = np.arange(1, m + 1)
    steps = _NEIGHBORS[:, 0] * (width + 2) + _NEIGHBORS[:, 1]
    near: NDArray[np.int64] = number[place[:, None] + steps].astype(np.int64) - 1
    near[near < 0] = m
    return near


def _piece_of(links: NDArray[np.int64]) -> NDArray[np.int64]:
    """(M,) number of the piece that each pixel belongs to, pieces numbered by their first pixel."""
    m = len(links)
    first, which = np.nonzero(links < m)
    graph = coo_array((np.ones(len(first), np.int8), (first, links[first, which])), shape=(m, m))
    _, piece = connected_components(graph, directed=False)
    return np.asarray(piece, dtype=np.int64)


def _walk(links: NDArray[np.int64], piece: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Walk all pieces at once, one px a step, each from one of its ends; a loop is opened at its first pixel.

    Returns
    -------
    order : (M,) int64 ndarray
        Pixels, piece after piece, in the order of the walk.
    offsets : (B + 1,) int64 ndarray
    """
    m = len(links)
    links = np.vstack([links, [m, m]])
    is_end = links[:m, 1] == m
    by_piece = np.lexsort((~is_end, piece))  # an end first, where the piece has one
    here = by_piece[np.unique(piece[by_piece], return_index=True)[1]]
    visited = np.zeros(m + 1, dtype=bool)
    visited[m] = True
    step_of = np.zeros(m, dtype=np.int64)
    step = 0
    while len(here):
        visited[here] = True
        step_of[here] = step
        step += 1
        first, second = links[here].T
        following = np.where(visited[first], second, first)
        here = following[~visited[following]]
    sizes = np.bincount(piece) if m else np.zeros(0, np.int64)
    return np.lexsort((step_of, piece)), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def cut_at_bends(branches: Branches, *, reach_px: int, max_turn_deg: float) -> Branches:
    """Cut branches where they turn sharply: no shaft does, but a ridge that runs around a cut end does.

    Parameters
    ----------
    branches : Branches
    reach_px : int
        Points before and after over which directions are compared.
    max_turn_deg : float
        Points that turn by more are removed.
    """
    points, owner = branches.points, branches.owner
    index = np.arange(len(points))
    ahead = points[np.minimum(index + reach_px, branches.offsets[owner + 1] - 1)] - points
    behind = points - points[np.maximum(index - reach_px, branches.offsets[owner])]
    norm = np.linalg.norm(ahead, axis=1) * np.linalg.norm(behind, axis=1)
    cosine = np.einsum("ij,ij->i", ahead, behind) / np.maximum(norm, 1e-9)
    # Directions over less than 2 px are those of the pixel grid.
    sharp = (cosine < np.cos(np.radians(max_turn_deg))) & (norm >= 4)
    first = np.zeros(len(points), dtype=bool)
    first[branches.offsets[:-1]] = True
    first[1:] |= sharp[:-1]
    piece = np.cumsum(first)[~sharp]
    sizes = np.bincount(piece)
    sizes = sizes[sizes > 0]
    return Branches(points=points[~sharp], offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def values_at(values: NDArray[np.float32], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(P,) values of a map at the nearest pixel of each (row, col) point; points outside take the map's edge."""
    index = np.rint(points).astype(np.int64)
    row = np.clip(index[:, 0], 0, values.shape[0] - 1)
    col = np.clip(index[:, 1], 0, values.shape[1] - 1)
    return np.asarray(values[row, col], dtype=np.float64)
