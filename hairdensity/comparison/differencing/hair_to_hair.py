"""Both visits on the skin that both show, with the same hairs: figures, and what changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from hairdensity.analysis import Analysis
from hairdensity.comparison.change_settings import ChangeSettings
from hairdensity.comparison.common_area import CommonArea
from hairdensity.comparison.differences import Difference
from hairdensity.comparison.differencing.common_figures import metrics_on
from hairdensity.comparison.differencing.common_scale import CommonScale
from hairdensity.comparison.differencing.paired import RATIOS, Errors, paired_differences, without_traces
from hairdensity.comparison.differencing.paired_errors import expected_pair_errors, pair_traits
from hairdensity.comparison.differencing.paired_tables import table_of_visit
from hairdensity.comparison.differencing.population import Population, population_of
from hairdensity.comparison.visits import BASELINE, FOLLOW_UP
from hairdensity.metrics import Estimate, Metrics
from hairdensity.metrics.computing import derived_figures
from hairdensity.metrics.figures import info_of
from hairdensity.metrics.links import Link, from_link, to_link

__all__ = ["HairToHair", "compare_hairs", "restated_metrics"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HairToHair:
    """Figures of baseline and follow-up on their common skin, and their differences."""

    baseline: Metrics
    follow_up: Metrics
    differences: Mapping[str, Difference]


def compare_hairs(
    visits: tuple[Analysis, Analysis],
    matches: pd.DataFrame,
    unit_matches: pd.DataFrame,
    *,
    scale: CommonScale,
    common_area: CommonArea,
    settings: ChangeSettings,
) -> HairToHair:
    """Compare matched visits.

    Parameters
    ----------
    visits : (Analysis, Analysis)
    matches, unit_matches : DataFrame
        Columns ``tables.MATCHES`` and ``tables.UNIT_MATCHES``.
    scale : CommonScale
        The one that the matches' diameters are stated on.
    common_area : CommonArea
    settings : ChangeSettings
    """
    before, after = visits
    population = population_of(
        visits,
        matches,
        unit_matches,
        scale=scale,
        area_cm2=common_area.area_cm2,
        least_se=settings.least_diameter_se,
    )
    tables = (
        table_of_visit(before, BASELINE, matches, unit_matches, calibration=scale.baseline),
        table_of_visit(after, FOLLOW_UP, matches, unit_matches, calibration=scale.follow_up),
    )
    figures = population.figures(0), population.figures(1)
    baseline = restated_metrics(metrics_on(before, tables[0], common_area.baseline, scale.baseline), figures[0])
    follow_up = metrics_on(after, tables[1], common_area.follow_up, scale.follow_up)
    follow_up = restated_metrics(follow_up, figures[1], px=scale.zoom)
    errors = Errors(
        relative_sd=_detection_errors(visits, matches),
        site_sd=population.sampling_of_changes(n_draws=settings.n_draws, seed=settings.seed),
        scale_moved=_moved_by_scale(population, scale),
    )
    differences = paired_differences(
        (baseline, follow_up), figures, errors, area_cm2=common_area.area_cm2, zoom=scale.zoom
    )
    return HairToHair(baseline=baseline, follow_up=follow_up, differences=differences)


def restated_metrics(metrics: Metrics, figures: Mapping[str, float], *, px: float = 1.0) -> Metrics:
    """The figures of a visit with what both visits know of its hairs; a figure's intervals move with it.

    ``px`` is what a px of the baseline measures in the visit's own.
    """
    restated: dict[str, Any] = {name: round(figures[name]) for name in ("n_hairs", "n_units")}
    for name, value in figures.items():
        figure = getattr(metrics, name)
        if isinstance(figure, Estimate) and math.isfinite(value):
            restated[name] = _moved(figure, value * px if name.endswith("_px") else value, info_of(name).link)
    shares = {name: without_traces(restated[name]) for name in RATIOS.values() if name in restated}
    restated |= derived_figures(restated | shares)
    return replace(metrics, **restated)


def _moved(figure: Estimate, value: float, link: Link) -> Estimate:
    """The figure with another value; its intervals keep their width on the scale of its link.

    So an amount's move in proportion, and a share's stay within 0-1. From or to the end of a range there is no such
    scale: then they reach to the value.
    """
    shift = to_link(value, link) - to_link(figure.value, link)

    def moved(end: float, reach: Callable[[float, float], float]) -> float:
        return from_link(to_link(end, link) + shift, link) if math.isfinite(shift) else reach(end, value)

    return Estimate(
        value=value,
        low=moved(figure.low, min),
        high=moved(figure.high, max),
        n=figure.n,
        site_low=moved(figure.site_low, min),
        site_high=moved(figure.site_high, max),
    )


def _moved_by_scale(population: Population, scale: CommonScale) -> Mapping[str, float]:
    """By how much each figure of the follow-up would differ, were its scale wrong by one deviation."""
    if scale.ratio_sd == 0:
        return {}
    factor = 1 + scale.ratio_sd
    moved = replace(population, diameter_px=population.diameter_px * factor, length_px=population.length_px * factor)
    here, there = population.figures(1), moved.figures(1)
    return {name: abs(there[name] - here[name]) for name in here}


def _detection_errors(visits: tuple[Analysis, Analysis], matches: pd.DataFrame) -> dict[str, float]:
    """What validation found on pairs like this one; nothing is known of two methods against each other."""
    before, after = visits
    if before.settings.method != after.settings.method:
        return {}
    return expected_pair_errors(pair_traits(before, after, matches), before.settings.method)
