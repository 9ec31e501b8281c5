"""Matching: the fate of every hair and of every follicular unit between two visits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.common_area import CommonArea
from hairdensity.comparison.matching_settings import MatchingSettings
from hairdensity.comparison.pairing.compared import lay_on_one_skin
from hairdensity.comparison.pairing.fates import Fates, settle_fates
from hairdensity.comparison.pairing.hair_changes import describe_changes
from hairdensity.comparison.pairing.partners import pair_hairs
from hairdensity.comparison.pairing.unit_fates import match_units
from hairdensity.comparison.pairing.witnesses import Paired
from hairdensity.tables import MATCHES, make_table

__all__ = ["Matched", "MatchingSettings", "match_visits"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]


class Matched(NamedTuple):
    """What became of everything.

    Parameters
    ----------
    hairs, units : DataFrame
        Columns ``tables.MATCHES`` and ``tables.UNIT_MATCHES``.
    """

    hairs: pd.DataFrame
    units: pd.DataFrame


def match_visits(
    baseline: Analysis,
    follow_up: Analysis,
    alignment: Alignment,
    common_area: CommonArea,
    *,
    residual_um: float,
    um_factors: tuple[float, float] = (1.0, 1.0),
    settings: MatchingSettings | None = None,
) -> Matched:
    """Match the hairs and the follicular units of two visits.

    Hairs are matched one to one by all that is known of them: where their roots lie, which end is the root, where they
    lean, how wide they are. Hairs outside the common area take part, because the partner of a hair at its border may
    lie beyond it. A hair without a partner is lost or new, or it was overlooked at one visit: then a second look keeps
    it.

    Parameters
    ----------
    baseline, follow_up : Analysis
    alignment : Alignment
    common_area : CommonArea
    residual_um : float
        Median distance of follicular units after registration; NaN: the usual one.
    um_factors : (float, float), optional
        What a um that baseline and follow-up state is on the scale that they are compared on: diameters and lengths
        are stated by it, so that two scales that disagree do not make every hair thicker.
    settings : MatchingSettings, optional

    Returns
    -------
    Matched
        Hairs known at baseline first, by their number there; then the others by their number at follow-up. Units
        likewise.
    """
    settings = settings or MatchingSettings()
    residual_um = residual_um if np.isfinite(residual_um) else settings.usual_residual_um
    compared = lay_on_one_skin(baseline, follow_up, alignment)
    pairing = pair_hairs(
        *compared.seen, residual_um=residual_um, density_per_cm2=_density_per_cm2(follow_up), settings=settings
    )
    paired = Paired(compared, pairing)
    fates = settle_fates(paired, common_area, settings=settings)
    rows = (
        _rows(baseline.hairs, fates.before) * um_factors[0],
        _rows(follow_up.hairs, fates.after) * um_factors[1],
    )
    ids = _hair_ids(baseline.hairs, fates.before), _hair_ids(follow_up.hairs, fates.after)
    hairs = _table(fates, ids, *rows, change_z=settings.change_z)
    units = match_units(baseline, follow_up, fates, alignment, common_area, settings=settings)
    return Matched(hairs, units)


def _density_per_cm2(analysis: Analysis) -> float:
    """Hairs on the whole picture."""
    rows, cols = analysis.target_area.mask.shape
    area_um2 = rows * cols * analysis.working_um_per_px**2
    return float(len(analysis.hairs) / area_um2 * 1e8)


def _table(
    fates: Fates, ids: tuple[Ids, Ids], before: pd.DataFrame, after: pd.DataFrame, *, change_z: float
) -> pd.DataFrame:
    changes = describe_changes(before, after, change_z=change_z)
    return make_table(
        MATCHES,
        {
            "match_id": np.arange(len(fates.before)),
            "baseline_hair_id": _ids(ids[0]),
            "follow_up_hair_id": _ids(ids[1]),
            "fate": fates.fate,
            "fate_probability": fates.probability,
            "partner_probability": fates.partner_probability,
            "baseline_probability": fates.there_before,
            "follow_up_probability": fates.there_after,
            "second_look": fates.second_look,
            "row_px": fates.place_px[:, 0],
            "col_px": fates.place_px[:, 1],
            "distance_um": fates.distance_um,
            "in_area": fates.in_area,
            "baseline_unit_id": _ids(fates.unit_before),
            "follow_up_unit_id": _ids(fates.unit_after),
            "baseline_diameter_um": before["diameter_um"].to_numpy(dtype=np.float64),
            "follow_up_diameter_um": after["diameter_um"].to_numpy(dtype=np.float64),
            "diameter_change_um": changes.diameter_um,
            "diameter_change_se_um": changes.diameter_se_um,
            "thickness": changes.thickness,
            "class_change_30um": changes.class_30um,
            "class_change_40um": changes.class_40um,
            "length_change_um": changes.length_um,
        },
    )


def _rows(hairs: pd.DataFrame, who: Ids) -> pd.DataFrame:
    """The lengths and diameters of some hairs; NaN for -1."""
    known = hairs[["diameter_um", "diameter_se_um", "length_um"]]
    return known.set_axis(np.arange(len(hairs))).reindex(np.where(who < 0, len(hairs), who))


def _hair_ids(hairs: pd.DataFrame, rows: Ids) -> Ids:
    """The ids of rows of a table of hairs; -1 for -1."""
    return np.append(hairs["hair_id"].to_numpy(dtype=np.int64), -1)[rows]


def _ids(numbers: Ids) -> pd.arrays.IntegerArray:
    """Numbers that may be missing: -1 is none."""
    return pd.arrays.IntegerArray(numbers.astype(np.int64), numbers < 0)
