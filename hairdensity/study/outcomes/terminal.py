"""Outcomes as tables for people, printed by rich; the document and the CSV tables hold all of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from hairdensity.metrics.figures import info_of
from hairdensity.report.wording import DISCLAIMER, NOT_KNOWN, number, percent, span, spoken_unit
from hairdensity.study.outcomes.wording import grouped_refusals, headline, is_at_primary, spoken_p

__all__ = ["print_outcomes"]

Row = Mapping[str, Any]


def print_outcomes(console: Console, document: Mapping[str, Any]) -> None:
    """Print the primary result, the arms at the primary visit, all differences and what the numbers do not say.

    Parameters
    ----------
    console : Console
    document : mapping
        From `hairdensity.study.outcomes.outcomes_document`.
    """
    for sentence in headline(document):
        console.print(Text(sentence, style="bold"))
    for part in _tables(document):
        console.print(part)
    for what, reason in grouped_refusals(document["refused"]):
        console.print(Text.assemble(("Not analyzed: ", "bold yellow"), f"{what}: {reason}"))
    for note in document["notes"]:
        console.print(Text(f"Note: {note}", style="dim"))
    console.print(Text(f"{DISCLAIMER.capitalize()}.", style="dim"))


def _tables(document: Mapping[str, Any]) -> list[RenderableType]:
    tables: list[RenderableType] = [_arms_table(document)]
    if document["ancova"]:
        tables += [_differences_table(document), _other_analyses_table(document)]
    if _at_primary(document, "matched"):
        tables.append(_matched_table(document))
    if _at_primary(document, "responders"):
        tables.append(_responders_table(document))
    tables += [_doses_table(document)] if document["dose_response"] else []
    if _at_primary(document, "safety"):
        tables.append(_redness_table(document))
    tables += [_next_trial_table(document)] if document["sample_size"] else []
    return tables


def _at_primary(document: Mapping[str, Any], table: str) -> list[Row]:
    return [row for row in document[table] if is_at_primary(row, document)]


def _table(title: str, headings: Sequence[str], *, n_texts: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=Text(title, style="bold"), title_justify="left")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < n_texts else "right", overflow="fold")
    return table


def _named(row: Row) -> str:
    title = re.sub(r"\bum\b", "µm", info_of(row["figure"]).title)
    unit = spoken_unit(row["unit"])
    return f"{title}, {unit}" if unit else title


def _arm(row: Row) -> str:
    return str(row["arm"]) or "no arm stated"


def _arms_table(document: Mapping[str, Any]) -> Table:
    plan = document["plan"]
    title = f"{plan['primary_visit']}: arms as assigned"
    table = _table(title, ("figure", "arm", "n", "missing", "mean (SD)", "change (SD)", "CI of change"), n_texts=2)
    for row in _at_primary(document, "descriptives"):
        change = f"{_signed(row['change_mean'])} ({number(row['change_sd'])})"
        cells = (f"{number(row['mean'])} ({number(row['sd'])})", change, span(row["change_low"], row["change_high"]))
        table.add_row(_named(row), _arm(row), str(row["n"]), str(row["n_missing"]), *cells)
    return table


def _differences_table(document: Mapping[str, Any]) -> Table:
    """ANCOVA and mixed model side by side at the primary visit."""
    mixed = {(row["figure"], row["arm"]): row for row in _at_primary(document, "mixed")}
    title = f"Difference to {document['plan']['reference_arm']}, {document['plan']['primary_visit']}"
    table = _table(title, ("figure", "arm", "ANCOVA", "CI", "p", "p, Holm", "mixed model", "CI"), n_texts=2)
    for row in _at_primary(document, "ancova"):
        if row["family"] and row["difference"] is not None and row["unit"] != "/inch2":
            repeated = mixed.get((row["figure"], row["arm"]))
            second = (
                (NOT_KNOWN, "")
                if repeated is None
                else (_signed(repeated["difference"]), span(repeated["low"], repeated["high"]))
            )
            holm = (
                NOT_KNOWN if row["p_holm"] is None else spoken_p(row["p_holm"]).removeprefix("p = ").removeprefix("p ")
            )
            p = spoken_p(row["p"]).removeprefix("p = ").removeprefix("p ")
            first = (_signed(row["difference"]), span(row["low"], row["high"]))
            table.add_row(_named(row), _arm(row), *first, p, holm, *second)
    return table


def _other_analyses_table(document: Mapping[str, Any]) -> Table:
    table = _table("Primary figure, analyzed otherwise", ("analysis", "arm", "n", "difference", "CI", "p"), n_texts=2)
    figure = document["plan"]["primary_figure"]
    for row in _at_primary(document, "ancova"):
        if row["figure"] == figure and row["difference"] is not None:
            cells = (_signed(row["difference"]), span(row["low"], row["high"]), spoken_p(row["p"]).removeprefix("p = "))
            table.add_row(row["analysis_set"], _arm(row), str(row["n"]), *cells)
    return table


def _matched_table(document: Mapping[str, Any]) -> Table:
    headings = ("figure", "arm", "n", "not registered", "hair to hair (SD)", "same, unmatched (SD)", "difference", "CI")
    table = _table(f"Matched change, {document['plan']['primary_visit']}", headings, n_texts=2)
    for row in _at_primary(document, "matched"):
        matched = f"{_signed(row['mean'])} ({number(row['sd'])})"
        unmatched = f"{_signed(row['unmatched_mean'])} ({number(row['unmatched_sd'])})"
        difference = (_signed(row["difference"]), span(row["difference_low"], row["difference_high"]))
        counts = (str(row["n"]), str(row["n_not_registered"]))
        table.add_row(_named(row), _arm(row), *counts, matched, unmatched, *difference)
    return table


def _responders_table(document: Mapping[str, Any]) -> Table:
    headings = ("figure", "change by", "arm", "missing patients", "responders", "share", "CI", "difference", "CI")
    table = _table(f"Responders, {document['plan']['primary_visit']}", headings, n_texts=4)
    for row in _at_primary(document, "responders"):
        fails = "are none" if "non-responders" in row["analysis_set"] else "left out"
        count = f"{row['n_responders']} of {row['n']}"
        own = (percent(row["share"]), span(row["low"], row["high"], as_percent=True))
        other = (
            percent(row["difference"]),
            span(row["difference_low"], row["difference_high"], as_percent=True),
        )
        table.add_row(_named(row), _signed(row["threshold"]), _arm(row), fails, count, *own, *other)
    return table


def _doses_table(document: Mapping[str, Any]) -> Table:
    table = _table(
        "Dose and response among treated patients", ("figure", "dose", "n", "slope", "CI", "p, Holm"), n_texts=2
    )
    for row in document["dose_response"]:
        cells = (_signed(row["slope"]), span(row["low"], row["high"]), spoken_p(row["p_holm"]).removeprefix("p = "))
        table.add_row(_named(row), row["dose"], str(row["n"]), *cells)
    return table


def _redness_table(document: Mapping[str, Any]) -> Table:
    headings = ("figure", "arm", "n", "change (SD)", "difference", "CI", "rose beyond noise")
    table = _table(f"Safety, {document['plan']['primary_visit']}", headings, n_texts=2)
    for row in _at_primary(document, "safety"):
        change = f"{_signed(row['change_mean'])} ({number(row['change_sd'])})"
        rose = f"{row['n_increased']} of {row['n_judged']}" if row["n_judged"] else NOT_KNOWN
        difference = (_signed(row["difference"]), span(row["difference_low"], row["difference_high"]))
        table.add_row(_named(row), _arm(row), str(row["change_n"]), change, *difference, rose)
    return table


def _next_trial_table(document: Mapping[str, Any]) -> Table:
    first = document["sample_size"][0]
    title = (
        f"The next trial: {percent(first['power'])} power, alpha {first['alpha']:g}, SD {number(first['sd'])}, "
        f"{percent(first['dropout'])} lost"
    )
    table = _table(title, ("figure", "difference to find", "patients per arm", "of them analyzed"), n_texts=1)
    for row in document["sample_size"]:
        words = f"{number(row['difference'])} ({row['basis']})"
        table.add_row(_named(row), words, str(row["n_per_arm"]), str(row["n_analyzed_per_arm"]))
    return table


def _signed(value: float | None) -> str:
    words = number(value)
    return words if value is None or value <= 0 or words == NOT_KNOWN else f"+{words}"
