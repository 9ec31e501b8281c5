"""The changes table of a simulated trial: each later picture beside its baseline."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hairdensity.metrics.figures import info_of
from hairdensity.metrics.intervals import TWO_SIDED_95
from hairdensity.study.columns import CHANGES
from hairdensity.study.simulation.settings import TrialSettings
from hairdensity.tables import make_table

__all__ = ["changes_of"]

Rng = np.random.Generator

NOT_REGISTERED = "simulated: too few hairs agree; photograph the same skin again"

_NO_CONTROL: dict[str, Any] = {"control_site": "", "control_baseline_row": pd.NA, "control_row": pd.NA}


def changes_of(pictures: pd.DataFrame, settings: TrialSettings, rng: Rng) -> pd.DataFrame:
    """Density and mean diameter of each pair, matched where it is registered, and the failed pairs.

    Parameters
    ----------
    pictures : DataFrame
        Of `read_pictures`, with ``row``.
    settings : TrialSettings
    rng : Generator
    """
    pairs = _pairs(pictures)
    n = len(pairs)
    pairs["ok"] = pairs["read"] & pairs["read_baseline"]
    pairs["registered"] = pairs["ok"] & (rng.random(n) >= settings.refused)
    matched_error = settings.matched_error_per_cm2 / np.sqrt(settings.area_cm2)
    # The control of sampling is the point of matching: its error knows nothing of the placement.
    matched = {
        "density_per_cm2": (pairs["true_change_per_cm2"], matched_error, "density"),
        "mean_diameter_um": (pairs["true_diameter_change_um"], 0.5 * settings.diameter_error_um, "diameter"),
    }
    cv = np.hypot(settings.placement_cv / np.sqrt(settings.area_cm2), settings.detection_cv)
    loose = {
        "density_per_cm2": np.sqrt(2.0) * cv * pairs["density_baseline"],
        "mean_diameter_um": np.full(n, np.sqrt(2.0) * settings.diameter_error_um),
    }
    tables = [
        _rows(pairs, name, true + error * rng.standard_normal(n), (error, loose[name]), column)
        for name, (true, error, column) in matched.items()
    ]
    table = pd.concat([*tables, _failed(pairs)], ignore_index=True)
    order = ["patient", "site", "week", "replicate", "figure"]
    filled = table.assign(site=settings.site, **_NO_CONTROL).sort_values(order, ignore_index=True)
    return make_table(CHANGES, {column.name: filled[column.name] for column in CHANGES})


def _pairs(pictures: pd.DataFrame) -> pd.DataFrame:
    """Later pictures beside the baseline's of the same number."""
    is_first = pictures["visit_number"] == 0
    names = ["patient", "replicate", "visit", "row", "read", "density", "diameter"]
    return pictures[~is_first].merge(
        pictures.loc[is_first, names], on=["patient", "replicate"], suffixes=("", "_baseline")
    )


def _keys(pairs: pd.DataFrame) -> dict[str, Any]:
    names = ("patient", "replicate", "visit", "week", "row")
    return {
        **{name: pairs[name] for name in names},
        "baseline_visit": pairs["visit_baseline"],
        "baseline_row": pairs["row_baseline"],
        "site": "",
        "flags": "",
    }


def _rows(pairs: pd.DataFrame, name: str, matched: Any, errors: tuple[float, Any], column: str) -> pd.DataFrame:
    """One row for each readable pair and a figure."""
    before, after = pairs[f"{column}_baseline"], pairs[column]
    registered, unmatched = pairs["registered"], after - before
    value = matched.where(registered, unmatched)
    half = TWO_SIDED_95 * np.where(registered, errors[0], errors[1])
    low, high = value - half, value + half
    table = pd.DataFrame(
        {
            **_keys(pairs),
            "status": "ok",
            "registered": registered,
            "reason": np.where(registered, "", NOT_REGISTERED),
            "overlap_cm2": np.where(registered, 0.9, np.nan),
            "figure": name,
            "unit": info_of(name).unit,
            "baseline": before,
            "follow_up": before + value,
            "value": value,
            "low": low,
            "high": high,
            "site_low": low,
            "site_high": high,
            "detectable": half,
            "n": np.round(pairs["density_baseline"]),
            "verdict": np.where(low > 0, "increase", np.where(high < 0, "decrease", "within noise")),
            "unmatched_value": unmatched,
            "unmatched_low": unmatched - TWO_SIDED_95 * errors[1],
            "unmatched_high": unmatched + TWO_SIDED_95 * errors[1],
        }
    )
    return table[pairs["ok"]]


def _failed(pairs: pd.DataFrame) -> pd.DataFrame:
    """One row for each pair of which a picture has no result."""
    failed = pairs[~pairs["ok"]]
    numbers = [column.name for column in CHANGES if column.dtype == "float64" and column.name != "week"]
    empty: dict[str, Any] = {column.name: "" for column in CHANGES if column.dtype == "object"}
    reason = "simulated: one of the pictures has no result"
    return pd.DataFrame(
        {
            **empty,
            **dict.fromkeys(numbers, np.nan),
            **_keys(failed),
            "status": "failed",
            "registered": False,
            "reason": reason,
        }
    )
