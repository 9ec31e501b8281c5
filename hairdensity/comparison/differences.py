"""The types of a change: a difference with its intervals and its verdict against noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from hairdensity.metrics import MetricInfo
from hairdensity.metrics.intervals import TWO_SIDED_95

__all__ = ["TWO_SIDED_95", "ChangeVerdict", "Difference", "difference", "verdict_of"]


class ChangeVerdict(StrEnum):
    """Whether a difference can be told from noise."""

    INCREASE = "increase"
    DECREASE = "decrease"
    WITHIN_NOISE = "within noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Follow-up less baseline of one figure; NaN where it cannot be stated.

    Parameters
    ----------
    value : float
    low, high : float
        95 % interval of what changed on the skin that both pictures show: detection and measurement of both visits.
        Of unmatched samples, which share no skin, the same as ``site_low`` and ``site_high``.
    relative : float
        ``value`` as a share of the baseline's figure; NaN for an index without a zero.
    detectable : float
        Smallest change that is told from noise here: 1.96 standard errors of ``value``, of a count half a hair more.
    n : int
        Hairs or units that it rests on: those of the visit that has fewer, on the skin that is compared.
    verdict : ChangeVerdict or None
        By ``low`` and ``high``; None where the difference cannot be stated.
    site_low, site_high : float
        95 % interval of the change of the site around: the sampling of gained and lost hairs is added.
    """

    value: float
    low: float
    high: float
    relative: float
    detectable: float
    n: int
    verdict: ChangeVerdict | None
    site_low: float
    site_high: float

    @property
    def standard_error(self) -> float:
        """Of ``value``, for the skin that both pictures show."""
        return self.detectable / TWO_SIDED_95

    def widened(self, sd: float) -> Difference:
        """With an error more that is independent of the others, in the figure's own unit."""
        if not sd > 0:
            return self
        reach = TWO_SIDED_95 * sd
        low, high, site_low, site_high = (
            self.value + math.copysign(math.hypot(end - self.value, reach), side)
            for end, side in ((self.low, -1), (self.high, 1), (self.site_low, -1), (self.site_high, 1))
        )
        return replace(
            self,
            low=low,
            high=high,
            detectable=math.hypot(self.detectable, reach),
            verdict=verdict_of(low, high),
            site_low=site_low,
            site_high=site_high,
        )

    def of(self, info: MetricInfo) -> Difference:
        """The difference of this figure: a share of an index that has no zero, such as redness, says nothing."""
        return replace(self, relative=math.nan) if info.link == "identity" else self

    def times(self, factor: float) -> Difference:
        """The same in another unit."""
        return replace(
            self,
            value=self.value * factor,
            low=self.low * factor,
            high=self.high * factor,
            detectable=self.detectable * factor,
            site_low=self.site_low * factor,
            site_high=self.site_high * factor,
        )

    def without_verdict(self) -> Difference:
        """The value alone: its error is not known."""
        nothing = math.nan
        return replace(
            self,
            low=nothing,
            high=nothing,
            detectable=nothing,
            verdict=None,
            site_low=nothing,
            site_high=nothing,
        )


def difference(
    *, baseline: float, follow_up: float, sd: float, site_sd: float, n: int, grain: float = 0.0
) -> Difference:
    """A difference from both values, with symmetric intervals.

    Parameters
    ----------
    baseline, follow_up : float
    sd : float
        Standard error on the skin that both pictures show; NaN where it is not known.
    site_sd : float
        Of the sampling alone; NaN where it is not known.
    n : int
    grain : float, optional
        Step in which the truth changes, such as one hair: the interval reaches to the next whole one on either side.
    """
    value, reach = follow_up - baseline, TWO_SIDED_95 * sd + grain / 2
    site = math.hypot(reach, TWO_SIDED_95 * site_sd)
    low, high = value - reach, value + reach
    return Difference(
        value=value,
        low=low,
        high=high,
        relative=value / baseline if baseline else math.nan,
        detectable=reach,
        n=n,
        verdict=verdict_of(low, high),
        site_low=value - site,
        site_high=value + site,
    )


def verdict_of(low: float, high: float) -> ChangeVerdict | None:
    """Beyond noise where the interval keeps clear of 0."""
    if math.isnan(low) or math.isnan(high):
        return None
    if low > 0:
        return ChangeVerdict.INCREASE
    return ChangeVerdict.DECREASE if high < 0 else ChangeVerdict.WITHIN_NOISE
