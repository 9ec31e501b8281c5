"""The types of a change: a difference with its intervals and its verdict against noise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ChangeVerdict", "Difference"]


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
    relative : float
        ``value`` as a share of the baseline's figure.
    detectable : float
        Smallest true change that is told from noise here: 1.96 standard errors of ``value``.
    n : int
        Hairs or units that it rests on.
    verdict : ChangeVerdict or None
        None where the difference cannot be stated.
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
