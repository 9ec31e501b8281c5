"""measure: the hairs and units tables from the picture's darkness and the traced axes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.calibration import Calibration
from hairdensity.errors import InputError
from hairdensity.flags import HairFlag
from hairdensity.measurement.settings import MeasurementSettings
from hairdensity.measurement.shafts import ShaftWidths, measure_shafts
from hairdensity.measurement.units import UnitGrouping, group_roots, leaving_directions, nearest_distances
from hairdensity.tables import HAIRS, UNITS, empty_table, make_table
from hairdensity.target_area import TargetArea
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["MeasuredTables", "MeasurementSettings", "UnitGrouping", "measure"]

TWO_SIDED_95 = 1.96


class MeasuredTables(NamedTuple):
    """What ``measure`` gives: ``hairs`` and ``units``, tables; ``grouping``, how the units were decided."""

    hairs: pd.DataFrame
    units: pd.DataFrame
    grouping: UnitGrouping


def measure(
    darkness: NDArray[np.float32],
    centerlines: Centerlines,
    *,
    calibration: Calibration | None,
    working_um_per_px: float,
    target_area: TargetArea,
    settings: MeasurementSettings | None = None,
) -> MeasuredTables:
    """Measure every hair and group the hairs into follicular units.

    Parameters
    ----------
    darkness : (H, W) float32 ndarray
        1 - intensity / skin intensity: 0 is bare skin, 1 is black, negative is lighter than the skin.
    centerlines : Centerlines
        N hairs, in px of ``darkness``.
    calibration : Calibration or None
        None leaves every um column missing.
    working_um_per_px : float
        Scale that turns the settings into px where there is no calibration.
    target_area : TargetArea
    settings : MeasurementSettings, optional

    Returns
    -------
    hairs : DataFrame
        N rows in the order of ``centerlines``, columns ``tables.HAIRS``.
    units : DataFrame
        Columns ``tables.UNITS``.
    grouping : UnitGrouping

    Raises
    ------
    InputError
        If ``darkness`` is not (H, W) or differs from the target area in size.
    """
    if darkness.ndim != 2 or darkness.shape != target_area.mask.shape:
        raise InputError(
            f"darkness must be (H, W) like the target area {target_area.mask.shape}, got {darkness.shape}: "
            "measure at the picture's own resolution"
        )
    settings = settings or MeasurementSettings()
    um_per_px = working_um_per_px if calibration is None else calibration.um_per_px
    directions = leaving_directions(centerlines, um_per_px=um_per_px)
    grouping = group_roots(centerlines.roots_px, directions, um_per_px=um_per_px, settings=settings.units)
    if len(centerlines) == 0:
        return MeasuredTables(empty_table(HAIRS), empty_table(UNITS), grouping)
    shafts = measure_shafts(
        np.ascontiguousarray(darkness, dtype=np.float32), centerlines, um_per_px=um_per_px, settings=settings
    )
    hairs = _hairs_table(centerlines, shafts, grouping.unit, calibration, target_area)
    units = _units_table(centerlines.roots_px, grouping.unit, calibration, target_area)
    return MeasuredTables(hairs, units, grouping)


def _hairs_table(
    centerlines: Centerlines,
    shafts: ShaftWidths,
    unit: NDArray[np.int64],
    calibration: Calibration | None,
    target_area: TargetArea,
) -> pd.DataFrame:
    """The hairs table; um columns are NaN without a calibration."""
    um_per_px = np.nan if calibration is None else calibration.um_per_px
    scale_error = 0.0 if calibration is None else TWO_SIDED_95 * calibration.relative_error
    scale_px = scale_error * shafts.diameter_px
    low_px = shafts.diameter_px - np.hypot(shafts.diameter_px - shafts.low_px, scale_px)
    high_px = shafts.diameter_px + np.hypot(shafts.high_px - shafts.diameter_px, scale_px)
    unsure = np.where(np.isnan(shafts.diameter_px), int(HairFlag.DIAMETER_UNSURE), 0)
    unresolved = np.where(shafts.unresolved, int(HairFlag.DIAMETER_UNRESOLVED), 0)
    return make_table(
        HAIRS,
        {
            "hair_id": np.arange(len(centerlines)),
            "unit_id": unit,
            "root_row_px": centerlines.roots_px[:, 0],
            "root_col_px": centerlines.roots_px[:, 1],
            "tip_row_px": centerlines.tips_px[:, 0],
            "tip_col_px": centerlines.tips_px[:, 1],
            "root_confidence": centerlines.root_confidence,
            "hair_probability": centerlines.hair_probability,
            "length_px": centerlines.lengths_px,
            "length_um": centerlines.lengths_px * um_per_px,
            "diameter_px": shafts.diameter_px,
            "diameter_um": shafts.diameter_px * um_per_px,
            "diameter_low_um": np.maximum(low_px, 0.0) * um_per_px,
            "diameter_high_um": high_px * um_per_px,
            "diameter_se_um": shafts.se_px * um_per_px,
            "diameter_spread_um": shafts.spread_px * um_per_px,
            "taper_um_per_mm": shafts.taper * (1000.0 if calibration is not None else np.nan),
            "n_profiles": shafts.n_profiles,
            "contrast": shafts.contrast,
            "in_area": target_area.contains(centerlines.roots_px),
            "flags": centerlines.flags | unsure | unresolved,
        },
    )


def _units_table(
    roots_px: NDArray[np.float64],
    unit: NDArray[np.int64],
    calibration: Calibration | None,
    target_area: TargetArea,
) -> pd.DataFrame:
    """The units table from the unit of every root; um columns are NaN without a calibration."""
    um_per_px = np.nan if calibration is None else calibration.um_per_px
    n_hairs = np.bincount(unit)
    row, col = (np.bincount(unit, weights=roots_px[:, axis]) / n_hairs for axis in (0, 1))
    places = np.stack([row, col], axis=1)
    return make_table(
        UNITS,
        {
            "unit_id": np.arange(len(n_hairs)),
            "row_px": row,
            "col_px": col,
            "n_hairs": n_hairs,
            "nearest_unit_um": nearest_distances(places) * um_per_px,
            "in_area": target_area.contains(places),
        },
    )
