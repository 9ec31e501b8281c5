"""How much of the analysed skin hair covers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.target_area import TargetArea
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["measure_coverage"]

FRACTION_BITS = 4


def measure_coverage(centerlines: Centerlines, diameter_px: NDArray[np.float64], target_area: TargetArea) -> float:
    """Share of the target area's pixels that shafts cover, crossings counted once.

    Parameters
    ----------
    centerlines : Centerlines
        N hairs.
    diameter_px : (N,) float64 ndarray
        A hair whose diameter is missing (NaN) is drawn with the median of the others.
    target_area : TargetArea
    """
    known = diameter_px[np.isfinite(diameter_px)]
    if len(known) == 0:
        return 0.0
    thickness = np.maximum(1, np.rint(np.where(np.isfinite(diameter_px), diameter_px, np.median(known)))).astype(int)
    canvas = np.zeros(target_area.mask.shape, dtype=np.uint8)
    for hair, width in enumerate(thickness.tolist()):
        path = np.rint(centerlines.path(hair)[:, ::-1] * 2**FRACTION_BITS).astype(np.int32)
        cv2.polylines(canvas, [path], isClosed=False, color=1, thickness=width, shift=FRACTION_BITS)
    return float(np.count_nonzero(canvas[target_area.mask]) / target_area.area_px)
