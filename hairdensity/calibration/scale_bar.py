"""Burned-in scale bars: a drawn line with a label beside it that says how long it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hairdensity.calibration.drawn_lines import DrawnLine, find_drawn_lines
from hairdensity.calibration.glyphs import Templates, load_templates
from hairdensity.calibration.reading import Reading, read_length
from hairdensity.calibration.scale import UM_PER_PX_RANGE, Calibration
from hairdensity.calibration.text_lines import TextLine, find_text_lines, inks

__all__ = ["ScaleBar", "find_bars", "find_scale_bar"]

DRAWING_ERROR_PX = 0.6
"""Programs round both ends of a bar to whole pixels, and count from edges or from middles."""

NOMINAL_RELATIVE_ERROR = 0.02
"""A bar shows what its program believes of the magnification; focus varies about that as about a data sheet."""

REACH = 0.12
"""How far from a bar its label is looked for, as a share of the picture's longer side."""

REACH_PX = (140, 280)

NEAR_DIGITS = 3.0
"""Digit heights between a bar and its label at most."""

AGREEMENT = 0.02
"""Relative difference up to which two labeled bars of one picture tell the same scale: the arms of an angle."""


MOST_DRAWING_ERROR = 0.01
"""Relative; a bar whose end a hair hides by more is not used."""

LONGEST = 0.8
"""Of a bar, as a share of the picture's side."""

SAME_PEN = 60.0
"""Distance of two lines' colors in RGB; behind compression one pen leaves 20."""

RIM = 1.5
"""Digit heights by which a label's panel is wider than its text, on each side."""

ROUND = frozenset({1, 2, 5, 25})
"""First digits of lengths that programs choose so that the bar fits; any other is what came out, rounded."""

ODD_CERTAINTY = 0.9
"""Certainty with which any other length must be read: of what was misread, nearly all is no round length."""

Box = tuple[int, int, int, int]
Label = tuple[Reading, Box]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleBar:
    """A bar and what its label says.

    Parameters
    ----------
    length_px : float
        From edge to edge; of a bar between two lines across its ends, from middle to middle.
    length_um : float or None
        What the label says; None when there is none that can be read for certain.
    label : str
        As it was read, e.g. ``"1.0 mm"``; empty when it was not.
    relative_error : float
        One standard deviation of the scale: drawing, rounding of the label, and the magnification itself.
    drawing_error : float
        The part of it that drawing and hidden ends make.
    ends_px : tuple of tuple of float
        (row, col) of both ends.
    label_box_px : tuple of int or None
        Top, bottom, left and right of the label.
    """

    length_px: float
    length_um: float | None
    label: str
    relative_error: float
    drawing_error: float
    ends_px: tuple[tuple[float, float], tuple[float, float]]
    label_box_px: tuple[int, int, int, int] | None

    def calibration(self) -> Calibration | None:
        """The scale that the bar tells; None without a label."""
        if self.length_um is None:
            return None
        return Calibration(
            um_per_px=self.length_um / self.length_px,
            relative_error=self.relative_error,
            source=f"scale bar ({self.label})",
        )


def find_scale_bar(pixels: NDArray[np.uint8], *, templates: Templates | None = None) -> ScaleBar | None:
    """The picture's scale bar, or None when it has none whose label can be read for certain.

    Two bars that contradict each other are none: which of them is meant cannot be known.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    templates : Templates, optional
        Of glyphs; those that come with the package by default.
    """
    return agreed_bar(find_bars(pixels, templates=templates))


def agreed_bar(bars: Iterable[ScaleBar]) -> ScaleBar | None:
    """The bar of `find_scale_bar`, of those that `find_bars` has found."""
    labeled = [bar for bar in bars if bar.length_um is not None]
    if not labeled:
        return None
    best = min(labeled, key=lambda bar: bar.drawing_error)
    if best.drawing_error > MOST_DRAWING_ERROR:
        return None
    if not all(_agree(bar, best) for bar in labeled):
        return None
    together = [
        bar.length_px for bar in labeled if bar.label == best.label and bar.drawing_error <= 2 * best.drawing_error
    ]
    return replace(best, length_px=float(np.mean(together)))


