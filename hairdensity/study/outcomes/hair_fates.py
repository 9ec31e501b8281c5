"""What became of hairs and follicular units, per cm2 of the skin that both pictures show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from hairdensity.report.change_fates import are_likely
from hairdensity.study.outcomes.statistics import summarize
from hairdensity.study.outcomes.values import StudyValues, mean_over_sites

__all__ = ["describe_fates"]

Row = dict[str, Any]

_UNIT_FATES = {"re-activated": "reactivated", "emptied": "emptied"}


def describe_fates(
    pairs: pd.DataFrame, matches: pd.DataFrame, unit_matches: pd.DataFrame, values: StudyValues, *, level: float
) -> Iterator[Row]:
    """Yield a row for each arm and visit with registered comparisons.

    Parameters
    ----------
    pairs : DataFrame
        From `hairdensity.study.outcomes.matched.collect_pairs`.
    matches, unit_matches : DataFrame
        Tables of the study.
    values : StudyValues
    level : float
    """
    registered = pairs[pairs["is_matched"]].drop_duplicates("row").set_index("row")
    area = registered["overlap_cm2"].where(registered["overlap_cm2"] > 0)
    rates = pd.concat([_hairs(matches), _units(unit_matches)], axis=1).reindex(registered.index)
    # A comparison with none of a fate has no rows of it; one without any row at all was not exported.
    rates = rates.where(rates.notna() | rates.isna().all(axis=1).to_numpy()[:, None], 0.0).div(area, axis=0)
    keyed = registered[["patient", "site", "visit_index"]].join(rates)
    by_patient = (
        mean_over_sites(keyed.groupby(["patient", "site", "visit_index"]).mean()).dropna(how="all").reset_index()
    )
    by_patient["arm"] = by_patient["patient"].map(values.patients["arm"])
    places = [(arm, index) for arm in values.arms for index in values.follow_up_indices()]
    for arm, index in places:
        cell = by_patient[(by_patient["arm"] == arm) & (by_patient["visit_index"] == index)]
        if cell.empty:
            continue
        row: Row = {"arm": arm, **values.visit_cells(index), "n_patients": len(cell)}
        for fate in rates.columns:
            sample = summarize(cell[fate], level=level)
            row |= {
                f"{fate}_per_cm2": sample.mean,
                f"{fate}_per_cm2_low": sample.low,
                f"{fate}_per_cm2_high": sample.high,
            }
        yield row


def _hairs(matches: pd.DataFrame) -> pd.DataFrame:
    """Hairs of the common area by fate, each by its probability, as `report.change_fates.expect_fates` counts them."""
    counted = matches[matches["in_area"].astype(bool)]
    before, after = (
        np.nan_to_num(counted[f"{visit}_probability"].to_numpy(np.float64)) for visit in ("baseline", "follow_up")
    )
    both = np.minimum(before, after)
    is_likely = are_likely(counted)
    parts = {
        "kept": both,
        "lost": before - both,
        "new": after - both,
        "thicker": ((counted["thickness"] == "thicker").to_numpy() & is_likely).astype(np.float64),
        "thinner": ((counted["thickness"] == "thinner").to_numpy() & is_likely).astype(np.float64),
    }
    return pd.DataFrame(parts, index=counted["row"].to_numpy()).groupby(level=0).sum()


def _units(unit_matches: pd.DataFrame) -> pd.DataFrame:
    counted = unit_matches[unit_matches["in_area"].astype(bool)]
    is_likely = are_likely(counted)
    fate = counted["fate"].to_numpy()
    parts = {name: ((fate == word) & is_likely).astype(np.float64) for word, name in _UNIT_FATES.items()}
    return pd.DataFrame(parts, index=counted["row"].to_numpy()).groupby(level=0).sum()
