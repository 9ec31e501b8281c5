"""Shares of patients: Wilson's interval, Newcombe's interval of a difference, Fisher's exact test."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

__all__ = ["ShareDifference", "compare_shares", "wilson_interval"]


class ShareDifference(NamedTuple):
    """Difference of two shares."""

    value: float
    low: float
    high: float
    p: float


def wilson_interval(k: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Score interval of a share ``k / n``.

    References
    ----------
    .. [1] Wilson (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
    """
    if n == 0:
        return math.nan, math.nan
    z = float(stats.norm.ppf(0.5 + level / 2))
    share, extra = k / n, z * z / n
    middle = (share + extra / 2) / (1 + extra)
    half = z / (1 + extra) * math.sqrt(share * (1 - share) / n + extra / (4 * n))
    return (0.0 if k == 0 else middle - half), (1.0 if k == n else middle + half)


def compare_shares(k: int, n: int, reference_k: int, reference_n: int, *, level: float = 0.95) -> ShareDifference:
    """Difference of ``k / n`` to the reference, with Newcombe's hybrid score interval and Fisher's exact test.

    References
    ----------
    .. [1] Newcombe (1998). Interval estimation for the difference between independent proportions: comparison of
       eleven methods. Statist. Med. 17, 873-890: method 10.
    """
    if n == 0 or reference_n == 0:
        return ShareDifference(*[math.nan] * 4)
    share, reference = k / n, reference_k / reference_n
    low, high = wilson_interval(k, n, level=level)
    reference_low, reference_high = wilson_interval(reference_k, reference_n, level=level)
    value = share - reference
    below = math.hypot(share - low, reference_high - reference)
    above = math.hypot(high - share, reference - reference_low)
    _, p = stats.fisher_exact(np.array([[k, n - k], [reference_k, reference_n - reference_k]]))
    return ShareDifference(value, value - below, value + above, float(p))
