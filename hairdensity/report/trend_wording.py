"""The trends of a series in words, from its document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hairdensity.metrics.figures import info_of
from hairdensity.report.change_wording import NO_VERDICT, first_known, signed, title_of
from hairdensity.report.wording import NOT_KNOWN

__all__ = ["known_of_baseline", "trend_rows"]

Document = dict[str, Any]


def known_of_baseline(document: Document) -> list[str]:
    """The main figures that the baseline has."""
    metrics = document["visits"][0]["metrics"] or {}
    return first_known(lambda name: metrics.get(name) is not None and metrics[name]["value"] is not None)


def trend_rows(document: Document) -> Iterator[tuple[str, str, str, str]]:
    """Yield title, slope, interval and verdict of the main figures' trends."""
    trends = document["trends"]
    for name in first_known(lambda name: name in trends and trends[name]["slope"] is not None):
        trend, info = trends[name], info_of(name)
        slope, low, high = (signed(info, trend[part], more=1) for part in ("slope", "low", "high"))
        interval = NOT_KNOWN if NOT_KNOWN in (low, high) else f"{low} to {high}"
        points = " points" if info.link == "logit" else ""
        yield title_of(info), f"{slope}{points} per {trend['per']}", interval, trend["verdict"] or NO_VERDICT
