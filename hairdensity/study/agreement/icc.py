"""Intraclass correlation: the share of the readings' variance that is true differences between subjects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from hairdensity.study.agreement.intervals import LEVEL, Link, interval_of_parts
from hairdensity.study.agreement.mean_squares import MeanSquares, mean_squares

__all__ = ["Icc", "intraclass_correlations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Icc:
    """One intraclass correlation.

    Parameters
    ----------
    type : str
        As Shrout & Fleiss name it, e.g. ``ICC(2,1)``.
    value, low, high : float
        NaN where it cannot be stated.
    f, df1, df2, p : float
        Test that there is no difference between subjects; of independent subjects.
    """

    type: str
    value: float
    low: float
    high: float
    f: float
    df1: float
    df2: float
    p: float


def intraclass_correlations(
    values: NDArray[np.float64], *, clusters: NDArray[np.int64] | None = None, level: float = LEVEL
) -> tuple[Icc, ...]:
    """The six coefficients of Shrout & Fleiss.

    ICC(1,1): each subject has raters of its own. ICC(2,1): raters are a sample, and their systematic differences count
    as error (absolute agreement). ICC(3,1): these raters alone, systematic differences do not count (consistency).
    (.,k): of the mean over the k raters.

    Parameters
    ----------
    values : (n, k) float ndarray
        n subjects, each read by the same k raters, without NaN.
    clusters : (n,) int ndarray, optional
        Subjects of one number belong together (pictures of one patient): then intervals leave out one cluster at a
        time instead of taking subjects as independent.
    level : float, optional

    Returns
    -------
    tuple of Icc
        ICC(1,1), ICC(2,1), ICC(3,1), ICC(1,k), ICC(2,k), ICC(3,k); NaN for fewer than 3 subjects or 2 raters, or when
        readings do not differ.

    References
    ----------
    .. [1] Shrout & Fleiss (1979). Intraclass correlations: uses in assessing rater reliability. Psychological Bulletin
       86(2), 420-428.
    .. [2] McGraw & Wong (1996). Forming inferences about some intraclass correlation coefficients. Psychological
       Methods 1(1), 30-46. Corrected in 1(4), 390.
    """
    n, k = values.shape
    if n < 3 or k < 2:
        return tuple(_missing(name) for name in _COEFFICIENTS)
    squares = mean_squares(values)
    with np.errstate(all="ignore"):
        found = [_coefficient(name, squares, level) for name in _COEFFICIENTS]
        if clusters is None:
            return tuple(found)
        without = [values[clusters != name] for name in np.unique(clusters)]
        squares_without = [mean_squares(rows) for rows in without if len(rows) > 1]
        return tuple(_clustered(icc, squares_without, k, level) for icc in found)


def _missing(name: str) -> Icc:
    nan = float("nan")
    return Icc(type=name, value=nan, low=nan, high=nan, f=nan, df1=nan, df2=nan, p=nan)


def _coefficient(name: str, squares: MeanSquares, level: float) -> Icc:
    n, k = squares.n, squares.k
    one_way = name.startswith("ICC(1")
    df1, df2 = n - 1, n * (k - 1) if one_way else (n - 1) * (k - 1)
    f = _ratio(squares.subjects, squares.within if one_way else squares.error)
    low, high = _BOUNDS[name](squares, (1 - level) / 2)
    return Icc(
        type=name,
        value=_COEFFICIENTS[name](squares),
        low=_finite(low),
        high=_finite(high),
        f=f,
        df1=df1,
        df2=df2,
        p=float(stats.f.sf(f, df1, df2)),
    )


def _finite(bound: float) -> float:
    return float(bound) if np.isfinite(bound) else float("nan")


def _ratio(above: float, below: float) -> float:
    """Infinite or NaN over zero, where plain floats raise."""
    return float(np.divide(above, below))


def _one_way(squares: MeanSquares) -> float:
    return _ratio(squares.subjects - squares.within, squares.subjects + (squares.k - 1) * squares.within)


def _agreement(squares: MeanSquares) -> float:
    n, k = squares.n, squares.k
    below = squares.subjects + (k - 1) * squares.error + k * (squares.raters - squares.error) / n
    return _ratio(squares.subjects - squares.error, below)


def _consistency(squares: MeanSquares) -> float:
    return _ratio(squares.subjects - squares.error, squares.subjects + (squares.k - 1) * squares.error)


def _of_mean(single: Callable[[MeanSquares], float], squares: MeanSquares) -> float:
    return _stepped_up(single(squares), squares.k)


def _stepped_up(single: float, k: int) -> float:
    """Spearman-Brown: the reliability of the mean of k readings."""
    return _ratio(k * single, 1 + (k - 1) * single)


def _bounds_from_f(squares: MeanSquares, tail: float, *, one_way: bool) -> tuple[float, float]:
    """Bounds of ICC(1,1) and ICC(3,1), by inverting the F test [1]_."""
    n, k = squares.n, squares.k
    df1, df2 = n - 1, n * (k - 1) if one_way else (n - 1) * (k - 1)
    f = _ratio(squares.subjects, squares.within if one_way else squares.error)
    low = f / stats.f.isf(tail, df1, df2)
    high = f * stats.f.isf(tail, df2, df1)
    return (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)


def _bounds_of_agreement(squares: MeanSquares, tail: float) -> tuple[float, float]:
    """Bounds of ICC(2,1): Satterthwaite's degrees of freedom [2]_, table 7."""
    n, k = squares.n, squares.k
    value = _agreement(squares)
    a = _ratio(k * value, n * (1 - value))
    b = 1 + _ratio(k * value * (n - 1), n * (1 - value))
    raters, error = a * squares.raters, b * squares.error
    df = _ratio((raters + error) ** 2, raters**2 / (k - 1) + error**2 / ((n - 1) * (k - 1)))
    rest = k * squares.raters + (k * n - k - n) * squares.error
    f_low = stats.f.isf(tail, n - 1, df)
    f_high = stats.f.isf(tail, df, n - 1)
    return (
        _ratio(n * (squares.subjects - f_low * squares.error), f_low * rest + n * squares.subjects),
        _ratio(n * (f_high * squares.subjects - squares.error), rest + n * f_high * squares.subjects),
    )


