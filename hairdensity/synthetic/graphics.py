"""What microscope software burns into a picture: a header line and a scale bar."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["burn_in"]

Pixels = NDArray[np.uint8]


def burn_in(pixels: Pixels, *, um_per_px: float, title: str) -> Pixels:
    """A copy of the picture with a header line at the top and a 1 mm bar at the lower left.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
    um_per_px : float
    title : str
    """
    drawn = pixels.copy()
    height, width = drawn.shape[:2]
    col = 4
    for text in (title, f"{width}x{height}", "unit: mm", "70x"):
        col = _label(drawn, text, (3, col)) + 3
    _scale_bar(drawn, 1000.0 / um_per_px)
    return drawn


def _label(pixels: Pixels, text: str, corner: tuple[int, int]) -> int:
    """Light text on a darkened box; returns the column after it."""
    (text_width, text_height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)
    row, col = corner
    box = pixels[row : row + text_height + 8, col : col + text_width + 6]
    box[:] = (box * 0.25 + 40).astype(np.uint8)
    place = (col + 3, row + text_height + 3)
    cv2.putText(pixels, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (235, 235, 235), 1, cv2.LINE_AA)
    return int(col + text_width + 6)


def _scale_bar(pixels: Pixels, bar_px: float) -> None:
    """A dark right angle with arms of 1 mm, and its label."""
    height, _ = pixels.shape[:2]
    corner, length = (18, height - 50), round(bar_px)
    cv2.line(pixels, corner, (corner[0] + length, corner[1]), (20, 20, 20), 1)
    cv2.line(pixels, corner, (corner[0], corner[1] - length), (20, 20, 20), 1)
    _label(pixels, "1.0 mm", (corner[1] - 12, corner[0] + length + 6))
