"""The JSON contract ``hairdensity/growth-1``: a phototrichogram as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hairdensity.report.change_document import describe_change, records
from hairdensity.report.document import ImageError
from hairdensity.report.values import number_or_none, plain
from hairdensity.report.wording import percent, span

if TYPE_CHECKING:
    from hairdensity.comparison.growth import Growth

__all__ = ["GROWTH_FIGURES", "GROWTH_SCHEMA", "growth_document", "growth_headline", "rate", "rate_span"]

GROWTH_SCHEMA = "hairdensity/growth-1"

GROWTH_FIGURES = {
    "median_rate_mm_per_day": "Growth of the hairs that grow, median",
    "mean_rate_mm_per_day": "Growth of the hairs that grow, mean",
    "anagen_fraction": "Growing (anagen)",
    "telogen_fraction": "Resting (telogen and catagen)",
}
"""Each an Estimate, with its title."""


def growth_document(
    growth: Growth, *, paths: tuple[str, str] | None = None, errors: Iterable[ImageError] = ()
) -> dict[str, Any]:
    """The whole document of a phototrichogram.

    Parameters
    ----------
    growth : Growth
    paths : (str, str), optional
        Where the pictures came from; their ``image_id`` by default.
    errors : iterable of ImageError, optional

    Returns
    -------
    dict
        Plain values that JSON can carry: NaN is None.
    """
    figures = {name: getattr(growth, name) for name in GROWTH_FIGURES}
    document = {
        "schema": GROWTH_SCHEMA,
        "version": growth.change.version,
        "hours": growth.hours,
        "growth": {
            name: {part: number_or_none(value) for part, value in asdict(figure).items()}
            for name, figure in figures.items()
        },
        "phases": {phase: getattr(growth, f"n_{phase}") for phase in ("anagen", "telogen", "undecided")},
        **describe_change(growth.change, paths=paths),
        "hairs": records(growth.hairs, decimals=4),
        "settings": plain(asdict(growth.settings)),
        "errors": [error._asdict() for error in errors],
    }
    return document | {"headline": growth_headline(document)}


def growth_headline(document: dict[str, Any]) -> str:
    """The result in one sentence."""
    figures, phases = document["growth"], document["phases"]
    median, anagen = figures["median_rate_mm_per_day"], figures["anagen_fraction"]
    words = [] if median["value"] is None else [f"{rate(median['value'])} mm per day{_in_brackets(rate_span(median))}"]
    interval = span(anagen["low"], anagen["high"], as_percent=True)
    words.append(f"{percent(anagen['value'])} of the hairs grow{_in_brackets(interval)}")
    return f"Growth: {', '.join(words)}; {sum(phases.values())} hairs over {document['hours']:g} hours"


def rate(value: float) -> str:
    """A growth rate with the digits that it can bear."""
    return f"{value:.2f}"


def rate_span(figure: dict[str, Any]) -> str:
    """The interval of a growth rate; empty when it is not known."""
    ends = figure["low"], figure["high"]
    return "" if None in ends else f"{rate(ends[0])} to {rate(ends[1])}"


def _in_brackets(interval: str) -> str:
    return f" ({interval})" if interval else ""