def _bounds_of_mean(
    single: Callable[[MeanSquares, float], tuple[float, float]], squares: MeanSquares, tail: float
) -> tuple[float, float]:
    low, high = single(squares, tail)
    return _stepped_up(low, squares.k), _stepped_up(high, squares.k)


_COEFFICIENTS: Final[dict[str, Callable[[MeanSquares], float]]] = {
    "ICC(1,1)": _one_way,
    "ICC(2,1)": _agreement,
    "ICC(3,1)": _consistency,
    "ICC(1,k)": partial(_of_mean, _one_way),
    "ICC(2,k)": partial(_of_mean, _agreement),
    "ICC(3,k)": partial(_of_mean, _consistency),
}

_ONE_WAY_BOUNDS = partial(_bounds_from_f, one_way=True)
_CONSISTENCY_BOUNDS = partial(_bounds_from_f, one_way=False)

_BOUNDS: Final[dict[str, Callable[[MeanSquares, float], tuple[float, float]]]] = {
    "ICC(1,1)": _ONE_WAY_BOUNDS,
    "ICC(2,1)": _bounds_of_agreement,
    "ICC(3,1)": _CONSISTENCY_BOUNDS,
    "ICC(1,k)": partial(_bounds_of_mean, _ONE_WAY_BOUNDS),
    "ICC(2,k)": partial(_bounds_of_mean, _bounds_of_agreement),
    "ICC(3,k)": partial(_bounds_of_mean, _CONSISTENCY_BOUNDS),
}


def _clustered(icc: Icc, squares_without: Sequence[MeanSquares], k: int, level: float) -> Icc:
    # Fisher's z of an intraclass correlation of k readings, which lies above -1 / (k - 1); a mean's step-up follows.
    link = Link(
        forward=lambda r: 0.5 * np.log((1 + (k - 1) * r) / (1 - r)),
        back=lambda z: (np.exp(2 * z) - 1) / (np.exp(2 * z) + k - 1),
    )
    is_mean = icc.type.endswith(",k)")
    single = _COEFFICIENTS[icc.type.replace(",k", ",1")]
    value = icc.value / (k - (k - 1) * icc.value) if is_mean else icc.value
    found = interval_of_parts(value, [single(squares) for squares in squares_without], link=link, level=level)
    low, high = (_stepped_up(bound, k) if is_mean else bound for bound in (found.low, found.high))
    nan = float("nan")
    return Icc(type=icc.type, value=icc.value, low=low, high=high, f=icc.f, df1=nan, df2=nan, p=nan)
