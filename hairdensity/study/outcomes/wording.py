"""What outcomes say in plain words, and what they do not say."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hairdensity.metrics.figures import info_of
from hairdensity.report.wording import number, spoken_unit
from hairdensity.study.outcomes.primary import MATCHED_SET, PICTURES_SET

__all__ = ["comparison_words", "grouped_refusals", "headline", "is_at_primary", "p_digits", "spoken_p"]

Row = Mapping[str, Any]

_MOST_NAMED = 2
"""Analyses that one reason names before it counts the others; the document has all."""


def headline(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The primary result, a sentence for each comparison.

    Parameters
    ----------
    document : mapping
        From `hairdensity.study.outcomes.outcomes_document`.
    """
    rows = [row for row in primary_rows(document) if row["difference"] is not None]
    if not rows:
        return ("No comparison of arms was made; the reasons are listed as refused.",)
    level = document["plan"]["level"]
    return (
        *(comparison_words(row, level) for row in rows),
        *(_other_sentence(row, level) for row in _otherwise(document)),
    )


def grouped_refusals(refused: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    """What was not analyzed, for people: each reason once, with the first analyses that it holds for.

    Parameters
    ----------
    refused : sequence of mapping
        ``refused`` of the document.

    Returns
    -------
    tuple of (str, str)
        What and the reason, in the order in which the reasons came up.
    """
    whats: dict[str, list[str]] = {}
    for row in refused:
        whats.setdefault(str(row["reason"]), []).append(str(row["what"]))
    return tuple((_listed(found), reason) for reason, found in whats.items())


def _listed(whats: Sequence[str]) -> str:
    named = "; ".join(whats[:_MOST_NAMED])
    n_more = len(whats) - _MOST_NAMED
    return named if n_more <= 0 else f"{named}; and {n_more} more {'analysis' if n_more == 1 else 'analyses'}"


def primary_rows(document: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows of the primary analysis, the reference arm's first, on the basis that the plan names."""
    figure = document["plan"]["primary_figure"]
    for row in document["ancova"]:
        if row["family"] == "primary" and row["figure"] == figure:
            yield row


def is_at_primary(row: Row, document: Mapping[str, Any]) -> bool:
    """Whether a row is of the primary visit; visits of one name may lie at several weeks."""
    plan = document["plan"]
    return bool(row["visit"] == plan["primary_visit"] and row["week"] == plan["primary_week"])


def comparison_words(row: Row, level: float, *, write: Callable[[Any], str] = number, patients: str = "") -> str:
    """A difference between two arms as a sentence: how much, how sure, and what it may be taken for.

    Parameters
    ----------
    row : mapping
        Of ``ancova`` of the document, with a difference.
    level : float
        Of the interval.
    write : callable
        From a number to its words, rounded as in the tables beside the sentence.
    patients : str
        On how many patients it rests.
    """
    info = info_of(row["figure"])
    unit = spoken_unit(row["unit"])
    what = f"{info.title[:1].lower()}{info.title[1:]}"
    side = "more" if row["difference"] > 0 else "less"
    p = row["p_holm"] if row["p_holm"] is not None else row["p"]
    ending = f"; {patients}" if patients else ""
    adjusted = ", Holm" if row["p_holm"] is not None and not math.isclose(row["p_holm"], row["p"]) else ""
    return (
        f"At {row['visit']}, {what} changed by {write(abs(row['difference']))} {unit} {side} with {row['arm']} than "
        f"with {row['reference']} ({_interval(row, level, write)}; {spoken_p(p)}{adjusted}{ending}): "
        f"{_conclusion(row)}."
    )


def _otherwise(document: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the primary comparison by the other kind of change."""
    figure = document["plan"]["primary_figure"]
    for row in document["ancova"]:
        is_same = row["figure"] == figure and is_at_primary(row, document) and row["family"] == ""
        if is_same and row["analysis_set"] in (MATCHED_SET, PICTURES_SET) and row["difference"] is not None:
            yield row


def _other_sentence(row: Row, level: float) -> str:
    how = (
        "Hair to hair, where registered" if row["analysis_set"] == MATCHED_SET else "As the difference of the pictures"
    )
    side = "more" if row["difference"] > 0 else "less"
    amount = f"{number(abs(row['difference']))} {spoken_unit(row['unit'])} {side} with {row['arm']}"
    return f"{how}: {amount} ({_interval(row, level)}; {spoken_p(row['p'])})."


def _interval(row: Row, level: float, write: Callable[[Any], str] = number) -> str:
    """The interval, after the difference itself where its sign would not be seen."""
    signed = f"difference {write(row['difference'])}, " if row["difference"] < 0 else ""
    return f"{signed}{100 * level:g} % CI {write(row['low'])} to {write(row['high'])}"


def _conclusion(row: Row) -> str:
    if row["low"] is None or row["high"] is None:
        return "its interval is not known"
    if row["low"] <= 0 <= row["high"]:
        return "the data are compatible with no difference"
    return "zero lies outside the interval"


def spoken_p(p: float | None) -> str:
    """A p value as papers print it."""
    if p is None:
        return "p not known"
    digits = p_digits(p)
    return f"p {digits[0]} {digits[1:]}" if digits.startswith("<") else f"p = {digits}"


def p_digits(p: float) -> str:
    """A p value as a cell of a table: three decimals, and two from 0.1 on."""
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
