"""Trends: whether a figure rises or falls over several visits, beyond the error of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hairdensity.comparison.differences import TWO_SIDED_95, ChangeVerdict, Difference, verdict_of

__all__ = ["DAYS_PER_MONTH", "DAYS_PER_YEAR", "Trend", "trend_of"]

Array = NDArray[np.float64]

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A straight line through the visits; NaN where there is none, and no interval where errors are not known.

    Parameters
    ----------
    slope : float
        In the figure's unit for each ``per``.
    low, high : float
        95 % interval: the errors of the visits, widened where the visits lie farther off the line than these explain.
    relative : float
        ``slope`` as a share of the line's value at baseline.
    per : {"month", "year", "visit"}
    n_visits : int
    scatter : float
        Root of the mean square distance of the visits from the line in their own errors; 1 is what errors explain, NaN
        for two visits.
    verdict : ChangeVerdict or None
    """

    slope: float
    low: float
    high: float
    relative: float
    per: Literal["month", "year", "visit"]
    n_visits: int
    scatter: float
    verdict: ChangeVerdict | None

    def per_year(self) -> Trend:
        """The same for each year; without days there is none.

        Raises
        ------
        ValueError
            If it is a trend by visits.
        """
        if self.per == "visit":
            raise ValueError("a trend by visits has no time: give the days of the visits")
        factor = 1.0 if self.per == "year" else DAYS_PER_YEAR / DAYS_PER_MONTH
        return Trend(
            slope=self.slope * factor,
            low=self.low * factor,
            high=self.high * factor,
            relative=self.relative * factor,
            per="year",
            n_visits=self.n_visits,
            scatter=self.scatter,
            verdict=self.verdict,
        )


def trend_of(
    baseline: float, differences: Sequence[Difference | None], *, days: Sequence[float] | None = None
) -> Trend:
    """The trend of one figure.

    Every visit is compared with the baseline, so all differences share the baseline's own error; it is taken for as
    large as that of the best visit.

    Parameters
    ----------
    baseline : float
        The figure at baseline.
    differences : sequence of Difference or None
        Of each later visit from the baseline, in turn; None for visits without one.
    days : sequence of float, optional
        Of the baseline and of every later visit; without them visits count as evenly spaced.
    """
    per: Literal["month", "visit"] = "visit" if days is None else "month"
    time = np.arange(len(differences) + 1, dtype=np.float64) if days is None else np.asarray(days) / DAYS_PER_MONTH
    stated = [
        (at, difference.value, difference.standard_error)
        for at, difference in zip(time[1:], differences, strict=True)
        if difference is not None and math.isfinite(difference.value)
    ]
    if not stated or not math.isfinite(baseline):
        return _no_trend(per)
    at, change, error = np.array([(time[0], 0.0, math.nan), *stated]).T
    is_known = bool((error[1:] > 0).all())
    own = float(error[1:].min() ** 2 / 2)
    variance = np.concatenate([[own], error[1:] ** 2 - own]) if is_known else np.ones(len(at))
    slope, start, deviation, scatter = _line(at - time[0], change, variance)
    reach = TWO_SIDED_95 * deviation if is_known else math.nan
    level = baseline + start
    return Trend(
        slope=slope,
        low=slope - reach,
        high=slope + reach,
        relative=slope / level if level else math.nan,
        per=per,
        n_visits=len(at),
        scatter=scatter if is_known else math.nan,
        verdict=verdict_of(slope - reach, slope + reach),
    )


def _line(at: Array, value: Array, variance: Array) -> tuple[float, float, float, float]:
    """Slope, value at 0, standard error of the slope, and scatter, by weighted least squares.

    The error grows with the scatter where that exceeds 1 (Birge 1932), and never shrinks with it.
    """
    weight = 1 / variance
    middle, mean = np.average(at, weights=weight), np.average(value, weights=weight)
    spread = float(weight @ (at - middle) ** 2)
    slope = float(weight @ ((at - middle) * (value - mean))) / spread
    start = float(mean - slope * middle)
    left = len(at) - 2
    scatter = math.sqrt(float(weight @ (value - start - slope * at) ** 2) / left) if left else math.nan
    widened = max(1.0, scatter) if left else 1.0
    return slope, start, widened / math.sqrt(spread), scatter


def _no_trend(per: Literal["month", "visit"]) -> Trend:
    nothing = math.nan
    return Trend(
        slope=nothing, low=nothing, high=nothing, relative=nothing, per=per, n_visits=0, scatter=nothing, verdict=None
    )
