"""How wide the columns of a table are on paper: each word whole where the page has room, numbers on one line first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["cell_padding_mm", "column_widths"]

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
