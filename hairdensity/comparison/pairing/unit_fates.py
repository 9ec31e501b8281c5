"""Follicular units between two visits: kept, emptied, re-activated, and by how many hairs they grew or shrank."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.common_area import CommonArea
from hairdensity.comparison.matching_settings import MatchingSettings
from hairdensity.comparison.pairing.assignment import best_assignment
from hairdensity.comparison.pairing.courses import Places
from hairdensity.comparison.pairing.fates import Fates
from hairdensity.tables import UNIT_MATCHES, make_table

__all__ = ["UnitRows", "match_units", "unit_rows"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]


class UnitRows(NamedTuple):
    """W units of two visits, and where the hairs of the comparison belong.

    Parameters
    ----------
    before, after : (W,) int64 ndarray
        Their numbers at either visit; -1 for none.
    row_of_hair : (Q,) int64 ndarray
    """

    before: Ids
    after: Ids
    row_of_hair: Ids


def match_units(
    baseline: Analysis,
    follow_up: Analysis,
    fates: Fates,
    alignment: Alignment,
    common_area: CommonArea,
    *,
    settings: MatchingSettings,
) -> pd.DataFrame:
    """The fate of every follicular unit that bears a hair at either visit; columns ``tables.UNIT_MATCHES``."""
    um_per_px = baseline.working_um_per_px
    rows = unit_rows(fates.unit_before, fates.unit_after, fates.place_px * um_per_px, reach_um=settings.unit_reach_um)
    n_rows, of_hair = len(rows.before), rows.row_of_hair
    was = (fates.before >= 0) | fates.second_look
    now = (fates.after >= 0) | fates.second_look
    n_before, n_after = (np.bincount(of_hair, there, n_rows).astype(np.int64) for there in (was, now))
    n_hairs = np.maximum(np.bincount(of_hair, minlength=n_rows), 1)
    place = np.column_stack([np.bincount(of_hair, axis, n_rows) / n_hairs for axis in fates.place_px.T]).reshape(-1, 2)
    fate = np.where(n_before == 0, "re-activated", np.where(n_after == 0, "emptied", "kept")).astype(object)
    open_before = _near_opening(place, baseline.ostia, lambda points: points, settings.opening_um / um_per_px)
    open_after = _near_opening(place, follow_up.ostia, alignment.to_baseline, settings.opening_um / um_per_px)
    return make_table(
        UNIT_MATCHES,
        {
            "unit_match_id": np.arange(n_rows),
            "baseline_unit_id": pd.arrays.IntegerArray(rows.before, rows.before < 0),
            "follow_up_unit_id": pd.arrays.IntegerArray(rows.after, rows.after < 0),
            "fate": fate,
            "fate_probability": _fate_probability(fates, rows, fate),
            "opening_seen": ((fate == "re-activated") & open_before) | ((fate == "emptied") & open_after),
            "baseline_n_hairs": n_before,
            "follow_up_n_hairs": n_after,
            "row_px": place[:, 0],
            "col_px": place[:, 1],
            "in_area": common_area.baseline.contains(place),
        },
    )


def unit_rows(before: Ids, after: Ids, places_um: Array, *, reach_um: float) -> UnitRows:
    """Match units one to one: by the hairs they share, then by their places.

    Both visits group their roots on their own, and one may join what the other parts. Then the finer grouping stands:
    what the one visit sees as a unit of its own keeps its row and its hairs, and has no number at the other visit.

    Parameters
    ----------
    before, after : (Q,) int64 ndarray
        The unit of every hair of the comparison at either visit; -1 for none.
    places_um : (Q, 2) float64 ndarray
    reach_um : float
        Two units that share no hair are one when they lie this close.
    """
    n_before, n_after = int(before.max(initial=-1)) + 1, int(after.max(initial=-1)) + 1
    partner = _by_shared_hairs(before, after, (n_before, n_after))
    is_shared_before = np.bincount(before[(before >= 0) & (after >= 0)], minlength=n_before) > 0
    is_shared_after = np.bincount(after[(before >= 0) & (after >= 0)], minlength=n_after) > 0
    places = [_mean_places(units, places_um, n) for units, n in ((before, n_before), (after, n_after))]
    empty_before = np.flatnonzero(~is_shared_before & np.isfinite(places[0]).all(axis=1))
    empty_after = np.flatnonzero(~is_shared_after & np.isfinite(places[1]).all(axis=1))
    near = _by_place(places[0][empty_before], places[1][empty_after], reach_um)
    partner[empty_before[near[:, 0]]] = empty_after[near[:, 1]]
    known = np.flatnonzero(np.bincount(before[before >= 0], minlength=n_before))
    rest = np.setdiff1d(after[after >= 0], partner)
    rows_before = np.concatenate([known, np.full(len(rest), -1)])
    rows_after = np.concatenate([partner[known], rest])
    return UnitRows(rows_before, rows_after, _rows_of_hairs(before, after, rows_before, rows_after))


def _by_shared_hairs(before: Ids, after: Ids, shape: tuple[int, int]) -> Ids:
    """(U,) the unit at follow-up of each one at baseline, so that most hairs stay in their unit; -1 for none."""
    both = (before >= 0) & (after >= 0)
    pairs, count = np.unique(np.column_stack([before[both], after[both]]), axis=0, return_counts=True)
    chosen = best_assignment(pairs[:, 0], pairs[:, 1], count.astype(np.float64), shape)
    partner = np.full(shape[0], -1, dtype=np.int64)
    partner[pairs[chosen, 0]] = pairs[chosen, 1]
    return partner


def _by_place(before_um: Array, after_um: Array, reach_um: float) -> Ids:
    """(K, 2) pairs of near places, one to one."""
    if len(before_um) == 0 or len(after_um) == 0:
        return np.zeros((0, 2), dtype=np.int64)
    near = cKDTree(before_um).sparse_distance_matrix(cKDTree(after_um), reach_um, output_type="ndarray")
    pairs = np.column_stack([near["i"], near["j"]]).astype(np.int64)
    gain = 1.0 + reach_um - near["v"]
    return pairs[best_assignment(pairs[:, 0], pairs[:, 1], gain, (len(before_um), len(after_um)))]


def _mean_places(units: Ids, places_um: Array, n_units: int) -> Array:
    """(U, 2) mean place of the hairs of each unit; NaN without any."""
    own = units >= 0
    n_hairs = np.bincount(units[own], minlength=n_units)
    sums = np.column_stack([np.bincount(units[own], axis[own], n_units) for axis in places_um.T])
    return np.asarray(sums / np.where(n_hairs > 0, n_hairs, np.nan)[:, None])


def _rows_of_hairs(before: Ids, after: Ids, rows_before: Ids, rows_after: Ids) -> Ids:
    """(Q,) the row that each hair belongs to: where the visits group differently, that of the finer grouping."""
    row_before = _numbers(rows_before, int(before.max(initial=-1)) + 1)
    row_after = _numbers(rows_after, int(after.max(initial=-1)) + 1)
    by_before = np.where(before >= 0, row_before[before], -1) if len(row_before) else np.full(len(before), -1)
    by_after = np.where(after >= 0, row_after[after], -1) if len(row_after) else np.full(len(after), -1)
    is_finer_after = (by_after >= 0) & (rows_before[by_after] < 0) & (before >= 0)
    is_paired_before = (by_before >= 0) & (rows_after[by_before] >= 0)
    return np.where((by_before < 0) | (is_finer_after & is_paired_before), by_after, by_before)


def _numbers(units: Ids, n_units: int) -> Ids:
    """(U,) the row of each unit; -1 for none."""
    row = np.full(n_units, -1, dtype=np.int64)
    row[units[units >= 0]] = np.flatnonzero(units >= 0)
    return row


def _fate_probability(fates: Fates, rows: UnitRows, fate: NDArray[np.object_]) -> Array:
    """(W,) from the hairs: a unit bears hair unless none of its hairs is there.

    A hair that is overlooked is one that is there, so that a unit is emptied with the difference of both probabilities.
    """
    none_before, none_after = (
        np.exp(np.bincount(rows.row_of_hair, np.log1p(-np.minimum(there, 1 - 1e-9)), len(rows.before)))
        for there in (fates.there_before, fates.there_after)
    )
    bears = 1 - none_before, 1 - none_after
    kept = np.minimum(*bears)
    gone = np.abs(bears[0] - bears[1])
    return np.asarray(np.where(fate == "kept", kept, gone))


def _near_opening(place_px: Array, ostia: pd.DataFrame, to_baseline: Places, reach_px: float) -> Mask:
    """(W,) whether an opening without a hair was seen close to a place; both in px of the baseline."""
    if len(ostia) == 0 or len(place_px) == 0:
        return np.zeros(len(place_px), dtype=bool)
    openings = to_baseline(ostia[["row_px", "col_px"]].to_numpy(dtype=np.float64))
    return np.asarray(cKDTree(openings).query(place_px)[0] <= reach_px)
