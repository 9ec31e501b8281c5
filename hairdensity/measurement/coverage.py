"""How much of the analysed skin hair covers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.target_area import TargetArea
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["measure_coverage"]

FRACTION_BITS = 4
LEAST_STEP_PX = 4.0


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
    if len(known) == 0 or target_area.area_px == 0:
        return 0.0
    widths = np.where(np.isfinite(diameter_px), diameter_px, np.median(known))
    canvas = np.zeros(target_area.mask.shape, dtype=np.uint8)
    for hair, width in enumerate(widths.tolist()):
        outline = np.rint(_outline(centerlines.path(hair), width)[:, ::-1] * 2**FRACTION_BITS).astype(np.int32)
        cv2.fillPoly(canvas, [outline], color=1, shift=FRACTION_BITS)
    return float(np.count_nonzero(canvas[target_area.mask]) / target_area.area_px)


def _outline(path: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """(V, 2) outline of a shaft, half a pixel inside its true one, because cv2.fillPoly fills the outline's own pixels.

    ``cv2.polylines`` rounds thickness up to odd px and adds round caps: 15-30 % too much for a clipped hair.
    """
    step = round(max(LEAST_STEP_PX, width / 2))  # finer steps would cross each other on the inside of a bend
    axis = path[np.unique(np.append(np.arange(0, len(path), step), len(path) - 1))]
    along = np.gradient(axis, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    axis[0] += 0.5 * along[0]
    axis[-1] -= 0.5 * along[-1]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * max((width - 1) / 2, 0.0)
    return np.concatenate([axis + across, (axis - across)[::-1]])
