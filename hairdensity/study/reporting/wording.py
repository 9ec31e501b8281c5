"""Numbers and names of a study in words: the same rounding in every table, figure and sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from hairdensity.metrics import METRICS
from hairdensity.study.outcomes.wording import p_digits

__all__ = [
    "NONE",
    "arm_name",
    "ci_words",
    "count",
    "decimals_of",
    "figure_name",
    "figure_title",
    "interval",
    "known",
    "mean_and_spread",
    "number",
    "p_value",
    "percent",
    "signed",
    "spoken",
    "unit_of",
    "unit_words",
    "visit_name",
]

NONE = "\N{EN DASH}"
"""In place of a number that is not known."""

_INFO = {info.name: info for info in METRICS}
_WORDS = {"needle_depth_mm": "needle depth", "interval_days": "interval of sessions", "p_holm": "p by Holm"}
# The longest first: some names begin others.
_NAMES = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted([*_WORDS, *_INFO], key=len, reverse=True)))})\b")
_MINUS = "\N{MINUS SIGN}"


def known(value: Any) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def number(value: Any, decimals: int) -> str:
    """A number with fixed decimals and a true minus sign."""
    if not known(value):
        return NONE
    words = f"{value:.{decimals}f}"
    # "-0.0" is no negative number.
    return words.removeprefix("-") if float(words) == 0.0 else words.replace("-", _MINUS)


def signed(value: Any, decimals: int) -> str:
    """A change: with its sign in front, zero without."""
    words = number(value, decimals)
    return f"+{words}" if known(value) and float(f"{value:.{decimals}f}") > 0.0 else words


def count(value: Any) -> str:
    """A whole number."""
    return f"{round(value)}" if known(value) else NONE


def percent(value: Any) -> str:
    """A share in percent, to one decimal."""
    return f"{number(100.0 * value, 1)} %" if known(value) else NONE


def p_value(value: Any) -> str:
    """A p value as a cell of a table."""
    return p_digits(value) if known(value) else NONE


def interval(low: Any, high: Any, decimals: int) -> str:
    """Both ends of an interval."""
    return f"{number(low, decimals)} to {number(high, decimals)}" if known(low) and known(high) else NONE


def mean_and_spread(mean: Any, spread: Any, decimals: int, *, with_sign: bool = False) -> str:
    """A mean with its standard deviation or error in brackets."""
    words = signed(mean, decimals) if with_sign else number(mean, decimals)
    return f"{words} ({number(spread, decimals)})" if known(spread) else words


def decimals_of(figure: str) -> int:
    """Decimals of a mean: one more than of a single picture's figure, at most three."""
    info = _INFO.get(figure)
    shown_in_percent = info is not None and info.link == "logit" and not info.unit
    return 1 if info is None else min(3, info.decimals + (3 if shown_in_percent else 1))


def figure_title(figure: str) -> str:
    """A figure's name without its unit; lengths in it stand as µm."""
    words = _INFO[figure].title if figure in _INFO else figure.replace("_", " ")
    return re.sub(r"\bum\b", "µm", words)


def spoken(words: str) -> str:
    """A sentence of the outcomes with the names of columns and figures in words."""
    return _NAMES.sub(lambda found: _WORDS.get(found[0]) or figure_title(found[0]), words)


def unit_of(figure: str) -> str:
    """A figure's unit as the tables name it; empty for one that is not known."""
    return _INFO[figure].unit if figure in _INFO else ""


def unit_words(unit: str | None) -> str:
    """A unit as it is printed: ``/cm2`` is ``/cm²``."""
    return (unit or "").replace("cm2", "cm²").replace("inch2", "inch²").replace("mm2", "mm²").replace("um", "µm")


def figure_name(figure: str, unit: str | None = None) -> str:
    """A figure's name with its unit."""
    if unit is None and figure in _INFO:
        unit = _INFO[figure].unit
    words = unit_words(unit)
    return f"{figure_title(figure)} ({words})" if words else figure_title(figure)


def ci_words(level: Any) -> str:
    """Name of an interval, e.g. "95 % CI"; 95 % where no level is stated."""
    return f"{100.0 * level:g} % CI" if known(level) else "95 % CI"


def arm_name(arm: Any) -> str:
    """An arm, also when the manifest names none."""
    return str(arm) if isinstance(arm, str) and arm else "no arm stated"


def visit_name(row: Mapping[str, Any]) -> str:
    """A visit by its name; by its week where it has none."""
    visit, week = row.get("visit"), row.get("week")
    if isinstance(visit, str) and visit:
        return visit
    return f"week {week:g}" if known(week) else NONE
