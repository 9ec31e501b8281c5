"""A small JPEG of a picture with marks on its hairs: nothing of the file's metadata is left in it."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hairdensity.errors import InputError
from hairdensity.study.reporting.example_hairs import Hairs
from hairdensity.study.reporting.example_views import View, whole_view

__all__ = ["thumbnail"]

_QUALITY = 80
_DARK, _WHITE, _OUTSIDE = (10, 10, 12), (255, 255, 255), (225, 228, 232)
_COLORS = {"": (246, 230, 72), "kept": (236, 240, 244), "new": (86, 190, 255), "lost": (255, 150, 40)}
_RING_PX, _CROSS_PX = 9, 16


def thumbnail(pixels: NDArray[np.uint8], hairs: Hairs, view: View | None = None) -> bytes:
    """A JPEG, at most 720 px wide; lost hairs end in a ring, new ones in a cross, kept ones in a point.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    hairs : Hairs
    view : View, optional
        What is shown; the whole picture by default. One with a scale gets a bar of 1 mm.

    Raises
    ------
    InputError
        If ``pixels`` is no RGB picture.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InputError(f"a thumbnail is made of an (H, W, 3) picture, got shape {pixels.shape}")
    view = view or whole_view(*pixels.shape[:2])
    canvas = _seen(pixels, view)
    for ends, fate in zip(view.places(hairs.ends_px), hairs.fates, strict=True):
        _mark(canvas, ends, str(fate))
    if np.isfinite(view.px_per_mm):
        _bar(canvas, view.px_per_mm)
    buffer = io.BytesIO()
    Image.fromarray(canvas).save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()


def _seen(pixels: NDArray[np.uint8], view: View) -> NDArray[np.uint8]:
    """The view's pixels; a large picture is shrunk by areas first, so that thin hairs do not break up."""
    scale = min(1.0, float(np.sqrt(abs(np.linalg.det(view.matrix[:, :2])))))
    height, width = pixels.shape[:2]
    small_px = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, small_px, interpolation=cv2.INTER_AREA)
    stretch = np.array([width / small_px[0], height / small_px[1]])
    # Centers of pixels have whole numbers: a shrunk picture's lie between those of the picture.
    matrix = np.column_stack(
        [view.matrix[:, :2] * stretch, view.matrix[:, :2] @ ((stretch - 1.0) / 2.0) + view.matrix[:, 2]]
    )
    seen = cv2.warpAffine(small, matrix, view.size_px, flags=cv2.INTER_LINEAR, borderValue=_OUTSIDE)
    return np.ascontiguousarray(seen, dtype=np.uint8)


def _mark(canvas: NDArray[np.uint8], ends: NDArray[np.float64], fate: str) -> None:
    """A line from root to tip, dark below so that it is seen on any skin, and the sign of the fate at the root."""
    if not np.isfinite(ends).all():
        return
    root, tip = ((int(x), int(y)) for x, y in ends.round())
    color = _COLORS.get(fate, _COLORS[""])
    for paint, width in ((_DARK, 3), (color, 1)):
        cv2.line(canvas, root, tip, paint, width, cv2.LINE_AA)
    for paint, width in ((_DARK, 5), (color, 2)):
        if fate == "lost":
            cv2.circle(canvas, root, _RING_PX, paint, width, cv2.LINE_AA)
        elif fate == "new":
            cv2.drawMarker(canvas, root, paint, cv2.MARKER_CROSS, _CROSS_PX, width, cv2.LINE_AA)
        else:
            cv2.circle(canvas, root, 2, paint, width, cv2.LINE_AA)


def _bar(canvas: NDArray[np.uint8], px_per_mm: float) -> None:
    """A bar of 1 mm at the lower left."""
    height = canvas.shape[0]
    left, bottom = 16, height - 16
    right = left + round(px_per_mm)
    for paint, width in ((_DARK, 7), (_WHITE, 3)):
        cv2.line(canvas, (left, bottom), (right, bottom), paint, width)
    for paint, width in ((_DARK, 6), (_WHITE, 2)):
        cv2.putText(canvas, "1 mm", (left, bottom - 14), cv2.FONT_HERSHEY_SIMPLEX, 0.9, paint, width, cv2.LINE_AA)
