"""What of a picture cannot be read: burned-in text, bars, circles, panels and strips.

Optics blur; graphics do not. Text and lines are drawn with edges one pixel wide, in colors that skin and hair do not
have, or along exact rows and columns; panels are flat where a sensor would show noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["GraphicsSettings", "find_graphics"]

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphicsSettings:
    """How graphics differ from a photographed scalp; grey levels of 0-255 and pixels, because graphics are drawn in px.

    Parameters
    ----------
    sharp_step : int
        Grey levels between neighboring pixels that optics rarely pass and drawn edges do.
    text_height_px : int
        Height of the largest letters that are looked for.
    line_px : int
        Shortest horizontal or vertical line that is taken for a bar.
    line_thickness_px : int
        Thickest such line.
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
    found = _text(grey, settings) | _axis_lines(grey, settings) | _flat_panels(grey, settings)
    found |= _pure_colors(pixels, settings)
    return np.asarray(cv2.dilate(found, np.ones((5, 5), np.uint8)) > 0)


def _text(grey: Mask, settings: GraphicsSettings) -> Mask:
    """(H, W) 1 on blocks of dense edges that are one pixel wide; a photographed edge spreads its step over several.

    Letters have both upright and level strokes; a sharp picture of parallel hairs has only one of them.
    """
    along_rows = _single_steps(grey, settings.sharp_step)
    along_cols = np.ascontiguousarray(_single_steps(grey.T, settings.sharp_step).T)
    h = settings.text_height_px
    dense = [
        cv2.boxFilter(sharp, cv2.CV_32F, (2 * h, h), normalize=True, borderType=cv2.BORDER_CONSTANT) > 0.025
        for sharp in (along_rows, along_cols)
    ]
    block = (dense[0] & dense[1]).astype(np.uint8)
    near_edges = cv2.dilate(along_rows | along_cols, np.ones((h, h), np.uint8))
    return np.asarray(cv2.dilate(block, np.ones((h // 2, h), np.uint8)) & near_edges)


def _single_steps(grey: Mask, least: int) -> Mask:
    """(H, W) 1 where a row steps by more than ``least`` from one pixel to the next, the steps beside do not join."""
    before, after = np.ascontiguousarray(grey[:, :-1]), np.ascontiguousarray(grey[:, 1:])
    sharp = np.zeros_like(grey)
    for step in (cv2.subtract(after, before), cv2.subtract(before, after)):
        beside = cv2.max(np.ascontiguousarray(step[:, 2:]), np.ascontiguousarray(step[:, :-2]))
        sharp[:, 1:-2] |= (step[:, 1:-1] > least) & (beside < least // 3)
    return sharp


def _axis_lines(grey: Mask, settings: GraphicsSettings) -> Mask:
    """(H, W) 1 on thin bars whose two edges each follow one row, or one column, exactly."""
    return _row_bars(grey, settings) | _row_bars(np.ascontiguousarray(grey.T), settings).T


def _row_bars(grey: Mask, settings: GraphicsSettings) -> Mask:
    """(H, W) 1 between a long downward and a long upward step, both along rows."""
    run = np.ones((1, settings.line_px), np.uint8)
    reach = np.ones((2 * settings.line_thickness_px + 1, 1), np.uint8)
    edges = []
    for before, after in ((grey[:-1], grey[1:]), (grey[1:], grey[:-1])):
        step = np.zeros_like(grey)
        step[1:] = cv2.subtract(np.ascontiguousarray(before), np.ascontiguousarray(after)) > settings.line_step
        edges.append(cv2.dilate(cv2.morphologyEx(step, cv2.MORPH_OPEN, run), reach))
    return np.asarray(edges[0] & edges[1])


def _flat_panels(grey: Mask, settings: GraphicsSettings) -> Mask:
    """(H, W) 1 on areas at the picture's edge that lack a sensor's noise and are rectangular or black."""
    box = np.ones((5, 5), np.uint8)
    flat = (cv2.subtract(cv2.dilate(grey, box), cv2.erode(grey, box)) <= 2).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    left, top, width, height, area = stats.T
    rows, cols = grey.shape
    at_edge = (left <= 2) | (top <= 2) | (left + width >= cols - 2) | (top + height >= rows - 2)
    level = np.bincount(labels.ravel(), weights=grey.ravel(), minlength=len(stats)) / np.maximum(area, 1)
    panel = (area > settings.flat_fraction * grey.size) & at_edge & ((area > 0.85 * width * height) | (level < 16))
    panel[0] = False
    return np.asarray(cv2.dilate(panel[labels].astype(np.uint8), np.ones((17, 17), np.uint8)))


def _pure_colors(pixels: NDArray[np.uint8], settings: GraphicsSettings) -> Mask:
    """(H, W) 1 on thin strokes whose color stands out of their own surroundings by one channel."""
    found = np.zeros(pixels.shape[:2], np.uint8)
    red, green, blue = cv2.split(np.ascontiguousarray(pixels))
    for channel, others in ((red, cv2.max(green, blue)), (green, cv2.max(red, blue)), (blue, cv2.max(red, green))):
        excess = cv2.subtract(channel, others)
        stroke = cv2.morphologyEx(excess, cv2.MORPH_TOPHAT, np.ones((9, 9), np.uint8))
        found |= (stroke > settings.pure_color).astype(np.uint8)
    found = cv2.dilate(found, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    long = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= settings.stroke_px
    long[0] = False
    return np.asarray(long[labels].astype(np.uint8))
