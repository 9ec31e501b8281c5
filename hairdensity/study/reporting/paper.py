"""A report as PDF, on A4: the same blocks as the page, in a font that has every letter of it inside the file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten
from typing import Any

from hairdensity.extras import require
from hairdensity.study.reporting.blocks import Block, Gallery, Items, Paragraph, Picture, Report, Section, Table
from hairdensity.study.reporting.drawing import INK, PALE, RULE
from hairdensity.study.reporting.paper_tables import cell_padding_mm, column_widths, row_heights
from hairdensity.study.reporting.typesetting import bound

__all__ = ["pdf_of"]

_FONT = "DejaVu"
_MARGIN_MM = 18.0
_BODY_PT, _SMALL_PT, _TABLE_PT, _LEAD_PT = 9.0, 7.8, 7.2, 11.0
_LINE = 1.45
_MM_PER_PT = 25.4 / 72.0
_GUTTER_MM, _TERM_MM = 5.0, 42.0
_TABLE_LINE_MM = _TABLE_PT * _MM_PER_PT * 1.35
_WHOLE_TABLE_MM, _CAPTION_MM = 110.0, 9.0
_FEWEST_ROWS = 4
"""Rows of a table that stand together at least, at the end of a page and at the beginning of the next."""
_FOOT_LETTERS = 90
_UNPRINTABLE = (
    "Letters that the font of this document does not have stand as question marks; the same report as HTML has them."
)


def pdf_of(report: Report) -> bytes:
    """The report as the bytes of a PDF.

    Raises
    ------
    MissingDependencyError
        If fpdf2 or matplotlib, whose font it uses, is not installed.
    """
    return _Paper(report).bytes()


class _Paper:
    """A PDF in the making; every method continues below what is there."""

    def __init__(self, report: Report) -> None:
        self._pdf = _new_pdf()
        self._has_unprintable = False
        self._pdf.set_title(report.title)
        self._pdf.foot = self._printable(shorten(report.title, _FOOT_LETTERS, placeholder=" \N{HORIZONTAL ELLIPSIS}"))
        self._pdf.foot_below = self._printable(report.footer)
        self._pdf.add_page()
        self._words(report.title, size=18.0, bold=True, gap=1.0)
        self._words(report.subtitle, size=_BODY_PT, color=PALE, gap=4.0)
        self._blocks(report.opening)
        self._contents(report.sections)
        for number, section in enumerate(report.sections, 1):
            self._section(section, number)
        if self._has_unprintable:
            self._words(_UNPRINTABLE, size=_SMALL_PT, color=PALE)

    def bytes(self) -> bytes:
        return bytes(self._pdf.output())

    def _contents(self, sections: Sequence[Section]) -> None:
        # Readers of PDF have its outline; on paper two lines will do.
        titles = (f"{number}. {section.title}" for number, section in enumerate(sections, 1))
        self._words("  ".join(title.replace(" ", "\N{NO-BREAK SPACE}") for title in titles), color=PALE, size=_SMALL_PT)

    def _section(self, section: Section, number: int) -> None:
        # A heading stays with what it is the heading of.
        first = section.blocks[0]
        self._break_unless(self._least_mm(first) + 25.0)
        self._pdf.ln(3.0)
        self._pdf.set_draw_color(INK)
        self._pdf.set_line_width(0.4)
        self._pdf.line(_MARGIN_MM, self._pdf.get_y(), self._pdf.w - _MARGIN_MM, self._pdf.get_y())
        self._pdf.ln(2.0)
        title = f"{number}. {section.title}"
        self._pdf.start_section(self._printable(title))
        self._words(title, size=13.0, bold=True, gap=2.0)
        self._blocks(section.blocks)

    def _least_mm(self, block: Block) -> float:
        """Room that the beginning of a block needs below its heading."""
        match block:
            case Picture():
                return self._size_mm(block, self._pdf.epw)[1] + 5.0
            case Table():
                rows, widths = self._laid_out(block)
                return self._table_room(self._heights(rows, widths))
        return 35.0

    def _blocks(self, blocks: Sequence[Block]) -> None:
        for block in blocks:
            match block:
                case Paragraph():
                    self._paragraph(block)
                case Items(items):
                    self._items(items)
                case Table():
                    self._table(block)
                case Picture():
                    self._picture(block)
                case Gallery():
                    self._gallery(block)

    def _paragraph(self, paragraph: Paragraph) -> None:
        match paragraph.kind:
            case "lead":
                self._words(paragraph.words, size=_LEAD_PT, bold=True, gap=3.5)
            case "intro":
                self._break_unless(70.0)
                self._pdf.ln(2.0)
                self._words(paragraph.words, size=10.0, bold=True, color=PALE)
            case "small":
                self._words(paragraph.words, size=_SMALL_PT, color=PALE)
            case "warning":
                self._words(paragraph.words, border=1)
            case _:
                self._words(paragraph.words)

    def _items(self, items: Sequence[str | tuple[str, str]]) -> None:
        for item in items:
            if isinstance(item, tuple):
                self._term(*item)
            else:
                self._words(f"\N{BULLET} {item}", gap=1.0)
        self._pdf.ln(1.5)

    def _term(self, term: str, words: str) -> None:
        """Set a term and its meaning side by side."""
        self._break_unless(12.0)
        top, page = self._pdf.get_y(), self._pdf.page_no()
        self._words(term, color=PALE, width=_TERM_MM, gap=0.0)
        below, on_one_page = self._pdf.get_y(), self._pdf.page_no() == page
        if on_one_page:
            self._pdf.set_xy(_MARGIN_MM + _TERM_MM + 2.0, top)
        self._words(words, width=self._pdf.epw - _TERM_MM - 2.0, gap=0.0)
        if self._pdf.page_no() == page:
            self._pdf.set_y(max(below, self._pdf.get_y()))
        self._pdf.ln(1.0)

    def _table(self, table: Table) -> None:
        from fpdf.fonts import FontFace  # noqa: PLC0415

        rows, widths = self._laid_out(table)
        self._break_unless(self._table_room(self._heights(rows, widths)))
        self._pdf.ln(1.5)
        self._words(table.caption, bold=True, gap=1.0)
        self._font(_TABLE_PT)
        self._pdf.set_draw_color(RULE)
        self._pdf.set_line_width(0.15)
        with self._pdf.table(
            rows,
            col_widths=widths,
            width=min(sum(widths), self._pdf.epw),
            align="LEFT",
            text_align=["RIGHT" if column.is_number else "LEFT" for column in table.columns],
            borders_layout="HORIZONTAL_LINES",
            headings_style=FontFace(emphasis="BOLD", color=INK),
            line_height=_TABLE_LINE_MM,
            padding=cell_padding_mm(),
            v_align="TOP",
        ):
            pass
        self._pdf.ln(1.2)
        if table.note:
            self._words(table.note, size=_SMALL_PT, color=PALE, gap=3.0)
        self._pdf.ln(1.5)

    def _laid_out(self, table: Table) -> tuple[list[list[str]], list[float]]:
        """The cells, the head's first, and the columns' widths."""
        self._font(_TABLE_PT)
        texts = [[column.name for column in table.columns], *table.rows]
        rows = [[self._printable(cell) for cell in row] for row in texts]
        return rows, column_widths(rows, self._pdf.get_string_width, self._pdf.epw)

    def _heights(self, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> list[float]:
        return row_heights(rows, widths, self._pdf.get_string_width, line_mm=_TABLE_LINE_MM)

    def _table_room(self, heights: Sequence[float]) -> float:
        """Room that a table needs here: all of it where it is short or would leave a few rows to the next page."""
        whole = _CAPTION_MM + sum(heights)
        overhang = whole - (self._pdf.page_break_trigger - self._pdf.get_y())
        leaves_few = 0.0 < overhang < sum(heights[-_FEWEST_ROWS:])
        if whole < _WHOLE_TABLE_MM or (leaves_few and whole < 0.9 * self._pdf.eph):
            return whole
        return _CAPTION_MM + sum(heights[: _FEWEST_ROWS + 1])

    def _picture(self, picture: Picture) -> None:
        width, height = self._size_mm(picture, self._pdf.epw)
        self._break_unless(height + 14.0)
        self._pdf.image(io.BytesIO(picture.raster), w=width, h=height, alt_text=self._printable(picture.alt))
        self._pdf.ln(1.5)
        self._words(picture.caption, size=_SMALL_PT, color=PALE, gap=4.0)

    def _gallery(self, gallery: Gallery) -> None:
        """Set two pictures in a row."""
        width = (self._pdf.epw - _GUTTER_MM) / 2.0
        pairs = [gallery.pictures[i : i + 2] for i in range(0, len(gallery.pictures), 2)]
        sizes = [[self._size_mm(picture, width) for picture in pair] for pair in pairs]
        self._break_unless(sum(max(height for _, height in row) + 12.0 for row in sizes) + 8.0)
        self._words(gallery.title, bold=True, gap=1.0)
        for pair, row in zip(pairs, sizes, strict=True):
            top = self._pdf.get_y()
            bottom = top
            for place, (picture, (w, h)) in enumerate(zip(pair, row, strict=True)):
                left = _MARGIN_MM + place * (width + _GUTTER_MM)
                alt = self._printable(picture.alt)
                self._pdf.image(io.BytesIO(picture.raster), x=left, y=top, w=w, h=h, alt_text=alt)
                self._pdf.set_xy(left, top + h + 1.0)
                self._words(picture.caption, size=_SMALL_PT, color=PALE, width=width, gap=0.0)
                bottom = max(bottom, self._pdf.get_y())
            self._pdf.set_xy(_MARGIN_MM, bottom + 2.5)

    def _size_mm(self, picture: Picture, width_mm: float) -> tuple[float, float]:
        """Width and height on paper: not wider than asked, not higher than most of a page."""
        from PIL import Image  # noqa: PLC0415

        with Image.open(io.BytesIO(picture.raster)) as image:
            ratio = image.height / image.width
        width = min(width_mm, 0.75 * self._pdf.eph / ratio)
        return width, width * ratio

    def _words(
        self,
        words: str,
        *,
        size: float = _BODY_PT,
        bold: bool = False,
        color: str = INK,
        gap: float = 2.0,
        width: float = 0.0,
        border: int = 0,
    ) -> None:
        if not words:
            return
        self._font(size, bold=bold, color=color)
        line_mm = size * _MM_PER_PT * (_LINE if size < 12.0 else 1.2)
        self._pdf.set_draw_color(PALE)
        self._pdf.multi_cell(
            width,
            line_mm,
            self._printable(words),
            align="L",
            border=border,
            padding=2.0 if border else 0.0,
            new_x="LMARGIN",
            new_y="NEXT",
        )
        self._pdf.ln(gap)

    def _font(self, size: float, *, bold: bool = False, color: str = INK) -> None:
        self._pdf.set_font(_FONT, "B" if bold else "", size)
        self._pdf.set_text_color(color)

    def _printable(self, words: str) -> str:
        """The words with a question mark for each letter that the font does not have."""
        letters = self._pdf.fonts[_FONT.lower()].cmap
        found = "".join(letter if ord(letter) in letters or letter == "\n" else "?" for letter in bound(words))
        self._has_unprintable |= found != bound(words)
        return found

    def _break_unless(self, height_mm: float) -> None:
        """Begin a page unless so much room is left on this one."""
        if self._pdf.will_page_break(min(height_mm, 0.9 * self._pdf.eph)):
            self._pdf.add_page()


def _new_pdf() -> Any:
    require("fpdf", "matplotlib", doing="the PDF of a report")
    import matplotlib as mpl  # noqa: PLC0415
    from fpdf import FPDF  # noqa: PLC0415

    class Pdf(FPDF):
        """With the title, the number and what the document is at the foot of every page."""

        foot, foot_below = "", ""

        def footer(self) -> None:
            self.set_y(-12.0)
            self.set_font(_FONT, "", 7.0)
            self.set_text_color(PALE)
            self.cell(0.0, 4.0, self.foot, align="L")
            self.set_x(self.l_margin)
            self.cell(0.0, 4.0, f"{self.page_no()} / {{nb}}", align="R", new_x="LMARGIN", new_y="NEXT")
            self.cell(0.0, 3.0, self.foot_below, align="L")

    pdf = Pdf(format="A4")
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    pdf.add_font(_FONT, "", fonts / "DejaVuSans.ttf")
    pdf.add_font(_FONT, "B", fonts / "DejaVuSans-Bold.ttf")
    pdf.set_margins(_MARGIN_MM, _MARGIN_MM)
    pdf.set_auto_page_break(auto=True, margin=_MARGIN_MM)
    pdf.set_lang("en")
    pdf.set_creator("hairdensity")
    # A date that says "none", as in reproducible builds: the same study gives the same bytes.
    pdf.set_creation_date(datetime.fromtimestamp(0, tz=UTC))
    return pdf
