"""Glyphs of scale labels: digits, point and the letters of length units, told apart by normalized cross-correlation.

The templates are drawn by ``glyph_drawing`` from free fonts and lie beside this file.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["ABOVE", "BELOW", "CANVAS", "OTHER", "SYMBOLS", "Templates", "load_templates", "score_glyphs", "to_canvas"]

CANVAS = (24, 16)
"""Rows and columns of a glyph's picture: its line's height is kept, its own width is not."""

ABOVE, BELOW = 0.15, 0.40
"""What a canvas shows beyond a digit's top and foot, in digit heights: the tail of a micro sign reaches 0.3."""

SYMBOLS = "0123456789.umc"
"""What labels of lengths consist of; a comma is read as a point, a micro sign as u."""

OTHER = "#"
"""Any other sign: what looks most like one of those is not read."""

WIDTH_COST = 0.25
"""Correlation that a glyph loses for e times the template's width; condensed fonts are 0.8 times as wide."""

BLURS_PX = (0.4, 1.3)
"""Spread on the canvas: of large letters, and of letters ten pixels high after enlarging."""

TEMPLATES = Path(__file__).with_name("glyphs.npz")


class Templates(NamedTuple):
    """T drawn glyphs: (T, 384) unit vectors, (T,) widths in digit heights, (T,) symbols, (T,) names of fonts."""

    vectors: NDArray[np.float32]
    widths: NDArray[np.float32]
    symbols: NDArray[np.str_]
    fonts: NDArray[np.str_]

    def without(self, font: str) -> Templates:
        """All but those of the fonts whose name contains a word: to find out how an unknown font is read."""
        keep = np.array([font.casefold() not in name.casefold() for name in self.fonts])
        return Templates(self.vectors[keep], self.widths[keep], self.symbols[keep], self.fonts[keep])


@lru_cache(maxsize=1)
def load_templates() -> Templates:
    """The templates that come with the package."""
    with np.load(TEMPLATES) as stored:
        pictures, widths, symbols, fonts = (stored[name] for name in ("pictures", "widths", "symbols", "fonts"))
    blurred = [
        cv2.GaussianBlur(picture.astype(np.float32), (0, 0), blur, borderType=cv2.BORDER_CONSTANT)
        for blur in BLURS_PX
        for picture in pictures
    ]
    vectors = unit_vectors(np.array(blurred, np.float32).reshape(len(blurred), -1))
    return Templates(vectors, *(np.tile(column, len(BLURS_PX)) for column in (widths, symbols, fonts)))


def unit_vectors(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, P) rows without their mean and of length one; what has no contrast becomes zeros."""
    centered = pictures - pictures.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centered, axis=1, keepdims=True)
    return np.asarray(centered / np.maximum(length, 1e-6), np.float32)


def to_canvas(line: NDArray[np.float32], left: int, right: int) -> NDArray[np.float32]:
    """(384,) picture of the columns ``left`` to ``right`` of a line of text that is as high as a canvas shows."""
    return np.asarray(cv2.resize(line[:, left:right], CANVAS[::-1], interpolation=cv2.INTER_AREA)).reshape(-1)


def score_glyphs(
    pictures: NDArray[np.float32], widths: NDArray[np.float64], templates: Templates
) -> NDArray[np.float32]:
    """(N, S + 1) how well each glyph fits each of ``SYMBOLS`` and, last, any other sign; 1 is a perfect fit.

    Parameters
    ----------
    pictures : (N, 384) float ndarray
        From `to_canvas`.
    widths : (N,) float ndarray
        Widths in digit heights.
    templates : Templates
    """
    fits = unit_vectors(pictures) @ templates.vectors.T  # (N, T)
    fits -= WIDTH_COST * np.abs(np.log(widths[:, None] / templates.widths[None]))
    names = [*SYMBOLS, OTHER]
    scores = np.full((len(pictures), len(names)), -1.0, np.float32)
    for number, name in enumerate(names):
        mine = templates.symbols == name
        if mine.any():
            scores[:, number] = fits[:, mine].max(axis=1)
    return scores
