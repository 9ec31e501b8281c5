"""Whole hairs, one to one by coverage and purity; splits and merges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hairdensity.evaluation.axes import EvenAxes, even_axes, inside_frame, overlaps
from hairdensity.evaluation.shares import harmonic, ratio
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["HairScore", "pool_whole_hairs", "score_whole_hairs"]

Array = NDArray[np.float64]

OVERLAP = 0.8
"""A found hair is right when it covers this share of a true one, and this share of it lies on the true one."""

HOME = 0.5
"""A hair belongs to the one that at least this share of it lies on; two in one home are a split or a merge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HairScore:
    """Tallies of whole hairs matched one to one by coverage and purity.

    Parameters
    ----------
    n_true, n_found : int
        Hairs with a part in the frame.
    n_hit : int
        Pairs in which each covers 0.8 of the other.
    n_splits : int
        Found hairs too many on the same true hair.
    n_merges : int
        True hairs too many in the same found hair.
    """

    n_true: int
    n_found: int
    n_hit: int
    n_splits: int
    n_merges: int

    @property
    def precision(self) -> float:
        """Share of the found hairs that are right."""
        return ratio(self.n_hit, self.n_found)

    @property
    def recall(self) -> float:
        """Share of the true hairs that are right."""
        return ratio(self.n_hit, self.n_true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return harmonic(self.precision, self.recall)

    @property
    def splits_per_100(self) -> float:
        """Found hairs too many in 100 true ones; NaN without true hairs."""
        return ratio(100 * self.n_splits, self.n_true)

    @property
    def merges_per_100(self) -> float:
        """True hairs in 100 that another one swallowed; NaN without true hairs."""
        return ratio(100 * self.n_merges, self.n_true)


def score_whole_hairs(
    truth: Centerlines, found: Centerlines, *, tolerance_px: Array, shape: tuple[int, int]
) -> tuple[HairScore, NDArray[np.int64]]:
    """Match whole hairs.

    Parameters
    ----------
    truth, found : Centerlines
        N and M hairs.
    tolerance_px : (N,) float ndarray
        What lies this near to a true axis lies on it.
    shape : (int, int)
        H, W of the picture.

    Returns
    -------
    score : HairScore
    pairs : (K, 2) int64 ndarray
        Numbers of the true and found hairs that are right.
    """
    true_axes, found_axes = _shown(truth, shape), _shown(found, shape)
    coverage, purity = overlaps(true_axes, found_axes, tolerance_px)
    # Side by side in one unit, each hair lies within the other's tolerance; half of it tells them apart.
    likeness = coverage + purity + np.add(*overlaps(true_axes, found_axes, tolerance_px / 2))
    right = (coverage >= OVERLAP) & (purity >= OVERLAP)
    chosen = linear_sum_assignment(np.where(right, likeness, 0.0), maximize=True)
    pairs = np.stack(chosen, axis=1)[right[chosen]].astype(np.int64)
    score = HairScore(
        n_true=len(np.unique(true_axes.owner)),
        n_found=len(np.unique(found_axes.owner)),
        n_hit=len(pairs),
        n_splits=_n_crowded(purity, likeness, axis=0),
        n_merges=_n_crowded(coverage, likeness, axis=1),
    )
    return score, pairs


def pool_whole_hairs(scores: Sequence[HairScore]) -> HairScore:
    """The tallies of several pictures added up."""
    return HairScore(
        n_true=sum(s.n_true for s in scores),
        n_found=sum(s.n_found for s in scores),
        n_hit=sum(s.n_hit for s in scores),
        n_splits=sum(s.n_splits for s in scores),
        n_merges=sum(s.n_merges for s in scores),
    )


def _shown(lines: Centerlines, shape: tuple[int, int]) -> EvenAxes:
    """The part of the axes that lies in the frame."""
    axes = even_axes(lines)
    return axes.kept(inside_frame(axes.points_px, shape))


def _n_crowded(share: Array, likeness: Array, axis: int) -> int:
    """Hairs too many in the same home: each belongs to the likest one that holds at least half of it."""
    if share.size == 0:
        return 0
    held = np.where(share >= HOME, likeness, -1.0)
    home, belongs = held.argmax(axis=axis), held.max(axis=axis) >= 0
    guests = np.bincount(home[belongs])
    return int(np.maximum(guests - 1, 0).sum())
