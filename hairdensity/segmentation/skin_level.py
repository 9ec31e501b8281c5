"""The skin's own level, and how dark each pixel is against it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["relative_darkness"]

Float = NDArray[np.float32]

BAND_ROWS = 64


def relative_darkness(channel: NDArray[np.uint8], *, window_px: float) -> Float:
    """(H, W) 1 - intensity / the skin's intensity around.

    Green is the channel to take: hair and skin differ most in it, and sensors resolve it best. One grey level is added
    to both, so that black divides.

    Parameters
    ----------
    channel : (H, W) uint8 ndarray
    window_px : float
        Window of the skin's own level.
    """
    height, width = channel.shape
    darkness = np.asarray(cv2.resize(_skin_level(channel, window_px), (width, height)))
    for start in range(0, height, BAND_ROWS):
        band = darkness[start : start + BAND_ROWS]
        np.divide(np.add(channel[start : start + BAND_ROWS], 1, dtype=np.float32), band, out=band)
        np.subtract(1, band, out=band)
    return darkness


def _skin_level(channel: NDArray[np.uint8], window_px: float) -> Float:
    """The skin's intensity plus one, on a strongly reduced picture.

    A closing removes the shafts, a median the scales and glints, which are brighter than skin and must not make the
    skin beside them look dark.
    """
    reduction = max(1.0, window_px / 24)
    small = cv2.resize(channel, None, fx=1 / reduction, fy=1 / reduction, interpolation=cv2.INTER_AREA)
    side = 2 * round(window_px / reduction / 8) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    without_shafts = cv2.morphologyEx(small, cv2.MORPH_CLOSE, disc)
    window = 2 * round(window_px / reduction / 2) + 1
    skin = cv2.medianBlur(without_shafts, window).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(skin, (0, 0), window / 6) + 1)
