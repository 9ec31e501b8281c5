"""Roots, one to one: how many are right, and in which direction their hairs run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hairdensity.evaluation.axes import inside_margin
from hairdensity.evaluation.shares import harmonic, ratio

__all__ = [
    "DIRECTION_TOLERANCE_DEG",
    "ROOT_TOLERANCE_UM",
    "RootScore",
    "match_roots",
    "pool_roots",
    "score_roots",
    "score_vectors",
]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROOT_TOLERANCE_UM = 200.0
"""Two readers of one clipped capture place the same root within this."""

DIRECTION_TOLERANCE_DEG = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RootScore:
    """Tallies of roots matched one to one; tallies of several pictures add up.

    Parameters
    ----------
    n_true, n_found : int
        Roots that count.
    n_true_hit : int
        True roots that count and have a found root of their own, which may lie outside what counts.
    n_found_hit : int
        Found roots that count and have a true root of their own.
    n_directed_hit : int
        As ``n_true_hit``, with the direction from root to tip right as well.
    """

    n_true: int
    n_found: int
    n_true_hit: int
    n_found_hit: int
    n_directed_hit: int

    @property
    def count_error(self) -> float:
        """Signed error of the count as a fraction of the truth; NaN without true roots."""
        return ratio(self.n_found - self.n_true, self.n_true)

    @property
    def precision(self) -> float:
        """Share of the found roots that are true."""
        return ratio(self.n_found_hit, self.n_found)

    @property
    def recall(self) -> float:
        """Share of the true roots that were found."""
        return ratio(self.n_true_hit, self.n_true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return harmonic(self.precision, self.recall)

    @property
    def directed_recall(self) -> float:
        """Share of the true roots that were found with the right direction."""
        return ratio(self.n_directed_hit, self.n_true)


def score_vectors(
    truth: Array, found: Array, *, um_per_px: float, shape: tuple[int, int], margin_px: float = 64.0
) -> RootScore:
    """Compare found hairs with a reader's vectors on one capture.

    Hairs near the edge are out of focus and often left out by readers: only roots within the margin count, on either
    side, but a match may lie outside it.

    Parameters
    ----------
    truth, found : (N, 4) and (M, 4) float ndarray
        Row and column of the root, then of the tip, in px.
    um_per_px : float
    shape : (int, int)
        H, W of the readable picture.
    margin_px : float, optional

    Returns
    -------
    RootScore
    """
    truth, found = (np.asarray(vectors, dtype=np.float64).reshape(-1, 4) for vectors in (truth, found))
    return score_roots(
        truth,
        found,
        tolerance_px=ROOT_TOLERANCE_UM / um_per_px,
        counted_truth=inside_margin(truth[:, :2], shape, margin_px),
        counted_found=inside_margin(found[:, :2], shape, margin_px),
    )


def score_roots(
    truth: Array, found: Array, *, tolerance_px: float, counted_truth: Mask, counted_found: Mask
) -> RootScore:
    """Tallies from vectors; what does not count may still be the match of what does.

    Parameters
    ----------
    truth, found : (N, 4) and (M, 4) float ndarray
        Row and column of the root, then of the tip, in px.
    tolerance_px : float
    counted_truth, counted_found : (N,) and (M,) bool ndarray
    """
    counted, every = truth[counted_truth], found[counted_found]
    directed = match_roots(counted, found, tolerance_px=tolerance_px, tolerance_deg=DIRECTION_TOLERANCE_DEG)
    return RootScore(
        n_true=len(counted),
        n_found=len(every),
        n_true_hit=len(match_roots(counted, found, tolerance_px=tolerance_px)),
        n_found_hit=len(match_roots(truth, every, tolerance_px=tolerance_px)),
        n_directed_hit=len(directed),
    )


def match_roots(truth: Array, found: Array, *, tolerance_px: float, tolerance_deg: float = 180.0) -> NDArray[np.int64]:
    """Match roots that are near, and of like direction, one to one: as many as possible, then as near as possible.

    Parameters
    ----------
    truth, found : (N, 4) and (M, 4) float ndarray
        Row and column of the root, then of the tip, in px.
    tolerance_px : float
    tolerance_deg : float, optional

    Returns
    -------
    (K, 2) int64 ndarray
        Numbers of the true and of the found hair of each pair.
    """
    distance = np.linalg.norm(truth[:, None, :2] - found[None, :, :2], axis=2)
    heading = [np.arctan2(v[:, 2] - v[:, 0], v[:, 3] - v[:, 1]) for v in (truth, found)]
    turn = np.abs(np.angle(np.exp(1j * (heading[0][:, None] - heading[1][None]))))
    near = (distance <= tolerance_px) & (turn <= np.deg2rad(tolerance_deg) + 1e-12)
    # A pair out of reach costs more than all pairs in reach together, so that as many as possible are matched.
    pairs = np.stack(linear_sum_assignment(np.where(near, distance, 1e6)), axis=1)
    return np.asarray(pairs[near[pairs[:, 0], pairs[:, 1]]], dtype=np.int64)


def pool_roots(scores: Sequence[RootScore]) -> RootScore:
    """The tallies of several pictures added up."""
    return RootScore(
        n_true=sum(s.n_true for s in scores),
        n_found=sum(s.n_found for s in scores),
        n_true_hit=sum(s.n_true_hit for s in scores),
        n_found_hit=sum(s.n_found_hit for s in scores),
        n_directed_hit=sum(s.n_directed_hit for s in scores),
    )
