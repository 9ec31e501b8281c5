"""The manifest of a study: one row an image, checked before anything runs, every fault in one list."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hairdensity.errors import InputError
from hairdensity.inputs import shown
from hairdensity.study.columns import COVARIATE_PREFIX, MANIFEST
from hairdensity.study.reading.contents import find_same_contents
from hairdensity.study.reading.faults import Fault, FaultLog, Level, ManifestError
from hairdensity.study.reading.formats import read_sheet
from hairdensity.study.reading.naming import name_columns
from hairdensity.study.reading.patients import check_patients, number_replicates
from hairdensity.study.reading.pictures import find_pictures
from hairdensity.study.reading.profiles import check_profiles
from hairdensity.study.reading.ranges import check_ranges
from hairdensity.study.reading.redcap import unfold_redcap
from hairdensity.study.reading.sheet import Sheet
from hairdensity.study.reading.spelling import refuse_two_spellings
from hairdensity.study.reading.values import read_dates, read_numbers, read_words, refuse_formulas
from hairdensity.study.reading.visits import number_visits

__all__ = ["Fault", "Level", "Manifest", "ManifestError", "check_manifest", "read_manifest"]

MOST_BYTES = 256 * 1024**2
"""A manifest of a million rows has less."""

DEFAULT_SITE = "scalp"
"""Of a study that photographs one place."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Manifest:
    """A manifest without faults.

    Parameters
    ----------
    rows : (R, C) DataFrame
        All columns of `MANIFEST` in their order and dtypes, covariates ``x_*`` (float64 where all are numbers, else
        text), ``row`` (from 1, as in the file; numbers of empty rows are left out) and ``visit_number`` (0 is the
        baseline of the patient and site; without a baseline the first is 1).
    folder : Path
        What ``image`` and ``area_mask`` are relative to.
    sha256 : str
        Of the file's bytes.
    source : Path
    warnings : tuple of Fault
        What does not stop a run.
    """

    rows: pd.DataFrame
    folder: Path
    sha256: str
    source: Path
    warnings: tuple[Fault, ...] = ()


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest.

    Parameters
    ----------
    path : Path
        CSV (commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1252), Parquet, or a raw CSV export of REDCap.

    Raises
    ------
    ManifestError
        With all faults.
    InputError
        If there is no file to read.
    MissingDependencyError
        If it is Parquet and pyarrow is missing.
    """
    manifest, faults = check_manifest(path)
    if manifest is None:
        raise ManifestError(path, faults)
    return manifest


def check_manifest(path: Path, *, by_hash: bool = False) -> tuple[Manifest | None, tuple[Fault, ...]]:
    """The manifest, or None when a fault stops it, and all faults and warnings.

    Parameters
    ----------
    path : Path
    by_hash : bool, optional
        Also look for the same picture under two names, which reads all files of equal size. A run hashes each file
        anyway and says so in its tables.

    Raises
    ------
    InputError
        If there is no file to read.
    MissingDependencyError
        If it is Parquet and pyarrow is missing.
    """
    data = _read(path)
    log = FaultLog()
    rows = _rows(data, path, log)
    if by_hash and rows is not None:
        find_same_contents(rows, path.parent, log)
    faults = log.sorted()
    if rows is None or any(fault.level is Level.FAULT for fault in faults):
        return None, faults
    manifest = Manifest(
        rows=rows.drop(columns="line"),
        folder=path.parent,
        sha256=hashlib.sha256(data).hexdigest(),
        source=path,
        warnings=faults,
    )
    return manifest, faults


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise InputError(
                f"the manifest {shown(path)} has {size / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}: is it a table?"
            )
        return path.read_bytes()
    except IsADirectoryError:
        raise InputError(
            f"{shown(path)} is a folder, not a manifest: `hairdensity study init {shown(path)}` proposes one"
        ) from None
    except FileNotFoundError:
        raise InputError(f"there is no manifest {shown(path)}: check the spelling and the folder") from None
    except (OSError, ValueError) as error:
        raise InputError(f"the manifest {shown(path)} cannot be read ({error}): check its name and rights") from None


def _rows(data: bytes, path: Path, log: FaultLog) -> pd.DataFrame | None:
    """The checked rows; None when the file's form left nothing to check."""
    sheet = read_sheet(data, log)
    if sheet is None:
        return None
    named = unfold_redcap(name_columns(sheet, log), log)
    if named.empty:
        log.add("no_rows", "the file has a header, but no row", "write one row an image, or use `study init`")
        return None
    refuse_formulas(named, log)
    rows = _typed(named, sheet, log)
    _refuse_missing(rows, [column.name for column in MANIFEST if column.required and column.name in named], log)
    rows["image"] = find_pictures(rows, "image", path.parent, log, is_unique=True)
    rows["area_mask"] = find_pictures(rows, "area_mask", path.parent, log, is_unique=False)
    refuse_two_spellings(rows, log)
    check_ranges(rows, log)
    check_profiles(rows, path.parent, log)
    check_patients(rows, log)
    rows = number_visits(number_replicates(rows, log), log)
    return rows.reset_index(drop=True)