def _agree(one: ScaleBar, other: ScaleBar) -> bool:
    """Whether two labeled bars tell the same scale within what drawing and hidden ends allow."""
    scales = [(bar.length_um or math.nan) / bar.length_px for bar in (one, other)]
    allowed = max(AGREEMENT, 3 * math.hypot(one.drawing_error, other.drawing_error))
    return abs(math.log(scales[0] / scales[1])) <= allowed


def find_bars(pixels: NDArray[np.uint8], *, templates: Templates | None = None) -> list[ScaleBar]:
    """Every line that may be a bar, the longest first, with its label where that can be read."""
    lines = [line for line in find_drawn_lines(pixels) if _is_bar(line, pixels.shape)]
    if not lines:
        return []
    templates = templates or load_templates()
    known: dict[tuple[int, ...], Reading | None] = {}
    readings = [_label(pixels, line, lines, known, templates) for line in lines]
    return [_bar(line, *_shared(index, lines, readings)) for index, line in enumerate(lines)]


def _is_bar(line: DrawnLine, shape: tuple[int, ...]) -> bool:
    """Whether a line is short enough, and ends inside of the picture."""
    across = shape[0] if line.upright else shape[1]
    return line.start_px > 0 and line.end_px < across - 1 and line.length_px < LONGEST * across


def _shared(index: int, lines: list[DrawnLine], labels: list[Label | None]) -> Label | tuple[None, None]:
    """A line's own label, or that of the other arm of an angle."""
    own = labels[index]
    if own is not None:
        return own
    for other, label in zip(lines, labels, strict=True):
        if label is not None and _are_arms(lines[index], other):
            return label
    return None, None


def _are_arms(one: DrawnLine, other: DrawnLine) -> bool:
    """Whether two lines are drawn with one pen, meet at their ends, and may be equally long."""
    if one.upright == other.upright or math.dist(one.color, other.color) > SAME_PEN:
        return False
    corner = 1.5 * max(one.bottom_px - one.top_px, other.bottom_px - other.top_px) + 1
    meets = all(
        min(abs((across.top_px + across.bottom_px) / 2 - end) for end in (along.start_px, along.end_px)) <= corner
        for along, across in ((one, other), (other, one))
    )
    shorter, longer = sorted((one, other), key=lambda line: line.length_px)
    least, most = shorter.length_px, shorter.length_px + shorter.hidden_px
    return meets and least <= (1 + AGREEMENT) * longer.length_px and longer.length_px <= (1 + AGREEMENT) * most


def _bar(line: DrawnLine, reading: Reading | None, box: Box | None) -> ScaleBar:
    across = (line.top_px + line.bottom_px) / 2
    ends = (across, line.start_px), (across, line.end_px)
    drawing_error = _drawing_error(line)
    return ScaleBar(
        length_px=line.length_px,
        length_um=None if reading is None else reading.length_um,
        label="" if reading is None else reading.text,
        relative_error=min(math.hypot(NOMINAL_RELATIVE_ERROR, drawing_error, _rounding(reading)), 0.49),
        drawing_error=drawing_error,
        ends_px=(ends[0][::-1], ends[1][::-1]) if line.upright else ends,
        label_box_px=box,
    )


def _drawing_error(line: DrawnLine) -> float:
    """Relative standard deviation of a line's length; its end may be anywhere in what hides it."""
    return math.hypot(DRAWING_ERROR_PX, line.hidden_px / math.sqrt(12)) / line.length_px


def _rounding(reading: Reading | None) -> float:
    """Relative error of a label that is no round length: 0.53 mm is anything from 0.525 to 0.535."""
    if reading is None:
        return 0.0
    if _is_round(reading):
        return 0.0
    number = reading.text.split()[0]
    step = 10.0 ** -len(number.partition(".")[2])
    return step / float(number) / math.sqrt(12)


def _is_round(reading: Reading) -> bool:
    return int(reading.text.split()[0].replace(".", "").strip("0")) in ROUND


