"""Shares and rates of a phototrichogram with their intervals."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hairdensity.comparison.differences import TWO_SIDED_95
from hairdensity.comparison.growing.lengths import GrownLengths
from hairdensity.comparison.growing.two_populations import Growing, Populations
from hairdensity.metrics import Estimate
from hairdensity.metrics.links import Link, from_link, slope, to_link

__all__ = ["complement", "rates_of", "share_of_hairs", "unmeasured_share"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SYSTEMATIC_UM = 5.0
"""Deviation of the mean error of growth from pair to pair: a tip looks longer in one light than in another."""

MEDIAN_FACTOR = 1.2533
"""Error of a median as a multiple of that of a mean: the root of pi / 2."""


def share_of_hairs(probability: Array) -> Estimate:
    """Share of anagen from the probability of each hair; hairs without one leave the share open."""
    known = probability[np.isfinite(probability)]
    n = len(known)
    if not n:
        return Estimate(value=math.nan, low=math.nan, high=math.nan, n=0)
    value = float(known.mean())
    inside = min(max(value, 0.5 / n), 1 - 0.5 / n)
    single = inside * (1 - inside)
    unknown = (len(probability) - n) / len(probability)
    picture = float((known * (1 - known)).sum()) / n**2 + single / n * unknown + (0.5 / n) ** 2
    return _estimate(value, inside, (picture, picture + single / n), link="logit", n=n)


def complement(share: Estimate) -> Estimate:
    """The share of the other hairs."""
    return Estimate(
        value=1 - share.value,
        low=1 - share.high,
        high=1 - share.low,
        n=share.n,
        site_low=1 - share.site_high,
        site_high=1 - share.site_low,
    )


def unmeasured_share(lengths: GrownLengths, in_area: Mask) -> float:
    """Share of the hairs whose growth is not known but for a bound: the others speak for them."""
    exact = lengths.is_kept & ~lengths.is_cut_before & ~lengths.is_cut_after
    return 1.0 - float((exact & in_area).sum()) / max(float(in_area.sum()), 1.0)


def rates_of(
    populations: Populations, growing: Growing, to_rate: float, *, scale_error: float, unmeasured: float
) -> tuple[Estimate, Estimate]:
    """Median and mean rate of the hairs that grow."""
    weight, grid = populations.growing_um, growing.grid_um
    n = float(np.nansum(populations.probability))
    if n < 1 or not weight.sum() > 0:
        nothing = Estimate(value=math.nan, low=math.nan, high=math.nan, n=0)
        return nothing, nothing
    mean = float(weight @ grid)
    median = float(np.interp(0.5, np.cumsum(weight) - weight / 2, grid))
    noise = float((populations.probability * populations.growth_sd_um**2).sum()) / n**2
    sampling = float(weight @ (grid - mean) ** 2) / n
    estimates = []
    for value, factor in ((median, MEDIAN_FACTOR), (mean, 1.0)):
        common = factor**2 * noise + SYSTEMATIC_UM**2 + (value * scale_error) ** 2
        picture = common + factor**2 * sampling * unmeasured
        site = common + factor**2 * sampling
        in_mm = to_rate**2 * picture, to_rate**2 * site
        estimates.append(_estimate(value * to_rate, value * to_rate, in_mm, link="log", n=round(n)))
    return estimates[0], estimates[1]


def _estimate(value: float, inside: float, variances: tuple[float, float], *, link: Link, n: int) -> Estimate:
    """An Estimate from the variances of picture and site; ``inside`` is the value where the link is finite."""
    middle, rise = to_link(inside, link), slope(inside, link)
    low, high, site_low, site_high = (
        from_link(middle + side * TWO_SIDED_95 * rise * math.sqrt(variance), link)
        for variance in variances
        for side in (-1, 1)
    )
    return Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        n=n,
        site_low=min(site_low, value),
        site_high=max(site_high, value),
    )
