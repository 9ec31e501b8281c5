"""The picture of what was counted: hairs in the color of their thickness, roots, the area, the figures below."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.files import write_whole
from hairdensity.report.caption import draw_caption
from hairdensity.report.colors import thickness_colors

__all__ = ["draw_overlay", "write_overlay"]

MIN_WIDTH_PX = 1000
"""Smaller pictures are enlarged by a whole factor: the lines and the words need room."""

MAX_ENLARGED_PX = 4000

DESIGN_WIDTH_PX = 1280
"""Widths of lines and sizes of letters are stated for a picture of this width and grow with it."""

_BACKGROUND = (18, 21, 26)
_DARK = (10, 10, 12)
_WHITE = (255, 255, 255)
_FAINT = 0.45
_SHIFT = 4

Canvas = NDArray[np.uint8]


def draw_overlay(analysis: Analysis) -> Canvas:
    """Draw what was counted over the dimmed picture, with the main figures below it.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    (H, W, 3) uint8 ndarray
        RGB. At least 1,000 px wide; the caption below adds to the height and hides nothing.
    """
    height, width = analysis.image.pixels.shape[:2]
    zoom = max(1, min(math.ceil(MIN_WIDTH_PX / width), MAX_ENLARGED_PX // max(height, width)))
    canvas = _dim(_enlarge(analysis.image.pixels, zoom))
    unit = max(canvas.shape[1], MIN_WIDTH_PX) / DESIGN_WIDTH_PX
    _hatch_unreadable(canvas, analysis, zoom, unit)
    _outline_area(canvas, analysis, zoom, unit)
    _draw_hairs(canvas, analysis, zoom, unit)
    canvas = _widen(canvas)
    return np.vstack([canvas, draw_caption(analysis, width_px=canvas.shape[1], zoom=zoom)])


def write_overlay(analysis: Analysis, path: Path) -> None:
    """Write the overlay as a PNG.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    _, data = cv2.imencode(".png", draw_overlay(analysis)[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 4])
    write_whole(path, data.tobytes())


def _enlarge(pixels: Canvas, zoom: int) -> Canvas:
    if zoom == 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _dim(pixels: Canvas) -> Canvas:
    """A darker, greyer copy, on which colors stand out."""
    grey = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(pixels, 0.42, grey, 0.34, 0.0), dtype=np.uint8)


def _widen(canvas: Canvas) -> Canvas:
    """Center a narrow picture on a background that is wide enough for the caption."""
    missing = max(0, MIN_WIDTH_PX - canvas.shape[1])
    left = missing // 2
    sides = (0, 0, left, missing - left)
    return np.asarray(cv2.copyMakeBorder(canvas, *sides, cv2.BORDER_CONSTANT, value=_BACKGROUND), dtype=np.uint8)


def _fixed(points_px: NDArray[np.float64], zoom: int) -> NDArray[np.int32]:
    """(N, 2) points (row, col) of the picture as (x, y) of the canvas, with OpenCV's fractional bits."""
    enlarged = (points_px[:, ::-1] + 0.5) * zoom - 0.5
    return np.round(enlarged * (1 << _SHIFT)).astype(np.int32)


def _hatch_unreadable(canvas: Canvas, analysis: Analysis, zoom: int, unit: float) -> None:
    """Stripe what lies inside the boundary but could not be judged."""
    inside = np.zeros(canvas.shape[:2], dtype=np.uint8)
    cv2.fillPoly(inside, [_fixed(analysis.target_area.boundary_px, zoom)], 1, shift=_SHIFT)
    readable = analysis.target_area.mask.repeat(zoom, axis=0).repeat(zoom, axis=1)
    unreadable = inside.astype(bool) & ~readable
    if not unreadable.any():
        return
    rows, cols = np.nonzero(unreadable)
    is_stripe = (rows + cols) % max(4, round(12 * unit)) < max(1, round(2.5 * unit))
    faded = canvas[rows, cols] * np.float32(0.7)
    faded[is_stripe] = 0.45 * faded[is_stripe] + 0.55 * 225.0
    canvas[rows, cols] = faded.astype(np.uint8)


def _outline_area(canvas: Canvas, analysis: Analysis, zoom: int, unit: float) -> None:
    outline = [_fixed(analysis.target_area.boundary_px, zoom)]
    for color, thickness in ((_DARK, 4.0), (_WHITE, 1.6)):
        cv2.polylines(canvas, outline, True, color, max(1, round(thickness * unit)), cv2.LINE_AA, _SHIFT)


def _draw_hairs(canvas: Canvas, analysis: Analysis, zoom: int, unit: float) -> None:
    """Hairs whose root lies outside the area stay faint: they do not count."""
    _, colors = thickness_colors(analysis)
    counts = analysis.hairs["in_area"].to_numpy(dtype=bool)
    lines = [_fixed(analysis.centerlines.path(hair), zoom) for hair in range(len(counts))]
    layer = canvas.copy()
    _stroke(layer, [lines[hair] for hair in np.flatnonzero(~counts)], colors[~counts], unit, ring=_BACKGROUND)
    cv2.addWeighted(layer, _FAINT, canvas, 1.0 - _FAINT, 0.0, dst=canvas)
    _stroke(canvas, [lines[hair] for hair in np.flatnonzero(counts)], colors[counts], unit, ring=_WHITE)


def _stroke(
    canvas: Canvas, lines: list[NDArray[np.int32]], colors: Canvas, unit: float, *, ring: tuple[int, int, int]
) -> None:
    """Draw lines with a dark edge, then a ringed dot at the root of each."""
    cv2.polylines(canvas, lines, False, _DARK, max(2, round(4.0 * unit)), cv2.LINE_AA, _SHIFT)
    fills = [tuple(int(channel) for channel in color) for color in colors]
    for line, fill in zip(lines, fills, strict=True):
        cv2.polylines(canvas, [line], False, fill, max(1, round(2.0 * unit)), cv2.LINE_AA, _SHIFT)
    for line, fill in zip(lines, fills, strict=True):
        center = (int(line[0, 0]), int(line[0, 1]))
        for color, radius in ((_DARK, 6.2), (ring, 5.2), (fill, 3.4)):
            cv2.circle(canvas, center, round(radius * unit * (1 << _SHIFT)), color, cv2.FILLED, cv2.LINE_AA, _SHIFT)
