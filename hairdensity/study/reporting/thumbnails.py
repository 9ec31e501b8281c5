"""A small JPEG of a picture with marks on its hairs: nothing of the file's metadata is left in it."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hairdensity.errors import InputError
from hairdensity.study.reporting.example_hairs import Hairs

__all__ = ["thumbnail"]

_WIDTH_PX = 720
_QUALITY = 80
_DARK = (10, 10, 12)
_COLORS = {"": (246, 230, 72), "kept": (206, 212, 220), "new": (72, 178, 255), "lost": (255, 140, 40)}


def thumbnail(pixels: NDArray[np.uint8], hairs: Hairs) -> bytes:
    """A JPEG, at most 720 px wide; lost hairs end in a ring, new ones in a cross, kept ones in a point.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    hairs : Hairs

    Raises
    ------
    InputError
        If ``pixels`` is no RGB picture.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InputError(f"a thumbnail is made of an (H, W, 3) picture, got shape {pixels.shape}")
    height, width = pixels.shape[:2]
    scale = min(1.0, _WIDTH_PX / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = np.ascontiguousarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    for ends, fate in zip(hairs.ends_px * scale, hairs.fates, strict=True):
        _mark(canvas, ends, str(fate))
    buffer = io.BytesIO()
    Image.fromarray(canvas).save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()


def _mark(canvas: NDArray[np.uint8], ends: NDArray[np.float64], fate: str) -> None:
    """A line from root to tip, dark below so that it is seen on any skin, and the sign of the fate at the root."""
    if not np.isfinite(ends).all():
        return
    (row, col), (tip_row, tip_col) = ends.round().astype(int)
    root, tip = (int(col), int(row)), (int(tip_col), int(tip_row))
    color = _COLORS.get(fate, _COLORS[""])
    for paint, width in ((_DARK, 3), (color, 1)):
        cv2.line(canvas, root, tip, paint, width, cv2.LINE_AA)
    for paint, width in ((_DARK, 4), (color, 2)):
        if fate == "lost":
            cv2.circle(canvas, root, 6, paint, width, cv2.LINE_AA)
        elif fate == "new":
            cv2.drawMarker(canvas, root, paint, cv2.MARKER_CROSS, 12, width, cv2.LINE_AA)
        else:
            cv2.circle(canvas, root, 1, paint, width, cv2.LINE_AA)
