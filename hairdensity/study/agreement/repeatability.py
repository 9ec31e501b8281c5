"""Repeatability: the error of one reading, and the smallest change that is told from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hairdensity.study.agreement.intervals import (
    LEVEL,
    NOT_STATED,
    Bounded,
    Link,
    jackknife,
    sd_interval,
    variance_bounds,
)
from hairdensity.study.agreement.mean_squares import mean_squares

__all__ = ["Repeatability", "between_raters", "within_rater"]

CHANGE: Final = 1.96 * math.sqrt(2.0)
"""Two readings of what has not changed differ by less than this many standard errors of measurement, 95 of 100 times:
the minimal detectable change, which is the repeatability coefficient of the British Standards Institution."""

_LOG = Link(forward=np.log, back=np.exp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatability:
    """Errors of single readings.

    Parameters
    ----------
    type : {"within rater", "between raters"}
        What ``sem`` is: repeats of one rater, or raters whose systematic difference is left out (consistency).
    sem : Bounded
        Standard error of measurement: within-subject standard deviation, in the figure's unit.
    mdc : Bounded
        Minimal detectable change: 1.96 root 2 times ``sem``.
    sem_agreement, mdc_agreement : Bounded
        With the systematic differences of raters: for visits that are read by different raters. Of one rater the same
        as ``sem`` and ``mdc``.
    mdc_factor : Bounded
        The same as ``mdc`` for ratios, from logarithms: two readings of what has not changed differ by less than this
        factor. To be read where errors grow with the figure; NaN when a reading is not positive.
    cv : Bounded
        Within-subject coefficient of variation, root mean square; NaN when a reading is not positive.
    df : int
        Degrees of freedom of ``sem``.
    """

    type: str
    sem: Bounded
    mdc: Bounded
    sem_agreement: Bounded
    mdc_agreement: Bounded
    mdc_factor: Bounded
    cv: Bounded
    df: int


def within_rater(
    values: NDArray[np.float64], *, clusters: NDArray[np.int64] | None = None, level: float = LEVEL
) -> Repeatability:
    """Errors from repeated readings that may stand in for each other.

    Parameters
    ----------
    values : (n, k) float ndarray
        Repeats of n subjects; NaN where one has fewer. Subjects with fewer than 2 say nothing.
    clusters : (n,) int ndarray, optional
        Subjects of one number belong together: then intervals leave out one cluster at a time.
    level : float, optional

    References
    ----------
    .. [1] Bland & Altman (1996). Measurement error. BMJ 313, 744.
    .. [2] Quan & Shih (1996). Assessing reproducibility by the within-subject coefficient of variation with random
       effects models. Biometrics 52(4), 1195-1203.
    """
    sem = _within(values, clusters, level)
    mdc = sem.times(CHANGE)
    return Repeatability(
        type="within rater",
        sem=sem,
        mdc=mdc,
        sem_agreement=sem,
        mdc_agreement=mdc,
        mdc_factor=_factor(_within(logs, clusters, level)) if (logs := _logs(values)) is not None else NOT_STATED,
        cv=_variation(values, clusters, level),
        df=_within_df(values),
    )


def between_raters(
    values: NDArray[np.float64], *, clusters: NDArray[np.int64] | None = None, level: float = LEVEL
) -> Repeatability:
    """Errors from single readings by several raters.

    Parameters
    ----------
    values : (n, k) float ndarray
        n subjects read by the same k raters, without NaN.
    clusters : (n,) int ndarray, optional
        Subjects of one number belong together: then intervals leave out one cluster at a time.
    level : float, optional

    References
    ----------
    .. [1] de Vet et al. (2006). When to use agreement versus reliability measures. Journal of Clinical Epidemiology
       59(10), 1033-1039: SEM of consistency and of agreement.
    .. [2] Graybill & Wang (1980). Confidence intervals on nonnegative linear combinations of variances. Journal of the
       American Statistical Association 75, 869-873.
    """
    n, k = values.shape
    if n < 3 or k < 2:
        return within_rater(np.empty((0, 2)), level=level)
    sem = _consistency(values, clusters, level)
    agreement = _agreement(values, clusters, level)
    return Repeatability(
        type="between raters",
        sem=sem,
        mdc=sem.times(CHANGE),
        sem_agreement=agreement,
        mdc_agreement=agreement.times(CHANGE),
        mdc_factor=_factor(_consistency(logs, clusters, level)) if (logs := _logs(values)) is not None else NOT_STATED,
        cv=_variation(values, clusters, level),
        df=(n - 1) * (k - 1),
    )


def _within(values: NDArray[np.float64], clusters: NDArray[np.int64] | None, level: float) -> Bounded:
    df = _within_df(values)
    if clusters is not None and df:
        return jackknife(_within_sd, values, clusters, link=_LOG, level=level)
    return sd_interval(_within_variance(values), df, level=level)


def _consistency(values: NDArray[np.float64], clusters: NDArray[np.int64] | None, level: float) -> Bounded:
    if clusters is not None:
        return jackknife(_consistency_sd, values, clusters, link=_LOG, level=level)
    n, k = values.shape
    return sd_interval(mean_squares(values).error, (n - 1) * (k - 1), level=level)


def _agreement(values: NDArray[np.float64], clusters: NDArray[np.int64] | None, level: float) -> Bounded:
    if clusters is not None:
        return jackknife(_agreement_sd, values, clusters, link=_LOG, level=level)
    n, k = values.shape
    low, high = variance_bounds(_agreement_parts(values), np.array([k - 1, (n - 1) * (k - 1)]), level)
    return Bounded(value=_agreement_sd(values), low=float(np.sqrt(low)), high=float(np.sqrt(high)))


def _logs(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    known = values[np.isfinite(values)]
    return np.log(values) if len(known) and (known > 0).all() else None


def _factor(sem: Bounded) -> Bounded:
    """Of a standard error of logarithms."""
    change = sem.times(CHANGE)
    return Bounded(value=float(np.exp(change.value)), low=float(np.exp(change.low)), high=float(np.exp(change.high)))


def _within_df(values: NDArray[np.float64]) -> int:
    return int(np.clip(np.isfinite(values).sum(axis=1) - 1, 0, None).sum())


def _within_variance(values: NDArray[np.float64]) -> float:
    df = _within_df(values)
    if not df:
        return float("nan")
    known = values[np.isfinite(values).any(axis=1)]
    return float(np.nansum((known - np.nanmean(known, axis=1, keepdims=True)) ** 2) / df)


def _within_sd(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(_within_variance(values)))


def _consistency_sd(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(mean_squares(values).error)) if len(values) > 1 else float("nan")


def _agreement_parts(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiples of the mean squares of raters and error that add up to the variance of one reading by any rater."""
    squares = mean_squares(values)
    return np.array([squares.raters / squares.n, squares.error * (1 - 1 / squares.n)])


def _agreement_sd(values: NDArray[np.float64]) -> float:
    """Not below that of consistency: a variance between raters is not negative."""
    if len(values) < 2:
        return float("nan")
    return float(np.sqrt(max(_agreement_parts(values).sum(), mean_squares(values).error)))


def _variation(values: NDArray[np.float64], clusters: NDArray[np.int64] | None, level: float) -> Bounded:
    """Root mean square of the subjects' coefficients of variation; its interval leaves out one subject at a time."""
    usable = np.isfinite(values).sum(axis=1) > 1
    rows = values[usable]
    if not len(rows) or not (rows[np.isfinite(rows)] > 0).all():
        return NOT_STATED
    groups = np.arange(len(rows)) if clusters is None else clusters[usable]
    return jackknife(_root_mean_square_cv, rows, groups, link=_LOG, level=level)


def _root_mean_square_cv(rows: NDArray[np.float64]) -> float:
    if not len(rows):
        return float("nan")
    return float(np.sqrt((np.nanvar(rows, axis=1, ddof=1) / np.nanmean(rows, axis=1) ** 2).mean()))
