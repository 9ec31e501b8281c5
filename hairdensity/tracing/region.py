"""Hairs of one region lie the same way: what the sure ones around say about the direction of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["common_direction"]

Float = NDArray[np.float64]


def common_direction(
    own: Float, along: Float, center_um: Float, *, region_um: float, region_hairs: float
) -> NDArray[np.float64]:
    """(N, 2) mean direction of the other hairs around, each weighted by its nearness and its own sureness.

    Parameters
    ----------
    own : (N,) float ndarray
        Log odds that a hair runs from its first to its last point, and not the other way.
    along : (N, 2) float ndarray
        Unit direction from the first to the last point.
    center_um : (N, 2) float ndarray
    region_um : float
        Distance over which hairs lie the same way.
    region_hairs : float
        Number of sure hairs that make a region; with fewer the mean shrinks toward nothing.
    """
    sureness = np.tanh(own / 2)
    distance2 = ((center_um[:, None] - center_um[None]) ** 2).sum(axis=2)
    weight = np.exp(-distance2 / (2 * region_um**2)) * np.abs(sureness)
    np.fill_diagonal(weight, 0.0)
    total = np.maximum(weight.sum(axis=1), region_hairs)
    return np.asarray(weight @ (np.sign(sureness)[:, None] * along) / total[:, None])
