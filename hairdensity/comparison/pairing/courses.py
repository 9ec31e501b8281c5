"""Courses: places along the first part of every shaft, in um on the baseline's skin."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis

__all__ = ["N_POINTS", "Courses", "Places", "courses_of"]

Array = NDArray[np.float64]
Places = Callable[[Array], Array]

COURSE_UM = (15.0, 200.0)
"""The part of a shaft that is looked at: its very root lies under skin and scale, its end may be cut off next time."""

COURSE_SHARE = (0.1, 0.8)
"""The same as shares of a short shaft."""

N_POINTS = 8


class Courses(NamedTuple):
    """N shafts at `N_POINTS` places each, root first.

    Parameters
    ----------
    points_um : (N, `N_POINTS`, 2) float64 ndarray
        (row, col) in um from the baseline picture's first pixel.
    across : (N, `N_POINTS`, 2) float64 ndarray
        Unit vectors across the shaft.
    arc_um : (N, `N_POINTS`) float64 ndarray
        Distance from the root along the shaft.
    """

    points_um: Array
    across: Array
    arc_um: Array


def courses_of(analysis: Analysis, *, to_baseline: Places, um_per_px: float) -> Courses:
    """The courses of all hairs of a picture.

    Parameters
    ----------
    analysis : Analysis
    to_baseline : callable
        Takes (N, 2) px of this picture to px of the baseline.
    um_per_px : float
        Of the baseline.
    """
    lines = analysis.centerlines
    n = len(lines)
    if n == 0:
        return Courses(np.zeros((0, N_POINTS, 2)), np.zeros((0, N_POINTS, 2)), np.zeros((0, N_POINTS)))
    points = to_baseline(lines.points_px) * um_per_px
    step = np.linalg.norm(np.diff(points, axis=0), axis=1)
    step[lines.offsets[1:-1] - 1] = 1.0
    arc = np.concatenate([[0.0], np.cumsum(step)])
    start, end = arc[lines.offsets[:-1]], arc[lines.offsets[1:] - 1]
    length = end - start
    first = np.minimum(COURSE_UM[0], COURSE_SHARE[0] * length)
    last = np.minimum(COURSE_UM[1], COURSE_SHARE[1] * length)
    along = first[:, None] + (last - first)[:, None] * np.linspace(0, 1, N_POINTS)
    at = start[:, None] + along
    placed = np.stack([np.interp(at, arc, axis) for axis in points.T], axis=-1)
    tangent = np.gradient(placed, axis=1)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=-1, keepdims=True), 1e-9)
    return Courses(placed, np.stack([-tangent[..., 1], tangent[..., 0]], axis=-1), along)
