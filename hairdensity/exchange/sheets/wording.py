"""Words that the sheets share: days, values with their intervals, where the figures come from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from hairdensity.exchange.examined import Examined
from hairdensity.metrics.figures import info_of
from hairdensity.report.change_wording import value_of
from hairdensity.report.wording import DISCLAIMER, NOT_KNOWN

__all__ = ["day_words", "interval_of", "made_by", "moment_words", "shown_value"]


def day_words(day: date) -> str:
    """A day as everybody reads it, e.g. ``"2 March 2026"``."""
    return f"{day.day} {day:%B %Y}"


def moment_words(moment: datetime) -> str:
    """A moment, e.g. ``"2 March 2026, 10:05 UTC"``."""
    return f"{day_words(moment.date())}, {moment:%H:%M} UTC"


def shown_value(metrics: dict[str, Any], name: str) -> str:
    """A figure with the digits that it can bear; ``"-"`` where it is not known."""
    figure = metrics.get(name)
    if isinstance(figure, dict) or figure is None:
        return value_of(info_of(name), figure)
    return f"{figure:.{info_of(name).decimals}f}"


def interval_of(metrics: dict[str, Any], name: str, *, of_site: bool = False) -> str:
    """The 95 % interval of a figure, e.g. ``"111 to 159"``; empty where it is not known.

    Parameters
    ----------
    metrics : dict
    name : str
    of_site : bool, optional
        For the site around, of which the picture is a sample.
    """
    figure = metrics.get(name)
    if not isinstance(figure, dict):
        return ""
    info, prefix = info_of(name), "site_" if of_site else ""
    low, high = (value_of(info, {"value": figure[f"{prefix}{end}"]}) for end in ("low", "high"))
    if low == NOT_KNOWN:
        return ""
    return f"{low} or more" if high == NOT_KNOWN else f"{low} to {high}"


def made_by(examined: Examined) -> str:
    """Which program and weights, and of which picture, in one line."""
    picture = examined.entry["image"]["sha256"][:16]
    return f"hairdensity {examined.version}, {examined.model_words}; picture {picture}; {DISCLAIMER}"
