"""Draws the templates of ``glyphs.npz`` from font files: ``python -m hairdensity.calibration.glyph_drawing FONT...``.

The stored ones come from fonts under free licenses: Aileron (in Pillow), DejaVu, Roboto, Open Sans, Noto Sans and Lato.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from hairdensity.calibration.glyphs import ABOVE, BELOW, CANVAS, OTHER, SYMBOLS, TEMPLATES

__all__ = ["draw_glyph", "write_templates"]

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

SIZE_PX = 96
SPELLINGS = {symbol: symbol for symbol in SYMBOLS} | {",": ".", "\N{MICRO SIGN}": "u"}
OTHERS = "xXAaeipktshrnvwN=/()%:^-+&RKMH"
"""None of them is mistaken for a symbol by people; O, l and I are, so they are left out."""

N_SHARING = 5
"""Other signs are drawn in every fifth font alone: they need not be told apart from each other."""


def draw_glyph(font: Font, sign: str) -> tuple[NDArray[np.float32], float]:
    """Picture of a glyph on the canvas of its line, 0-1, and its width in digit heights."""
    ink = _ink(font, sign)
    digit_rows = np.flatnonzero(_ink(font, "1").any(axis=1))
    top, foot = int(digit_rows[0]), int(digit_rows[-1]) + 1
    height, cols = foot - top, np.flatnonzero(ink.any(axis=0))
    first, last = top - round(ABOVE * height), foot + round(BELOW * height)
    part = ink[first:last, cols[0] : cols[-1] + 1]
    canvas = cv2.resize(part, CANVAS[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(canvas, np.float32), part.shape[1] / height


def _ink(font: Font, sign: str) -> NDArray[np.float32]:
    page = Image.new("L", (3 * SIZE_PX, 3 * SIZE_PX))
    ImageDraw.Draw(page).text((SIZE_PX, SIZE_PX), sign, fill=255, font=font)
    return np.asarray(np.asarray(page, np.float32) / 255, np.float32)


def write_templates(fonts: Iterable[str]) -> None:
    """Draw every sign in Pillow's own font and in the named ones, and store them beside this file."""
    named: list[tuple[str, Font]] = [("Aileron", ImageFont.load_default(SIZE_PX))]
    for path in fonts:
        font = ImageFont.truetype(path, SIZE_PX)
        named.append((" ".join(filter(None, font.getname())), font))
    rows = [
        row
        for number, (name, font) in enumerate(named)
        for row in _templates(name, font, signs=[*SPELLINGS, *(OTHERS if number % N_SHARING == 0 else "")])
    ]
    pictures, widths, symbols, names = (np.array(column) for column in zip(*rows, strict=True))
    np.savez_compressed(TEMPLATES, pictures=pictures, widths=widths.astype(np.float32), symbols=symbols, fonts=names)


def _templates(name: str, font: Font, *, signs: list[str]) -> Iterator[tuple[NDArray[np.uint8], float, str, str]]:
    for sign in signs:
        picture, width = draw_glyph(font, sign)
        yield np.rint(255 * picture).astype(np.uint8), width, SPELLINGS.get(sign, OTHER), name


if __name__ == "__main__":
    write_templates(sys.argv[1:])
