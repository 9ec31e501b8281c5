"""Reads one line of text as a length such as "1.0 mm": cuts and glyphs are chosen together, by dynamic programming.

Letters of ten pixels touch each other, so a line is not cut first and read afterwards: every pair of thin places is
tried as the two sides of a glyph, and the chain of glyphs that fits best and spells a length wins.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.calibration.glyphs import ABOVE, BELOW, CANVAS, SYMBOLS, Templates, score_glyphs, to_canvas

__all__ = ["Reading", "read_length"]

DIGIT_PX = CANVAS[0] / (1 + ABOVE + BELOW)
"""Height of a digit on the canvas."""

UNITS_UM = {"um": 1.0, "mm": 1_000.0, "cm": 10_000.0}

WIDTHS = (0.07, 1.5)
"""Of a glyph, in digit heights: a point of a thin font, an m of a wide one."""

CLOSE = 0.42
"""Digit heights between two digits; a point between them that was lost leaves more."""

WORD_GAP = 1.3
"""Digit heights between number and unit at most."""

BLANK = 0.15
"""Share of a full column of ink (a third of the line's highest one) below which nothing is written."""

MOST_CUTS = 48
"""A label of nine glyphs has about forty thin places; hair and skin have more."""

LEAST_FIT = 0.62
LEAST_LEAD = 0.02
"""Correlation by which every glyph must be better than whatever else could stand there."""

LEAST_CERTAINTY = 0.8
"""Least fit plus twice the least lead. The skin between a label and its bar spelled lengths with up to 0.76, blurred
labels of 12 px have 0.82 and more."""

RARE_DIGITS = ("6", "7", "8", "9")
N_DIGITS = 10
POINT, MICRO, MILLI, CENTI = (SYMBOLS.index(sign) for sign in ".umc")
START, WHOLE, SEPARATOR, DECIMAL, PREFIX, END = range(6)
"""What was written last: nothing, a digit, the point, a digit after the point, the unit's first letter, its m."""

MOVES = (
    *((START, digit, WHOLE) for digit in range(N_DIGITS)),
    (START, POINT, SEPARATOR),
    *((WHOLE, digit, WHOLE) for digit in range(N_DIGITS)),
    (WHOLE, POINT, SEPARATOR),
    *((last, digit, DECIMAL) for last in (SEPARATOR, DECIMAL) for digit in range(N_DIGITS)),
    *((last, sign, PREFIX) for last in (WHOLE, DECIMAL) for sign in (MICRO, MILLI, CENTI)),
    (PREFIX, MILLI, END),
)
"""(what stands before, index of the sign, what stands then): every way to spell a length."""


class Reading(NamedTuple):
    """A length that was read: the text, um, how well the worst glyph fits, and by how much it leads; 1 is perfect."""

    text: str
    length_um: float
    fit: float
    lead: float

    @property
    def certainty(self) -> float:
        """One figure to compare readings by."""
        return self.fit + 2 * self.lead


class _Spans(NamedTuple):
    """N pairs of cuts that may be a glyph's sides: (N,) columns, and (N, S + 1) fits to every sign."""

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    fits: NDArray[np.float32]


def read_length(ink: NDArray[np.float32], *, top: float, foot: float, templates: Templates) -> Reading | None:
    """What a line of text says, or None when it is no length or cannot be told for certain.

    Parameters
    ----------
    ink : (h, w) float ndarray
        1 on letters, 0 beside them; nothing but the line, with room above and below.
    top, foot : float
        Rows of a digit's upper and lower edge.
    templates : Templates
    """
    line = _on_canvas(ink, top, foot)
    column = np.asarray(cv2.GaussianBlur(line.sum(axis=0)[None], (3, 1), 0.6))[0]
    blank = column < BLANK * column.max(initial=0) / 3
    if blank.all():
        return None
    cuts = _cuts(column, blank)
    if len(cuts) > MOST_CUTS:
        return None
    spans = _spans(line, cuts, blank, templates)
    chain = _best_chain(spans, blank)
    return None if chain is None else _spelled(chain, spans)


def _on_canvas(ink: NDArray[np.float32], top: float, foot: float) -> NDArray[np.float32]:
    """The line at the canvas's height."""
    height = foot - top
    scale = DIGIT_PX / height
    n_cols = max(1, round(ink.shape[1] * scale))
    moved = np.array([[1 / scale, 0, 0.5 / scale - 0.5], [0, 1 / scale, top - ABOVE * height + 0.5 / scale - 0.5]])
    smooth = cv2.GaussianBlur(ink, (0, 0), 0.4 / scale) if scale < 1 else ink
    line = cv2.warpAffine(
        smooth, moved, (n_cols, CANVAS[0]), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderValue=0.0
    )
    return np.clip(np.asarray(line, np.float32), 0, 1)


def _cuts(column: NDArray[np.float32], blank: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Columns at which a glyph may begin or end: where ink begins and ends, and on both sides of thin places."""
    before, after = np.r_[np.inf, column[:-1]], np.r_[column[1:], np.inf]
    thin = np.flatnonzero((column <= before) & (column <= after) & ~blank)
    sides = np.flatnonzero(np.diff(np.r_[True, blank, True]))
    return np.unique(np.concatenate([sides, thin, thin + 1])).astype(np.intp)


def _spans(line: NDArray[np.float32], cuts: NDArray[np.intp], blank: NDArray[np.bool_], templates: Templates) -> _Spans:
    """Every pair of cuts as far apart as a glyph is wide, with ink on both sides and no blank between."""
    left, right = (cuts[index] for index in np.triu_indices(len(cuts), 1))
    width = (right - left) / DIGIT_PX
    n_blank = np.r_[0, np.cumsum(blank)]
    possible = (width >= WIDTHS[0]) & (width <= WIDTHS[1]) & (n_blank[right] == n_blank[left])
    left, right, width = left[possible], right[possible], width[possible]
    pictures = np.empty((len(left), CANVAS[0] * CANVAS[1]), np.float32)
    for number, (start, end) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        pictures[number] = to_canvas(line, start, end)
    return _Spans(left, right, score_glyphs(pictures, width, templates))


def _best_chain(spans: _Spans, blank: NDArray[np.bool_]) -> list[tuple[int, int]] | None:
    """(span, move) of the glyphs that cover all ink, spell a length and fit best, or None when nothing does."""
    n_cols = len(blank)
    best = np.full((n_cols + 1, END + 1), -np.inf)
    back = np.full((n_cols + 1, END + 1, 2), -1, np.intp)
    first, last = np.flatnonzero(~blank)[[0, -1]]
    best[first, START] = 0.0
    for left in np.unique(spans.left).tolist():
        end = left if left == first else _ink_before(blank, left)
        reach = np.where((left - end) / DIGIT_PX <= _GAPS, best[end, _FROM], -np.inf)  # (M,)
        if np.isfinite(reach).any():
            _extend(best, back, spans, np.flatnonzero(spans.left == left), reach)
    if not np.isfinite(best[last + 1, END]):
        return None
    return _walk_back(back, spans, blank, int(last) + 1)


def _ink_before(blank: NDArray[np.bool_], col: int) -> int:
    """The column after the last ink before ``col``."""
    while col and blank[col - 1]:
        col -= 1
    return col


def _extend(
    best: NDArray[np.float64],
    back: NDArray[np.intp],
    spans: _Spans,
    mine: NDArray[np.intp],
    reach: NDArray[np.float64],
) -> None:
    """Try, in place, every move with every span that begins at one cut."""
    width = (spans.right[mine] - spans.left[mine]) / DIGIT_PX
    total = reach[None] + width[:, None] * spans.fits[mine][:, _SIGN]  # (n, M)
    for state in range(START + 1, END + 1):
        moves = np.flatnonzero(state == _TO)
        choice = total[:, moves].argmax(axis=1)
        value = total[np.arange(len(mine)), moves[choice]]
        columns = spans.right[mine]
        better = value > best[columns, state]
        best[columns[better], state] = value[better]
        back[columns[better], state] = np.stack([mine[better], moves[choice[better]]], axis=1)


def _walk_back(back: NDArray[np.intp], spans: _Spans, blank: NDArray[np.bool_], column: int) -> list[tuple[int, int]]:
    chain, state = [], END
    while state != START:
        span, move = back[column, state].tolist()
        chain.append((span, move))
        state = MOVES[move][0]
        left = int(spans.left[span])
        column = left if state == START else _ink_before(blank, left)
    return chain[::-1]


def _spelled(chain: list[tuple[int, int]], spans: _Spans) -> Reading | None:
    """The reading of a chain, unless a glyph fits badly or could as well be another."""
    text = "".join(SYMBOLS[MOVES[move][1]] for _, move in chain)
    fit = min(float(spans.fits[span, MOVES[move][1]]) for span, move in chain)
    lead = min(_lead(spans.fits[span], MOVES[move][1]) for span, move in chain)
    number, unit = text[:-2], text[-2:]
    if fit < LEAST_FIT or lead < LEAST_LEAD or unit not in UNITS_UM or not _is_usual(number):
        return None
    reading = Reading(f"{number} {unit}", float(number) * UNITS_UM[unit], fit, lead)
    return reading if reading.certainty >= LEAST_CERTAINTY else None


def _lead(fits: NDArray[np.float32], sign: int) -> float:
    """By how much a sign fits better than the best other one."""
    others = fits.copy()
    others[sign] = -1.0
    return float(fits[sign] - others.max())


def _is_usual(number: str) -> bool:
    """Whether a bar is labeled so: 05 or 1. have lost a point or a digit, .2 has a speck before it.

    A single digit from 6 to 9 is refused: programs that choose round lengths draw 1, 2 or 5, seldom 3 or 4, and 5 is
    easily taken for 6 where a hair crosses it.
    """
    whole, _, decimals = number.partition(".")
    is_whole = whole != "" and not (len(whole) > 1 and whole[0] == "0") and ("." not in number or decimals != "")
    digits = (whole + decimals).strip("0")
    return is_whole and digits not in ("", *RARE_DIGITS)


_FROM, _SIGN, _TO = (np.array(column, np.intp) for column in zip(*MOVES, strict=True))
_GAPS = np.where(_TO == PREFIX, WORD_GAP, CLOSE)
"""(M,) digit heights that may be blank before the glyph of each move."""
