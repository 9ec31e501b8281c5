"""compute_metrics: all figures of one picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hairdensity.calibration import Calibration
from hairdensity.errors import InputError
from hairdensity.measurement.skin import SkinLook
from hairdensity.metrics.accuracy import FigureErrors
from hairdensity.metrics.areas import count_figures, opening_figures, sum_figures
from hairdensity.metrics.draws import Draws
from hairdensity.metrics.estimates import Estimate
from hairdensity.metrics.figures import CM2_PER_INCH2, METRICS, Metrics, info_of
from hairdensity.metrics.intervals import Finding, estimate, no_estimate
from hairdensity.metrics.settings import MetricsSettings
from hairdensity.metrics.shapes import (
    cover_figures,
    direction_figures,
    distance_figures,
    length_figures,
    unit_figures,
)
from hairdensity.metrics.thickness import Thickness, spread_figures, thin_shares
from hairdensity.target_area import TargetArea

__all__ = ["Measured", "compute_metrics", "derived_figures", "odds_against"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What was measured on a picture.

    Parameters
    ----------
    hairs, units : DataFrame
        Columns ``tables.HAIRS`` and ``tables.UNITS``; those with ``in_area`` count.
    coverage_fraction : float
        Share of the area's pixels that hair covers, 0-1.
    ostia : DataFrame or None, optional
        Openings, with ``kind`` and ``in_area``. None: not looked for.
    skin : SkinLook or None, optional
        None: not looked at.

    Raises
    ------
    InputError
        If ``coverage_fraction`` is no fraction.
    """

    hairs: pd.DataFrame
    units: pd.DataFrame
    coverage_fraction: float
    ostia: pd.DataFrame | None = None
    skin: SkinLook | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.coverage_fraction <= 1:
            raise InputError(
                f"coverage_fraction must lie in 0-1, got {self.coverage_fraction:g}: divide by the area's pixels"
            )


def compute_metrics(
    measured: Measured,
    target_area: TargetArea,
    calibration: Calibration | None,
    *,
    errors: FigureErrors | None = None,
    settings: MetricsSettings | None = None,
) -> Metrics:
    """All figures of one picture.

    Parameters
    ----------
    measured : Measured
    target_area : TargetArea
    calibration : Calibration or None
        None leaves out every figure in um, mm, cm2 or inch2.
    errors : FigureErrors, optional
        What validation measured on pictures of this difficulty. None: the picture's intervals hold measurement and
        scale alone.
    settings : MetricsSettings, optional

    Raises
    ------
    InputError
        If area and calibration disagree on whether there is a scale.
    """
    if (calibration is None) != (target_area.area_cm2 is None):
        raise InputError("target_area and calibration must both have a scale or both have none; place the area again")
    draws = Draws.of(measured.hairs, measured.units, target_area, settings or MetricsSettings())
    scale_error = 0.0 if calibration is None else calibration.relative_error
    # Where nothing is readable there is no area to count on; sizes stay, of no hairs.
    scale = calibration if target_area.area_cm2 else None
    thickness = Thickness.of(draws)
    findings = _findings(measured, thickness, target_area, scale)
    figures: dict[str, Any] = {
        name: estimate(info_of(name), finding, scale_error=scale_error, errors=errors)
        for name, finding in findings.items()
    }
    figures |= derived_figures(figures)
    if scale is not None:
        figures["diameter_histogram"] = thickness.histogram()
    return Metrics(**(_missing(scale) | figures | _counts(measured, draws, target_area)))


def _findings(
    measured: Measured, thickness: Thickness, area: TargetArea, calibration: Calibration | None
) -> dict[str, Finding]:
    """What each figure rests on."""
    draws = thickness.draws
    findings = unit_figures(draws) | direction_figures(draws) | _skin_figures(measured.skin)
    findings |= cover_figures(draws, measured.coverage_fraction)
    findings |= spread_figures(draws, thickness, None if calibration is None else calibration.um_per_px)
    if calibration is not None and area.area_cm2:
        shares = thin_shares(thickness, calibration.relative_error)
        findings |= {f"vellus_fraction_{cut_off:.0f}um": share for cut_off, (share, _) in shares.items()}
        findings |= length_figures(draws) | distance_figures(draws) | opening_figures(measured.ostia, area.area_cm2)
        findings |= count_figures(draws, shares, area.area_cm2, calibration.relative_error)
        findings |= sum_figures(draws, thickness, area.area_cm2)
    return findings


def _skin_figures(skin: SkinLook | None) -> dict[str, Finding]:
    if skin is None:
        return {}
    redness = Finding(value=skin.erythema_index, n=skin.n_tiles, sampling_sd=skin.erythema_sd)
    scale = Finding(value=skin.scaling_fraction, n=skin.n_tiles, sampling_sd=skin.scaling_sd)
    return {"erythema_index": redness, "scaling_fraction": scale}


def derived_figures(figures: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """Figures that are another one in other units: per square inch of per cm2, odds of shares.

    Parameters
    ----------
    figures : mapping of str to Estimate
        What is not in it has nothing derived from it.
    """
    derived = {
        name.replace("cm2", "inch2"): figures[name].times(CM2_PER_INCH2)
        for name in ("density_per_cm2", "unit_density_per_cm2")
        if name in figures
    }
    ratios = {
        name.replace("vellus_fraction", "terminal_vellus_ratio"): _ratio_of_odds(figure)
        for name, figure in figures.items()
        if name.startswith("vellus_fraction")
    }
    return derived | ratios


def _ratio_of_odds(vellus: Estimate) -> Estimate:
    """Terminal hairs for each vellus hair; NaN, and a lower bound alone, where no vellus hair was seen."""
    return Estimate(
        value=odds_against(vellus.value),
        low=odds_against(vellus.high),
        high=odds_against(vellus.low),
        n=vellus.n,
        site_low=odds_against(vellus.site_high),
        site_high=odds_against(vellus.site_low),
    )


def odds_against(share: float) -> float:
    """What is not of a share for each that is; NaN where nothing is."""
    return (1 - share) / share if share > 0 else math.nan


def _missing(scale: Calibration | None) -> dict[str, Any]:
    """None for figures that need a scale which is not there, NaN for those that had nothing to be measured on."""
    figures = [info for info in METRICS if info.kind != "number"]
    return {info.name: None if info.needs_scale and scale is None else no_estimate() for info in figures}


def _counts(measured: Measured, draws: Draws, area: TargetArea) -> dict[str, Any]:
    tips = measured.hairs[["tip_row_px", "tip_col_px"]].to_numpy(dtype=np.float64)
    return {
        "n_hairs": len(draws.hairs),
        "n_hairs_by_ends": (len(draws.hairs) + int(np.count_nonzero(area.contains(tips)))) / 2,
        "n_units": int(measured.units["in_area"].sum()),
    }
