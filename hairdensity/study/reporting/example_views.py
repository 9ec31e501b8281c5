"""What part of a pair of pictures is shown: both on the same skin where enough hairs were matched, else both whole.

The tables of a study keep no matrix of the registration; the roots of the kept hairs give it back to within their
measurement, as an affine map fitted to most of them.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["SKIN_MM", "PairViews", "View", "aligned_views", "whole_view"]

SKIN_MM = (4.0, 3.0)
"""Width and height of the skin that an aligned pair shows."""

_WIDTH_PX = 720
_LEAST_HAIRS = 8
# Skin stretches: roots of kept hairs lie this near to an affine map. Most of them must.
_REACH_UM = 120.0
_LEAST_INLIERS = 0.7


class View(NamedTuple):
    """From a picture to what is shown of it.

    Parameters
    ----------
    matrix : (2, 3) float ndarray
        From (x, y) px of the picture to (x, y) px of the view.
    size_px : tuple of int
        Width and height of the view.
    px_per_mm : float
        Of the view; NaN where it is not known.
    """

    matrix: NDArray[np.float64]
    size_px: tuple[int, int]
    px_per_mm: float

    def places(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 2) (row, col) px of the picture as (x, y) px of the view."""
        return np.asarray(points_px[..., ::-1] @ self.matrix[:, :2].T + self.matrix[:, 2])

    def shows(self, points_px: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(...) which (..., 2) (row, col) px of the picture the view shows."""
        places = self.places(points_px)
        return np.asarray(((places >= 0.0) & (places < self.size_px)).all(axis=-1))


class PairViews(NamedTuple):
    """Baseline and follow-up on the same skin, the hairs that say where it is, and how far they are off (median)."""

    before: View
    after: View
    n_hairs: int
    median_um: float


def whole_view(height_px: int, width_px: int) -> View:
    """All of a picture, at most 720 px wide."""
    scale = min(1.0, _WIDTH_PX / width_px)
    size = max(1, round(width_px * scale)), max(1, round(height_px * scale))
    return View(np.array([[scale, 0.0, 0.0], [0.0, scale, 0.0]]), size, float("nan"))


def aligned_views(partners_px: NDArray[np.float64], shape: tuple[int, int], um_per_px: float) -> PairViews | None:
    """Views of the skin in the middle of the matched hairs; None where they do not say how the pictures lie.

    Parameters
    ----------
    partners_px : (K, 2, 2) float ndarray
        Roots at baseline and at follow-up, (row, col).
    shape : tuple of int
        Height and width of the baseline picture.
    um_per_px : float
        Of the baseline picture.
    """
    if len(partners_px) < _LEAST_HAIRS or not um_per_px > 0.0:
        return None
    to, start = partners_px[:, 0, ::-1], partners_px[:, 1, ::-1]
    matrix, found = cv2.estimateAffine2D(start, to, ransacReprojThreshold=_REACH_UM / um_per_px)
    if matrix is None or not np.isfinite(matrix).all() or found.mean() < _LEAST_INLIERS:
        return None
    off_px = np.hypot(*(start @ matrix[:, :2].T + matrix[:, 2] - to)[found.ravel().astype(bool)].T)
    before = _in_the_middle(to.mean(axis=0), shape, um_per_px)
    whole = np.vstack([before.matrix, [0.0, 0.0, 1.0]]) @ np.vstack([matrix, [0.0, 0.0, 1.0]])
    return PairViews(before, before._replace(matrix=whole[:2]), int(found.sum()), float(np.median(off_px)) * um_per_px)


def _in_the_middle(middle: NDArray[np.float64], shape: tuple[int, int], um_per_px: float) -> View:
    """So much skin around a point (x, y), as far as the picture reaches, not cut by its edges."""
    room = np.array([shape[1], shape[0]], dtype=np.float64)
    # Smaller pictures: as much as there is, of the same proportions.
    wanted = np.array(SKIN_MM) * 1000.0 / um_per_px
    wanted *= min(1.0, float((room / wanted).min()))
    corner = np.clip(middle - wanted / 2.0, 0.0, room - wanted)
    scale = _WIDTH_PX / wanted[0]
    matrix = np.array([[scale, 0.0, -scale * corner[0]], [0.0, scale, -scale * corner[1]]])
    return View(matrix, (_WIDTH_PX, max(1, round(wanted[1] * scale))), 1000.0 / um_per_px * scale)
