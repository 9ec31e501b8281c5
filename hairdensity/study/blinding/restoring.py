"""What the manifest says, back in the tables that were made of coded pictures."""

from __future__ import annotations

from typing import Any

import pandas as pd

from hairdensity.study.blinding.key import BlindingError, Key
from hairdensity.study.columns import MANIFEST, READINGS
from hairdensity.study.tables import Covariate, columns_of
from hairdensity.tables import Column, make_table

__all__ = ["CODE_COLUMNS", "restore_readings", "restore_table", "restored_columns"]

CODE_COLUMNS: tuple[Column, ...] = (
    Column("reader", "object", "", "code of the reader whose copy this is"),
    Column("reading", "int64", "", "1 for the first copy that the reader got of the picture, 2 for the repeat"),
    Column("code", "object", "", "code of the copy"),
)
"""In front of the tables of a run over coded pictures."""


def restore_readings(readings: pd.DataFrame, key: Key) -> pd.DataFrame:
    """Readings with the manifest's columns: columns `READINGS`.

    Parameters
    ----------
    readings : DataFrame
        Of `collect_readings`.
    key : Key
    """
    names = ["row", "patient", "site", "visit", "week", "arm", "replicate", "image"]
    known = key.copies_table().set_index("code")[names].loc[readings["code"]].reset_index(drop=True)
    full = readings.drop(columns=names).reset_index(drop=True).join(known)
    return make_table(READINGS, {column.name: _typed(full[column.name], column.dtype) for column in READINGS})


def restored_columns(table: str, covariates: tuple[Covariate, ...]) -> tuple[Column, ...]:
    """The columns of a table once the codes are opened."""
    return (*CODE_COLUMNS, *columns_of(table, covariates))


def restore_table(table: pd.DataFrame, name: str, key: Key, covariates: tuple[Covariate, ...]) -> pd.DataFrame:
    """A table of a run over one reader's coded pictures, with the manifest's columns.

    A repeat keeps the row of its picture, and takes the next free number of a replicate.

    Parameters
    ----------
    table : (N, C) DataFrame
        ``patient`` holds codes.
    name : {"images", "hairs", "units"}
    key : Key
    covariates : tuple of (name, dtype)
        Of the manifest.

    Raises
    ------
    BlindingError
        If a picture is none of the coded copies, or another one than was given out.
    """
    copies = _numbered_repeats(key.copies_table()).set_index("code", drop=False)
    codes = table["patient"]
    unknown = sorted(set(codes) - set(copies.index))
    if unknown:
        raise BlindingError(f"{len(unknown)} pictures of the study run were never given out, e.g. {unknown[0]}")
    _check_hashes(table, copies)
    of_manifest = {column.name for column in MANIFEST} | {"row", "visit_number"} | {column for column, _ in covariates}
    known = copies.loc[codes].reset_index(drop=True)
    columns = restored_columns(name, covariates)
    from_key = {column.name for column in CODE_COLUMNS} | of_manifest
    values = {
        column.name: _typed((known if column.name in from_key else table)[column.name], column.dtype)
        for column in columns
    }
    restored = make_table(columns, values)
    ids = [column for column in ("hair_id", "unit_id") if column in restored and name != "images"][:1]
    return restored.sort_values(["row", "reader", "reading", *ids], kind="stable", ignore_index=True)


def _check_hashes(table: pd.DataFrame, copies: pd.DataFrame) -> None:
    if "image_sha256" not in table:
        return
    given = copies.loc[table["patient"], "sha256"].to_numpy()
    wrong = (table["image_sha256"].to_numpy() != given) & (table["image_sha256"] != "").to_numpy()
    if wrong.any():
        code = table["patient"][wrong].iloc[0]
        raise BlindingError(
            f"{int(wrong.sum())} pictures of the study run are not the copies that were given out, e.g. {code}; run it "
            "on the readers' folder as it was written"
        )


def _numbered_repeats(copies: pd.DataFrame) -> pd.DataFrame:
    """Repeats with a number of a replicate that no picture of their patient, site and visit has."""
    place = ["patient", "site", "visit"]
    highest = copies.groupby(place)["replicate"].transform("max")
    is_repeat = copies["reading"] == 2
    rank = copies[is_repeat].sort_values("row").groupby([*place, "reader"]).cumcount() + 1
    return copies.assign(replicate=copies["replicate"].mask(is_repeat, highest + rank.reindex(copies.index).fillna(0)))


def _typed(values: pd.Series, dtype: str) -> Any:
    """Missing values of JSON as the tables have them."""
    if dtype == "object":
        return values.fillna("")
    return values if dtype in {"bool", "boolean"} else pd.to_numeric(values)
