"""Hairs painted out of a capture: skin from beside them lies where they were, and nothing else is changed."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis

__all__ = ["PaintedOut", "paint_out"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
Pixels = NDArray[np.uint8]

BRUSH_UM = 30.0
"""Painted on each side beyond a shaft's width: its blur and its shadow."""

BEYOND_UM = 60.0
"""Painted beyond either end: the mouth of the follicle, and a faint tip."""

CLEAR_UM = 15.0
"""Left between the brush and any other shaft's edge."""

USUAL_DIAMETER_UM = 70.0

SOURCE_REACH_PX = 260
RING_PX = 5
"""The skin around the brush to whose light the source is brought."""

SMOOTH_PX = 8.0
FEATHER_PX = 1.2


class PaintedOut(NamedTuple):
    """A picture without some of its hairs.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
    hairs : (K,) int64 ndarray
        Numbers of the hairs that it lost, rising.
    """

    pixels: Pixels
    hairs: Ids


class _Shafts(NamedTuple):
    """How many shafts, with their clearance, lie on each pixel, and the skin that is free of them."""

    count: NDArray[np.uint8]
    is_skin: Mask


def paint_out(analysis: Analysis, candidates: Ids, n: int, *, others_px: Array) -> PaintedOut:
    """Paint out the first hairs of a list that can be painted out cleanly.

    Parameters
    ----------
    analysis : Analysis
        Of the picture.
    candidates : (C,) int64 ndarray
        Numbers of hairs, in the order in which they are tried.
    n : int
        How many to paint out at most.
    others_px : (V, 4) float64 ndarray
        Row and column of root and tip of hairs that the analysis overlooked: they are spared, too.
    """
    original = analysis.image.pixels
    shafts, widths = _shafts(analysis, others_px), _widths(analysis)
    painted, gone = original.copy(), []
    for hair in candidates:
        if len(gone) == n:
            break
        brush = _brush(analysis, int(hair))
        own = _drawn(brush.shape, analysis.centerlines.path(int(hair)), widths[hair] + _clear_px(analysis))
        others = shafts.count > own
        if not brush.any() or (brush & (others | ~analysis.target_area.mask)).any():
            continue
        around = cv2.dilate(brush.view(np.uint8), np.ones((2 * RING_PX + 1, 2 * RING_PX + 1), np.uint8)) > 0
        away = _nearest_skin(around, shafts.is_skin)
        if away is not None:
            _lay_over(painted, original, away, (brush, around & ~brush & ~others))
            gone.append(int(hair))
    return PaintedOut(painted, np.sort(np.array(gone, dtype=np.int64)))


def _clear_px(analysis: Analysis) -> float:
    """Width that every shaft has more for the others."""
    return 2 * CLEAR_UM / analysis.working_um_per_px


def _shafts(analysis: Analysis, others_px: Array) -> _Shafts:
    shape, um_per_px = analysis.target_area.mask.shape, analysis.working_um_per_px
    usual = USUAL_DIAMETER_UM / um_per_px
    lines = [analysis.centerlines.path(hair) for hair in range(len(analysis.centerlines))]
    lines += [vector.reshape(2, 2) for vector in others_px]
    count = np.zeros(shape, np.uint8)
    for line, width in zip(lines, [*_widths(analysis), *[usual] * len(others_px)], strict=True):
        count += _drawn(shape, line, width + _clear_px(analysis))
    refused = np.zeros(shape, bool)
    for root in analysis.rejected.roots_px:
        refused |= _drawn(shape, root[None].repeat(2, axis=0), 2 * usual)
    return _Shafts(count, (count == 0) & ~refused & analysis.target_area.mask)


def _widths(analysis: Analysis) -> Array:
    """(N,) px."""
    usual = USUAL_DIAMETER_UM / analysis.working_um_per_px
    return np.nan_to_num(analysis.hairs["diameter_px"].to_numpy(dtype=np.float64), nan=usual)


def _brush(analysis: Analysis, hair: int) -> Mask:
    """What to paint over; nothing where it would leave the picture."""
    um_per_px, path = analysis.working_um_per_px, analysis.centerlines.path(hair)
    ends = [path[0] - path[min(5, len(path) - 1)], path[-1] - path[-min(6, len(path))]]
    root, tip = (BEYOND_UM / um_per_px * end / max(float(np.linalg.norm(end)), 1e-9) for end in ends)
    course = np.concatenate([[path[0] + root], path, [path[-1] + tip]])
    reach = 2 * BRUSH_UM / um_per_px + _widths(analysis)[hair]
    shape = analysis.target_area.mask.shape
    border = reach + RING_PX
    if (course < border).any() or (course > np.array(shape) - 1 - border).any():
        return np.zeros(shape, dtype=bool)
    return _drawn(shape, course, reach)


def _drawn(shape: tuple[int, ...], path: Array, width_px: float) -> Mask:
    mask = np.zeros(shape, np.uint8)
    line = np.round(path[:, ::-1]).astype(np.int32)
    cv2.polylines(mask, [line], isClosed=False, color=1, thickness=max(1, round(width_px)))
    return mask.view(np.bool_)


def _nearest_skin(form: Mask, is_skin: Mask) -> tuple[int, int] | None:
    """How many rows and columns away the nearest bare skin of this form lies; None without any within reach."""
    rows, cols = _box(form)
    top, left = max(rows.start - SOURCE_REACH_PX, 0), max(cols.start - SOURCE_REACH_PX, 0)
    near = ~is_skin[top : rows.stop + SOURCE_REACH_PX, left : cols.stop + SOURCE_REACH_PX]
    # Correlation with the form: 0 where no part of it lies on anything but skin.
    blocked = cv2.matchTemplate(near.astype(np.float32), form[rows, cols].astype(np.float32), cv2.TM_CCORR)
    away = np.argwhere(blocked < 0.5) + np.array([top - rows.start, left - cols.start])
    if len(away) == 0:
        return None
    row, col = away[np.argmin((away**2).sum(axis=1))]
    return int(row), int(col)


def _lay_over(painted: Pixels, original: Pixels, away: tuple[int, int], masks: tuple[Mask, Mask]) -> None:
    """Replace what the brush covers by skin from a place away, brought to the light of the ring around the brush."""
    brush, ring = masks
    rows, cols = _box(brush | ring)
    there = slice(rows.start + away[0], rows.stop + away[0]), slice(cols.start + away[1], cols.stop + away[1])
    here, skin = painted[rows, cols].astype(np.float32), original[there].astype(np.float32)
    weight = ring[rows, cols].astype(np.float32)[..., None]
    off = cv2.GaussianBlur((here - skin) * weight, (0, 0), SMOOTH_PX)
    heard = cv2.GaussianBlur(weight, (0, 0), SMOOTH_PX)[..., None]
    alpha = cv2.GaussianBlur(brush[rows, cols].astype(np.float32), (0, 0), FEATHER_PX)[..., None]
    laid = here + alpha * (skin + off / np.maximum(heard, 1e-6) - here)
    painted[rows, cols] = np.clip(np.round(laid), 0, 255).astype(np.uint8)


def _box(mask: Mask) -> tuple[slice, slice]:
    """Rows and columns that hold all of a mask."""
    rows, cols = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)