def _typed(named: pd.DataFrame, sheet: Sheet, log: FaultLog) -> pd.DataFrame:
    """Every column of a manifest in its dtype; then covariates, ``row`` and ``line``."""
    n_rows = len(named)
    columns: dict[str, pd.Series] = {}
    for column in MANIFEST:
        cells = named.get(column.name, pd.Series([""] * n_rows, index=named.index, dtype=object))
        work = named.assign(**{column.name: cells})
        if column.dtype == "object":
            columns[column.name] = _READERS.get(column.name, read_words)(work, column.name, log)
        else:
            numbers = read_numbers(work, column.name, decimal_comma=sheet.decimal_comma, log=log)
            columns[column.name] = _counts(work, column.name, numbers, log) if column.dtype == "Int64" else numbers
    columns["site"] = columns["site"].mask(columns["site"] == "", DEFAULT_SITE)
    for name in named.columns:
        if name.startswith(COVARIATE_PREFIX):
            columns[name] = _covariate(named, name, decimal_comma=sheet.decimal_comma)
    return pd.DataFrame(columns | {"row": named["row"], "line": named["line"]})


def _as_written(rows: pd.DataFrame, name: str, _log: FaultLog) -> pd.Series:
    """A path may hold any sign that a file's name may."""
    return rows[name]


_READERS = {"date": read_dates, "image": _as_written, "area_mask": _as_written}
"""How columns of text are read that are more than words."""


def _counts(rows: pd.DataFrame, name: str, numbers: pd.Series, log: FaultLog) -> pd.Series:
    """(R,) Int64 of a column of whole numbers from 1."""
    wrong = numbers.notna() & ((numbers < 1) | (numbers % 1 != 0) | (numbers > np.iinfo(np.int32).max))
    log.at(
        rows,
        wrong,
        name,
        code="no_count",
        what="{cell} is no whole number from 1",
        remedy="number the pictures of a patient, site and visit 1, 2, ...",
    )
    return numbers.mask(wrong).astype("Int64")


def _covariate(rows: pd.DataFrame, name: str, *, decimal_comma: bool) -> pd.Series:
    """Numbers where every cell that is filled in is one, else text."""
    trial = FaultLog()
    numbers = read_numbers(rows, name, decimal_comma=decimal_comma, log=trial)
    return rows[name] if any(trial) or numbers.isna().all() else numbers


def _refuse_missing(rows: pd.DataFrame, names: list[str], log: FaultLog) -> None:
    for name in names:
        if (rows[name] == "").all():
            log.add("missing_cell", f"{name} is missing on all {len(rows)} rows", "fill in the column", column=name)
            continue
        log.at(
            rows,
            rows[name] == "",
            name,
            code="missing_cell",
            what=f"{name} is missing",
            remedy="fill in the cell, or delete the row",
        )
