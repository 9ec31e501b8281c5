"""A figure with its interval, and the interval that leaving out one patient at a time gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = [
    "LEVEL",
    "NOT_STATED",
    "PLAIN",
    "Bounded",
    "Link",
    "interval_of_parts",
    "jackknife",
    "sd_interval",
    "variance_bounds",
]

LEVEL: Final = 0.95

Statistic = Callable[[NDArray[np.float64]], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """A figure with its interval; NaN where it cannot be stated."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Bounded:
        """The figure in another unit; ``factor`` is positive."""
        return Bounded(value=self.value * factor, low=self.low * factor, high=self.high * factor)


NOT_STATED: Final = Bounded(value=float("nan"), low=float("nan"), high=float("nan"))


@dataclass(frozen=True, slots=True)
class Link:
    """The scale on which a statistic is near to normal, and the way back from it; both take arrays."""

    forward: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    back: Callable[[NDArray[np.float64]], NDArray[np.float64]]


PLAIN: Final = Link(forward=lambda value: value, back=lambda value: value)
"""The statistic's own scale."""


def jackknife(
    statistic: Statistic,
    values: NDArray[np.float64],
    clusters: NDArray[np.int64],
    *,
    link: Link,
    level: float = LEVEL,
) -> Bounded:
    """Interval of a statistic whose rows are clustered: the delete-one-cluster jackknife.

    No distribution and no correlation within a cluster is assumed; the interval rests on the number of clusters, with
    Student's t of one degree less.

    Parameters
    ----------
    statistic : callable
        Of rows (m, k).
    values : (n, k) float ndarray
    clusters : (n,) int ndarray
        Rows of one number belong together.
    link : Link
        Where pseudo-values are formed.
    level : float, optional

    Returns
    -------
    Bounded
        NaN as interval when there are fewer than 3 clusters or a part of the rows does not give the statistic.

    References
    ----------
    .. [1] Miller (1974). The jackknife - a review. Biometrika 61(1), 1-15.
    """
    without = [statistic(values[clusters != name]) for name in np.unique(clusters)]
    return interval_of_parts(statistic(values), without, link=link, level=level)


def interval_of_parts(value: float, without: Sequence[float], *, link: Link, level: float = LEVEL) -> Bounded:
    """The delete-one-cluster jackknife, from the statistic of all rows and of those without each cluster.

    Parameters
    ----------
    value : float
    without : (C,) sequence of float
    link : Link
    level : float, optional
    """
    n = len(without)
    with np.errstate(all="ignore"):
        center, *parts = link.forward(np.array([value, *without]))
    if n < 3 or not np.isfinite([center, *parts]).all():
        return Bounded(value=value, low=float("nan"), high=float("nan"))
    pseudo = n * center - (n - 1) * np.array(parts)
    half = stats.t.ppf((1 + level) / 2, n - 1) * pseudo.std(ddof=1) / np.sqrt(n)
    low, high = link.back(np.array([center - half, center + half]))
    return Bounded(value=value, low=float(low), high=float(high))


def sd_interval(variance: float, df: int, *, level: float = LEVEL) -> Bounded:
    """A standard deviation with the exact interval of independent normal errors.

    Parameters
    ----------
    variance : float
    df : int
        Degrees of freedom of the variance.
    level : float, optional
    """
    if df < 1 or not variance >= 0:
        return NOT_STATED
    tail = (1 - level) / 2
    return Bounded(
        value=float(np.sqrt(variance)),
        low=float(np.sqrt(variance * df / stats.chi2.ppf(1 - tail, df))),
        high=float(np.sqrt(variance * df / stats.chi2.ppf(tail, df))),
    )


def variance_bounds(parts: NDArray[np.float64], df: NDArray[np.int64], level: float = LEVEL) -> tuple[float, float]:
    """Bounds of a sum of independent multiples of mean squares, recovered from the bounds of each [1]_.

    Parameters
    ----------
    parts : (2,) float ndarray
        Not negative.
    df : (2,) int ndarray
        Degrees of freedom of each.
    level : float, optional

    References
    ----------
    .. [1] Graybill & Wang (1980). Confidence intervals on nonnegative linear combinations of variances. Journal of the
       American Statistical Association 75, 869-873.
    """
    tail = (1 - level) / 2
    below = parts * (1 - df / stats.chi2.isf(tail, df))
    above = parts * (df / stats.chi2.ppf(tail, df) - 1)
    total = float(parts.sum())
    return max(0.0, total - float(np.hypot(*below))), total + float(np.hypot(*above))
