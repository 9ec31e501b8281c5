"""Both visits on the skin that both show, with the same hairs: figures, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.change_settings import ChangeSettings
from hairdensity.comparison.common_area import CommonArea
from hairdensity.comparison.common_figures import measured_on, metrics_on, thickened
from hairdensity.comparison.common_scale import CommonScale, find_common_scale
from hairdensity.comparison.differences import Difference
from hairdensity.comparison.paired import Errors, paired_differences
from hairdensity.comparison.paired_errors import expected_pair_errors, pair_traits
from hairdensity.comparison.paired_sampling import sampling_of_changes
from hairdensity.comparison.paired_tables import Tables, pair_tables
from hairdensity.metrics import Measured, Metrics

__all__ = ["HairToHair", "compare_hairs"]


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
    alignment: Alignment,
    common_area: CommonArea,
    settings: ChangeSettings,
) -> HairToHair:
    """Compare matched visits.

    Parameters
    ----------
    visits : (Analysis, Analysis)
    matches, unit_matches : DataFrame
        Columns ``tables.MATCHES`` and ``tables.UNIT_MATCHES``.
    alignment : Alignment
    common_area : CommonArea
    settings : ChangeSettings
    """
    before, after = visits
    scale = find_common_scale((before.calibration, after.calibration), alignment, skin_stretch=settings.skin_stretch)
    tables = pair_tables(
        visits, matches, unit_matches, alignment=alignment, scale=scale, least_se=settings.least_diameter_se
    )
    measured = (
        measured_on(before, tables[0], common_area.baseline),
        measured_on(after, tables[1], common_area.follow_up),
    )
    metrics = (
        metrics_on(before, measured[0], common_area.baseline, scale.baseline),
        metrics_on(after, measured[1], common_area.follow_up, scale.follow_up),
    )
    errors = Errors(
        relative_sd=_detection_errors(visits, matches),
        site_sd=_sampling(tables, matches, common_area, settings),
        scale_moved=_with_wrong_scale(after, measured[1], common_area, scale),
    )
    differences = paired_differences(*metrics, errors, area_cm2=common_area.area_cm2, zoom=scale.zoom)
    return HairToHair(baseline=metrics[0], follow_up=metrics[1], differences=differences)


def _detection_errors(visits: tuple[Analysis, Analysis], matches: pd.DataFrame) -> dict[str, float]:
    """What validation found on pairs like this one; nothing is known of two methods against each other."""
    before, after = visits
    if before.settings.method != after.settings.method:
        return {}
    return expected_pair_errors(pair_traits(before, after, matches), before.settings.method)


def _sampling(
    tables: tuple[Tables, Tables], matches: pd.DataFrame, common_area: CommonArea, settings: ChangeSettings
) -> dict[str, float]:
    return sampling_of_changes(
        tables, matches, area_cm2=common_area.area_cm2, n_draws=settings.n_draws, seed=settings.seed
    )


def _with_wrong_scale(
    follow_up: Analysis, measured: Measured, common_area: CommonArea, scale: CommonScale
) -> Metrics | None:
    """The follow-up's figures, were its scale wrong by one deviation against the baseline's."""
    if scale.follow_up is None or scale.ratio_sd == 0:
        return None
    factor = 1 + scale.ratio_sd
    moved = replace(scale.follow_up, um_per_px=scale.follow_up.um_per_px * factor)
    return metrics_on(follow_up, thickened(measured, factor), common_area.follow_up, moved)
