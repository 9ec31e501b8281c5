"""The tables of a study: their columns, in one place for the export, for who reads them and for the data dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from hairdensity.report.tables import figure_columns
from hairdensity.study.columns import CHANGES, COVARIATE_PREFIX, MANIFEST, PAIR_KEYS, RESULT
from hairdensity.tables import HAIRS, MATCHES, UNIT_MATCHES, UNITS, Column, make_table

__all__ = [
    "TABLE_NAMES",
    "Covariate",
    "are_registered",
    "columns_of",
    "covariates_of",
    "dictionary",
    "images_columns",
]

TABLE_NAMES = ("images", "hairs", "units", "changes", "matches", "unit_matches")

Covariate = tuple[str, str]
"""Name and dtype (``float64`` or ``object``) of a free column of the manifest."""

_ROW_KEYS: tuple[Column, ...] = (
    Column("row", "int64", "", "row of the manifest, from 1"),
    Column("patient", "object", "", "code of the patient"),
    Column("site", "object", "", "place on the scalp"),
    Column("visit", "object", "", "name of the visit"),
    Column("replicate", "int64", "", "number of the picture among those of one site and visit, from 1"),
)
"""What names a picture; in front of every row of the tables hairs and units."""

_FLAGS_BY_NAME = Column("flags", "object", "", "HairFlag names, with semicolons between")

_FIXED: dict[str, tuple[Column, ...]] = {
    "hairs": (*_ROW_KEYS, *(_FLAGS_BY_NAME if column.name == "flags" else column for column in HAIRS)),
    "units": (*_ROW_KEYS, *UNITS),
    "changes": CHANGES,
    "matches": (*PAIR_KEYS, *MATCHES),
    "unit_matches": (*PAIR_KEYS, *UNIT_MATCHES),
}

_DICTIONARY = tuple(
    Column(name, "object", "", meaning)
    for name, meaning in (
        ("table", "name of the table"),
        ("column", "name of the column"),
        ("dtype", "its type; an empty cell is a missing value"),
        ("unit", "its unit; empty for texts, numbers and shares"),
        ("meaning", "what it says"),
    )
)


def columns_of(table: str, covariates: Iterable[Covariate] = ()) -> tuple[Column, ...]:
    """The columns of one of the `TABLE_NAMES`, in their order."""
    return images_columns(covariates) if table == "images" else _FIXED[table]


def covariates_of(rows: pd.DataFrame) -> tuple[Covariate, ...]:
    """The free columns of a manifest or of an images table, and whether they are numbers or texts."""
    names = [str(name) for name in rows.columns if str(name).startswith(COVARIATE_PREFIX)]
    return tuple((name, "float64" if pd.api.types.is_numeric_dtype(rows[name]) else "object") for name in names)


def are_registered(changes: pd.DataFrame) -> pd.Series:
    """(N,) bool: which rows of a changes table are matched hair to hair; failed comparisons are not."""
    return changes["registered"].astype("boolean").fillna(value=False).astype(bool)


def images_columns(covariates: Iterable[Covariate] = ()) -> tuple[Column, ...]:
    """The columns of the images table: the manifest's with its covariates, the result's, the figures'."""
    return (
        *(Column(column.name, column.dtype, column.unit, column.meaning) for column in MANIFEST),
        *(Column(name, dtype, "", "free column of the manifest") for name, dtype in covariates),
        *RESULT,
        *figure_columns(),
    )


def dictionary(covariates: Sequence[Covariate] = ()) -> pd.DataFrame:
    """The data dictionary: a row for each column of each table, itself included."""
    rows = [(table, *column) for table in TABLE_NAMES for column in columns_of(table, covariates)]
    rows += [("dictionary", *column) for column in _DICTIONARY]
    return make_table(
        _DICTIONARY, {column.name: [row[place] for row in rows] for place, column in enumerate(_DICTIONARY)}
    )
