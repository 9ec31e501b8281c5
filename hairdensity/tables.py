"""The columns of the tables: name, dtype, unit and meaning, stated once for code, exports and docs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

__all__ = [
    "GROWTH",
    "HAIRS",
    "MATCHES",
    "OSTIA",
    "SIGHTINGS",
    "TRACKS",
    "UNITS",
    "UNIT_MATCHES",
    "Column",
    "empty_table",
    "make_table",
]


class Column(NamedTuple):
    """One column of a table."""

    name: str
    dtype: str
    unit: str
    meaning: str


HAIRS: tuple[Column, ...] = (
    Column("hair_id", "int64", "", "number of the hair in this picture, from 0"),
    Column("unit_id", "int64", "", "follicular unit that the hair belongs to"),
    Column("root_row_px", "float64", "px", "row of the root: where the shaft leaves the scalp"),
    Column("root_col_px", "float64", "px", "column of the root"),
    Column("tip_row_px", "float64", "px", "row of the free or cut end"),
    Column("tip_col_px", "float64", "px", "column of the free or cut end"),
    Column("root_confidence", "float64", "", "how sure it is which end is the root: 0.5 (coin toss) to 1"),
    Column("hair_probability", "float64", "", "that this is a hair, and one hair; NaN where the method gives none"),
    Column("length_px", "float64", "px", "length of the visible centerline"),
    Column("length_um", "float64", "um", "length of the visible centerline"),
    Column("diameter_px", "float64", "px", "median projected width of the shaft"),
    Column("diameter_um", "float64", "um", "median projected width of the shaft"),
    Column("diameter_low_um", "float64", "um", "lower 95 % bound of the diameter"),
    Column("diameter_high_um", "float64", "um", "upper 95 % bound of the diameter"),
    Column("diameter_se_um", "float64", "um", "standard error of the diameter, without the error of the scale"),
    Column("diameter_spread_um", "float64", "um", "interquartile range of the width along the shaft"),
    Column("taper_um_per_mm", "float64", "um/mm", "change of the width towards the tip; negative where it narrows"),
    Column("n_profiles", "int64", "", "clean cross-sections that the diameter rests on"),
    Column("contrast", "float64", "", "1 - intensity of the shaft / intensity of its skin; negative for light hairs"),
    Column("in_area", "bool", "", "the root lies inside the target area: the hair counts"),
    Column("flags", "int64", "", "HairFlag bits"),
)

UNITS: tuple[Column, ...] = (
    Column("unit_id", "int64", "", "number of the follicular unit in this picture, from 0"),
    Column("row_px", "float64", "px", "row of the unit: mean of its roots"),
    Column("col_px", "float64", "px", "column of the unit"),
    Column("n_hairs", "int64", "", "hairs of the unit"),
    Column("nearest_unit_um", "float64", "um", "distance to the nearest other unit, in the area or not"),
    Column("in_area", "bool", "", "the unit lies inside the target area"),
)

OSTIA: tuple[Column, ...] = (
    Column("ostium_id", "int64", "", "number of the opening in this picture, from 0"),
    Column("row_px", "float64", "px", "row of its middle"),
    Column("col_px", "float64", "px", "column of its middle"),
    Column("kind", "object", "", "empty ostium, yellow dot (filled with sebum) or black dot (broken shaft)"),
    Column("diameter_um", "float64", "um", "diameter, in steps of a half octave"),
    Column("confidence", "float64", "", "probability of this kind, by rendered pictures"),
    Column("in_area", "bool", "", "the opening lies inside the target area: it counts"),
)

MATCHES: tuple[Column, ...] = (
    Column("match_id", "int64", "", "number of the hair in this comparison, from 0"),
    Column("baseline_hair_id", "Int64", "", "its number at baseline; empty where it was not seen"),
    Column("follow_up_hair_id", "Int64", "", "its number at follow-up; empty where it was not seen"),
    Column("fate", "object", "", "kept, lost or new"),
    Column(
        "fate_probability",
        "float64",
        "",
        "that the fate is this one; NaN without a partner outside the common area, where nobody looked",
    ),
    Column(
        "partner_probability",
        "float64",
        "",
        "that it is this partner; of a lost or new hair, that it and not a neighbor has none",
    ),
    Column("baseline_probability", "float64", "", "that the hair is there at baseline, seen or not"),
    Column("follow_up_probability", "float64", "", "that it is there at follow-up, seen or not"),
    Column(
        "second_look",
        "bool",
        "",
        "one visit alone shows it; at the other it is too faint or behind another hair, but probably there",
    ),
    Column("row_px", "float64", "px", "row of the root in the baseline picture, mean of both visits"),
    Column("col_px", "float64", "px", "column of the root in the baseline picture"),
    Column("distance_um", "float64", "um", "between the root and its partner after registration"),
    Column("in_area", "bool", "", "the root lies on the common readable area: the hair counts at both visits"),
    Column("baseline_unit_id", "Int64", "", "follicular unit at baseline"),
    Column("follow_up_unit_id", "Int64", "", "follicular unit at follow-up"),
    Column(
        "baseline_diameter_um", "float64", "um", "diameter at baseline, on the scale that both visits are compared on"
    ),
    Column("follow_up_diameter_um", "float64", "um", "diameter at follow-up, on the same scale"),
    Column("diameter_change_um", "float64", "um", "diameter at follow-up less that at baseline"),
    Column("diameter_change_se_um", "float64", "um", "its standard error: both measurements"),
    Column("thickness", "object", "", "thicker or thinner beyond the error, or similar; empty where unknown"),
    Column("class_change_30um", "object", "", "vellus to terminal or terminal to vellus, beyond the error; else empty"),
    Column("class_change_40um", "object", "", "the same for a cut-off of 40 um"),
    Column("length_change_um", "float64", "um", "visible length at follow-up less that at baseline, on the same scale"),
)

UNIT_MATCHES: tuple[Column, ...] = (
    Column("unit_match_id", "int64", "", "number of the follicular unit in this comparison, from 0"),
    Column(
        "baseline_unit_id",
        "Int64",
        "",
        "its number at baseline; empty where it bore no hair, or was seen as a part of another unit",
    ),
    Column(
        "follow_up_unit_id",
        "Int64",
        "",
        "its number at follow-up; empty where it bears no hair, or is seen as a part of another unit",
    ),
    Column("fate", "object", "", "kept, re-activated (empty at baseline, bearing at follow-up) or emptied"),
    Column("fate_probability", "float64", "", "that the fate is this one"),
    Column(
        "opening_seen", "bool", "", "an opening without a hair was seen at its place at the visit when it was empty"
    ),
    Column("baseline_n_hairs", "int64", "", "hairs at baseline"),
    Column("follow_up_n_hairs", "int64", "", "hairs at follow-up"),
    Column("row_px", "float64", "px", "row in the baseline picture"),
    Column("col_px", "float64", "px", "column in the baseline picture"),
    Column("in_area", "bool", "", "lies on the common readable area"),
)


GROWTH: tuple[Column, ...] = (
    Column("match_id", "int64", "", "number of the hair in the comparison of the two pictures"),
    Column("baseline_hair_id", "Int64", "", "its number in the first picture; empty where it was not seen"),
    Column("follow_up_hair_id", "Int64", "", "its number in the second picture; empty where it was not found"),
    Column("in_area", "bool", "", "the root lies on the common readable area: the hair counts"),
    Column("baseline_length_um", "float64", "um", "visible length in the first picture"),
    Column("follow_up_length_um", "float64", "um", "visible length in the second picture, on the same scale"),
    Column("growth_um", "float64", "um", "how far the tip moved along the shaft"),
    Column("growth_mm_per_day", "float64", "mm/day", "the same by time"),
    Column("growth_se_mm_per_day", "float64", "mm/day", "its standard error, unless the reason says that it is wrong"),
    Column("bound", "object", "", "at least or at most where an end is out of sight; else empty"),
    Column("anagen_probability", "float64", "", "that the hair grows faster than the threshold; NaN where unknown"),
    Column("phase", "object", "", "anagen, telogen or undecided"),
    Column("reason", "object", "", "what makes the length unsure; else empty"),
)


TRACKS: tuple[Column, ...] = (
    Column("track_id", "int64", "", "number of the hair in this series, from 0; those of the baseline first"),
    Column("row_px", "float64", "px", "row of the root in the baseline picture, mean of all visits"),
    Column("col_px", "float64", "px", "column of the root in the baseline picture"),
    Column("in_area", "bool", "", "the root lies on the readable skin that all visits share: the hair counts"),
    Column("n_seen", "int64", "", "visits that show the hair"),
    Column("n_shown", "int64", "", "visits that show its place"),
    Column("first_visit", "int64", "", "first visit that shows the hair, from 0"),
    Column("last_visit", "int64", "", "last visit that shows the hair"),
    Column("fates", "object", "", "its fate at each visit in turn, with spaces between: see SIGHTINGS"),
)

SIGHTINGS: tuple[Column, ...] = (
    Column("track_id", "int64", "", "number of the hair in this series"),
    Column("visit", "int64", "", "number of the visit, 0 for the baseline"),
    Column("hair_id", "Int64", "", "number of the hair in the visit's own table; empty where it has none"),
    Column("fate", "object", "", "present, kept, born, lost, returned, absent, or missing where nothing is shown"),
    Column("diameter_um", "float64", "um", "diameter at this visit"),
    Column("length_um", "float64", "um", "visible length at this visit"),
)


def make_table(columns: tuple[Column, ...], values: dict[str, Any]) -> pd.DataFrame:
    """A data frame with exactly these columns, in their order and dtypes.

    Parameters
    ----------
    columns : tuple of Column
        The table's schema.
    values : dict of str to (N,) array
        One array for each column.

    Raises
    ------
    KeyError
        If a column has no values, or values name no column.
    ValueError
        If the arrays differ in length, or do not fit their column's dtype.
    """
    names = [column.name for column in columns]
    if unknown := set(values) - set(names):
        raise KeyError(f"no such column: {sorted(unknown)}")
    # Bare arrays, because pandas would line series up by their index and fill gaps with NaN.
    arrays = {name: np.asarray(values[name]) for name in names}
    if len({len(array) for array in arrays.values()}) > 1:
        raise ValueError(f"columns differ in length: { {name: len(array) for name, array in arrays.items()} }")
    return pd.DataFrame({column.name: pd.Series(arrays[column.name], dtype=column.dtype) for column in columns})


def empty_table(columns: tuple[Column, ...]) -> pd.DataFrame:
    """The table with zero rows: nothing found."""
    return make_table(columns, {column.name: [] for column in columns})
