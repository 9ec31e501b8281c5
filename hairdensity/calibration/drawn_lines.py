"""Straight lines that software drew along rows or columns, with their ends to a fraction of a pixel.

Both edges of a drawn line follow a row exactly and are one or two pixels wide; a hair's edges are wider and drift from
row to row.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["DrawnLine", "find_drawn_lines"]

Pixels = NDArray[np.uint8]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)

STRIDE = 4
"""Only every fourth column is looked at for level lines: they are long, and the search is four times as fast."""

LEAST_LENGTH_PX = 40
LEAST_STEP = 14
"""Grey levels by which a line differs from both sides, in one channel."""

DRAWN = 1.3
"""A step may be followed by at most this share of itself: 1 for a line between two pixels, 1.4 after optics."""

HIDDEN_PX = 48
"""Longest stretch that a hair may hide."""

THICKEST_PX = 28
LEAST_SHOWN = 0.75
"""Share of a line's length that is not hidden."""

MOST_LINES = 8

END_GAP_PX = 6
"""So many pixels without the line are its end."""

LEAST_SHARPNESS = 0.42
"""A line drawn between two pixels has 0.5; a hair behind optics that spread an edge over three pixels 0.35."""

RESUMED_PX = 8
"""So many pixels show that the line goes on behind a hair; fewer may be part of what hides it."""

OWN_COLOR = 18.0
"""Distance in RGB to its median color that compression leaves a line."""

LEAST_PRESENT = 0.85
"""Mean presence where the line is not hidden."""


class DrawnLine(NamedTuple):
    """One line, in the picture's own rows and columns.

    ``start_px`` and ``end_px`` are its ends and ``top_px`` and ``bottom_px`` its long edges, in px between pixel
    centers: a line that fills the pixels 10 to 19 begins at 9.5. ``cap_px`` is the thickness of lines across its two
    ends, 0 without; ``color`` its color; ``hidden_px`` how much of what follows its ends something hides.
    """

    upright: bool
    start_px: float
    end_px: float
    top_px: float
    bottom_px: float
    cap_px: tuple[float, float]
    color: tuple[float, float, float]
    hidden_px: float

    @property
    def length_px(self) -> float:
        """From edge to edge; between lines across both ends, from middle to middle."""
        first, last = self.cap_px
        inset = (first + last) / 2 if first and last else 0.0
        return self.end_px - self.start_px - inset


def find_drawn_lines(pixels: Pixels) -> list[DrawnLine]:
    """The level and upright lines of a picture, the longest first.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    """
    level = [_measured(pixels, *rough, upright=False) for rough in _rough_lines(pixels)]
    turned = pixels.transpose(1, 0, 2)
    upright = [_measured(turned, *rough, upright=True) for rough in _rough_lines(turned)]
    lines = sorted((line for line in level + upright if line is not None), key=lambda line: -line.length_px)
    return _distinct(lines)[:MOST_LINES]


def _distinct(lines: list[DrawnLine]) -> list[DrawnLine]:
    """The lines without those that lie on a longer one."""
    kept: list[DrawnLine] = []
    for line in lines:
        same = (
            other.upright == line.upright
            and min(other.bottom_px, line.bottom_px) > max(other.top_px, line.top_px) - 2
            and min(other.end_px, line.end_px) > max(other.start_px, line.start_px)
            for other in kept
        )
        if not any(same):
            kept.append(line)
    return kept


