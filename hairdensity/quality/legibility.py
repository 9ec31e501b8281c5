"""Whether a picture shows scalp: between hairs skin is quiet; under unparted hair, blood or crusts nothing is."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["busy_share", "is_legible"]

WORKING_UM_PER_PX = 10.0
WINDOW_PX = 13
"""130 um: wider than a hair, narrower than the skin between two units."""

BUSY = 0.12
"""Deviation of log intensity within a window; furrows, pigment and shine of bare skin stay below."""

MOST_BUSY = 0.8
"""Share of busy windows above which no skin is left to count hairs on. Real scalps that can be counted, clipped or not,
have 0.12-0.55 of them, rendered tangles up to 0.74; a picture of unparted hair and one of a whole head have 0.9."""

MOST_GRAPHICS = 0.6
"""Share of a picture that is drawn, not photographed, above which it is a screen and no capture."""


def is_legible(
    pixels: NDArray[np.uint8], area: NDArray[np.bool_], *, graphics: NDArray[np.bool_], um_per_px: float
) -> bool:
    """Whether hairs could be told apart on an area of a picture.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    area : (H, W) bool ndarray
        The pixels to judge. An outline drawn closely about hairs holds little skin: then the whole picture may show it.
    graphics : (H, W) bool ndarray
        Pixels on which something is drawn.
    um_per_px : float
    """
    parts = (area & ~graphics, ~graphics)
    shares = (busy_share(pixels, part, um_per_px=um_per_px) for part in parts)
    return bool(graphics.mean() <= MOST_GRAPHICS) and any(share <= MOST_BUSY for share in shares)


def busy_share(pixels: NDArray[np.uint8], area: NDArray[np.bool_], *, um_per_px: float) -> float:
    """Share of an area on which intensity varies as skin's does not; 0 for an empty area.

    Parameters
    ----------
    pixels, area, um_per_px
        As in `is_legible`.
    """
    zoom = um_per_px / WORKING_UM_PER_PX
    size = tuple(max(1, round(side * zoom)) for side in (pixels.shape[1], pixels.shape[0]))
    method = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    green = cv2.resize(np.ascontiguousarray(pixels[..., 1]), size, interpolation=method)
    judged = cv2.resize(area.view(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    # Two grey levels are added: black hair has noise of its own.
    level = np.log(green.astype(np.float32) + 2)
    window = (WINDOW_PX, WINDOW_PX)
    mean, square = cv2.blur(level, window), cv2.blur(level * level, window)
    busy = square - mean * mean > BUSY**2
    return float(np.mean(busy[judged])) if judged.any() else 0.0
