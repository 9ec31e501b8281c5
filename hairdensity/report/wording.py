"""Figures in words: the same rounding on the terminal and on the overlay. None and NaN are figures not known."""

from __future__ import annotations

import math

from hairdensity.flags import FlagInfo

__all__ = ["DISCLAIMER", "NOT_KNOWN", "flag_sentence", "number", "percent", "span", "spoken_unit"]

DISCLAIMER = "research use, not a medical device"
NOT_KNOWN = "-"


def number(value: float | None) -> str:
    """A value with three digits, or whole from 100 on."""
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percent(value: float | None) -> str:
    """A fraction in whole percent."""
    return NOT_KNOWN if value is None or not math.isfinite(value) else f"{value:.0%}"


def span(low: float | None, high: float | None, *, as_percent: bool = False) -> str:
    """Both ends of an interval, e.g. ``"112 to 145"``; empty when one of them is not known."""
    words = percent if as_percent else number
    ends = words(low), words(high)
    return "" if NOT_KNOWN in ends else f"{ends[0]} to {ends[1]}"


def spoken_unit(unit: str) -> str:
    """A unit as people write it, e.g. ``"per cm²"`` for ``"/cm2"``."""
    words = unit.replace("2", "²").replace("um", "µm")
    return f"per {words[1:]}" if words.startswith("/") else words.replace("/", " per ")


def flag_sentence(info: FlagInfo) -> str:
    """What was noticed, what it does to the figures and what to do about it."""
    sentence = f"{info.meaning}: {info.effect}"
    return f"{sentence}. Remedy: {info.remedy}" if info.remedy else sentence
