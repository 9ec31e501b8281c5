"""Lin's concordance correlation: how near two raters' readings lie to the line of equality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from hairdensity.study.agreement.intervals import LEVEL, Bounded, Link, jackknife

__all__ = ["Concordance", "concordance"]

_FISHER = Link(forward=np.arctanh, back=np.tanh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """The concordance correlation and its parts.

    Parameters
    ----------
    value, low, high : float
        ``pearson`` times ``bias_correction``; NaN where it cannot be stated.
    pearson : float
        Precision: how near to any line.
    bias_correction : float
        Accuracy: how near that line is to the line of equality; 1 is on it.
    scale_shift : float
        Standard deviation of the first rater over that of the second.
    location_shift : float
        Difference of the means over the geometric mean of the standard deviations.
    """

    value: float
    low: float
    high: float
    pearson: float
    bias_correction: float
    scale_shift: float
    location_shift: float


def concordance(
    values: NDArray[np.float64], *, clusters: NDArray[np.int64] | None = None, level: float = LEVEL
) -> Concordance:
    """Concordance correlation coefficient of two raters.

    Parameters
    ----------
    values : (n, 2) float ndarray
        Without NaN.
    clusters : (n,) int ndarray, optional
        Rows of one number belong together: then the interval leaves out one cluster at a time.
    level : float, optional

    References
    ----------
    .. [1] Lin (1989). A concordance correlation coefficient to evaluate reproducibility. Biometrics 45(1), 255-268.
    .. [2] Lin (2000). A note on the concordance correlation coefficient. Biometrics 56(1), 324-325: the variance.
    """
    nan = float("nan")
    if len(values) < 3 or not (values.std(axis=0) > 0).all():
        return Concordance(
            value=nan, low=nan, high=nan, pearson=nan, bias_correction=nan, scale_shift=nan, location_shift=nan
        )
    value = _coefficient(values)
    first, second = values.std(axis=0)
    apart = values - values.mean(axis=0)
    pearson = float((apart[:, 0] * apart[:, 1]).mean() / (first * second))
    shift = float((values[:, 0].mean() - values[:, 1].mean()) / np.sqrt(first * second))
    if clusters is None:
        found = _normal_interval(value, pearson, shift, len(values), level)
    else:
        found = jackknife(_coefficient, values, clusters, link=_FISHER, level=level)
    return Concordance(
        value=value,
        low=found.low,
        high=found.high,
        pearson=pearson,
        bias_correction=value / pearson if pearson else nan,
        scale_shift=float(first / second),
        location_shift=shift,
    )


def _coefficient(values: NDArray[np.float64]) -> float:
    # Divisor n, as Lin (1989).
    first, second = (values - values.mean(axis=0)).T
    apart = values[:, 0].mean() - values[:, 1].mean()
    below = (first**2).mean() + (second**2).mean() + apart**2
    return float(2 * (first * second).mean() / below) if below > 0 else float("nan")


def _normal_interval(value: float, pearson: float, shift: float, n: int, level: float) -> Bounded:
    """Interval on Fisher's z; the variance is equation (1) of Lin (2000)."""
    with np.errstate(all="ignore"):
        ratio = np.divide(value, pearson)
        variance = (
            (1 - pearson**2) * ratio**2 * (1 - value**2)
            + 2 * value**2 * ratio * (1 - value) * shift**2
            - value**2 * ratio**2 * shift**4 / 2
        ) / (n - 2)
        error = np.sqrt(variance) / (1 - value**2)
        half = stats.norm.ppf((1 + level) / 2) * error
        low, high = np.tanh(np.arctanh(value) + np.array([-half, half]))
    return Bounded(value=value, low=float(low), high=float(high))
