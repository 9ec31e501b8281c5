"""One picture, or several pooled, against the truth in every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.evaluation.crossings import CrossingScore, pool_crossings, score_crossings
from hairdensity.evaluation.hair_set import HairSet
from hairdensity.evaluation.roots import ROOT_TOLERANCE_UM, RootScore, pool_roots, score_roots
from hairdensity.evaluation.whole_hairs import HairScore, pool_whole_hairs, score_whole_hairs

__all__ = ["Score", "pool_scores", "score_hairs"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """One picture, or several pooled, against the truth.

    Parameters
    ----------
    roots : RootScore
    hairs : HairScore
    crossings : CrossingScore
    true_diameter_um, found_diameter_um : (M,) float64 ndarray
        Of the M hairs that are right and have both.
    """

    roots: RootScore
    hairs: HairScore
    crossings: CrossingScore
    true_diameter_um: Array
    found_diameter_um: Array

    @property
    def diameter_bias_um(self) -> float:
        """Mean error of the diameters; NaN without any."""
        difference = self.found_diameter_um - self.true_diameter_um
        return float(difference.mean()) if len(difference) else float("nan")


def score_hairs(truth: HairSet, found: HairSet, *, um_per_px: float, shape: tuple[int, int]) -> Score:
    """Compare found hairs with the true ones.

    Parameters
    ----------
    truth : HairSet
        N hairs, each with its diameter.
    found : HairSet
        M hairs.
    um_per_px : float
    shape : (int, int)
        H, W of the picture.

    Returns
    -------
    Score
    """
    roots = score_roots(
        truth.vectors_px,
        found.vectors_px,
        tolerance_px=ROOT_TOLERANCE_UM / um_per_px,
        counted_truth=truth.counted,
        counted_found=found.counted,
    )
    tolerance = truth.tolerance_px(um_per_px)
    hairs, pairs = score_whole_hairs(truth.lines, found.lines, tolerance_px=tolerance, shape=shape)
    diameters = np.stack([truth.diameter_um[pairs[:, 0]], found.diameter_um[pairs[:, 1]]])
    both = np.isfinite(diameters).all(axis=0)
    return Score(
        roots=roots,
        hairs=hairs,
        crossings=score_crossings(truth, found.lines, um_per_px=um_per_px, shape=shape),
        true_diameter_um=diameters[0, both],
        found_diameter_um=diameters[1, both],
    )


def pool_scores(scores: Sequence[Score]) -> Score:
    """Several pictures as if they were one."""
    empty = np.zeros(0)
    return Score(
        roots=pool_roots([s.roots for s in scores]),
        hairs=pool_whole_hairs([s.hairs for s in scores]),
        crossings=pool_crossings([s.crossings for s in scores]),
        true_diameter_um=np.concatenate([empty, *(s.true_diameter_um for s in scores)]),
        found_diameter_um=np.concatenate([empty, *(s.found_diameter_um for s in scores)]),
    )
