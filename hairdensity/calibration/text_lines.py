"""Lines of text near a place, as ink: 1 on letters, 0 beside them, whatever their color is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["TextLine", "find_text_lines", "inks"]

Ink = NDArray[np.float32]

STROKE_PX = 31
"""Letters' strokes are thinner."""

CONTRASTS = (140.0, 90.0, 50.0)
"""Grey levels by which letters differ from what lies about them; glints and hairs beside strong letters reach less."""

LEAST_STEP = 0.4
"""Share of the letters' contrast that the steepest fifth of their edges spans in one pixel; hairs have 0.3."""

HEIGHTS_PX = (7, 72)
"""Of digits."""

ASPECTS = (1.4, 9.0)
"""Length of a label, in digit heights: "1mm" in a narrow font, "1000.0 mm" in a wide one."""

LETTER_GAP = 1.0
"""Digit heights between neighboring letters of one line, the space before a unit included."""

LEAST_ALIGNED = 0.6
"""Share of the tall parts of a line that stand on its foot: a micro sign does not."""

MOST_LINE_HEIGHT = 1.5
"""Height of a whole line, in digit heights: with the tail of a micro sign."""

FLOOR = 0.2
"""Share of the letters' contrast that noise and skin reach."""

LOW_LETTER, POINT = 0.55, 0.3
"""Heights of an m and, at most, of a point, in digit heights; what lies between is no part of a label."""

MOST_PARTS = 400
"""A picture with more specks than that shows hair or skin and no label."""


class TextLine(NamedTuple):
    """A line's ink with some room about it, the rows of its digits' edges there, and its (top, bottom, left, right)."""

    ink: Ink
    top: float
    foot: float
    box: tuple[int, int, int, int]


def inks(region: NDArray[np.uint8], color: tuple[float, float, float]) -> Iterator[Ink]:
    """Yield how much each pixel is lighter, darker, and nearer to a color than what lies about it; grey levels."""
    box = cv2.getStructuringElement(cv2.MORPH_RECT, (STROKE_PX, STROKE_PX))
    pixels = np.ascontiguousarray(region)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    yield np.asarray(cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, box), np.float32)
    yield np.asarray(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, box), np.float32)
    if max(color) - min(color) > CONTRASTS[-1]:
        plain = np.median(pixels.reshape(-1, 3)[::7], axis=0)
        toward = np.array(color) - plain
        toward /= max(float(np.linalg.norm(toward)), 1.0)
        away = np.linalg.norm(pixels - np.array(color), axis=2)
        for near in ((pixels - plain) @ toward + 64, 255 - 1.5 * away):
            grey = np.clip(near, 0, 255).astype(np.uint8)
            yield np.asarray(cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, box), np.float32)


def find_text_lines(ink: Ink) -> Iterator[TextLine]:
    """Yield what may be a label: letters in a row, a few times as long as high.

    Parameters
    ----------
    ink : (h, w) float ndarray
        Grey levels, from `inks`.
    """
    seen: set[tuple[int, int, int, int]] = set()
    for contrast in CONTRASTS:
        for line in _lines(ink, contrast):
            if line.box not in seen:
                seen.add(line.box)
                yield line


def _lines(ink: Ink, contrast: float) -> Iterator[TextLine]:
    strong = (ink > contrast).astype(np.uint8)
    n_parts, _, stats, _ = cv2.connectedComponentsWithStats(strong, connectivity=8)
    boxes = np.asarray(stats)[1:]
    boxes = boxes[(boxes[:, cv2.CC_STAT_HEIGHT] <= HEIGHTS_PX[1]) & (boxes[:, cv2.CC_STAT_AREA] >= 2)]
    if not 0 < len(boxes) <= MOST_PARTS or n_parts < 2:
        return
    left, top, width, height = boxes[:, :4].T.astype(np.intp)
    bottom, right = top + height, left + width
    for members in _groups(left, top, width, height):
        tall = members[height[members] > 0.62 * height[members].max()]
        first = tall[left[tall].argmin()]
        digit_px = int(height[first])
        box = (
            int(top[members].min()),
            int(bottom[members].max()),
            int(left[members].min()),
            int(right[members].max()),
        )
        is_aligned = np.mean(np.abs(bottom[tall] - np.median(bottom[tall])) <= 0.12 * digit_px + 1) >= LEAST_ALIGNED
        fits = HEIGHTS_PX[0] <= digit_px and ASPECTS[0] <= (box[3] - box[2]) / digit_px <= ASPECTS[1]
        if fits and is_aligned and box[1] - box[0] <= MOST_LINE_HEIGHT * digit_px:
            line = _line(ink, (int(top[first]), int(bottom[first])), box, contrast)
            if _is_drawn(line.ink):
                yield line


def _is_drawn(ink: Ink) -> bool:
    """Whether letters have edges one or two pixels wide, in both directions: upright hairs have them in one at most."""
    for axis in (0, 1):
        steps = np.abs(np.diff(ink, axis=axis))
        steps = steps[steps > FLOOR]
        if not steps.size or float(np.percentile(steps, 80)) < LEAST_STEP:
            return False
    return True


def _groups(
    left: NDArray[np.intp], top: NDArray[np.intp], width: NDArray[np.intp], height: NDArray[np.intp]
) -> Iterator[NDArray[np.intp]]:
    """Yield the numbers of parts that stand in one row, near each other."""
    right, bottom = left + width, top + height
    tallest = np.maximum(height[:, None], height[None])
    gap = np.maximum(left[:, None], left[None]) - np.minimum(right[:, None], right[None])
    shared = np.minimum(bottom[:, None], bottom[None]) - np.maximum(top[:, None], top[None])
    lower = np.minimum(height[:, None], height[None])
    # A point overlaps the letters beside it with its whole height, two lines of text do not overlap at all.
    in_row = (shared >= 0.6 * lower) & (tallest >= HEIGHTS_PX[0])
    letters = (lower >= LOW_LETTER * tallest) & (gap <= LETTER_GAP * tallest)
    points = (lower <= POINT * tallest) & (gap <= LETTER_GAP / 2 * tallest)
    linked = in_row & (letters | points)
    _, labels = connected_components(coo_array(linked), directed=False)
    for number in np.flatnonzero(np.bincount(labels) > 1):
        yield np.flatnonzero(labels == number)


def _line(ink: Ink, digit: tuple[int, int], box: tuple[int, int, int, int], contrast: float) -> TextLine:
    """A line cut out with room about it, its ink between 0 and 1, its digit's edges where half of the ink is."""
    height = digit[1] - digit[0]
    room = round(0.6 * height) + 2
    top, left = max(box[0] - room, 0), max(box[2] - room // 2, 0)
    part = ink[top : box[1] + room, left : box[3] + room // 2].copy()
    full = float(np.percentile(part[part > contrast], 80))
    part = np.clip((part / full - FLOOR) / (1 - FLOOR), 0, 1)
    # What belongs to other lines or to a bar is not part of this one.
    outside = np.ones(part.shape, np.bool_)
    outside[max(box[0] - top - 1, 0) : box[1] - top + 1, max(box[2] - left - 1, 0) : box[3] - left + 1] = False
    part[outside] = 0
    return TextLine(part.astype(np.float32), digit[0] - top, digit[1] - top, box)
