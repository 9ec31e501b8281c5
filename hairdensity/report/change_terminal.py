"""A change as a headline, a small table and what to know, printed by rich."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from hairdensity.report.change_wording import (
    Note,
    change_notes,
    expected_sentence,
    headline,
    main_rows,
    names_in_words,
    picture_notes,
    site_sentence,
)
from hairdensity.report.wording import DISCLAIMER

__all__ = ["notes_as_text", "print_change"]

Document = dict[str, Any]

WIDE = 125
"""Characters that all columns take."""

_VERDICT_STYLES = {"increase": "green", "decrease": "red", "within noise": "dim"}

_CLOSING = (
    "Interval: 95 %, errors of detection and measurement of both visits. Smallest seen: the smallest true change that "
    "would be told from noise here. Unmatched: the same difference if the hairs were not matched."
)


def print_change(console: Console, document: Document) -> None:
    """Print a comparison of two visits.

    Parameters
    ----------
    console : Console
    document : dict
        From `hairdensity.report.change_document.change_document`; its matches are not needed.
    """
    console.print(
        Group(
            Text(headline(document), style="bold"),
            Text(names_in_words(document), style="dim"),
            _table(document, is_narrow=console.width < WIDE),
            *_details(document),
            *_control(document),
            *notes_as_text([*change_notes(document), *picture_notes(document)]),
            Text(f"{_CLOSING} {DISCLAIMER.capitalize()}.", style="dim"),
        )
    )


def _table(document: Document, *, is_narrow: bool) -> Table:
    """The main figures; a narrow terminal leaves out the last two columns."""
    table = Table(box=box.SIMPLE_HEAD)
    headings = [("", "left"), ("baseline", "right"), ("follow-up", "right"), ("change", "right"), ("interval", "left")]
    headings += [("verdict", "left"), *([] if is_narrow else [("smallest seen", "right"), ("unmatched", "left")])]
    for name, justify in headings:
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=bool(name))
    for row in main_rows(document):
        cells: list[str | Text] = [
            row.title,
            row.baseline,
            row.follow_up,
            row.change_in_words,
            row.interval_in_column,
            Text(row.verdict, style=_VERDICT_STYLES.get(row.verdict, "")),
            row.detectable,
            row.unmatched,
        ]
        table.add_row(*cells[: len(headings)])
    return table


def _details(document: Document) -> Iterator[Text]:
    """Yield what holds for the site around, what became of the hairs and units, and how well the pictures fit."""
    if site := site_sentence(document):
        yield Text(f"{site}.")
    summary, registration = document["summary"], document["registration"]
    if not registration["accepted"]:
        return
    unsure = f", {summary['n_units_unsure']} unsure" if summary["n_units_unsure"] else ""
    yield Text(
        f"Of the kept hairs {summary['n_thicker']} are thicker and {summary['n_thinner']} thinner beyond the error; "
        f"units: {summary['n_units_kept']} kept, {summary['n_units_reactivated']} re-activated, "
        f"{summary['n_units_emptied']} emptied{unsure}."
    )
    yield Text(expected_sentence(document))
    fit = [f"{registration['n_inliers']} roots agree"]
    if registration["residual_um"] is not None:
        fit.append(f"within {registration['residual_um']:.0f} µm (median)")
    yield Text(f"Registration: {' '.join(fit)}.")


def _control(document: Document) -> Iterator[Text]:
    """Yield the untreated site's headline: the clinic's own noise."""
    control = document.get("control")
    if control is not None:
        yield Text.assemble(("Control site: ", "bold"), headline(control))


def notes_as_text(notes: list[Note]) -> Iterator[Text]:
    """Yield each note in plain words, the serious ones marked."""
    for note in notes:
        yield Text.assemble((f"{note.about}: ", "bold yellow" if note.is_serious else "bold"), note.sentence)
