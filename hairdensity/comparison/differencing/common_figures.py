"""All figures of one visit on the skin that both visits show."""

from __future__ import annotations

import numpy as np

from hairdensity.analysis import Analysis
from hairdensity.calibration import Calibration
from hairdensity.comparison.differencing.paired_tables import Tables
from hairdensity.measurement.coverage import measure_coverage
from hairdensity.measurement.skin import look_at_skin
from hairdensity.metrics import Measured, Metrics, compute_metrics
from hairdensity.metrics.difficulty import expected_errors
from hairdensity.target_area import TargetArea

__all__ = ["metrics_on"]


def metrics_on(visit: Analysis, tables: Tables, area: TargetArea, calibration: Calibration | None) -> Metrics:
    """What one visit shows on the common area by itself, with the intervals of a picture of its difficulty.

    Parameters
    ----------
    visit : Analysis
    tables : Tables
        Its hairs and units there.
    area : TargetArea
        In the px of its own picture.
    calibration : Calibration or None
    """
    drawn_px = visit.hairs["diameter_px"].to_numpy(dtype=np.float64)
    ostia = visit.ostia.assign(in_area=area.contains(visit.ostia[["row_px", "col_px"]].to_numpy(dtype=np.float64)))
    measured = Measured(
        hairs=tables.hairs,
        units=tables.units,
        coverage_fraction=measure_coverage(visit.centerlines, drawn_px, area),
        ostia=ostia,
        skin=look_at_skin(visit.image.pixels, visit.centerlines, drawn_px, area, um_per_px=visit.working_um_per_px),
    )
    return compute_metrics(
        measured,
        area,
        calibration,
        errors=expected_errors(visit.traits, visit.settings.method),
        settings=visit.settings.metrics,
    )
