"""From a value and what is known of its errors to an Estimate with both intervals.

On the scale of the figure's link errors add: link(value) +- 1.96 deviations for the picture; the sampling
of the site is added in quadrature. Where the sampling deviation s is large, 2 asinh(1.96 s / 2) takes the place of
1.96 s: for a count and a share that is the score interval (Wilson 1927), which stays sound for a handful of hairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hairdensity.metrics.accuracy import FigureErrors
from hairdensity.metrics.estimates import Estimate
from hairdensity.metrics.figures import MetricInfo
from hairdensity.metrics.links import Link, from_link, slope, to_link

__all__ = ["TWO_SIDED_95", "Finding", "estimate", "no_estimate"]

TWO_SIDED_95 = 1.96

RULE_OF_THREE = 3.0
"""Upper 95 % bound of a Poisson mean of which nothing was seen: -ln 0.05."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A figure before its intervals; deviations are in its own unit.

    Parameters
    ----------
    value : float
    n : int
    sampling_sd : float
        From site to site; NaN where it cannot be known.
    noise_sd : float
        From the scatter of the single measurements; 0 where the figure has none.
    one : float
        Of a figure that counts: what a single hair adds to it. NaN for others.
    grain : float
        Step of what the picture can really show, such as one hair of n; 0 for figures that are even.
    scaled : (float, float) or None
        Value if um per px were larger by 1.96 deviations, and if it were smaller. None: by the power of the figure.
    """

    value: float
    n: int
    sampling_sd: float = math.nan
    noise_sd: float = 0.0
    one: float = math.nan
    grain: float = 0.0
    scaled: tuple[float, float] | None = None


def no_estimate(n: int = 0) -> Estimate:
    """Nothing to state the figure from."""
    return Estimate(value=math.nan, low=math.nan, high=math.nan, n=n)


def estimate(info: MetricInfo, finding: Finding, *, scale_error: float, errors: FigureErrors | None) -> Estimate:
    """Both intervals of a figure.

    Parameters
    ----------
    info : MetricInfo
    finding : Finding
    scale_error : float
        Relative, one standard deviation; 0 for figures without a scale.
    errors : FigureErrors or None
        None: detection errors are not known, and the picture's interval holds measurement and scale alone. Where these
        have no part in the figure, its bounds are NaN.
    """
    value, n = finding.value, finding.n
    if math.isnan(value) or (n == 0 and math.isnan(finding.one)):
        return Estimate(value=value, low=math.nan, high=math.nan, n=n)
    half = _half_of_one(info, finding, errors)
    if value == 0 and info.link == "log":
        return _of_nothing(info, finding, scale_error, errors, half)
    center, error = _kept_apart(finding, info.link) + half, _error(info, finding, errors)
    middle = to_link(center, info.link)
    reach = tuple(math.hypot(error, side) for side in _scale_distances(info, finding, scale_error))
    sampling = _tempered(finding.sampling_sd * slope(center, info.link), info.link)
    low, high = _bounds(info, value, (middle - reach[0], middle + reach[1]), half)
    # No picture shows a third of a hair: the truth is the whole number on either side.
    most = 1.0 if info.link == "logit" else math.inf
    picture = max(low - finding.grain / 2, info.least), min(high + finding.grain / 2, most)
    # Openings are counted by a detector that no interval was fitted for: the scale alone would feign certainty.
    is_unknown = reach == (0.0, 0.0) or (errors is not None and math.isfinite(finding.one))
    if is_unknown and not _is_validated(info, errors):
        picture = (math.nan, math.nan)
    down, up = (math.hypot(side, sampling) for side in reach)
    site = _bounds(info, value, (middle - down, middle + up), half)
    if finding.grain:
        site = min(site[0], picture[0]), max(site[1], picture[1])
    if info.link == "logit" and value in (0.0, 1.0):
        site = _none_or_all(value, site, n)
    return Estimate(value=value, low=picture[0], high=picture[1], n=n, site_low=site[0], site_high=site[1])


def _error(info: MetricInfo, finding: Finding, errors: FigureErrors | None) -> float:
    """Reach of the figure's error on its link; what validation measured holds the scatter already."""
    if errors is not None and info.name in errors.sd:
        return TWO_SIDED_95 * errors.sd[info.name]
    noise = finding.noise_sd * slope(_kept_apart(finding, info.link), info.link)
    return _tempered(noise, info.link) if noise else 0.0


def _is_validated(info: MetricInfo, errors: FigureErrors | None) -> bool:
    """Whether validation measured the error of this figure."""
    return errors is not None and info.name in errors.sd


def _half_of_one(info: MetricInfo, finding: Finding, errors: FigureErrors | None) -> float:
    """What validation added to a count before it took logarithms; 0 for other figures."""
    is_count = info.link == "log" and math.isfinite(finding.one)
    return finding.one / 2 if is_count and _is_validated(info, errors) else 0.0


def _kept_apart(finding: Finding, link: Link) -> float:
    """The value; of a share, at least half a hair away from 0 and 1, where the link has no end."""
    if link != "logit":
        return finding.value
    half = 0.5 / max(finding.n, 1)
    edge = half if finding.value in (0.0, 1.0) or finding.grain else min(half, 1e-6)
    return min(max(finding.value, edge), 1 - edge)


def _scale_distances(info: MetricInfo, finding: Finding, scale_error: float) -> tuple[float, float]:
    """How far down and up an error of the scale of 1.96 deviations moves the figure on its link."""
    if finding.scaled is None:
        move = abs(info.scale_power) * TWO_SIDED_95 * scale_error
        return move, move
    here = to_link(_kept_apart(finding, info.link), info.link)
    moved = [to_link(value, info.link) - here for value in finding.scaled]
    return max(0.0, -min(moved)), max(0.0, *moved)


def _tempered(sd: float, link: Link) -> float:
    """Half of a 95 % interval from a deviation on the link; NaN where it is not known or nothing varies."""
    if not sd > 0:
        return math.nan
    wide = TWO_SIDED_95 * sd
    return wide if link == "identity" else 2 * math.asinh(wide / 2)


def _bounds(info: MetricInfo, value: float, linked: tuple[float, float], half: float) -> tuple[float, float]:
    """Both ends in the figure's own unit, less half of one, widened to hold the value; NaN stays."""
    low, high = (from_link(end, info.link) - half for end in linked)
    if math.isnan(low) or math.isnan(high):
        return math.nan, math.nan
    return max(min(low, value), info.least), max(high, value)


def _of_nothing(
    info: MetricInfo, finding: Finding, scale_error: float, errors: FigureErrors | None, half: float
) -> Estimate:
    """Of nothing the upper end is at least that of three times one: of a rate whose sites show nothing in 5 of 100."""
    high = RULE_OF_THREE * finding.one
    if errors is not None and half:
        high = max(high, half * math.exp(TWO_SIDED_95 * errors.sd[info.name]) - half)
    high *= math.exp(abs(info.scale_power) * TWO_SIDED_95 * scale_error)
    return Estimate(value=0.0, low=0.0, high=high, n=finding.n, site_low=0.0, site_high=high)


def _none_or_all(value: float, site: tuple[float, float], n: int) -> tuple[float, float]:
    """Where none or all were seen no draw varies: three of n bound the share."""
    beyond = min(1.0, RULE_OF_THREE / max(n, 1))
    low, high = (end if not math.isnan(end) else value for end in site)
    return max(0.0, min(low, value - beyond)), min(1.0, max(high, value + beyond))
