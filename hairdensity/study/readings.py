"""Readings by people: forms with one column for each figure, or long tables, checked and brought to one shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hairdensity.errors import InputError
from hairdensity.inputs import shown
from hairdensity.study.columns import READINGS
from hairdensity.study.reading.faults import Fault, FaultLog, listed
from hairdensity.study.reading.formats import read_sheet
from hairdensity.study.reading.values import read_numbers
from hairdensity.tables import make_table

__all__ = ["ReadingsError", "read_readings"]

COLUMNS = tuple(column.name for column in READINGS)
LONG = {"figure", "value"}
KEYS = tuple(column.name for column in READINGS if column.name not in LONG)
NUMBERS = tuple(column.name for column in READINGS if column.dtype != "object")
REQUIRED = ("reader", "image")
UNIQUE = ["reader", "reading", "image", "figure"]

MANIFEST_ROW = "row of the manifest"
"""While faults are looked for, ``row`` is the row of the form."""

TABLE_KEYS = tuple(MANIFEST_ROW if name == "row" else name for name in KEYS)

FIRST_SHOWN = 20
"""Faults that the message of a `ReadingsError` spells out; all of them are in its ``faults``."""


class ReadingsError(InputError):
    """Readings that nothing may be computed from.

    Parameters
    ----------
    source : str
        The file, or what the readings are held against.
    faults : tuple of Fault
        All that were found.
    """

    code = "bad_readings"

    def __init__(self, source: str, faults: tuple[Fault, ...]) -> None:
        self.source = source
        self.faults = faults
        super().__init__(f"the readings {shown(source)} have {listed(faults, most=FIRST_SHOWN)}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self.faults)


def read_readings(path: str | Path) -> pd.DataFrame:
    """Read one file of readings.

    Parameters
    ----------
    path : str or Path
        CSV as spreadsheets write it, or Parquet. Either a form, one row a picture and one column a figure, or long,
        with the columns ``figure`` and ``value``. ``reader`` and ``image`` are required; ``reading`` is 1 where the
        column is missing.

    Returns
    -------
    (N,) DataFrame
        Columns `READINGS`, in the order of the file. A figure that was left empty is NaN.

    Raises
    ------
    ReadingsError
        With all faults.
    InputError
        If the file cannot be read.
    MissingDependencyError
        For Parquet without the extra ``study``.
    """
    path, log = Path(path), FaultLog()
    cells, decimal_comma = _read_cells(path, log)
    cells = _as_numbers(_as_long(cells), decimal_comma=decimal_comma, log=log)
    _check_cells(cells, log)
    _raise_faults(path, log)
    return make_table(READINGS, {name: cells[MANIFEST_ROW if name == "row" else name] for name in COLUMNS})


def _raise_faults(path: Path, log: FaultLog) -> None:
    if faults := log.sorted():
        raise ReadingsError(str(path), faults)


def _read_cells(path: Path, log: FaultLog) -> tuple[pd.DataFrame, bool]:
    """Cells as text under their names in lower case, with ``row`` and ``line``; whether numbers may have a comma."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{shown(path)} cannot be read ({error.strerror or error}); check its name") from error
    sheet = read_sheet(data, log)
    _raise_faults(path, log)
    if sheet is None:
        raise InputError(f"{shown(path)} cannot be read; save it as 'CSV UTF-8'")
    names = [name.strip().lower() for name in sheet.names]
    _check_columns(names, log)
    if sheet.cells.empty:
        log.add("no_rows", "there is no row", "write one row for each picture")
    _raise_faults(path, log)
    # A column "row" of the file is the manifest's.
    names = [MANIFEST_ROW if name == "row" else name for name in names]
    cells = sheet.cells.set_axis(names, axis=1)
    return cells.drop(columns="", errors="ignore").assign(row=sheet.rows, line=sheet.lines), sheet.decimal_comma


def _check_columns(names: list[str], log: FaultLog) -> None:
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        log.add("column_twice", "the column stands there twice", "leave one out", column=name)
    for name in REQUIRED:
        if name not in names:
            log.add("column_missing", "there is no such column", "add it and fill it in", column=name)
    if not set(names) >= LONG and not set(names) - {"", *KEYS}:
        log.add("no_figure", "no column holds a figure", "add one, e.g. n_hairs, or the columns figure and value")


def _as_long(cells: pd.DataFrame) -> pd.DataFrame:
    """One row for each figure, by the rows of the form; a long table as it is. All columns are there."""
    missing = {name: "1" if name == "reading" else "" for name in TABLE_KEYS if name not in cells}
    cells = cells.assign(**missing)
    if set(cells) >= LONG:
        return cells
    keys = [*TABLE_KEYS, "row", "line"]
    figures = [name for name in cells if name not in keys]
    long = cells.melt(id_vars=keys, value_vars=figures, var_name="figure", value_name="value")
    places = long["figure"].map({figure: place for place, figure in enumerate(figures)})
    return long.iloc[np.lexsort((places, long["row"]))].reset_index(drop=True)


def _as_numbers(cells: pd.DataFrame, *, decimal_comma: bool, log: FaultLog) -> pd.DataFrame:
    """The long table with its numbers; what is none is noted."""
    # The cells of a form's keys stand there once for each figure: they are faulty once.
    once = cells[~cells["row"].duplicated()]
    values = {}
    for name in (MANIFEST_ROW if name == "row" else name for name in NUMBERS if name != "value"):
        numbers = read_numbers(once, name, decimal_comma=decimal_comma, log=log)
        values[name] = cells["row"].map(dict(zip(once["row"], numbers, strict=True)))
    of_figures = [
        read_numbers(
            part[["row", "line"]].assign(**{figure: part["value"]}), figure, decimal_comma=decimal_comma, log=log
        )
        for figure, part in ((str(name), group) for name, group in cells.groupby("figure", sort=False))
    ]
    return cells.assign(**values, value=pd.concat(of_figures))


def _check_cells(cells: pd.DataFrame, log: FaultLog) -> None:
    once = cells[~cells["row"].duplicated()]
    for name in (*REQUIRED, "figure"):
        log.at(once, once[name] == "", name, code="empty", what="the cell is empty", remedy="fill it in")
    for name in ("reading", MANIFEST_ROW, "replicate"):
        numbers = once[name]
        missing = numbers.isna() if name != "reading" else np.zeros(len(once), dtype=bool)
        wrong = ~missing & ~((numbers >= 1) & (numbers == numbers.round()))
        log.at(
            once,
            wrong,
            name,
            code="no_count",
            what="this must be a whole number from 1",
            remedy="write 1 for the first",
        )
    again = cells.duplicated(UNIQUE) & cells["row"].ne(cells.groupby(UNIQUE)["row"].transform("first"))
    log.at(
        cells,
        again & ~cells[again].duplicated("row").reindex(cells.index, fill_value=False),
        "image",
        code="twice",
        what="the reader has read {cell} in an earlier row",
        remedy="delete one of the rows, or number second readings in a column reading",
    )