def _label(
    pixels: NDArray[np.uint8],
    line: DrawnLine,
    lines: list[DrawnLine],
    known: dict[tuple[int, ...], Reading | None],
    templates: Templates,
) -> Label | None:
    """The length that is written near a line; None without one, and when several differ: which is meant is unknown."""
    found: list[Label] = []
    for text, box in _texts_near(pixels, line, lines):
        key = (*box, hash(text.ink.tobytes()))
        if key not in known:
            known[key] = read_length(text.ink, top=text.top, foot=text.foot, templates=templates)
        reading = known[key]
        if reading is not None and _is_plausible(reading, line) and not _is_rim(pixels, line, text, box):
            found.append((reading, box))
    best = max(found, key=lambda label: label[0].certainty, default=None)
    if best is None:
        return None
    # What overlaps it is the same ink read worse; another label elsewhere makes it unknown which is meant.
    elsewhere = [reading for reading, box in found if not _overlap(box, best[1])]
    return best if all(reading.length_um == best[0].length_um for reading in elsewhere) else None


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def _is_rim(pixels: NDArray[np.uint8], line: DrawnLine, text: TextLine, box: Box) -> bool:
    """Whether a line is nothing but the edge of the panel that the label stands on: both have one color."""
    top, bottom, left, right = box
    _, cols = _extent(line)
    if cols[0] < left - RIM * (bottom - top) or cols[1] > right + RIM * (bottom - top) or line.upright:
        return False
    panel = np.median(pixels[top:bottom, left:right].reshape(-1, 3), axis=0)
    return math.dist(panel.tolist(), line.color) < SAME_PEN


def _texts_near(pixels: NDArray[np.uint8], line: DrawnLine, lines: list[DrawnLine]) -> Iterator[tuple[TextLine, Box]]:
    """Yield the lines of text near a line, with their boxes in the picture."""
    reach = int(np.clip(REACH * max(pixels.shape), *REACH_PX))
    rows, cols = _extent(line)
    corner = max(int(rows[0]) - reach, 0), max(int(cols[0]) - reach, 0)
    region = pixels[corner[0] : int(rows[1]) + reach, corner[1] : int(cols[1]) + reach]
    for ink in inks(region, line.color):
        _erase(ink, line, lines, corner)
        for text in find_text_lines(ink):
            shift = corner[0], corner[0], corner[1], corner[1]
            top, bottom, left, right = (side + by for side, by in zip(text.box, shift, strict=True))
            gaps = max(top - rows[1], rows[0] - bottom, 0.0), max(left - cols[1], cols[0] - right, 0.0)
            if math.hypot(*gaps) <= NEAR_DIGITS * (text.foot - text.top):
                yield text, (top, bottom, left, right)


def _extent(line: DrawnLine) -> tuple[tuple[float, float], tuple[float, float]]:
    """First and last row, first and last column."""
    along, across = (line.start_px, line.end_px), (line.top_px, line.bottom_px)
    return (along, across) if line.upright else (across, along)


def _erase(ink: NDArray[np.float32], line: DrawnLine, lines: list[DrawnLine], corner: tuple[int, int]) -> None:
    """Take a bar, and what is drawn with the same pen, out of the ink, in place; not the rims of a label's panel."""
    thickness = line.bottom_px - line.top_px
    for other in lines:
        is_as_thick = abs(other.bottom_px - other.top_px - thickness) < 1
        if other is line or (is_as_thick and math.dist(other.color, line.color) < SAME_PEN):
            rows, cols = _extent(other)
            low, high = (round(rows[0]) - 1 - corner[0], round(rows[1]) + 2 - corner[0])
            start, end = (round(cols[0]) - 1 - corner[1], round(cols[1]) + 2 - corner[1])
            ink[max(low, 0) : max(high, 0), max(start, 0) : max(end, 0)] = 0


def _is_plausible(reading: Reading, line: DrawnLine) -> bool:
    """Whether a picture can have this scale; a length that programs seldom choose must be read better."""
    if not _is_round(reading) and reading.certainty < ODD_CERTAINTY:
        return False
    return UM_PER_PX_RANGE[0] <= reading.length_um / line.length_px <= UM_PER_PX_RANGE[1]
