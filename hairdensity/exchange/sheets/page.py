"""One page of A4 in the making: words, lines and boxes at places in mm, in a font that lies inside the file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from hairdensity.extras import require

__all__ = ["ACCENT", "INK", "LEFT_MM", "PALE", "RULE", "SOFT", "WIDTH_MM", "Ink", "Sheet"]

INK, PALE, RULE, SOFT, ACCENT = "#1b2430", "#5a6675", "#d5dae1", "#f4f6f8", "#0b6e6e"
"""Ink and pale stand out from white and from the soft ground by more than 4.5 to 1."""

LEFT_MM, WIDTH_MM = 16.0, 178.0
_FONT = "DejaVu"
_MM_PER_PT = 25.4 / 72.0
_LINE = 1.42


class Ink(NamedTuple):
    """How words look: size in pt, weight, color, and width of the line in mm (0: to the right margin)."""

    size: float = 9.0
    bold: bool = False
    color: str = INK
    width: float = 0.0
    align: str = "L"


class Sheet:
    """One page of A4.

    Parameters
    ----------
    title : str
        Of the document.
    printed_on : date
        The only thing in the file that does not follow from the reading.

    Raises
    ------
    MissingDependencyError
        If fpdf2 or matplotlib, whose font it uses, is not installed.
    """

    def __init__(self, title: str, printed_on: date) -> None:
        require("fpdf", "matplotlib", doing="a sheet")
        import matplotlib as mpl  # noqa: PLC0415 -- optional
        from fpdf import FPDF  # noqa: PLC0415

        pdf = FPDF(format="A4")
        fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
        pdf.add_font(_FONT, "", fonts / "DejaVuSans.ttf")
        pdf.add_font(_FONT, "B", fonts / "DejaVuSans-Bold.ttf")
        pdf.set_margins(LEFT_MM, LEFT_MM)
        # All places are stated, so nothing may begin a second page.
        pdf.set_auto_page_break(auto=False)
        pdf.c_margin = 0.0
        pdf.set_lang("en")
        pdf.set_title(title)
        pdf.set_creator("hairdensity")
        pdf.set_creation_date(datetime.combine(printed_on, time(), tzinfo=UTC))
        pdf.add_page()
        self._pdf: Any = pdf
        self._has_gaps = False

    def pdf(self) -> bytes:
        """The bytes of the file."""
        return bytes(self._pdf.output())

    def words(self, text: str, at: tuple[float, float], ink: Ink) -> float:
        """Set words, in as many lines as they need.

        Parameters
        ----------
        text : str
            Letters that the font does not have become question marks.
        at : (float, float)
            Left and top in mm.
        ink : Ink

        Returns
        -------
        float
            Where the next line begins, in mm from the top.
        """
        self._pdf.set_font(_FONT, "B" if ink.bold else "", ink.size)
        self._pdf.set_text_color(ink.color)
        self._pdf.set_xy(*at)
        width = ink.width or LEFT_MM + WIDTH_MM - at[0]
        line_mm = ink.size * _MM_PER_PT * (_LINE if ink.size < 14.0 else 1.2)
        self._pdf.multi_cell(width, line_mm, self._printable(text), align=ink.align, new_x="LEFT", new_y="NEXT")
        return float(self._pdf.get_y())

    def width_of(self, text: str, ink: Ink) -> float:
        """Of a line of words, in mm."""
        self._pdf.set_font(_FONT, "B" if ink.bold else "", ink.size)
        return float(self._pdf.get_string_width(self._printable(text)))

    def cut(self, text: str, ink: Ink) -> str:
        """A line of words, cut with an ellipsis where it is wider than the ink's width."""
        if self.width_of(text, ink) <= ink.width:
            return text
        while text and self.width_of(f"{text}\N{HORIZONTAL ELLIPSIS}", ink) > ink.width:
            text = text[:-1]
        return f"{text.rstrip()}\N{HORIZONTAL ELLIPSIS}"

    def rule(self, top: float, *, left: float = LEFT_MM, width: float = WIDTH_MM, color: str = RULE) -> None:
        """Draw a thin line across."""
        self._pdf.set_draw_color(color)
        self._pdf.set_line_width(0.2)
        self._pdf.line(left, top, left + width, top)

    def box(self, at: tuple[float, float], size: tuple[float, float], *, fill: str = SOFT) -> None:
        """Draw a soft box with round corners."""
        self._pdf.set_fill_color(fill)
        self._pdf.rect(*at, *size, style="F", round_corners=True, corner_radius=2.5)

    def bar(self, at: tuple[float, float], size: tuple[float, float], color: str) -> None:
        """Draw a filled rectangle."""
        self._pdf.set_fill_color(color)
        self._pdf.rect(*at, *size, style="F")

    def image(self, jpeg: bytes, at: tuple[float, float], size: tuple[float, float], *, alt: str) -> None:
        """Place a picture."""
        self._pdf.image(jpeg, *at, *size, alt_text=self._printable(alt))

    def clipped(self, at: tuple[float, float], size: tuple[float, float]) -> AbstractContextManager[None]:
        """Within, nothing is drawn outside of a rectangle."""
        clip: AbstractContextManager[None] = self._pdf.rect_clip(*at, *size)
        return clip

    def line(self, points: Sequence[tuple[float, float]], color: str, width_mm: float) -> None:
        """Draw a line through points, (x, y) in mm."""
        self._pdf.set_draw_color(color)
        self._pdf.set_line_width(width_mm)
        self._pdf.polyline(list(points))

    def dot(self, center: tuple[float, float], color: str, radius_mm: float) -> None:
        """Draw a filled dot."""
        self._pdf.set_fill_color(color)
        self._pdf.circle(center[0], center[1], radius_mm, style="F")

    def shape(self, corners: Sequence[tuple[float, float]], fill: str) -> None:
        """Draw a filled shape of corners, (x, y) in mm."""
        self._pdf.set_fill_color(fill)
        self._pdf.polygon(list(corners), style="F")

    @property
    def gap_sentence(self) -> str:
        """What a question mark on this sheet may be; empty where every letter could be printed."""
        return "A letter that this sheet's font lacks is printed as ?." if self._has_gaps else ""

    def _printable(self, text: str) -> str:
        letters = self._pdf.fonts[_FONT.lower()].cmap
        printable = "".join(letter if ord(letter) in letters or letter == "\n" else "?" for letter in text)
        self._has_gaps = self._has_gaps or printable != text
        return printable
