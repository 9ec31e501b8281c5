"""The hairs and units of each visit as the comparison sees them: the same hairs on the same skin.

A hair counts where its match lies on the common area. One that a visit shows too faintly to count alone counts there
too, with the length and the diameter that the other visit measured; the diameters of kept hairs come from both visits.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.calibration import Calibration
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.common_scale import CommonScale
from hairdensity.comparison.shared_diameters import share_diameters
from hairdensity.comparison.visits import BASELINE, FOLLOW_UP, SIDES, Side, ids_of
from hairdensity.tables import HAIRS, UNITS, make_table

__all__ = ["Tables", "pair_tables"]

Array = NDArray[np.float64]

PRESENT = {BASELINE: ("kept", "lost"), FOLLOW_UP: ("kept", "new")}
UNKNOWN_RELATIVE_SE = 0.05
TWO_SIDED_95 = 1.96


class Tables(NamedTuple):
    """One visit.

    Parameters
    ----------
    hairs, units : DataFrame
        Columns ``tables.HAIRS`` and ``tables.UNITS``; ``in_area`` is that of the common area.
    """

    hairs: pd.DataFrame
    units: pd.DataFrame


class _Visit(NamedTuple):
    """One visit's own tables, its scale, and where a place of the baseline picture lies in its picture."""

    side: Side
    hairs: pd.DataFrame
    units: pd.DataFrame
    calibration: Calibration | None
    px: float
    """Px of this picture for each px of the baseline picture."""
    rescaled: float
    """By what the comparison's scale changes lengths in um."""


def pair_tables(
    visits: tuple[Analysis, Analysis],
    matches: pd.DataFrame,
    unit_matches: pd.DataFrame,
    *,
    alignment: Alignment,
    scale: CommonScale,
    least_se: float,
) -> tuple[Tables, Tables]:
    """Tables of baseline and follow-up on the common area.

    Parameters
    ----------
    visits : (Analysis, Analysis)
    matches, unit_matches : DataFrame
        Columns ``tables.MATCHES`` and ``tables.UNIT_MATCHES``.
    alignment : Alignment
    scale : CommonScale
        Lengths and diameters are stated by its calibrations.
    least_se : float
        Relative error that no measured diameter is taken to fall below.
    """
    both = [
        _Visit(side, analysis.hairs, analysis.units, calibration, px, _rescaled(analysis, calibration))
        for side, analysis, calibration, px in zip(
            SIDES, visits, (scale.baseline, scale.follow_up), (1.0, scale.zoom), strict=True
        )
    ]
    counted = matches[matches["in_area"].to_numpy(dtype=bool)].reset_index(drop=True)
    log_diameter, variance = _shared_diameters(both, counted, least_se)
    made = []
    for k, (visit, other) in enumerate(zip(both, both[::-1], strict=True)):
        rows = counted["fate"].isin(PRESENT[visit.side]).to_numpy()
        parts = counted[rows], log_diameter[k][rows], variance[k][rows]
        made.append(_tables_of(visit, other, parts, unit_matches, alignment))
    return made[0], made[1]


