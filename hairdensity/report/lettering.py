"""Text on pictures: one scalable font, superscripts, lines that fit."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PIL import ImageDraw, ImageFont

__all__ = ["Pen"]

_SUPERSCRIPT = 0.62
_LIFT = 0.12
_NO_GLYPH = "?"


class Pen(NamedTuple):
    """Writes on a Pillow picture; ``^2`` is set as a superscript.

    The font is the one inside Pillow, so that a picture looks the same on every machine. It knows little beyond ASCII.
    """

    draw: ImageDraw.ImageDraw
    unit: float
    """px of the picture for one px of a design that is 1280 px wide."""

    def write(
        self, x: float, y: float, text: str, *, size: float, fill: tuple[int, int, int], align: float = 0.0
    ) -> None:
        """Write a line with its top left at (x, y) px, or its center (``align`` 0.5) or end (1)."""
        x -= align * self.length(text, size=size)
        for part, is_raised in _parts(text):
            font = _font(size * self.unit * (_SUPERSCRIPT if is_raised else 1.0))
            lift = _LIFT * size * self.unit if is_raised else 0.0
            self.draw.text((x, y + lift), part, font=font, fill=fill, anchor="lt" if is_raised else "la")
            x += font.getlength(part)

    def length(self, text: str, *, size: float) -> float:
        """Width in px that a line takes."""
        return sum(
            _font(size * self.unit * (_SUPERSCRIPT if is_raised else 1.0)).getlength(part)
            for part, is_raised in _parts(text)
        )

    def wrap(self, text: str, *, size: float, width: float) -> list[str]:
        """The text in lines that are at most ``width`` px long, broken between words."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.length(longer, size=size) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def shorten(self, text: str, *, size: float, width: float) -> str:
        """The text, its middle left out when it is longer than ``width`` px."""
        if self.length(text, size=size) <= width:
            return text
        keep = len(text) // 2
        while keep and self.length(f"{text[:keep]}...{text[-keep:]}", size=size) > width:
            keep -= 1
        return f"{text[:keep]}...{text[len(text) - keep :]}"


@lru_cache(maxsize=32)
def _font(size_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=max(size_px, 6.0))


def _parts(text: str) -> list[tuple[str, bool]]:
    """Runs of text, each with whether it is raised: the one character after a ``^`` is."""
    plain = "".join(char if char.isascii() and char.isprintable() else _NO_GLYPH for char in text)
    first, *others = plain.split("^")
    parts = [(first, False)]
    for other in others:
        parts += [(other[:1], True), (other[1:], False)]
    return [part for part in parts if part[0]]
