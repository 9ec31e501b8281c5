"""The images table of a simulated trial: what pictures of its true visits would have been read as."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from hairdensity.metrics import CM2_PER_INCH2
from hairdensity.metrics.figures import VELLUS_UM
from hairdensity.metrics.intervals import TWO_SIDED_95
from hairdensity.study.columns import MANIFEST
from hairdensity.study.simulation.settings import TrialSettings
from hairdensity.study.tables import images_columns

__all__ = ["images_of", "read_pictures"]

Array = NDArray[np.float64]
Rng = np.random.Generator

HAIRS_PER_UNIT = 1.93
"""Loussouarn: Han Chinese."""

SPREAD_UM = 18.0
"""Deviation of the diameters of one head's shafts, for the shares of vellus hairs; simulated, not measured."""

UM_PER_PX = 10.0


def read_pictures(visits: pd.DataFrame, settings: TrialSettings, rng: Rng) -> pd.DataFrame:
    """One row for each picture: the visit's columns, replicate, density, diameter and redness as read."""
    table = visits.loc[visits.index.repeat(settings.replicates)].reset_index(drop=True)
    n = len(table)
    cv = np.hypot(settings.placement_cv / np.sqrt(settings.area_cm2), settings.detection_cv)
    true = table["true_density_per_cm2"] + table["true_change_per_cm2"]
    diameter = table["true_diameter_um"] + table["true_diameter_change_um"]
    redness = table["true_redness"] + table["true_redness_change"]
    return table.assign(
        replicate=np.tile(np.arange(settings.replicates) + 1, len(visits)),
        density=np.maximum(true * (1.0 + cv * rng.standard_normal(n)), 0.0),
        diameter=diameter + settings.diameter_error_um * rng.standard_normal(n),
        redness=redness + settings.redness_error * rng.standard_normal(n),
        read=rng.random(n) >= settings.unreadable,
    )


def images_of(pictures: pd.DataFrame, settings: TrialSettings) -> pd.DataFrame:
    """The images table, in the order of the pictures; figures that are not simulated stay empty."""
    known = {**_stated(pictures, settings), **_figures(pictures, settings)}
    table = pd.DataFrame(
        {
            column.name: pd.Series(known.get(column.name, _MISSING.get(column.dtype)), index=pictures.index)
            for column in images_columns()
        }
    )
    for column in _OF_A_RESULT:
        table[column.name] = table[column.name].where(pictures["read"], _MISSING[column.dtype])
    return table.astype({column.name: column.dtype for column in images_columns()})


_MISSING: dict[str, Any] = {"object": "", "float64": np.nan, "Int64": pd.NA}

_NOT_OF_A_RESULT = {"row", "visit_number", "status", "error_code", "error_message", "image_sha256"}
_NOT_OF_A_RESULT |= {column.name for column in MANIFEST}

_OF_A_RESULT = tuple(column for column in images_columns() if column.name not in _NOT_OF_A_RESULT)
"""Empty where a picture has no result."""


def _stated(pictures: pd.DataFrame, settings: TrialSettings) -> dict[str, Any]:
    """What the manifest says, and what a run says of the picture."""
    read = pictures["read"].to_numpy()
    names = pictures["patient"] + "_" + pictures["visit"].str.replace(" ", "") + "_" + pictures["replicate"].astype(str)
    copied = ("patient", "visit", "week", "replicate", "arm", "center", "treatment", "combined_with")
    dose = ("needle_depth_mm", "sessions", "interval_days")
    return {
        **{name: pictures[name] for name in (*copied, *dose, "visit_number")},
        "image": "simulated/" + names + ".png",
        "image_sha256": [hashlib.sha256(name.encode()).hexdigest() for name in names],
        "site": settings.site,
        "row": np.arange(len(pictures)) + 1,
        "um_per_px": UM_PER_PX,
        "used_um_per_px": UM_PER_PX,
        "status": np.where(read, "ok", "failed"),
        "error_code": np.where(read, "", "truncated"),
        "error_message": np.where(read, "", "simulated: the file ends before its picture does; copy it again"),
        "area_kind": "rectangle",
        "area_cm2": settings.area_cm2,
        "area_inch2": settings.area_cm2 / CM2_PER_INCH2,
        "unreadable_fraction": 0.0,
        "quality": "good",
    }


def _figures(pictures: pd.DataFrame, settings: TrialSettings) -> dict[str, Any]:
    density, diameter = pictures["density"].to_numpy(), pictures["diameter"].to_numpy()
    vellus = [norm.cdf((cut_off - diameter) / SPREAD_UM) for cut_off in VELLUS_UM]
    site = np.hypot(settings.placement_cv / np.sqrt(settings.area_cm2), settings.detection_cv)
    counts = {
        "density_per_cm2": density,
        "density_per_inch2": density * CM2_PER_INCH2,
        "unit_density_per_cm2": density / HAIRS_PER_UNIT,
        "unit_density_per_inch2": density / HAIRS_PER_UNIT * CM2_PER_INCH2,
        "cumulative_diameter_mm_per_cm2": density * diameter / 1000.0,
    }
    for cut_off, share in zip(VELLUS_UM, vellus, strict=True):
        counts[f"vellus_density_per_cm2_{cut_off:.0f}um"] = density * share
        counts[f"terminal_density_per_cm2_{cut_off:.0f}um"] = density * (1.0 - share)
    n_hairs = np.round(density * settings.area_cm2)
    columns: dict[str, Any] = {"n_hairs": n_hairs, "n_units": np.round(n_hairs / HAIRS_PER_UNIT)}
    for name, value in counts.items():
        columns |= _estimate(name, value, settings.detection_cv * value, site * value, n_hairs)
    error = np.full(len(pictures), settings.diameter_error_um)
    for name in ("mean_diameter_um", "median_diameter_um"):
        columns |= _estimate(name, diameter, error, error, n_hairs)
    for cut_off, share in zip(VELLUS_UM, vellus, strict=True):
        columns[f"vellus_fraction_{cut_off:.0f}um"] = share
    redness = np.full(len(pictures), settings.redness_error)
    columns |= _estimate("erythema_index", pictures["redness"].to_numpy(), redness, redness, n_hairs)
    return columns


def _estimate(name: str, value: Array, error: Array, site_error: Array, n: Array) -> dict[str, Array]:
    """The six columns of an estimate."""
    return {
        name: value,
        f"{name}_low": value - TWO_SIDED_95 * error,
        f"{name}_high": value + TWO_SIDED_95 * error,
        f"{name}_site_low": value - TWO_SIDED_95 * site_error,
        f"{name}_site_high": value + TWO_SIDED_95 * site_error,
        f"{name}_n": n,
    }
