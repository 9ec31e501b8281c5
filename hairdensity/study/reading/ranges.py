"""Numbers that no microscope, needle or plan has, and cells that exclude each other on one row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from hairdensity.calibration import UM_PER_PX_RANGE
from hairdensity.errors import TargetAreaError
from hairdensity.study.reading.faults import FaultLog, Level
from hairdensity.target_area import parse_area

__all__ = ["check_ranges"]

UNUSUAL_UM_PER_PX = 0.5
"""Finer than any dermatoscope: a shaft of 80 um would be 160 px wide."""

DEEPEST_NEEDLE_MM = 5.0

_SCALES = ("um_per_px", "px_per_mm", "field_width_mm")


def check_ranges(rows: pd.DataFrame, log: FaultLog) -> None:
    """Note numbers out of range, scales and areas that are stated twice, and areas that cannot be read."""
    _check_scales(rows, log)
    _check_area(rows, log)
    needle = "write the depth in mm, 0 to 5; 1500 um are 1.5 mm"
    _refuse(rows, "needle_depth_mm", lambda depth: (depth < 0) | (depth > DEEPEST_NEEDLE_MM), needle, log)
    _refuse(rows, "sessions", lambda n: (n < 0) | (n % 1 != 0), "write a whole number from 0", log)
    _refuse(rows, "interval_days", lambda days: days <= 0, "write the days between sessions, above 0", log)
    _refuse(rows, "week", lambda week: week.abs() > 52 * 50, "write weeks since baseline, not a year or a day", log)


def _refuse(
    rows: pd.DataFrame,
    name: str,
    is_wrong: Callable[[Any], Any],
    remedy: str,
    log: FaultLog,
    level: Level = Level.FAULT,
) -> None:
    wrong = is_wrong(rows[name]) & rows[name].notna()
    what = "is unusual" if level is Level.WARNING else "is out of range"
    log.at(rows, wrong, name, code="out_of_range", what=f"{name} {{cell}} {what}", remedy=remedy, level=level)


def _check_scales(rows: pd.DataFrame, log: FaultLog) -> None:
    low, high = UM_PER_PX_RANGE
    scale = f"write um of skin in one px, {low:g} to {high:g}; mm in one px times 1000"
    _refuse(rows, "um_per_px", lambda um: (um < low) | (um > high), scale, log)
    inverse = f"write px in 1 mm of skin, {1000 / high:g} to {1000 / low:g}"
    _refuse(rows, "px_per_mm", lambda px: (px < 1000 / high) | (px > 1000 / low), inverse, log)
    unusual = "check the device's manual or a picture of a ruler"
    in_range = rows["um_per_px"].fillna(1000.0 / rows["px_per_mm"].where(rows["px_per_mm"] > 0))
    _refuse(
        rows.assign(um_per_px=in_range),
        "um_per_px",
        lambda um: (um >= low) & (um < UNUSUAL_UM_PER_PX),
        unusual,
        log,
        Level.WARNING,
    )
    for name in ("field_width_mm", "ruler_tick_mm"):
        _refuse(rows, name, lambda mm: mm <= 0, "write mm, above 0", log)
    _refuse(rows, "scale_error", lambda e: (e < 0) | (e >= 1), "write a share, e.g. 0.02 for 2 %", log)
    n_stated = rows[list(_SCALES)].notna().sum(axis=1)
    log.at(
        rows,
        n_stated > 1,
        "um_per_px",
        code="two_scales",
        what=f"more than one of {', '.join(_SCALES)} is stated",
        remedy="keep the one that was measured",
    )
    log.at(
        rows,
        rows["scale_error"].notna() & (n_stated == 0),
        "scale_error",
        code="error_without_scale",
        what="the error of a scale is stated, but no scale",
        remedy=f"add one of {', '.join(_SCALES)}, or leave it out",
    )


def _check_area(rows: pd.DataFrame, log: FaultLog) -> None:
    reasons = rows["area"].map({text: _area_fault(text) for text in rows["area"].unique()})
    log.at(
        rows,
        reasons != "",
        "area",
        code="area",
        what=reasons,
        remedy="write the area as `hairdensity score --area` reads it, or leave the cell empty for the whole picture",
    )
    log.at(
        rows,
        (rows["area"] != "") & (rows["area_mask"] != ""),
        "area",
        code="two_areas",
        what="both area and area_mask are stated",
        remedy="keep one of them",
    )


def _area_fault(text: str) -> str:
    if not text:
        return ""
    try:
        shape = parse_area(text)
    except TargetAreaError as error:
        return str(error)
    sizes = {"rectangle": shape.numbers[2:], "circle": shape.numbers[2:]}.get(shape.kind, ())
    return "" if np.all(np.array(sizes) > 0) else f"the area {text!r} has no extent: sizes must be above 0"
