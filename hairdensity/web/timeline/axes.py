"""Axes: days and values as px, with round ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

__all__ = ["Axis", "Tick", "time_axis", "value_axis"]

_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_PAD = 0.04
"""Share of an axis that stays free at both of its ends."""

_LEAST_PAD_DAYS = 20.0
"""So that the first day of a month lies on every axis."""


class Tick(NamedTuple):
    """A labelled place of an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A linear map from values (or ordinal days) to px.

    Parameters
    ----------
    low, high : float
        Values at both ends.
    start, end : float
        Their px.
    ticks : tuple of Tick
        Within both ends.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[Tick, ...] = ()

    def at(self, value: float) -> float:
        """The px of a value; beyond the ends, the end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def time_axis(days: Sequence[date], *, start: float, end: float, most_ticks: int) -> Axis:
    """An axis over days; ticks are the first days of months.

    Parameters
    ----------
    days : sequence of date
        What it must hold: one or more.
    start, end : float
        px.
    most_ticks : int
    """
    first, last = min(days).toordinal(), max(days).toordinal()
    pad = max(_LEAST_PAD_DAYS, _PAD * (last - first))
    bare = Axis(low=first - pad, high=last + pad, start=start, end=end)
    months = _months(bare)
    step = next((step for step in _MONTH_STEPS if _count(months, step) <= most_ticks), _MONTH_STEPS[-1])
    chosen = [day for day in months if (day.year * 12 + day.month - 1) % step == 0] or months[:1]
    has_one_year = len({day.year for day in chosen}) == 1
    ticks = tuple(
        Tick(bare.at(day.toordinal()), _month_label(day, is_first=number == 0, always=not has_one_year and step < 12))
        for number, day in enumerate(chosen)
    )
    return Axis(low=bare.low, high=bare.high, start=start, end=end, ticks=ticks)


def _months(axis: Axis) -> list[date]:
    """All first days of months on an axis."""
    day = date.fromordinal(math.ceil(axis.low))
    number = day.year * 12 + day.month - 1 + (day.day > 1)
    found = []
    while (day := date(number // 12, number % 12 + 1, 1)).toordinal() <= axis.high:
        found.append(day)
        number += 1
    return found


def _count(months: Sequence[date], step: int) -> int:
    return sum((day.year * 12 + day.month - 1) % step == 0 for day in months)


def _month_label(day: date, *, is_first: bool, always: bool) -> str:
    """``Jan 2026`` at the first tick and at each January; ``Mar`` between."""
    return f"{day:%b %Y}" if is_first or day.month == 1 or (always and day.month == 7) else f"{day:%b}"


def value_axis(values: Sequence[float], *, start: float, end: float, least: float = 0.0) -> Axis:
    """An axis over values with four to seven round ticks; it need not begin at zero.

    Parameters
    ----------
    values : sequence of float
        What it must hold: one or more.
    start, end : float
        px of the lowest and of the highest tick.
    least : float, optional
        No tick stands below.
    """
    low, high = min(values), max(values)
    if high - low < 1e-9:
        low, high = low - max(abs(low), 1.0) * 0.1, high + max(abs(high), 1.0) * 0.1
    step = _round_step((high - low) / 4.0)
    first, last = math.floor(low / step), math.ceil(high / step)
    if low >= least:
        first = max(first, math.ceil(least / step))
    axis = Axis(low=first * step, high=last * step, start=start, end=end)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    decimals += not math.isclose(step * 10**decimals, round(step * 10**decimals))
    ticks = tuple(Tick(axis.at(number * step), f"{number * step:.{decimals}f}") for number in range(first, last + 1))
    return Axis(low=axis.low, high=axis.high, start=start, end=end, ticks=ticks)


def _round_step(rough: float) -> float:
    """The next round number: 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(number * power for number in _ROUND if number * power >= rough * (1 - 1e-9))