def _rough_lines(pixels: Pixels) -> list[tuple[int, int, int, int]]:
    """(top, bottom, start, end) of level lines: the rows, and the columns to about ``STRIDE``."""
    sparse = np.ascontiguousarray(pixels[:, STRIDE // 2 :: STRIDE])
    if sparse.shape[0] < 4 or sparse.shape[1] < LEAST_LENGTH_PX // STRIDE:
        return []
    darker, lighter = (_edge_runs(*pair) for pair in ((sparse[:-1], sparse[1:]), (sparse[1:], sparse[:-1])))
    return [*_paired(darker, lighter), *_paired(lighter, darker)]


def _edge_runs(before: Pixels, after: Pixels) -> NDArray[np.intp]:
    """(R, 3) row below the edge, first and last-but-one sparse column of runs on which a row is darker than before."""
    steps = cv2.subtract(before, after)
    strongest = np.asarray(cv2.max(cv2.max(steps[..., 0], steps[..., 1]), steps[..., 2]))
    # Compression smears color over two pixels, so a colored line may be sharp in its brightness alone.
    brightness = cv2.subtract(*(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY) for part in (before, after)))
    steep = np.asarray(cv2.threshold(strongest, LEAST_STEP, 1, cv2.THRESH_BINARY)[1])
    least = LEAST_LENGTH_PX // STRIDE
    counts = np.asarray(cv2.reduce(steep, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)).reshape(-1)
    (rows,) = np.nonzero(counts >= 0.6 * least)
    if not rows.size:
        return np.zeros((0, 3), np.intp)
    drawn = (_drawn(strongest, rows) | _drawn(np.asarray(brightness), rows)) & steep[rows]
    # Filled up where something hides the line, then only what is long.
    hidden = np.ones((1, HIDDEN_PX // STRIDE), np.uint8)
    padded = cv2.copyMakeBorder(drawn, 0, 0, 16, 16, cv2.BORDER_CONSTANT, value=0)
    filled = np.asarray(cv2.morphologyEx(padded, cv2.MORPH_CLOSE, hidden))[:, 16:-16]
    long = np.asarray(cv2.morphologyEx(np.ascontiguousarray(filled), cv2.MORPH_OPEN, np.ones((1, least), np.uint8)))
    return _runs(rows + 1, long, drawn)


def _drawn(strongest: Pixels, rows: NDArray[np.intp]) -> Pixels:
    """(R, n) 1 where the rows before and after do not carry on the step."""
    around = [strongest[np.clip(rows + shift, 0, len(strongest) - 1)].astype(np.float32) for shift in (-1, 0, 1)]
    around[0][rows == 0] = 0
    around[2][rows == len(strongest) - 1] = 0
    is_peak = (around[1] >= around[0]) & (around[1] >= around[2])
    return np.asarray((is_peak & (around[0] + around[2] <= DRAWN * around[1])).view(np.uint8))


def _runs(rows: NDArray[np.intp], long: Pixels, drawn: Pixels) -> NDArray[np.intp]:
    edges = np.diff(np.pad(long.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    (number, first), (_, last) = np.nonzero(edges == 1), np.nonzero(edges == -1)
    n_drawn = np.pad(np.cumsum(drawn, axis=1, dtype=np.intp), ((0, 0), (1, 0)))
    share = (n_drawn[number, last] - n_drawn[number, first]) / np.maximum(last - first, 1)
    found = np.stack([rows[number], first, last], axis=1)
    return np.asarray(found[share >= LEAST_SHOWN / 2])


def _paired(tops: NDArray[np.intp], bottoms: NDArray[np.intp]) -> list[tuple[int, int, int, int]]:
    """Upper and lower edges that belong together: near each other and side by side."""
    if not len(tops) or not len(bottoms):
        return []
    apart = bottoms[None, :, 0] - tops[:, None, 0]  # (T, B)
    first = np.maximum(tops[:, None, 1], bottoms[None, :, 1])
    last = np.minimum(tops[:, None, 2], bottoms[None, :, 2])
    longest = np.maximum(tops[:, None, 2] - tops[:, None, 1], bottoms[None, :, 2] - bottoms[None, :, 1])
    fits = (apart > 0) & (apart <= THICKEST_PX) & (last - first >= 0.6 * longest)
    fits &= (last - first) * STRIDE >= 1.5 * apart
    pairs = []
    for top in np.flatnonzero(fits.any(axis=1)).tolist():
        bottom = int(np.where(fits[top], apart[top], THICKEST_PX + 1).argmin())
        start = int(min(tops[top, 1], bottoms[bottom, 1])) * STRIDE
        end = int(max(tops[top, 2], bottoms[bottom, 2])) * STRIDE
        pairs.append((int(tops[top, 0]), int(bottoms[bottom, 0]), start, end))
    return pairs


def _measured(pixels: Pixels, top: int, bottom: int, start: int, end: int, *, upright: bool) -> DrawnLine | None:
    """A level line with exact ends, or None when it is not one color against its surroundings."""
    height, width = pixels.shape[:2]
    if top < 2 or bottom > height - 2:
        return None
    low, high = max(start - 2 * HIDDEN_PX, 0), min(end + 2 * HIDDEN_PX, width)
    if _sharpness(pixels, top, bottom, start, end) < LEAST_SHARPNESS:
        return None
    inner = slice(top + (bottom - top) // 4, max(bottom - (bottom - top) // 4, top + (bottom - top) // 4 + 1))
    body = pixels[inner, low:high].astype(np.float32).mean(axis=0)  # (n, 3)
    color = np.median(body[start - low : end - low], axis=0)
    sides = [pixels[row, low:high].astype(np.float32) for row in (max(top - 3, 0), min(bottom + 2, height - 1))]
    shown, known = _shown(body, sides, color)
    found = [_end(shown, known, (start + end) // 2 - low, direction) for direction in (-1, 1)]
    if found[0] is None or found[1] is None:
        return None
    ends, hidden = tuple(zip(*found, strict=True))
    caps = [
        _cap(sides, body, color, end, direction, thickness=bottom - top)
        for end, direction in zip(ends, (-1, 1), strict=True)
    ]
    inside = slice(max(round(ends[0]), 0), round(ends[1]))
    if ends[1] - ends[0] < LEAST_LENGTH_PX / 2 or known[inside].mean() < LEAST_SHOWN / 2:
        return None
    if shown[inside][known[inside]].mean() < LEAST_PRESENT or not _is_one_color(body[inside][known[inside]], color):
        return None
    return DrawnLine(
        upright=upright,
        start_px=low + ends[0] - caps[0][0] - 0.5,
        end_px=low + ends[1] + caps[1][0] - 0.5,
        top_px=top - 0.5,
        bottom_px=bottom - 0.5,
        cap_px=(caps[0][1], caps[1][1]),
        color=(float(color[0]), float(color[1]), float(color[2])),
        hidden_px=float(max(0 if cap[0] else n for n, cap in zip(hidden, caps, strict=True))),
    )


def _is_one_color(body: NDArray[np.float32], color: NDArray[np.float32]) -> bool:
    """Whether a line keeps its color as drawing does; along a hair it changes."""
    away = np.linalg.norm(body - color, axis=1)
    return bool(np.percentile(away, 75) <= 1.5 * OWN_COLOR)


def _sharpness(pixels: Pixels, top: int, bottom: int, start: int, end: int) -> float:
    """Share of the step from surroundings to line that the softer edge takes in one pixel, on most of its length."""
    rows = np.clip([top - 3, top - 1, top, bottom - 1, bottom, bottom + 2], 0, len(pixels) - 1)
    far_above, above, first, last, below, far_below = pixels[rows, start:end].astype(np.float32)
    middle = pixels[(top + bottom) // 2, start:end].astype(np.float32)
    whole = np.stack([middle - far_above, middle - far_below])
    steps = np.stack([first - above, last - below])
    sharpest = 0.0
    for axes in (np.eye(3, dtype=np.float32), LUMA[:, None]):
        in_axes = whole @ axes, steps @ axes
        height = np.linalg.norm(in_axes[0], axis=2)  # (2, n)
        share = (in_axes[0] * in_axes[1]).sum(axis=2) / np.maximum(height, 1) ** 2
        plain = height.min(axis=0) > LEAST_STEP
        if plain.mean() > 0.3:
            sharpest = max(sharpest, float(np.percentile(share[:, plain], 30, axis=1).min()))
    return sharpest


def _shown(
    body: NDArray[np.float32], sides: list[NDArray[np.float32]], color: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(n,) how much of the line each column shows, 0-1, and (n,) where that can be told: not where a hair hides it."""
    contrasts = np.stack([np.linalg.norm(side - color, axis=1) for side in sides])  # (2, n)
    plain = np.stack(sides)[contrasts.argmax(axis=0), np.arange(len(body))]
    away = color - plain
    contrast = np.linalg.norm(away, axis=1)
    shown = ((body - plain) * away).sum(axis=1) / np.maximum(contrast**2, 1.0)
    # Over a hair nearly as dark as itself, a line still keeps its own color.
    own = (contrast > OWN_COLOR) & (np.linalg.norm(body - color, axis=1) < OWN_COLOR)
    shown[own] = 1.0
    return np.clip(shown, 0, 1).astype(np.float32), own | (contrast > 0.4 * np.median(contrast))


def _end(shown: NDArray[np.float32], known: NDArray[np.bool_], middle: int, direction: int) -> tuple[float, int] | None:
    """Where the line ends on one side of its middle, from the left edge of the first column, and what hides beyond."""
    order = np.arange(middle, len(shown) if direction == 1 else -1, direction)
    state = np.where(known[order], np.where(shown[order] >= 0.5, 1, 0), -1)  # present, absent, hidden
    last = _last_present(state)
    if last is None:
        return None
    beyond = shown[order[last + 1 : last + 3]]
    # A line that ends within a pixel leaves a part of itself in it; skin or a hair go on.
    part = float(beyond[0]) if len(beyond) == 2 and beyond[1] < beyond[0] < 0.5 else 0.0
    whole = order[last] + 0.5 - direction * 0.5  # its inner edge
    return whole + direction * (float(shown[order[last]]) + part), _n_hidden(state[last + 1 :])


def _n_hidden(beyond: NDArray[np.intp]) -> int:
    """How many pixels follow an end before it is certain that the line is absent."""
    if len(beyond) < END_GAP_PX:
        return int((beyond != 0).sum())
    absent = np.convolve(beyond == 0, np.ones(END_GAP_PX, np.intp), mode="valid") == END_GAP_PX
    return int(absent.argmax()) if absent.any() else int((beyond != 0).sum())


def _last_present(state: NDArray[np.intp]) -> int | None:
    """The last place before a gap; after something that hides the line, it must go on for some pixels."""
    last, absent, resumed = None, 0, RESUMED_PX
    for place, value in enumerate(state.tolist()):
        if value == -1:
            resumed = min(resumed, 0)
        elif value == 0:
            absent, resumed = absent + 1, 0
            if absent >= END_GAP_PX:
                break
        else:
            resumed += 1
            if resumed >= RESUMED_PX or (absent == 0 and last == place - 1):
                last, absent = place, 0
    return last


def _cap(
    sides: list[NDArray[np.float32]],
    body: NDArray[np.float32],
    color: NDArray[np.float32],
    end: float,
    direction: int,
    *,
    thickness: int,
) -> tuple[float, float]:
    """How far the line across an end reaches beyond it, and how thick that line is; zeros without."""
    last = math.floor(end) if direction == -1 else math.ceil(end) - 1
    alike = np.stack([np.linalg.norm(row - color, axis=1) < 2 * OWN_COLOR for row in (*sides, body)])
    # Between both halves of a line across, the line itself cannot be told from its surroundings.
    outward = _inside(last + direction * np.arange(-1, THICKEST_PX), len(body))
    n_lead, n_hidden = _first_run(np.asarray(alike.all(axis=0))[outward], within=4)
    # A line across is as thick as the line itself, and smeared by compression; a panel or a hair behind it is wider.
    most = thickness + 2 if thickness < 3 else 1.5 * thickness + 4
    outer = last + direction * (n_lead - 1 + n_hidden - 1) if 0 < n_hidden <= most else last
    outer = outer if direction * (outer - last) > 0 else last
    inward = _inside(outer - direction * np.arange(THICKEST_PX), len(body))
    _, thick = _first_run((alike[0] | alike[1])[inward], within=2)
    if not 0 < thick < THICKEST_PX // 2:
        return 0.0, 0.0
    edge = outer if direction == -1 else outer + 1
    return (direction * (edge - end) if outer != last else 0.0), float(thick)


def _inside(columns: NDArray[np.intp], n_columns: int) -> NDArray[np.intp]:
    return columns[(columns >= 0) & (columns < n_columns)]


def _first_run(state: NDArray[np.bool_], *, within: int) -> tuple[int, int]:
    """Begin and length of a run that begins among the first places; length 0 without one."""
    begin = np.flatnonzero(state[:within])
    if not begin.size:
        return 0, 0
    stop = np.flatnonzero(~state[begin[0] :])
    return int(begin[0]), int(stop[0]) if stop.size else len(state)
