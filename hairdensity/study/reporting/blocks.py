"""What a report is made of, before it is set as HTML or PDF: words, tables and pictures, each with its alt text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Block", "Column", "Gallery", "Items", "Paragraph", "Picture", "Report", "Section", "Table"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words.

    Parameters
    ----------
    words : str
    kind : str
        ``""``, ``"lead"`` (larger), ``"intro"`` (of what follows), ``"small"`` or ``"warning"`` (in a frame).
    """

    words: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list of sentences, or of terms with their meaning where an item has two parts."""

    items: tuple[str | tuple[str, str], ...]

    @property
    def terms(self) -> list[tuple[str, str]]:
        """Term and meaning of each item that has both."""
        return [item for item in self.items if isinstance(item, tuple)]

    @property
    def sentences(self) -> list[str]:
        """The items that are sentences."""
        return [item for item in self.items if isinstance(item, str)]


@dataclass(frozen=True, slots=True)
class Column:
    """Head of a table's column; numbers stand to the right."""

    name: str
    is_number: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first ``n_row_heads`` cells name each row.

    Parameters
    ----------
    caption : str
    columns : tuple of Column
    rows : tuple of tuple of str
        One cell a column.
    note : str
        Below the table.
    n_row_heads : int
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    n_row_heads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure.

    Parameters
    ----------
    caption : str
    alt : str
        What it shows, in words.
    raster : bytes
        PNG or JPEG, for paper (and for the page where there is no ``svg``).
    svg : bytes
        For the page.
    width_px : int
        On a wide screen. Narrower ones scale a drawing down as long as its words can be read, then scroll.
    """

    caption: str
    alt: str
    raster: bytes
    svg: bytes = b""
    width_px: int = 760


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures side by side, two in a row, under a title."""

    title: str
    pictures: tuple[Picture, ...]


Block = Paragraph | Items | Table | Picture | Gallery


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a report."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report.

    Parameters
    ----------
    title : str
    subtitle : str
    opening : sequence of Block
        Before the first section.
    sections : sequence of Section
    footer : str
    """

    title: str
    subtitle: str
    footer: str
    opening: Sequence[Block] = ()
    sections: Sequence[Section] = field(default_factory=tuple)
