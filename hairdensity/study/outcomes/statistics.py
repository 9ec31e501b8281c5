"""Intervals and tests of one number: the same few lines for every table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

__all__ = ["EXACT", "NO_CONTRAST", "Contrast", "Sample", "contrast", "summarize"]


EXACT = 1e-20
"""Variance that is left beside a model, relative to the responses' mean square, below which it is rounding alone."""


class Sample(NamedTuple):
    """Summary of a sample; NaN where it is too small."""

    n: int
    mean: float
    sd: float
    median: float
    q1: float
    q3: float
    low: float
    high: float


class Contrast(NamedTuple):
    """An estimate with its interval and test."""

    value: float
    se: float
    low: float
    high: float
    df: float
    p: float


NO_CONTRAST = Contrast(*[np.nan] * 6)
"""Of the reference arm to itself."""


def summarize(values: ArrayLike, *, level: float = 0.95) -> Sample:
    """Summarize the finite values of a sample, with a t interval of its mean.

    Parameters
    ----------
    values : (N,) array_like
        NaN: missing.
    level : float, optional
    """
    sample = np.asarray(values, dtype=np.float64)
    sample = sample[np.isfinite(sample)]
    n = len(sample)
    if n == 0:
        return Sample(0, *[np.nan] * 7)
    mean = float(sample.mean())
    q1, median, q3 = (float(q) for q in np.percentile(sample, (25, 50, 75)))
    if n == 1:
        return Sample(n, mean, np.nan, median, q1, q3, np.nan, np.nan)
    sd = float(sample.std(ddof=1))
    half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * sd / np.sqrt(n)
    return Sample(n, mean, sd, median, q1, q3, mean - half, mean + half)


def contrast(value: float, se: float, df: float, *, level: float) -> Contrast:
    """Interval and two-sided test of an estimate by Student's t with ``df`` degrees of freedom.

    Where nothing scatters (``se`` of 0) there is neither.
    """
    if not (np.isfinite(se) and se > 0 and df > 0):
        return Contrast(value, se, np.nan, np.nan, df, np.nan)
    half = float(stats.t.ppf(0.5 + level / 2, df)) * se
    return Contrast(value, se, value - half, value + half, df, float(2 * stats.t.sf(abs(value) / se, df)))
