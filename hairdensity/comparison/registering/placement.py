"""Placement: how far an alignment may be off, by the roots that hold it.

Where skin lies after it was shifted, strained and stretched is a Gaussian process, and the roots that have a partner
are what was seen of it. What they leave open is small among them and grows where they are few or far away [1]_.

References
----------
.. [1] Rasmussen & Williams (2006). Gaussian Processes for Machine Learning, chapter 2. MIT Press.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.registering.constellation import Constellation
from hairdensity.comparison.registering.refining import one_to_one
from hairdensity.comparison.registering.stretching import StretchSettings, likeness

__all__ = ["placement_sd_um"]

Array = NDArray[np.float64]

TOLERANCE_UM = 65.0
"""Of the last round of the stretch's fit."""

SHIFT_SD_UM, STRAIN_SD = 200.0, 0.05
"""Wider than any fit leaves open, so that the roots decide and not the prior."""

ROOT_SDS_UM = (10.0, 17.0, 28.0, 45.0)
"""Errors of a root's place along one axis that are thought possible: its neighbors tell which one is at work."""

SAMPLES = 12
"""Spots along each side of the frame at which it is asked: the stretch changes over a third of a frame."""


def placement_sd_um(
    alignment: Alignment, baseline: Constellation, follow_up: Constellation, settings: StretchSettings
) -> float:
    """Standard deviation of the alignment along one axis, as the median of the skin that both pictures show.

    Parameters
    ----------
    alignment : Alignment
    baseline, follow_up : Constellation
    settings : StretchSettings
        What skin may do, and how exactly a root is placed.

    Returns
    -------
    float
        In um of the follow-up; infinite without a root or without skin that both show.
    """
    sides = baseline, follow_up
    pairs = one_to_one(_placed(alignment, baseline.roots_um, sides), follow_up.roots_um, TOLERANCE_UM)
    spots = _lattice(baseline.frame_um)
    spots = spots[follow_up.shows(_placed(alignment, spots, sides))]
    if not len(pairs.first) or not len(spots):
        return math.inf
    affine = Alignment(matrix=alignment.matrix)
    start = baseline.roots_um[pairs.first]
    rest = follow_up.roots_um[pairs.second] - _placed(affine, start, sides)
    seen = _seen(start, rest, spots, settings.stretch_range_um)
    answers = [_asked(seen, size, root_sd) for size in settings.stretch_sds_um for root_sd in ROOT_SDS_UM]
    said = _placed(alignment, spots, sides) - _placed(affine, spots, sides)
    return float(np.median(np.sqrt(_mean_square(answers, said))))


class _Seen(NamedTuple):
    """What P roots tell about N spots.

    ``rest`` (P, 2) is how far they went beyond the affine map. The rest are covariances of the displacement along an
    axis: by shift and strain, and by a stretch of 1 um, among the roots (P, P), of spots with roots (N, P), and of each
    spot with itself (N,). All partners count alike: weights that fall with their distance, as the fit has them, make
    them look nearer than they are.
    """

    rest: Array
    linear: Array
    alike: Array
    spot_linear: Array
    spot_alike: Array
    own_linear: Array


class _Answer(NamedTuple):
    """(N, 2) displacement at spots by one story, its (N,) variance along an axis, and the story's log likelihood."""

    mean: Array
    variance: Array
    log_likelihood: float


def _placed(alignment: Alignment, points_um: Array, sides: tuple[Constellation, Constellation]) -> Array:
    return alignment.to_follow_up(points_um / sides[0].um_per_px) * sides[1].um_per_px


def _lattice(frame_um: tuple[float, float]) -> Array:
    middle = (np.arange(SAMPLES) + 0.5) / SAMPLES
    return np.asarray(np.stack(np.meshgrid(middle, middle, indexing="ij"), axis=-1).reshape(-1, 2) * frame_um)


def _seen(start: Array, rest: Array, spots: Array, range_um: float) -> _Seen:
    middle = start.mean(axis=0)
    roots, asked = start - middle, spots - middle
    return _Seen(
        rest=rest,
        linear=SHIFT_SD_UM**2 + STRAIN_SD**2 * (roots @ roots.T),
        alike=likeness(roots, roots, range_um),
        spot_linear=SHIFT_SD_UM**2 + STRAIN_SD**2 * (asked @ roots.T),
        spot_alike=likeness(asked, roots, range_um),
        own_linear=SHIFT_SD_UM**2 + STRAIN_SD**2 * (asked**2).sum(axis=1),
    )


def _asked(seen: _Seen, size_um: float, root_sd_um: float) -> _Answer:
    """By a stretch of this size, and roots placed this exactly."""
    covariance = seen.linear + size_um**2 * seen.alike + root_sd_um**2 * np.eye(len(seen.rest))
    lower = np.linalg.cholesky(covariance)
    known = solve_triangular(lower, (seen.spot_linear + size_um**2 * seen.spot_alike).T, lower=True)
    white = solve_triangular(lower, seen.rest, lower=True)
    variance = np.maximum(seen.own_linear + size_um**2 - (known**2).sum(axis=0), 0.0)
    log_likelihood = -0.5 * float((white**2).sum()) - 2 * float(np.log(np.diag(lower)).sum())
    return _Answer(known.T @ white, variance, log_likelihood)


def _mean_square(answers: list[_Answer], said: Array) -> Array:
    """(N,) expected square of what the alignment is off along one axis, over all stories."""
    log_likely = np.array([answer.log_likelihood for answer in answers])
    share = np.exp(log_likely - log_likely.max())
    share /= share.sum()
    apart = np.stack([((answer.mean - said) ** 2).mean(axis=-1) for answer in answers])
    within = np.stack([answer.variance for answer in answers])
    return np.asarray(share @ (within + apart))