def _shared_diameters(
    visits: list[_Visit], counted: pd.DataFrame, least_se: float
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Log diameters in baseline px of all counted matches, and their variances."""
    measured = [_measured(visit, ids_of(counted, visit.side), least_se) for visit in visits]
    return share_diameters((measured[0][0], measured[1][0]), (measured[0][1], measured[1][1]))


def _measured(visit: _Visit, ids: NDArray[np.int64], least_se: float) -> tuple[Array, Array]:
    """(K,) log diameter in baseline px and its variance; NaN for an id below 0 and for what was not measured."""
    hairs = visit.hairs.set_index("hair_id").reindex(ids)
    diameter_px = hairs["diameter_px"].to_numpy(dtype=np.float64)
    relative = (hairs["diameter_se_um"] / hairs["diameter_um"]).to_numpy(dtype=np.float64)
    relative = np.maximum(np.where(np.isfinite(relative), relative, UNKNOWN_RELATIVE_SE), least_se)
    return np.log(diameter_px / visit.px), relative**2


def _tables_of(
    visit: _Visit,
    other: _Visit,
    parts: tuple[pd.DataFrame, Array, Array],
    unit_matches: pd.DataFrame,
    alignment: Alignment,
) -> Tables:
    counted, log_diameter, variance = parts
    ids = ids_of(counted, visit.side)
    seen = ids >= 0
    units, unit_id = _units(visit, other, counted[~seen], unit_matches)
    faint = _faint_hairs(visit, other, counted[~seen], unit_id, alignment)
    own = visit.hairs.copy()
    own["in_area"] = own["hair_id"].isin(ids[seen])
    hairs = pd.concat([own, faint], ignore_index=True) if len(faint) else own.reset_index(drop=True)
    ids = np.concatenate([ids[seen], faint["hair_id"].to_numpy(dtype=np.int64)])
    order = np.concatenate([np.flatnonzero(seen), np.flatnonzero(~seen)])
    diameter_px = np.exp(log_diameter[order]) * visit.px
    return Tables(_with_diameters(visit, hairs, ids, (diameter_px, np.sqrt(variance[order]))), units)


def _with_diameters(visit: _Visit, hairs: pd.DataFrame, ids: NDArray[np.int64], found: tuple[Array, Array]) -> Any:
    """The table with the diameters of some of its hairs replaced, and all in um by the visit's scale."""
    place = pd.Index(hairs["hair_id"]).get_indexer(ids)
    diameter_px, relative = found
    um = math.nan if visit.calibration is None else visit.calibration.um_per_px
    scale_error = math.nan if visit.calibration is None else visit.calibration.relative_error
    px = hairs["diameter_px"].to_numpy(dtype=np.float64).copy()
    se = (hairs["diameter_se_um"] / hairs["diameter_um"]).to_numpy(dtype=np.float64).copy()
    px[place], se[place] = diameter_px, relative
    reach = TWO_SIDED_95 * np.hypot(se, scale_error) * px * um
    return hairs.assign(
        diameter_px=px,
        diameter_um=px * um,
        diameter_se_um=se * px * um,
        diameter_low_um=px * um - reach,
        diameter_high_um=px * um + reach,
        length_um=hairs["length_px"] * um,
    )


def _units(
    visit: _Visit, other: _Visit, faint: pd.DataFrame, unit_matches: pd.DataFrame
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Units of a visit with its faint hairs in them, and the (F,) unit of each faint hair."""
    in_area = unit_matches["in_area"].to_numpy(dtype=bool)
    own_ids, other_ids = (ids_of(unit_matches, side, "unit") for side in (visit.side, other.side))
    units = visit.units.copy()
    units["in_area"] = units["unit_id"].isin(own_ids[in_area & (own_ids >= 0)])
    units["nearest_unit_um"] *= visit.rescaled
    # A faint hair belongs to the match's own unit; else to the partner of the unit that the other visit puts it in.
    unit_id, theirs = (ids_of(faint, side, "unit") for side in (visit.side, other.side))
    partner_of = dict(zip(other_ids.tolist(), own_ids.tolist(), strict=True))
    unit_id = np.array(
        [own if own >= 0 else partner_of.get(their, -1) for own, their in zip(unit_id, theirs, strict=True)],
        dtype=np.int64,
    )
    first = int(units["unit_id"].max()) + 1 if len(units) else 0
    homeless = np.flatnonzero(unit_id < 0)
    names, number = np.unique(theirs[homeless], return_inverse=True)
    unit_id[homeless] = first + number
    if len(names):
        counts = dict(zip(other_ids.tolist(), in_area.tolist(), strict=True))
        inside = [counts.get(name, True) for name in names.tolist()]
        units = pd.concat([units, _new_units(first, faint.iloc[homeless], number, inside)], ignore_index=True)
    more = np.bincount(unit_id, minlength=first + len(names)) if len(unit_id) else np.zeros(first + len(names))
    units["n_hairs"] = units["n_hairs"] + more[units["unit_id"].to_numpy()].astype(np.int64)
    return units, unit_id


def _rescaled(analysis: Analysis, calibration: Calibration | None) -> float:
    stated = analysis.calibration
    return 1.0 if calibration is None or stated is None else calibration.um_per_px / stated.um_per_px


def _new_units(first: int, hairs: pd.DataFrame, number: NDArray[np.intp], inside: list[bool]) -> pd.DataFrame:
    """Units that a visit shows by faint hairs alone; their places are in baseline px and serve no figure."""
    n = len(inside)
    size = np.bincount(number, minlength=n)
    row, col = (np.bincount(number, weights=hairs[name], minlength=n) / size for name in ("row_px", "col_px"))
    return make_table(
        UNITS,
        {
            "unit_id": first + np.arange(n),
            "row_px": row,
            "col_px": col,
            "n_hairs": np.zeros(n),
            "nearest_unit_um": np.full(n, math.nan),
            "in_area": inside,
        },
    )


def _faint_hairs(
    visit: _Visit, other: _Visit, counted: pd.DataFrame, unit_id: NDArray[np.int64], alignment: Alignment
) -> pd.DataFrame:
    """Hairs that the other visit speaks for, drawn here as they are there."""
    n = len(counted)
    seen = other.hairs.set_index("hair_id").reindex(ids_of(counted, other.side))
    move = alignment.to_follow_up if visit.side == FOLLOW_UP else alignment.to_baseline
    root, tip = (move(seen[[f"{end}_row_px", f"{end}_col_px"]].to_numpy(dtype=np.float64)) for end in ("root", "tip"))
    first = int(visit.hairs["hair_id"].max()) + 1 if len(visit.hairs) else 0
    nothing = np.full(n, math.nan)
    names = ("diameter_px", "diameter_um", "diameter_low_um", "diameter_high_um", "diameter_se_um")
    unknown = dict.fromkeys((*names, "diameter_spread_um", "taper_um_per_mm", "contrast", "hair_probability"), nothing)
    return make_table(
        HAIRS,
        {
            "hair_id": first + np.arange(n),
            "unit_id": unit_id,
            "root_row_px": root[:, 0],
            "root_col_px": root[:, 1],
            "tip_row_px": tip[:, 0],
            "tip_col_px": tip[:, 1],
            "root_confidence": seen["root_confidence"].to_numpy(dtype=np.float64),
            "length_px": seen["length_px"].to_numpy(dtype=np.float64) * visit.px / other.px,
            "length_um": nothing,
            **unknown,
            "n_profiles": np.zeros(n),
            "in_area": np.ones(n, dtype=bool),
            "flags": np.zeros(n),
        },
    )
