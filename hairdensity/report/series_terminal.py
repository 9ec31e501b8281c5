"""A series and a phototrichogram on the terminal: the headline first, then small tables, then what to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from hairdensity.metrics.figures import info_of
from hairdensity.report.change_terminal import notes_as_text
from hairdensity.report.change_wording import Note, change_notes, names_in_words, picture_notes, title_of, value_of
from hairdensity.report.growth_wording import growth_rows
from hairdensity.report.trend_wording import known_of_baseline, trend_rows
from hairdensity.report.wording import DISCLAIMER

__all__ = ["print_growth", "print_series"]

Document = dict[str, Any]


def print_series(console: Console, document: Document) -> None:
    """Print a series: figures by visit, then the trends."""
    console.print(
        Group(
            Text(document["headline"], style="bold"),
            Text(_names(document), style="dim"),
            _visits(document),
            _trends(document),
            *notes_as_text(list(_series_notes(document))),
            Text(
                f"Figures of the skin that all registered visits share; 95 % intervals. {DISCLAIMER.capitalize()}.",
                style="dim",
            ),
        )
    )


def _names(document: Document) -> str:
    """Which picture is which visit."""
    visits = enumerate(document["visits"])
    return ", ".join(f"{index} {visit['image']['path']}" for index, visit in visits).join(("Visits: ", "."))


def _visits(document: Document) -> Table:
    """A row for each figure, a column for each visit."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for index, visit in enumerate(document["visits"]):
        name = f"visit {index}" if visit["day"] is None else f"day {visit['day']:g}"
        table.add_column(name, justify="right")
    table.add_row("Registered", *("yes" if visit["registered"] else "no" for visit in document["visits"]))
    for name in known_of_baseline(document):
        figures = [(visit["metrics"] or {}).get(name) for visit in document["visits"]]
        table.add_row(title_of(info_of(name)), *(value_of(info_of(name), figure) for figure in figures))
    return table


def _trends(document: Document) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("trend", "slope", "interval", "verdict"):
        table.add_column(name, justify="right" if name == "slope" else "left")
    for row in trend_rows(document):
        table.add_row(*row)
    return table


def _series_notes(document: Document) -> Iterator[Note]:
    for index, change in enumerate(document["changes"], start=1):
        for note in change_notes(change):
            yield note._replace(about=f"Visit {index}: {note.about.lower()}")


def print_growth(console: Console, document: Document) -> None:
    """Print a phototrichogram."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("", "value", "interval", "n"):
        table.add_column(name, justify="right" if name in ("value", "n") else "left")
    for row in growth_rows(document):
        table.add_row(*row)
    phases = document["phases"]
    console.print(
        Group(
            Text(document["headline"], style="bold"),
            Text(names_in_words(document), style="dim"),
            table,
            Text(f"{phases['anagen']} growing, {phases['telogen']} resting, {phases['undecided']} undecided."),
            *notes_as_text([*change_notes(document), *picture_notes(document)]),
            Text(
                "Growing: faster than "
                f"{document['settings']['threshold_mm_per_day']:g} mm per day. 95 % intervals. "
                f"{DISCLAIMER.capitalize()}.",
                style="dim",
            ),
        )
    )
