"""One HTML file with a slider between both visits: no other file, no network, readable on a phone and by a keyboard.

Every text that comes from outside goes through `html.escape`; a content security policy allows the file's own style and
script by their hashes and nothing else, so that even a mistake here could not run what a file name says.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairdensity.files import write_whole
from hairdensity.report.change_frame import Frame, frame_of
from hairdensity.report.change_viewer import growth_sentences, sentences_of, viewer
from hairdensity.report.change_wording import (
    Note,
    Row,
    change_notes,
    expected_sentence,
    headline,
    headline_parts,
    main_rows,
    picture_notes,
    site_sentence,
)
from hairdensity.report.growth_wording import growth_rows
from hairdensity.report.trend_wording import trend_rows
from hairdensity.report.wording import DISCLAIMER

if TYPE_CHECKING:
    from hairdensity.comparison.change import Change

__all__ = ["change_page", "head", "notes_list", "write_change_page"]

SMALLEST_WIDTH_PX, LARGEST_WIDTH_PX = 960, 1600
Document = dict[str, Any]


def change_page(change: Change, document: Document, *, phases: Sequence[str] | None = None) -> str:
    """The page as HTML text.

    Parameters
    ----------
    change : Change
    document : dict
        Of the same change, or of its growth: its words and numbers.
    phases : sequence of str, optional
        Of each hair of the matches, to be shown instead of its fate.
    """
    width_px = min(LARGEST_WIDTH_PX, max(SMALLEST_WIDTH_PX, change.baseline.image.pixels.shape[1]))
    frame = frame_of(change, width_px=width_px, phases=phases)
    sentences = growth_sentences(document) if phases is not None else sentences_of(change, frame)
    first, basis = headline_parts(document)
    script = _asset("change.js")
    parts = [
        head(first, script=script),
        f'<body>\n<main>\n<p class="kind">{_kind_of(document)}</p>',
        f'<h1>{_unbroken(first)}</h1>\n<p class="basis">{escape(_sentence(basis))}</p>',
        *_reason(document),
        viewer(frame, document, sentences),
        *_growth_figures(document),
        *_trends(document),
        _figures(document),
        *_control(document),
        notes_list([*_others(document), *picture_notes(document)]),
        *_hair_table(frame, sentences),
        _footer(document),
        f"</main>\n<script>{script}</script>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _unbroken(words: str) -> str:
    """Escaped words in which no line ends between a number and its unit."""
    return escape(words).replace(" /cm²", "&nbsp;/cm²").replace(" %", "&nbsp;%")


def _reason(document: Document) -> Iterator[str]:
    """Yield why the pictures were not registered: above them, because it decides what all the rest means."""
    registration = document["registration"]
    if not registration["accepted"] and registration["reason"]:
        yield f'<p class="reason">{escape(_sentence(registration["reason"]))}</p>'


def _others(document: Document) -> Iterator[Note]:
    """Yield the notes but that reason."""
    return (note for note in change_notes(document) if note.about != "Registration")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _kind_of(document: Document) -> str:
    if "growth" in document:
        return "Phototrichogram"
    return "Series: baseline and newest visit" if "trends" in document else "Comparison of two visits"


def write_change_page(change: Change, document: Document, path: Path, *, phases: Sequence[str] | None = None) -> None:
    """Write the page.

    Raises
    ------
    StorageError
        If the file cannot be written.
    """
    write_whole(path, change_page(change, document, phases=phases).encode())


def head(title: str, *, script: str) -> str:
    """Everything before the body: the title, what may run, and the style."""
    style = _asset("change.css")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>"
    )


def notes_list(notes: Sequence[Note]) -> str:
    """What to know, each with its remedy."""
    if not notes:
        return ""
    items = "\n".join(_note_item(note) for note in notes)
    return f'<h2>What to know</h2>\n<ul class="notes">\n{items}\n</ul>'


def _note_item(note: Note) -> str:
    kind = ' class="serious"' if note.is_serious else ""
    return f"<li{kind}><b>{escape(note.about)}:</b> {escape(note.sentence)}</li>"


def _asset(name: str) -> str:
    return resources.files("hairdensity.report").joinpath("page", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _growth_figures(document: Document) -> Iterator[str]:
    """Yield how fast hairs grow, in a phototrichogram."""
    if "growth" in document:
        yield _table("Growth", ("Figure", "Value", "95 % interval", "Hairs"), growth_rows(document))


def _trends(document: Document) -> Iterator[str]:
    """Yield the trends, in a series of which this page shows one visit."""
    if document.get("trends"):
        yield _table("Trends over the series", ("Figure", "Slope", "95 % interval", "Verdict"), trend_rows(document))


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of words, each row named by its first cell."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in headings)
    body = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<h2>{escape(title)}</h2>\n<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
    )


_COLUMNS = (
    ("Figure", False),
    ("Baseline", True),
    ("Follow-up", True),
    ("Change", True),
    ("95 % interval", False),
    ("Verdict", False),
    ("Smallest change seen", True),
    ("Without matching", False),
)


def _figures(document: Document) -> str:
    heads = "".join(
        f'<th scope="col"{_kind(name, is_number=is_number)}>{escape(name)}</th>' for name, is_number in _COLUMNS
    )
    rows = "\n".join(map(_figure_row, main_rows(document)))
    return (
        '<h2>Figures</h2>\n<p class="words">The interval holds the errors of both visits. '
        "The smallest change seen is the smallest true change "
        "that would be told from noise here. Without matching: the same change if no hair were found again.</p>"
        '<div class="scroll" tabindex="0" role="region" aria-label="Figures"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table></div>"
        + "".join(
            f"<p>{escape(words)}</p>" for words in (expected_sentence(document), site_sentence(document)) if words
        )
    )


def _figure_row(row: Row) -> str:
    cells = (
        row.baseline,
        row.follow_up,
        row.change_in_words,
        row.interval_in_column,
        row.verdict,
        row.detectable,
        row.unmatched,
    )
    body = "".join(
        f"<td{_kind(name, is_number=is_number)}>{escape(cell)}</td>"
        for cell, (name, is_number) in zip(cells, _COLUMNS[1:], strict=True)
    )
    return f'<tr><th scope="row">{escape(row.title)}</th>{body}</tr>'


def _kind(column: str, *, is_number: bool) -> str:
    kind = "number" if is_number else "verdict" if column == "Verdict" else ""
    return f' class="{kind}"' if kind else ""


def _control(document: Document) -> Iterator[str]:
    control = document.get("control")
    if control is not None:
        yield f"<h2>Untreated control site</h2>\n<p>{escape(headline(control))}.</p>"


def _hair_table(frame: Frame, sentences: Sequence[str]) -> Iterator[str]:
    """Yield every hair in words: what the pictures show by color, for whoever cannot see it."""
    if not frame.is_aligned:
        return
    rows = "\n".join(
        f"<tr><td>{escape(name)}</td><td>{escape(rest)}</td></tr>"
        for name, rest in (sentence.split(": ", 1) for sentence in sentences)
    )
    yield (
        f"<details><summary>All {len(sentences)} hairs in words</summary>"
        '<div class="scroll" tabindex="0" role="region" aria-label="All hairs"><table><thead><tr>'
        '<th scope="col">Hair</th><th scope="col">What became of it</th></tr></thead>'
        f"<tbody>\n{rows}\n</tbody></table></div></details>"
    )


def _footer(document: Document) -> str:
    images = document["images"]
    facts = [
        f"Baseline: {_picture_fact(images['baseline'])}",
        f"Follow-up: {_picture_fact(images['follow_up'])}",
        f"hairdensity {document['version']}. {DISCLAIMER.capitalize()}: it measures, and is no diagnosis.",
    ]
    return f"<footer>{'<br>'.join(escape(fact) for fact in facts)}</footer>"


def _picture_fact(visit: Document) -> str:
    image, scale = visit["image"], visit["calibration"]
    words = [image["path"], f"{image['width_px']} x {image['height_px']} px"]
    if scale is not None:
        words.append(f"{scale['um_per_px']:.4g} µm/px ± {scale['relative_error']:.0%}, {scale['source']}")
    if visit["model"] is not None:
        words.append(f"model {visit['model']['name']} {visit['model']['version']}")
    return ", ".join([*words, f"sha256 {image['sha256'][:16]}"])
