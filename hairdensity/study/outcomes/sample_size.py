"""Patients that the next trial needs: two arms of equal size, compared by t test or ANCOVA."""

from __future__ import annotations

import math

from scipy import optimize, stats

from hairdensity.errors import InputError

__all__ = ["patients_per_arm", "power_of", "solve_per_arm", "with_dropout"]

_MOST = 1e7


def power_of(n_per_arm: float, difference: float, sd: float, *, alpha: float = 0.05) -> float:
    """Power of the two-sided t test of two arms.

    Parameters
    ----------
    n_per_arm : float
        Above 1.
    difference : float
        True difference of the means.
    sd : float
        Of the patients within arms; after adjustment for baseline it is sd_change * sqrt(1 - correlation^2) of change
        and baseline, i.e. the residual SD of the ANCOVA.
    alpha : float, optional

    References
    ----------
    .. [1] Julious (2004). Sample sizes for clinical trials with normal data. Statist. Med. 23, 1921-1986.
    """
    df = 2 * n_per_arm - 2
    away = abs(difference) / sd * math.sqrt(n_per_arm / 2)
    edge = float(stats.t.ppf(1 - alpha / 2, df))
    return float(stats.nct.sf(edge, df, away) + stats.nct.cdf(-edge, df, away))


def solve_per_arm(difference: float, sd: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Patients per arm, not rounded.

    Raises
    ------
    InputError
        If difference or SD are not such that a trial of fewer than ten million patients finds it.
    """
    if not (difference != 0 and math.isfinite(difference) and sd > 0 and math.isfinite(sd)):
        raise InputError(f"a sample size needs a difference other than 0 and an SD above 0, got {difference} and {sd}")

    def lacking(n: float) -> float:
        return power_of(n, difference, sd, alpha=alpha) - power

    # By the normal distribution, to stay where the noncentral t can be computed.
    near = 2 * ((stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)) * sd / difference) ** 2
    if near > _MOST:
        raise InputError(f"a difference of {difference:g} at an SD of {sd:g} needs more than {_MOST:g} patients")
    least = 1.0 + 1e-3
    if lacking(least) > 0:
        return 2.0
    return float(optimize.brentq(lacking, least, near + 10.0))


def patients_per_arm(difference: float, sd: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Patients to be analyzed in each arm.

    Raises
    ------
    InputError
        See `solve_per_arm`.
    """
    return max(2, math.ceil(solve_per_arm(difference, sd, alpha=alpha, power=power) - 1e-9))


def with_dropout(n: int, dropout: float) -> int:
    """Patients to be included, so that ``n`` are left when a share is lost."""
    return math.ceil(n / (1 - dropout) - 1e-9)
