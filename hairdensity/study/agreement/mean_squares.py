"""Analysis of variance of readings: subjects by raters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MeanSquares", "mean_squares"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSquares:
    """Mean squares of n subjects, each read once by the same k raters.

    Parameters
    ----------
    n, k : int
    subjects : float
        Between subjects, n - 1 degrees of freedom.
    raters : float
        Between raters, k - 1.
    error : float
        What neither explains, (n - 1)(k - 1).
    within : float
        Within subjects, n (k - 1): raters and error together.
    """

    n: int
    k: int
    subjects: float
    raters: float
    error: float
    within: float


def mean_squares(values: NDArray[np.float64]) -> MeanSquares:
    """Mean squares of complete readings.

    Parameters
    ----------
    values : (n, k) float ndarray
        Without NaN; n and k of 2 or more.
    """
    n, k = values.shape
    by_subject = values.mean(axis=1)
    by_rater = values.mean(axis=0)
    error = values - by_subject[:, np.newaxis] - by_rater + values.mean()
    squares = np.array(
        [
            k * by_subject.var(ddof=1),
            n * by_rater.var(ddof=1),
            (error**2).sum() / ((n - 1) * (k - 1)),
            values.var(axis=1, ddof=1).mean(),
        ]
    )
    # Readings that agree exactly leave rounding noise, which would make ratios of it.
    squares[squares < (1e-12 * np.abs(values).max()) ** 2] = 0.0
    subjects, raters, error_square, within = (float(square) for square in squares)
    return MeanSquares(n=n, k=k, subjects=subjects, raters=raters, error=error_square, within=within)
