"""Differences of two visits that show the same hairs, figure by figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from hairdensity.comparison.differences import TWO_SIDED_95, Difference, difference
from hairdensity.comparison.differencing.paired_errors import level_of, one_of
from hairdensity.metrics import CM2_PER_INCH2, METRICS, Estimate, MetricInfo, Metrics
from hairdensity.metrics.computing import odds_against

__all__ = ["RATIOS", "Errors", "paired_differences", "without_traces"]

NUMBERS = ("n_hairs", "n_units")
"""Figures that are plain numbers and have a difference all the same: without a scale there is no density."""

RATIOS = {"terminal_vellus_ratio_30um": "vellus_fraction_30um", "terminal_vellus_ratio_40um": "vellus_fraction_40um"}


LEAST_HAIRS = 0.5


class Errors(NamedTuple):
    """What is known of the errors of a pair's differences.

    Parameters
    ----------
    relative_sd : mapping of str to float
        Of detection and measurement, as validation found them (see `paired_errors`); not named: not known.
    site_sd : mapping of str to float
        Of sampling.
    scale_moved : mapping of str to float
        By how much the follow-up's figures would differ, were its scale wrong by one deviation against the baseline's;
        not named: not at all.
    """

    relative_sd: Mapping[str, float]
    site_sd: Mapping[str, float]
    scale_moved: Mapping[str, float]


def paired_differences(
    metrics: tuple[Metrics, Metrics],
    figures: tuple[Mapping[str, float], Mapping[str, float]],
    errors: Errors,
    *,
    area_cm2: float | None,
    zoom: float,
) -> dict[str, Difference]:
    """Follow-up less baseline of every figure that both visits state.

    Parameters
    ----------
    metrics : (Metrics, Metrics)
        On the common area.
    figures : (mapping of str to float, mapping of str to float)
        Of the hairs that both visits know together: numbers of hairs and units, which need not be whole.
    errors : Errors
    area_cm2 : float or None
    zoom : float
        Follow-up px for each baseline px: what is stated in px is stated in px of the baseline.
    """
    differences = {}
    for info in METRICS:
        before, after = (_stated(*visit, info) for visit in zip(metrics, figures, strict=True))
        if before is None or after is None or info.name in RATIOS or "inch2" in info.name:
            continue
        values = before.value, after.value / zoom if info.unit == "px" else after.value
        differences[info.name] = difference(
            baseline=values[0],
            follow_up=values[1],
            sd=_deviation(info, values, errors, area_cm2),
            site_sd=errors.site_sd.get(info.name, math.nan),
            n=min(before.n, after.n),
            grain=one_of(info, area_cm2),
        ).of(info)
    return differences | _derived(differences, metrics)


def _stated(metrics: Metrics, figures: Mapping[str, float], info: MetricInfo) -> Estimate | None:
    """A figure that can have a difference; a number as an estimate without intervals."""
    figure = getattr(metrics, info.name)
    if isinstance(figure, Estimate):
        return figure
    if info.name in NUMBERS:
        return Estimate(value=figures[info.name], low=math.nan, high=math.nan, n=int(figure))
    return None


def _deviation(info: MetricInfo, values: tuple[float, float], errors: Errors, area_cm2: float | None) -> float:
    """Standard error of a difference; NaN where it was never measured."""
    own = errors.relative_sd.get(info.name, math.nan) * level_of(info, values, area_cm2)
    return math.hypot(own, errors.scale_moved.get(info.name, 0.0))


def _derived(differences: Mapping[str, Difference], metrics: tuple[Metrics, Metrics]) -> dict[str, Difference]:
    """Differences of figures that are another one in other units."""
    derived = {}
    for name in ("density_per_cm2", "unit_density_per_cm2"):
        if name in differences:
            derived[name.replace("cm2", "inch2")] = differences[name].times(CM2_PER_INCH2)
    for name, share in RATIOS.items():
        before, after = (getattr(visit, share) for visit in metrics)
        if share in differences and isinstance(before, Estimate) and isinstance(after, Estimate):
            derived[name] = _of_ratio(
                without_traces(before).value, without_traces(after).value, change=differences[share]
            )
    return derived


def without_traces(share: Estimate) -> Estimate:
    """A share with 0 for what is less than half a hair: it is no hair to state a ratio to."""

    def counted(part: float) -> float:
        return 0.0 if part * share.n < LEAST_HAIRS else part

    return replace(
        share,
        value=counted(share.value),
        low=counted(share.low),
        high=counted(share.high),
        site_low=counted(share.site_low),
        site_high=counted(share.site_high),
    )


def _of_ratio(before: float, after: float, *, change: Difference) -> Difference:
    """Of terminal hairs for each vellus one, from the vellus shares and what is known of their difference.

    A ratio of r hairs moves by (1 + r)^2 for each share that its own moves: the mean of both visits is taken.
    """
    ratios = odds_against(before), odds_against(after)
    slope = sum((1 + ratio) ** 2 for ratio in ratios) / 2
    site = (change.site_high - change.site_low) / 2
    own = change.detectable
    return difference(
        baseline=ratios[0],
        follow_up=ratios[1],
        sd=own * slope / TWO_SIDED_95,
        site_sd=math.sqrt(max(site**2 - own**2, 0.0)) * slope / TWO_SIDED_95,
        n=change.n,
    )
