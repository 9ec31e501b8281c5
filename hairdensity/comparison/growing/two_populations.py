"""Hairs that grow and hairs that rest, told apart together: a mixture with the errors of measured lengths.

A hair's growth is not always what was measured: the tip may lie outside the picture, hide under another hair, or the
trace may have run on along another hair. One threshold for each hair alone would count every such error as a phase.
Here the likelihood of what was measured is stated for every growth that a hair may really have; shares, rates and the
probability of each hair then follow from all hairs together (EM; Dempster, Laird and Rubin 1977).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Growing", "Measured", "Populations", "likelihood_of", "separate"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

HIDDEN = (0.02, 0.2)
"""Share of hairs whose tip hides under another hair: of those that touch none, of those that touch one. Measured on
24 rendered pairs with true alignment; so are the following."""

RUN_ON = (0.03, 0.3)
"""Share of traces that run on along another hair."""

RUN_ON_UM = 700.0
"""Mean length of what was added."""

ROUGHER = 2.0
"""Factor on the error of length of hairs that touch another."""

STRAY = 0.05
"""Share of each population whose growth is any between its bounds: slow ones among those that rest, others than the
bell curve among those that grow."""

ROUNDS = 200
SETTLED = 1e-5

PRIOR_RATE = (0.33, 0.07)
"""Mean and deviation over hairs in mm/day (Loussouarn 2001: 0.28-0.41 by group), with the weight of two hairs."""
PRIOR_WEIGHT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What was measured of N hairs.

    Parameters
    ----------
    growth_um : (N,) float64 ndarray
    error_um : (N,) float64 ndarray
        Standard deviation where nothing touches the hair.
    shorter_um : (N,) float64 ndarray
        Length at baseline: a tip that hides can feign a growth down to less this.
    is_cut_before, is_cut_after : (N,) bool ndarray
        The tip was out of sight: the growth is at most, or at least, this.
    is_tangled : (N,) bool ndarray
    """

    growth_um: Array
    error_um: Array
    shorter_um: Array
    is_cut_before: Mask
    is_cut_after: Mask
    is_tangled: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """Bounds of growth between two pictures, in um.

    Parameters
    ----------
    threshold_um, most_um : float
        What grows less rests; nothing grows more.
    days : float
    """

    threshold_um: float
    most_um: float
    days: float

    @property
    def grid_um(self) -> Array:
        """(G,) growths that are weighed, from 0: the threshold lies in the middle between two of them."""
        step = self.threshold_um / 40.5
        return np.asarray(np.arange(int(self.most_um / step) + 1) * step)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Populations:
    """Two populations.

    Parameters
    ----------
    anagen_share : float
    probability : (N,) float64 ndarray
        That a hair grows faster than the threshold.
    growing_um : (G,) float64 ndarray
        Distribution of the growth of the hairs that grow, over ``Growing.grid_um``: sums to 1.
    growth_um, growth_sd_um : (N,) float64 ndarray
        Of each hair if it grows: mean and deviation.
    """

    anagen_share: float
    probability: Array
    growing_um: Array
    growth_um: Array
    growth_sd_um: Array


def likelihood_of(measured: Measured, growing: Growing) -> Array:
    """(N, G) density of what was measured for each growth that a hair may really have."""
    grid = growing.grid_um
    found = measured.growth_um[:, None]
    tangled = measured.is_tangled.astype(np.int64)[:, None]
    error = measured.error_um[:, None] * np.where(tangled, ROUGHER, 1.0)
    hidden, run_on = np.array(HIDDEN)[tangled], np.array(RUN_ON)[tangled]
    away = found - grid
    seen = np.exp(-0.5 * (away / error) ** 2) / (error * np.sqrt(2 * np.pi))
    short = (away < 0) / np.maximum(measured.shorter_um[:, None] + grid, 1.0)
    long = np.where(away > 0, np.exp(-np.maximum(away, 0) / RUN_ON_UM) / RUN_ON_UM, 0.0)
    whole = (1 - hidden - run_on) * seen + hidden * short + run_on * long
    # Where a tip leaves the picture depends on where the hair stands, not on its growth: no density, but a bound.
    at_least = np.where(away <= 2 * error, 1.0, run_on)
    at_most = np.where(away >= -2 * error, 1.0, hidden)
    before, after = measured.is_cut_before[:, None], measured.is_cut_after[:, None]
    cut = np.where(before & after, 1.0, np.where(after, at_least, at_most))
    return np.asarray(np.where(before | after, cut, whole))


def separate(likelihood: Array, growing: Growing, *, counts: Mask) -> Populations:
    """Shares and distribution of the growth of two populations.

    Parameters
    ----------
    likelihood : (N, G) float ndarray
    growing : Growing
    counts : (N,) bool ndarray
        Hairs that the populations are made of; the others are judged by them.

    Returns
    -------
    Populations
    """
    grid = growing.grid_um
    resting = _resting(grid, growing.threshold_um)
    rests = likelihood @ resting
    share, mean, deviation = 0.8, *(1000.0 * growing.days * np.array(PRIOR_RATE))
    for _ in range(ROUNDS):
        bell = _bell(grid, growing.threshold_um, mean, deviation)
        grows = likelihood @ bell
        probability = share * grows / (share * grows + (1 - share) * rests)
        of_each = likelihood * bell / grows[:, None]  # (N, G), rows sum to 1
        previous, (share, mean, deviation) = share, _updated(probability * counts, of_each, growing, int(counts.sum()))
        if abs(share - previous) < SETTLED:
            break
    growth = of_each @ grid
    spread = np.sqrt(np.maximum(of_each @ grid**2 - growth**2, 0.0))
    weight = (probability * counts) @ of_each
    return Populations(
        anagen_share=float(probability[counts].mean()) if counts.any() else float("nan"),
        probability=probability,
        growing_um=weight / max(float(weight.sum()), 1e-12),
        growth_um=growth,
        growth_sd_um=spread,
    )


def _updated(probability: Array, of_each: Array, growing: Growing, n: int) -> tuple[float, float, float]:
    """Share, mean and deviation of the hairs that grow."""
    grid = growing.grid_um
    mean0, deviation0 = 1000.0 * growing.days * np.array(PRIOR_RATE)
    weight = probability @ of_each
    total = weight.sum() + PRIOR_WEIGHT
    mean = float((weight @ grid + PRIOR_WEIGHT * mean0) / total)
    variance = (weight @ (grid - mean) ** 2 + PRIOR_WEIGHT * deviation0**2) / total
    # Half a hair of either kind keeps the share off 0 and 1, where EM would stay.
    return float((probability.sum() + 0.5) / (n + 1.0)), mean, float(np.sqrt(variance))


def _resting(grid: Array, threshold_um: float) -> Array:
    slow = (grid < threshold_um) * 1.0
    still = (grid == 0) * 1.0
    return np.asarray((1 - STRAY) * still + STRAY * slow / slow.sum())


def _bell(grid: Array, threshold_um: float, mean: float, deviation: float) -> Array:
    above = grid > threshold_um
    bell = np.exp(-0.5 * ((grid - mean) / deviation) ** 2) * above + 1e-12 * above
    return np.asarray((1 - STRAY) * bell / bell.sum() + STRAY * above / above.sum())
