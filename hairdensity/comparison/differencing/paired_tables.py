"""The tables of each visit on the skin that both visits show, on one scale."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.calibration import Calibration
from hairdensity.comparison.differencing.common_scale import restating_factor
from hairdensity.comparison.visits import Side, ids_of

__all__ = ["Tables", "table_of_visit"]


class Tables(NamedTuple):
    """One visit.

    Parameters
    ----------
    hairs, units : DataFrame
        Columns ``tables.HAIRS`` and ``tables.UNITS``; ``in_area`` is that of the matches.
    """

    hairs: pd.DataFrame
    units: pd.DataFrame


def table_of_visit(
    visit: Analysis,
    side: Side,
    matches: pd.DataFrame,
    unit_matches: pd.DataFrame,
    *,
    calibration: Calibration | None,
) -> Tables:
    """The hairs and units that a visit shows by itself; they count where their match does.

    Parameters
    ----------
    visit : Analysis
    side : {"baseline", "follow_up"}
    matches, unit_matches : DataFrame
        Columns ``tables.MATCHES`` and ``tables.UNIT_MATCHES``.
    calibration : Calibration or None
        The comparison's scale for this visit: lengths and diameters are stated by it.
    """
    factor = restating_factor(visit.calibration, calibration)
    hairs, units = (
        table.assign(**{name: table[name] * factor for name in table.columns if name.endswith("_um")})
        for table in (visit.hairs, visit.units)
    )
    hairs["in_area"] = hairs["hair_id"].isin(_counted(ids_of(matches, side), matches))
    units["in_area"] = units["unit_id"].isin(_counted(ids_of(unit_matches, side, "unit"), unit_matches))
    return Tables(hairs, units)


def _counted(ids: NDArray[np.int64], table: pd.DataFrame) -> set[int]:
    return {int(number) for number in ids[table["in_area"].to_numpy(dtype=bool)] if number >= 0}
