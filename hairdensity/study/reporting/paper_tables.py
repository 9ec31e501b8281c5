"""How wide the columns of a table are on paper: each word whole where the page has room, numbers on one line first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

__all__ = ["cell_padding_mm", "column_widths", "row_heights"]

_PADDING_MM = (0.9, 1.5)
# Rounding of a width must not break a word.
_SLACK_MM = 0.4
# Bold heads are wider than the regular font that they are measured in.
_HEAD_FACTOR = 1.13


def cell_padding_mm() -> tuple[float, float]:
    """Above and below, left and right of each cell's words."""
    return _PADDING_MM


def column_widths(rows: Sequence[Sequence[str]], measure: Callable[[str], float], room_mm: float) -> list[float]:
    """The width of each column in mm.

    Parameters
    ----------
    rows : sequence of sequence of str
        The head first.
    measure : callable
        From words to their width in mm.
    room_mm : float
        Of all columns together; never exceeded.
    """
    heads, body = rows[0], rows[1:]
    head_words = np.array([_longest(head.split(), measure) for head in heads]) * _HEAD_FACTOR
    whole = np.array([_longest([row[i] for row in body], measure) for i in range(len(heads))])
    words = np.array([_longest([word for row in body for word in row[i].split()], measure) for i in range(len(heads))])
    edge = 2.0 * _PADDING_MM[1] + _SLACK_MM
    least, wished = np.maximum(words, head_words) + edge, np.maximum(whole, head_words) + edge
    return [float(width) for width in _between(least, wished, room_mm)]


def row_heights(
    rows: Sequence[Sequence[str]], widths: Sequence[float], measure: Callable[[str], float], *, line_mm: float
) -> list[float]:
    """The height of each row in mm, the head's first, with its cells broken at their columns' widths.

    Parameters
    ----------
    rows : sequence of sequence of str
        The head first.
    widths : sequence of float
        From `column_widths`.
    measure : callable
        From words to their width in mm.
    line_mm : float
    """
    rooms = [width - 2.0 * _PADDING_MM[1] for width in widths]
    heads = [
        max(_n_lines(cell, room / _HEAD_FACTOR, measure) for cell, room in zip(rows[0], rooms, strict=True)),
        *(max(_n_lines(cell, room, measure) for cell, room in zip(row, rooms, strict=True)) for row in rows[1:]),
    ]
    return [n * line_mm + 2.0 * _PADDING_MM[0] for n in heads]


def _n_lines(words: str, room: float, measure: Callable[[str], float]) -> int:
    """Lines that words take, broken at spaces and inside of words that are wider than the room."""
    if measure(words) <= room:
        return 1
    n_lines, line = 1, ""
    for word in words.split():
        longer = f"{line} {word}".strip()
        if measure(longer) > room and line:
            n_lines, line = n_lines + 1, word
        else:
            line = longer
        n_lines += max(0, ceil(measure(line) / room) - 1)
    return n_lines


def _between(least: NDArray[np.float64], wished: NDArray[np.float64], room: float) -> NDArray[np.float64]:
    """The wished widths, the widest cut to one width that makes all fit: long sentences break before short names do."""
    if wished.sum() <= room:
        return wished
    if least.sum() >= room:
        return np.asarray(least * room / least.sum())
    caps = np.linspace(wished.max(), 0.0, 400)
    fits = (np.clip(caps[:, np.newaxis], least, wished).sum(axis=1)) <= room
    return np.asarray(np.clip(caps[np.argmax(fits)], least, wished))


def _longest(texts: Sequence[str], measure: Callable[[str], float]) -> float:
    return max(map(measure, texts), default=0.0)
