"""Diameters of the same hairs at two visits, each estimated from both.

A hair that both visits show is measured twice. Were its diameter the same but for what all hairs gained, the second
measurement would be as good for the first visit as the first one; hairs that changed by themselves make it worth less.
How much, the pairs themselves tell: the changes of log diameter vary by their errors, and by what the hairs truly did.

This is the random-effects model of meta-analysis with each hair as a study [1]_; the posterior of both diameters is
Gaussian. Medians and shares of the visits so differ by what changed, not by which hairs were measured too thick.

References
----------
.. [1] DerSimonian and Laird (1986). Meta-analysis in clinical trials. Controlled Clinical Trials 7(3), 177-188.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["CommonChange", "common_change", "share_diameters"]

Array = NDArray[np.float64]

FEWEST_PAIRS = 8
"""Fewer do not tell how differently hairs changed."""

UNKNOWN_SPREAD = 0.15
"""Deviation of the log diameter's own change where too few pairs tell it: about that of hairs under treatment."""

HUBER = 1.5
STEPS = 20
MAD_TO_SD = 1.4826


class CommonChange(NamedTuple):
    """How the log diameter of N pairs of measurements changed.

    Parameters
    ----------
    mean : float
        Robust mean; 0 of no pair.
    spread : float
        Standard deviation of the hairs' own changes about it, without the errors.
    """

    mean: float
    spread: float


def common_change(change: Array, variance: Array) -> CommonChange:
    """Mean and true spread of changes that are known with errors.

    Changes beyond 1.5 deviations count as that far (Huber): one hair in twenty is measured with a neighbor.

    Parameters
    ----------
    change, variance : (N,) float64 ndarray
        Of the log diameter: follow-up less baseline, and the squared error of both measurements.
    """
    if len(change) < FEWEST_PAIRS:
        return CommonChange(float(np.median(change)) if len(change) else 0.0, UNKNOWN_SPREAD)
    off = np.abs(change - np.median(change))
    spread_squared = max((MAD_TO_SD * float(np.median(off))) ** 2 - float(np.median(variance)), 0.0)
    total = variance + spread_squared
    mean = float(np.median(change))
    for _ in range(STEPS):
        weight = np.minimum(1.0, HUBER * np.sqrt(total) / np.maximum(np.abs(change - mean), 1e-12)) / total
        mean = float(np.average(change, weights=weight))
    return CommonChange(mean, math.sqrt(spread_squared))


def share_diameters(
    log_diameter: tuple[Array, Array], variance: tuple[Array, Array]
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Log diameters at both visits from the measurements of both, with their variances.

    Parameters
    ----------
    log_diameter, variance : two (N,) float64 ndarray
        At baseline and at follow-up; NaN where a hair is not there or could not be measured.

    Returns
    -------
    log_diameter, variance : two (N,) float64 ndarray
        NaN where neither visit measured the hair.
    """
    before, after = log_diameter
    both = np.isfinite(before) & np.isfinite(after)
    common = common_change((after - before)[both], (variance[0] + variance[1])[both])
    shared = [
        _posterior((before, variance[0]), (after - common.mean, variance[1] + common.spread**2)),
        _posterior((after, variance[1]), (before + common.mean, variance[0] + common.spread**2)),
    ]
    return (shared[0][0], shared[1][0]), (shared[0][1], shared[1][1])


def _posterior(own: tuple[Array, Array], other: tuple[Array, Array]) -> tuple[Array, Array]:
    """Mean weighted by precision, and its variance."""
    weights = [np.where(np.isfinite(value), 1.0 / variance, 0.0) for value, variance in (own, other)]
    total = weights[0] + weights[1]
    sums = weights[0] * np.nan_to_num(own[0]) + weights[1] * np.nan_to_num(other[0])
    known = total > 0
    safe = np.where(known, total, 1.0)
    return np.where(known, sums / safe, np.nan), np.where(known, 1.0 / safe, np.nan)
