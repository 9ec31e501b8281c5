"""Roots as the peaks of the network's root map."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["RootPeaks", "find_root_peaks", "highest_near"]


class RootPeaks(NamedTuple):
    """``places`` are (N, 2) sub-pixel (row, col); ``probability`` is (N,)."""

    places: NDArray[np.float64]
    probability: NDArray[np.float64]


def find_root_peaks(root: NDArray[np.float32], *, min_probability: float, distance_px: float) -> RootPeaks:
    """Peaks that nothing within a distance exceeds.

    Parameters
    ----------
    root : (h, w) float32 ndarray
    min_probability : float
    distance_px : float
    """
    reach = max(1, round(distance_px))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    highest = cv2.dilate(root, disc)
    rows, cols = np.nonzero((root >= highest) & (root >= min_probability))
    places = np.stack([_refined(root, rows, cols, axis=0), _refined(root, rows, cols, axis=1)], axis=1)
    return RootPeaks(places, root[rows, cols].astype(np.float64))


def highest_near(root: NDArray[np.float32], points: NDArray[np.float64], reach_px: float) -> NDArray[np.float64]:
    """(N,) largest value within a distance of each (row, col) point.

    Parameters
    ----------
    root : (h, w) float32 ndarray
    points : (N, 2) float ndarray
    reach_px : float
    """
    reach = max(1, round(reach_px))
    offsets = np.argwhere(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))) - reach
    places = np.rint(points).astype(np.intp)[:, None] + offsets
    row, col = (np.clip(places[..., axis], 0, root.shape[axis] - 1) for axis in range(2))
    return np.asarray(root[row, col].max(axis=1), dtype=np.float64)


def _refined(
    root: NDArray[np.float32], rows: NDArray[np.int64], cols: NDArray[np.int64], *, axis: int
) -> NDArray[np.float64]:
    """(N,) top of the parabola through a peak and its two neighbors, within half a pixel."""
    step = (1, 0) if axis == 0 else (0, 1)
    last = root.shape[0] - 1, root.shape[1] - 1

    def value(way: int) -> NDArray[np.float64]:
        row, col = np.clip(rows + way * step[0], 0, last[0]), np.clip(cols + way * step[1], 0, last[1])
        return root[row, col].astype(np.float64)

    before, here, after = value(-1), value(0), value(1)
    bend = before - 2 * here + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1.0), 0.0)
    return np.asarray((rows if axis == 0 else cols) + np.clip(shift, -0.5, 0.5), dtype=np.float64)
