"""The table of a phototrichogram: growth and phase of every hair, and what makes it unsure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.comparison.growing.lengths import GrownLengths
from hairdensity.tables import GROWTH, empty_table, make_table

__all__ = ["growth_table"]

Array = NDArray[np.float64]


def growth_table(
    matches: pd.DataFrame, lengths: GrownLengths, probability: Array, phase: NDArray[np.object_], *, to_rate: float
) -> pd.DataFrame:
    """Columns ``tables.GROWTH``, one row for each match; ``to_rate`` is mm/day for each um."""
    if not len(matches):
        return empty_table(GROWTH)
    growth = np.where(lengths.is_new, lengths.after_um, lengths.growth_um)
    at_most = (lengths.is_new | lengths.is_cut_before) & ~lengths.is_cut_after
    at_least = lengths.is_cut_after & lengths.is_kept & ~lengths.is_cut_before
    return make_table(
        GROWTH,
        {
            "match_id": matches["match_id"].to_numpy(),
            "baseline_hair_id": matches["baseline_hair_id"].array,
            "follow_up_hair_id": matches["follow_up_hair_id"].array,
            "in_area": matches["in_area"].to_numpy(),
            "baseline_length_um": lengths.before_um,
            "follow_up_length_um": lengths.after_um,
            "growth_um": growth,
            "growth_mm_per_day": growth * to_rate,
            "growth_se_mm_per_day": np.where(np.isfinite(growth), lengths.error_um * to_rate, np.nan),
            "bound": np.select([at_most, at_least], ["at most", "at least"], "").astype(object),
            "anagen_probability": probability,
            "phase": phase,
            "reason": _reasons(lengths, phase),
        },
    )


def _reasons(lengths: GrownLengths, phase: NDArray[np.object_]) -> NDArray[np.object_]:
    """(K,) what makes a length unsure, the weightiest first."""
    causes = {
        "not found in the second picture: shed, or hidden": lengths.second < 0,
        "tip out of sight in both pictures": lengths.is_cut_before & lengths.is_cut_after,
        "tip out of sight in the second picture": lengths.is_cut_after,
        "tip out of sight in the first picture": lengths.is_cut_before,
        "new, and too short to have grown out: overlooked before, or a loose piece": lengths.is_too_short,
        "not seen in the first picture: cut flush with the skin, or hidden": lengths.is_new,
        "touches another hair": lengths.is_tangled,
        "length error straddles the threshold": phase == "undecided",
    }
    return np.asarray(np.select(list(causes.values()), list(causes), ""), dtype=object)
