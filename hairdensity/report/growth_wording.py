"""A phototrichogram in words, from its document."""

from __future__ import annotations

from typing import Any

from hairdensity.report.wording import NOT_KNOWN, percent, span

__all__ = ["GROWTH_FIGURES", "growth_rows", "growth_words", "in_brackets"]

Document = dict[str, Any]

GROWTH_FIGURES = {
    "median_rate_mm_per_day": "Growth of the hairs that grow, median",
    "mean_rate_mm_per_day": "Growth of the hairs that grow, mean",
    "anagen_fraction": "Growing (anagen)",
    "telogen_fraction": "Resting (telogen and catagen)",
}
"""Each an Estimate, with its title."""


def growth_words(document: Document) -> str:
    """The result in one sentence."""
    figures, phases = document["growth"], document["phases"]
    median, anagen = figures["median_rate_mm_per_day"], figures["anagen_fraction"]
    words = [f"{_value('rate', median)}{in_brackets(_interval('rate', median))}"] if median["value"] is not None else []
    words.append(f"{_value('_fraction', anagen)} of the hairs grow{in_brackets(_interval('_fraction', anagen))}")
    return f"Growth: {', '.join(words)}; {sum(phases.values())} hairs over {document['hours']:g} hours"


def growth_rows(document: Document) -> list[tuple[str, str, str, str]]:
    """Title, value, interval and number of hairs of each figure."""
    figures = document["growth"]
    return [
        (title, _value(name, figures[name]), _interval(name, figures[name]), str(figures[name]["n"]))
        for name, title in GROWTH_FIGURES.items()
    ]


def in_brackets(interval: str) -> str:
    """An interval behind its figure; nothing where it is not known."""
    return f" ({interval})" if interval else ""


def _value(name: str, figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return NOT_KNOWN
    return percent(figure["value"]) if name.endswith("_fraction") else f"{figure['value']:.2f} mm per day"


def _interval(name: str, figure: dict[str, Any]) -> str:
    ends = figure["low"], figure["high"]
    if name.endswith("_fraction"):
        return span(*ends, as_percent=True)
    return "" if None in ends else f"{ends[0]:.2f} to {ends[1]:.2f}"
