"""The lines and signs of the fates, drawn with OpenCV: dashes, dots, crosses, plusses, triangles and rings."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.report.change_looks import Look

__all__ = ["draw_line", "draw_ring", "draw_sample", "draw_sign"]

_DARK = (10, 10, 12)
_SHIFT = 4
_DASH = (9.0, 6.0)
"""Length of a dash and of the gap behind it, in px of a picture 1280 px wide."""
_DOTS = (1.5, 5.0)

_SIGN_RADIUS = 6.5

Canvas = NDArray[np.uint8]
Array = NDArray[np.float64]

# Corners of each sign about the root, as (x, y) in units of its radius; a gap between strokes.
_STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "plus": (((-1.0, 0.0), (1.0, 0.0)), ((0.0, -1.0), (0.0, 1.0))),
    "cross": (((-0.8, -0.8), (0.8, 0.8)), ((-0.8, 0.8), (0.8, -0.8))),
}
_FILLED: dict[str, tuple[tuple[float, float], ...]] = {
    "up": ((0.0, -1.1), (1.0, 0.75), (-1.0, 0.75)),
    "down": ((0.0, 1.1), (1.0, -0.75), (-1.0, -0.75)),
}


def draw_line(canvas: Canvas, path: Array, look: Look, *, unit: float) -> None:
    """Draw a hair's line with a dark edge.

    Parameters
    ----------
    canvas : (H, W, 3) uint8 ndarray
        Is drawn upon.
    path : (K, 2) float64 ndarray
        (row, col) px.
    look : Look
    unit : float
        px of the canvas for one px of a design that is 1280 px wide.
    """
    rhythm = _DASH if look.is_dashed else _DOTS if look.is_dotted else None
    pieces = [_fixed(piece) for piece in ([path] if rhythm is None else dashes(path, unit, rhythm=rhythm))]
    edge, width = max(2, round((look.width + 2.4) * unit)), max(1, round(look.width * unit))
    cv2.polylines(canvas, pieces, False, _DARK, edge, cv2.LINE_AA, _SHIFT)
    cv2.polylines(canvas, pieces, False, look.color, width, cv2.LINE_AA, _SHIFT)


def draw_sign(canvas: Canvas, place: Array, look: Look, *, unit: float) -> None:
    """Draw a fate's sign at a root, (row, col) px."""
    if look.sign == "dot":
        for color, radius in ((_DARK, 4.4), (look.color, 3.2)):
            cv2.circle(
                canvas, _point(place), round(radius * unit * (1 << _SHIFT)), color, cv2.FILLED, cv2.LINE_AA, _SHIFT
            )
        return
    if look.sign == "circle":
        _draw_circle(canvas, place, look, radius=4.0 * unit, unit=unit)
        return
    strokes = _STROKES.get(look.sign, ()) or (_FILLED[look.sign],)
    lines = [_fixed(place + _SIGN_RADIUS * unit * np.array(stroke)[:, ::-1]) for stroke in strokes]
    is_filled = look.sign in _FILLED
    cv2.polylines(canvas, lines, is_filled, _DARK, max(3, round(5.0 * unit)), cv2.LINE_AA, _SHIFT)
    if is_filled:
        cv2.fillPoly(canvas, lines, look.color, cv2.LINE_AA, _SHIFT)
    else:
        cv2.polylines(canvas, lines, False, look.color, max(2, round(2.6 * unit)), cv2.LINE_AA, _SHIFT)


def draw_ring(canvas: Canvas, place: Array, look: Look, *, unit: float) -> None:
    """Draw a hollow ring: here the other visit shows a hair."""
    _draw_circle(canvas, place, look, radius=7.5 * unit, unit=unit)


def _draw_circle(canvas: Canvas, place: Array, look: Look, *, radius: float, unit: float) -> None:
    for color, width in ((_DARK, 3.6), (look.color, 1.8)):
        edge = max(1, round(width * unit))
        cv2.circle(canvas, _point(place), round(radius * (1 << _SHIFT)), color, edge, cv2.LINE_AA, _SHIFT)


def draw_sample(canvas: Canvas, look: Look, *, x: float, y: float, unit: float) -> None:
    """Draw a short line with its sign for a legend, its left end at (x, y) px."""
    start = np.array([y, x + 8.0 * unit])
    draw_line(canvas, start + np.array([[0.0, 0.0], [0.0, 28.0 * unit]]), look, unit=unit)
    draw_sign(canvas, start, look, unit=unit)


def dashes(path: Array, unit: float, *, rhythm: tuple[float, float] = _DASH) -> list[Array]:
    """Cut a path into dashes, or into dots; a short one stays a dash of its own."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    dash, gap = (length * unit for length in rhythm)
    pieces = []
    for start in np.arange(0.0, max(along[-1], 1e-6), dash + gap):
        end = min(start + dash, along[-1])
        inside = along[(along > start) & (along < end)]
        stations = np.concatenate([[start], inside, [end]])
        pieces.append(np.column_stack([np.interp(stations, along, path[:, axis]) for axis in (0, 1)]))
    return pieces


def _fixed(points_px: Array) -> NDArray[np.int32]:
    """(row, col) as (x, y) with OpenCV's fractional bits."""
    return np.round(points_px[:, ::-1] * (1 << _SHIFT)).astype(np.int32)


def _point(place: Array) -> tuple[int, int]:
    x, y = _fixed(place[np.newaxis])[0]
    return int(x), int(y)
