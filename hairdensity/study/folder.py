"""The folder that a study run writes, and its tables as data frames."""

# ruff: noqa: RUF009 -- a field with an empty table is made by a function

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from hairdensity.errors import InputError
from hairdensity.extras import require_pyarrow
from hairdensity.study.tables import TABLE_NAMES, columns_of, covariates_of
from hairdensity.tables import Column, empty_table

__all__ = ["RUN", "RUN_SCHEMA", "StudyTables", "overlay_path", "read_study", "read_table"]

RUN = "run.json"
RUN_SCHEMA = "hairdensity/study-run-1"

_REMEDY = "run 'hairdensity study run MANIFEST --out DIR' first, or name the folder that it wrote"


def _empty(table: str) -> Any:
    return field(default_factory=lambda: empty_table(columns_of(table)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyTables:
    """The tables of a study run, sorted by their keys.

    Parameters
    ----------
    images : DataFrame
        One row for each row of the manifest, failed ones too: `tables.images_columns`.
    changes : DataFrame
        One row for each comparison and figure: `columns.CHANGES`.
    hairs, units, matches, unit_matches : DataFrame
        See `tables.columns_of`; empty where they were not asked for.
    run : dict
        What run.json says: versions, hashes, settings, counts.
    """

    images: pd.DataFrame
    changes: pd.DataFrame = _empty("changes")
    hairs: pd.DataFrame = _empty("hairs")
    units: pd.DataFrame = _empty("units")
    matches: pd.DataFrame = _empty("matches")
    unit_matches: pd.DataFrame = _empty("unit_matches")
    run: dict[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Of this package, when it made the tables; empty where the run does not say."""
        return str(self.run.get("versions", {}).get("hairdensity", ""))


def read_study(folder: Path, *, tables: Sequence[str] = TABLE_NAMES) -> StudyTables:
    """The tables that a study run left.

    Parameters
    ----------
    folder : Path
        The ``--out`` of the run.
    tables : sequence of str, optional
        Which to read; the others are left empty. A study of 50,000 pictures has 10 million hairs.

    Raises
    ------
    InputError
        If the folder holds no finished run.
    MissingDependencyError
        If pyarrow is not installed.
    """
    run = _read_run(folder)
    return StudyTables(run=run, **{name: read_table(folder, name) for name in {"images", *tables}})


def read_table(folder: Path, name: str, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """One table of a study run.

    Parameters
    ----------
    folder : Path
    name : str
        One of `tables.TABLE_NAMES`.
    columns : sequence of str, optional
        Which to read; all by default.

    Raises
    ------
    InputError
        If it is not there or cannot be read.
    MissingDependencyError
        If pyarrow is not installed.
    """
    require_pyarrow()
    import pyarrow.parquet as pq  # noqa: PLC0415 -- optional

    path = Path(folder, f"{name}.parquet")
    try:
        table = pq.read_table(path, columns=None if columns is None else list(columns)).to_pandas()
    except FileNotFoundError as error:
        raise InputError(f"no such table: {path}; {_REMEDY}") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); export it again: repeat the study run") from error
    return _typed(table, columns_of(name, covariates_of(table)))


def overlay_path(folder: Path, *, image_sha256: str, settings_sha256: str) -> Path:
    """Where `study run --overlays` draws what was counted on a picture: by the hashes of its row of images."""
    return folder / "overlays" / f"{image_sha256[:16]}-{settings_sha256[:8]}.png"


def _read_run(folder: Path) -> dict[str, Any]:
    path = Path(folder, RUN)
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{folder} holds no finished study run ({RUN} is not there); {_REMEDY}") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); repeat the study run") from error
    if not isinstance(run, dict) or run.get("schema") != RUN_SCHEMA:
        raise InputError(f"{path} is not of the schema {RUN_SCHEMA}; repeat the study run with this version")
    return run


def _typed(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The dtypes that the columns state: Parquet has no more than null for what is missing."""
    known = [column for column in columns if column.name in table.columns]
    texts = {column.name: "" for column in known if column.dtype == "object"}
    filled = table[[column.name for column in known]].fillna(texts) if texts else table
    return filled.astype({column.name: column.dtype for column in known})
