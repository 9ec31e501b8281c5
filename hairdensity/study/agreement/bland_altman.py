"""Bland-Altman: how far one rater's readings may lie from another's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from hairdensity.study.agreement.intervals import LEVEL, NOT_STATED, PLAIN, Bounded, jackknife, variance_bounds

__all__ = ["BlandAltman", "Limits", "Trend", "bland_altman", "limits_of_agreement"]

MULTIPLIER: Final = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bias and limits of agreement.

    Parameters
    ----------
    bias, lower, upper : Bounded
        95 % of single differences are expected between ``lower`` and ``upper``.
    sd : float
        Of a single difference.
    sd_between, sd_within : float
        Its parts, between patients and between pictures of one patient; NaN where pictures are independent.
    method : {"exact", "variance components"}
    """

    bias: Bounded
    lower: Bounded
    upper: Bounded
    sd: float
    sd_between: float
    sd_within: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How something moves with the size of what is measured: slope of a straight line on the mean of the readings."""

    slope: Bounded
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BlandAltman:
    """The analysis of differences, first rater less second.

    Parameters
    ----------
    difference : Limits
    ratio : Limits or None
        Of first over second, from logarithms; None when a reading is not positive. Its ``sd`` values are of logarithms.
    proportional_bias : Trend
        Of the difference.
    heteroscedasticity : Trend
        Of the distance of the difference from that line.
    use : {"difference", "ratio"}
        Which limits to read: those of the ratio when the scatter grows with the size (p < 0.05) and they exist.
    """

    difference: Limits
    ratio: Limits | None
    proportional_bias: Trend
    heteroscedasticity: Trend
    use: str


def bland_altman(
    values: NDArray[np.float64], *, clusters: NDArray[np.int64] | None = None, level: float = LEVEL
) -> BlandAltman:
    """Limits of agreement of two raters, and whether bias and scatter depend on the size.

    Parameters
    ----------
    values : (n, 2) float ndarray
        Without NaN.
    clusters : (n,) int ndarray, optional
        Rows of one number belong to one patient.
    level : float, optional

    References
    ----------
    .. [1] Bland & Altman (1999). Measuring agreement in method comparison studies. Statistical Methods in Medical
       Research 8(2), 135-160.
    """
    differences = values[:, 0] - values[:, 1]
    means = values.mean(axis=1)
    bias = _trend(means, differences, clusters, level)
    scatter = _trend(means, _distances(means, differences), clusters, level)
    ratio = None
    if len(values) and (values > 0).all():
        logs = np.log(values)
        ratio = _exponential(limits_of_agreement(logs[:, 0] - logs[:, 1], clusters=clusters, level=level))
    grows = scatter.p < 1 - level and scatter.slope.value > 0
    return BlandAltman(
        difference=limits_of_agreement(differences, clusters=clusters, level=level),
        ratio=ratio,
        proportional_bias=bias,
        heteroscedasticity=scatter,
        use="ratio" if grows and ratio is not None else "difference",
    )


def limits_of_agreement(
    differences: NDArray[np.float64],
    *,
    clusters: NDArray[np.int64] | None = None,
    multiplier: float = MULTIPLIER,
    level: float = LEVEL,
) -> Limits:
    """Bias and limits of agreement with their intervals.

    Independent differences: the interval of a limit is exact, from the noncentral t distribution [1]_. Several
    differences of one patient, whose true value may vary: variance components from the analysis of variance [2]_, with
    intervals that recover variances from those of the two mean squares [3]_.

    Parameters
    ----------
    differences : (n,) float ndarray
        Without NaN.
    clusters : (n,) int ndarray, optional
        Differences of one number belong to one patient.
    multiplier : float, optional
        Standard deviations from bias to limit.
    level : float, optional

    Returns
    -------
    Limits
        NaN for fewer than 3 differences, or 3 patients.

    References
    ----------
    .. [1] Carkeet (2015). Exact parametric confidence intervals for Bland-Altman limits of agreement. Optometry and
       Vision Science 92(3), e71-e80.
    .. [2] Bland & Altman (2007). Agreement between methods of measurement with multiple observations per individual.
       Journal of Biopharmaceutical Statistics 17(4), 571-582: where the true value varies.
    .. [3] Zou (2013). Confidence interval estimation for the Bland-Altman limits of agreement with multiple
       observations per individual. Statistical Methods in Medical Research 22(6), 630-642.
    """
    n_groups = len(differences) if clusters is None else len(np.unique(clusters))
    if n_groups < 3:
        return _no_limits(differences)
    if clusters is None or n_groups == len(differences):
        return _independent(differences, multiplier, level)
    return _clustered(differences, clusters, multiplier, level)


def _no_limits(differences: NDArray[np.float64]) -> Limits:
    nan = float("nan")
    bias = Bounded(value=float(differences.mean()) if len(differences) else nan, low=nan, high=nan)
    return Limits(bias=bias, lower=NOT_STATED, upper=NOT_STATED, sd=nan, sd_between=nan, sd_within=nan, method="exact")


def _independent(differences: NDArray[np.float64], multiplier: float, level: float) -> Limits:
    n = len(differences)
    bias, sd = float(differences.mean()), float(differences.std(ddof=1))
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    half = float(stats.t.ppf(tails[1], n - 1)) * sd / np.sqrt(n)
    # Quantiles of (mean - limit) / (sd / root n): noncentral t, shifted by the limit's own distance.
    reach = stats.nct.ppf(tails, n - 1, multiplier * np.sqrt(n)) / np.sqrt(n) * sd
    upper = Bounded(value=bias + multiplier * sd, low=bias + float(reach[0]), high=bias + float(reach[1]))
    lower = Bounded(value=bias - multiplier * sd, low=bias - float(reach[1]), high=bias - float(reach[0]))
    return Limits(
        bias=Bounded(value=bias, low=float(bias - half), high=float(bias + half)),
        lower=lower,
        upper=upper,
        sd=sd,
        sd_between=float("nan"),
        sd_within=float("nan"),
        method="exact",
    )


def _clustered(
    differences: NDArray[np.float64], clusters: NDArray[np.int64], multiplier: float, level: float
) -> Limits:
    _, group, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    n, n_groups = len(differences), len(sizes)
    means = np.bincount(group, differences) / sizes
    bias = float(differences.mean())
    within = float(((differences - means[group]) ** 2).sum() / (n - n_groups))
    between = float((sizes * (means - bias) ** 2).sum() / (n_groups - 1))
    # Mean number of pictures of a patient, as Bland & Altman (2007) divide.
    per_group = (n**2 - (sizes**2).sum()) / ((n_groups - 1) * n)
    variance_between = max(0.0, (between - within) / per_group)
    parts = np.array([between / per_group, within * (1 - 1 / per_group)])
    sd = float(np.sqrt(parts.sum()))
    sd_low, sd_high = np.sqrt(variance_bounds(parts, np.array([n_groups - 1, n - n_groups]), level))
    error = np.sqrt(variance_between * (sizes**2).sum() / n**2 + within / n)
    half = float(stats.t.ppf((1 + level) / 2, n_groups - 1) * error)
    outward = float(np.hypot(half, multiplier * (sd_high - sd)))
    inward = float(np.hypot(half, multiplier * (sd - sd_low)))
    lower, upper = bias - multiplier * sd, bias + multiplier * sd
    return Limits(
        bias=Bounded(value=bias, low=bias - half, high=bias + half),
        lower=Bounded(value=lower, low=lower - outward, high=lower + inward),
        upper=Bounded(value=upper, low=upper - inward, high=upper + outward),
        sd=sd,
        sd_between=float(np.sqrt(variance_between)),
        sd_within=float(np.sqrt(within)),
        method="variance components",
    )


def _distances(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances of ``y`` from its least-squares line on ``x``; (n,)."""
    if not len(x):
        return y
    slope = _slope(np.column_stack([x, y]))
    return np.asarray(np.abs(y - y.mean() - (slope if np.isfinite(slope) else 0.0) * (x - x.mean())))


