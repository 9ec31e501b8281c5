"""What of a picture cannot be read: burned-in text, bars, circles, panels and strips.

Optics blur; graphics do not. Text and lines are drawn with edges one pixel wide, in colors that skin and hair do not
have, or along exact rows and columns; panels are flat where a sensor would show noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["GraphicsSettings", "find_graphics", "find_text"]

Mask = NDArray[np.uint8]

DENSE_EDGES = 0.025
"""Share of pixels in a block of text that are upright, and that are level, edges."""

FLAT_SPREAD = 2
"""Grey levels over 5x5 px; a sensor's noise spreads over more."""

BLACK_LEVEL = 16
"""Mean grey level below which a panel need not be rectangular: the surroundings of a round field of view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphicsSettings:
    """How graphics differ from a photographed scalp; grey levels of 0-255 and pixels, because graphics are drawn in px.

    Parameters
    ----------
    sharp_step : int
        Grey levels between neighboring pixels that optics rarely pass and drawn edges do.
    text_height_px : int
        Height of the largest letters that are looked for.
    line_px, line_thickness_px : int
        Shortest and thickest horizontal or vertical line that is taken for a bar. Upright hairs that long are rare.
    thin_line_px, thin_line_thickness_px : int
        The same for hairlines, thinner than any hair: a dark hair that crosses one cuts it into short runs.
    line_step : int
        Grey levels by which a bar differs from the rows beside it.
    pure_color : int
        Grey levels by which a drawn line's color channel stands out of the others and of its surroundings.
    stroke_px : int
        Extent of the smallest colored drawing; colored glints on hairs are shorter.
    flat_fraction : float
        Smallest panel, as a share of the picture.
    """

    sharp_step: int = 70
    text_height_px: int = 24
    line_px: int = 140
    line_thickness_px: int = 12
    thin_line_px: int = 50
    thin_line_thickness_px: int = 2
    line_step: int = 15
    pure_color: int = 38
    stroke_px: int = 60
    flat_fraction: float = 0.003


def find_graphics(pixels: NDArray[np.uint8], settings: GraphicsSettings | None = None) -> NDArray[np.bool_]:
    """(H, W) True on burned-in graphics and a little around them.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    settings : GraphicsSettings, optional
    """
    settings = settings or GraphicsSettings()
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    found = _text(grey, settings)
    for other in (_axis_lines(grey, settings), _flat_panels(grey, settings), _pure_colors(pixels, settings)):
        cv2.bitwise_or(found, other, dst=found)
    if cv2.countNonZero(found):
        found = cv2.dilate(found, np.ones((5, 5), np.uint8))
    return np.asarray(found).view(np.bool_)


def find_text(pixels: NDArray[np.uint8], settings: GraphicsSettings | None = None) -> NDArray[np.bool_]:
    """(H, W) True on blocks of burned-in letters alone; parameters as of `find_graphics`."""
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return _text(grey, settings or GraphicsSettings()).view(np.bool_)


def _text(grey: Mask, settings: GraphicsSettings) -> Mask:
    """(H, W) 1 on blocks of dense edges that are one pixel wide; a photographed edge spreads its step over several.

    Letters have both upright and level strokes; a sharp picture of parallel hairs has only one of them.
    """
    h = settings.text_height_px
    least = math.floor(DENSE_EDGES * 2 * h * h) + 1
    upright, level = _single_steps(grey, settings.sharp_step, axis=1), _single_steps(grey, settings.sharp_step, axis=0)
    if min(cv2.countNonZero(upright), cv2.countNonZero(level)) < least:
        return np.zeros_like(grey)
    dense = [
        cv2.boxFilter(sharp, cv2.CV_16U, (2 * h, h), normalize=False, borderType=cv2.BORDER_CONSTANT) >= least
        for sharp in (upright, level)
    ]
    block: Mask = np.asarray(dense[0] & dense[1]).view(np.uint8)
    if not cv2.countNonZero(block):
        return block
    near_edges = cv2.dilate(upright | level, np.ones((h, h), np.uint8))
    return np.asarray(cv2.dilate(block, np.ones((h // 2, h), np.uint8)) & near_edges)


def _single_steps(grey: Mask, least: int, *, axis: int) -> Mask:
    """(H, W) 1 where the axis steps by more than ``least`` from one pixel to the next, the steps beside do not join."""
    sharp = np.zeros_like(grey)
    width = grey.shape[1]
    if grey.shape[axis] < 4:
        return sharp
    step = cv2.absdiff(grey[1:], grey[:-1]) if axis == 0 else cv2.absdiff(grey[:, 1:], grey[:, :-1])
    steep = cv2.threshold(step, least, 1, cv2.THRESH_BINARY)[1]
    # Steps this steep are rare: their surroundings are looked at one by one.
    found = cv2.findNonZero(steep)
    if found is None:
        return sharp
    col, row = found.reshape(-1, 2).T.astype(np.intp)
    at = (row, col)[axis]
    inside = (at >= 1) & (at < grey.shape[axis] - 2)
    index = row[inside] * width + col[inside]
    stride = width if axis == 0 else 1
    values = grey.reshape(-1)[index + np.arange(-1, 3)[:, None] * stride].astype(np.int16)  # (4, N)
    before, _, after = np.diff(values, axis=0) * np.sign(values[2] - values[1])
    sharp.reshape(-1)[index] = np.maximum(before, after) < least // 3
    return sharp


def _axis_lines(grey: Mask, settings: GraphicsSettings) -> Mask:
    """(H, W) 1 on thin bars whose two edges each follow one row, or one column, exactly."""
    return np.asarray(_row_bars(grey, settings) | _row_bars(np.ascontiguousarray(grey.T), settings).T)


def _row_bars(grey: Mask, settings: GraphicsSettings) -> Mask:
    """(H, W) 1 between a long downward and a long upward step, both along rows."""
    found = np.zeros_like(grey)
    if min(grey.shape) < 2:
        return found
    steps = [_drawn_steps(*pair, settings.line_step) for pair in ((grey[:-1], grey[1:]), (grey[1:], grey[:-1]))]
    counts = [cv2.reduce(step, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).reshape(-1) for step in steps]
    for run_px, thickness_px in (
        (settings.line_px, settings.line_thickness_px),
        (settings.thin_line_px, settings.thin_line_thickness_px),
    ):
        edges = [_long_runs(step, count, run_px) for step, count in zip(steps, counts, strict=True)]
        if all(edge.any() for edge in edges):
            reach = np.ones((2 * thickness_px + 1, 1), np.uint8)
            found |= cv2.dilate(edges[0], reach) & cv2.dilate(edges[1], reach)
    return found


def _drawn_steps(bright: Mask, dark: Mask, least: int) -> Mask:
    """(H - 1, W) 1 where a row is darker than the one before it by a drawn edge.

    Optics spread an edge over several rows, drawing does not: there the steps beside are less than half as high.
    """
    step = cv2.subtract(bright, dark)
    beside = np.zeros_like(step)
    np.maximum(step[:-2], step[2:], out=beside[1:-1])
    return np.asarray(((step > least) & (step > cv2.add(beside, beside))).view(np.uint8))


def _long_runs(steps: Mask, counts: NDArray[np.int32], run_px: int) -> Mask:
    """(H, W) 1 on the rows' runs of at least ``run_px`` steps; beyond the picture's edge a run goes on."""
    edges = np.zeros((steps.shape[0] + 1, steps.shape[1]), np.uint8)
    # A row with fewer steps than half a run holds none.
    (rows,) = np.nonzero(counts >= run_px // 2)
    if rows.size:
        edges[rows + 1] = cv2.morphologyEx(steps[rows], cv2.MORPH_OPEN, np.ones((1, run_px), np.uint8))
    return edges


def _flat_panels(grey: Mask, settings: GraphicsSettings) -> Mask:
    """(H, W) 1 on areas at the picture's edge that lack a sensor's noise and are rectangular or black."""
    box = np.ones((5, 5), np.uint8)
    spread = cv2.subtract(cv2.dilate(grey, box), cv2.erode(grey, box))
    flat = cv2.threshold(spread, FLAT_SPREAD, 1, cv2.THRESH_BINARY_INV)[1]
    panels = np.zeros_like(grey)
    least = settings.flat_fraction * grey.size
    # Noise by chance leaves specks that are flat, a panel keeps most of itself without its outline.
    if cv2.countNonZero(cv2.erode(flat, np.ones((3, 3), np.uint8))) <= least / 2:
        return panels
    _, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    rows, cols = grey.shape
    for label in np.flatnonzero(stats[:, cv2.CC_STAT_AREA] > least):
        left, top, width, height, area = stats[label].tolist()
        at_edge = left <= 2 or top <= 2 or left + width >= cols - 2 or top + height >= rows - 2
        if label == 0 or not at_edge:
            continue
        box_slice = np.s_[top : top + height, left : left + width]
        part = (labels[box_slice] == label).view(np.uint8)
        if area > 0.85 * width * height or cv2.mean(grey[box_slice], mask=part)[0] < BLACK_LEVEL:
            panels[box_slice] |= part
    return np.asarray(cv2.dilate(panels, np.ones((25, 25), np.uint8)))


def _pure_colors(pixels: NDArray[np.uint8], settings: GraphicsSettings) -> Mask:
    """(H, W) 1 on thin strokes whose color stands out of their own surroundings by one channel."""
    found = np.zeros(pixels.shape[:2], np.uint8)
    red, green, blue = cv2.split(np.ascontiguousarray(pixels))
    for channel, first, second in ((red, green, blue), (green, red, blue), (blue, red, green)):
        excess = cv2.subtract(channel, cv2.max(first, second))
        # The top hat is at most the excess itself.
        if cv2.minMaxLoc(excess)[1] > settings.pure_color:
            stroke = cv2.morphologyEx(excess, cv2.MORPH_TOPHAT, np.ones((9, 9), np.uint8))
            cv2.bitwise_or(found, cv2.threshold(stroke, settings.pure_color, 1, cv2.THRESH_BINARY)[1], dst=found)
    if not cv2.countNonZero(found):
        return found
    found = cv2.dilate(found, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    long = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= settings.stroke_px
    long[0] = False
    if not long.any():
        return np.zeros_like(found)
    return np.asarray(long[labels].view(np.uint8))
