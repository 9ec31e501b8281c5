"""A report as one HTML file: its style and pictures inside it, no script, and a policy that lets nothing else load.

Every word goes through `html.escape`, and each drawing stands in an ``img`` of its own, where no name can become markup
and no two drawings share names.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources
from itertools import groupby

from hairdensity.study.reporting.blocks import Block, Gallery, Items, Paragraph, Picture, Report, Section, Table
from hairdensity.study.reporting.typesetting import bound

__all__ = ["html_of"]

_SHORT_LETTERS, _LONG_LETTERS = 14, 40


def html_of(report: Report) -> str:
    """The report as HTML text; the same text for the same report."""
    contents = "".join(
        f'<li><a href="#part-{number}">{escape(section.title)}</a></li>'
        for number, section in enumerate(report.sections, 1)
    )
    parts = [
        _head(report.title),
        f'<body>\n<main>\n<h1>{escape(report.title)}</h1>\n<p class="subtitle">{escape(report.subtitle)}</p>',
        *map(_block, report.opening),
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav>',
        *(_section(section, number) for number, section in enumerate(report.sections, 1)),
        f"<footer>{escape(report.footer)}</footer>\n</main>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _head(title: str) -> str:
    style = resources.files("hairdensity.study.reporting").joinpath("assets", "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>"
    )


def _section(section: Section, number: int) -> str:
    body = "\n".join(map(_block, section.blocks))
    name = f"part-{number}"
    title = f'<h2 id="{name}">{number}. {escape(section.title)}</h2>'
    return f'<section aria-labelledby="{name}">\n{title}\n{body}\n</section>'


def _block(block: Block) -> str:
    match block:
        case Paragraph(words, kind):
            return f'<p class="{kind}">{_text(words)}</p>' if kind else f"<p>{_text(words)}</p>"
        case Items():
            return _items(block)
        case Table():
            return _table(block)
        case Picture():
            return _picture(block)
        case Gallery(title, pictures):
            inside = "\n".join(map(_picture, pictures))
            return f'<h3>{escape(title)}</h3>\n<div class="gallery">\n{inside}\n</div>'


def _text(words: str) -> str:
    return escape(bound(words))


def _items(items: Items) -> str:
    terms = "\n".join(f"<dt>{escape(term)}</dt><dd>{_text(words)}</dd>" for term, words in items.terms)
    sentences = "\n".join(f"<li>{_text(sentence)}</li>" for sentence in items.sentences)
    listed = f"<dl>\n{terms}\n</dl>" if terms else ""
    return f"{listed}<ul>\n{sentences}\n</ul>" if sentences else listed


def _table(table: Table) -> str:
    heads = "".join(
        f'<th scope="col"{_kind(column.name, is_number=column.is_number)}>{_text(column.name)}</th>'
        for column in table.columns
    )
    note = f'<p class="note">{_text(table.note)}</p>' if table.note else ""
    caption = escape(table.caption)
    return (
        f'<div class="table"><h3>{caption}</h3><div class="scroll" tabindex="0" role="region" aria-label="{caption}">'
        f'<table aria-label="{caption}"><thead><tr>{heads}</tr></thead><tbody>\n{"".join(_rows(table))}</tbody></table>'
        f"</div>{note}</div>"
    )


def _rows(table: Table) -> Iterator[str]:
    """Yield the rows; what several rows in a row begin with stands once, and names them all."""
    groups = [list(group) for _, group in groupby(table.rows, key=lambda row: row[0])]
    for rows in groups:
        for place, row in enumerate(rows):
            kind = ' class="group"' if place == 0 else ""
            yield f"<tr{kind}>{''.join(_cells(table, row, len(rows) if place == 0 else 0))}</tr>\n"


def _cells(table: Table, row: Sequence[str], n_rows: int) -> Iterator[str]:
    """Yield the cells of a row; its first stands for so many rows, and is left out where a row above has it."""
    for number, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
        if number == 0:
            span = f' scope="rowgroup" rowspan="{n_rows}"' if n_rows > 1 else ' scope="row"'
            yield f"<th{span}{_short(cell)}>{escape(cell)}</th>" if n_rows else ""
        elif number < table.n_row_heads:
            yield f'<th scope="row"{_short(cell)}>{escape(cell)}</th>'
        else:
            yield f"<td{_kind(cell, is_number=column.is_number)}>{_text(cell)}</td>"


def _short(cell: str) -> str:
    """Names of visits stay on one line."""
    return ' class="short"' if len(cell) <= _SHORT_LETTERS else ""


def _kind(cell: str, *, is_number: bool) -> str:
    kind = "number" if is_number else "long" if len(cell) > _LONG_LETTERS else ""
    return f' class="{kind}"' if kind else ""


def _picture(picture: Picture) -> str:
    data = base64.b64encode(picture.svg or picture.raster).decode()
    kind = "image/svg+xml" if picture.svg else _raster_kind(picture.raster)
    caption = f"<figcaption>{_text(picture.caption)}</figcaption>" if picture.caption else ""
    image = f'<img src="data:{kind};base64,{data}" alt="{escape(picture.alt)}" width="{picture.width_px}">'
    if not picture.svg:
        return f"<figure>{image}{caption}</figure>"
    label = escape(picture.caption.split(".")[0] or "Figure")
    return (
        f'<figure class="drawn"><div class="scroll" tabindex="0" role="region" aria-label="{label}">{image}</div>'
        f'<p class="sideways">The drawing goes on to the right: scroll it.</p>{caption}</figure>'
    )


def _raster_kind(data: bytes) -> str:
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