def _slope(rows: NDArray[np.float64]) -> float:
    x = rows[:, 0] - rows[:, 0].mean()
    spread = (x**2).sum()
    return float((x * rows[:, 1]).sum() / spread) if spread > 0 else float("nan")


def _trend(x: NDArray[np.float64], y: NDArray[np.float64], clusters: NDArray[np.int64] | None, level: float) -> Trend:
    n = len(x)
    nan = float("nan")
    if n < 4 or not np.ptp(x) > 0:
        return Trend(slope=NOT_STATED, p=nan)
    rows = np.column_stack([x, y])
    if clusters is not None:
        slope = jackknife(_slope, rows, clusters, link=PLAIN, level=level)
        df = len(np.unique(clusters)) - 1
        error = (slope.high - slope.value) / stats.t.ppf((1 + level) / 2, df)
    else:
        df = n - 2
        value = _slope(rows)
        error = np.sqrt((_distances(x, y) ** 2).sum() / df / ((x - x.mean()) ** 2).sum())
        half = stats.t.ppf((1 + level) / 2, df) * error
        slope = Bounded(value=value, low=float(value - half), high=float(value + half))
    return Trend(slope=slope, p=float(2 * stats.t.sf(abs(slope.value) / error, df)) if error > 0 else nan)


def _exponential(limits: Limits) -> Limits:
    bias, lower, upper = (
        Bounded(value=float(np.exp(part.value)), low=float(np.exp(part.low)), high=float(np.exp(part.high)))
        for part in (limits.bias, limits.lower, limits.upper)
    )
    return Limits(
        bias=bias,
        lower=lower,
        upper=upper,
        sd=limits.sd,
        sd_between=limits.sd_between,
        sd_within=limits.sd_within,
        method=limits.method,
    )
