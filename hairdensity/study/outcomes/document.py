"""The JSON contract ``hairdensity/outcomes-1``: outcomes as plain values, every table a list of flat rows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hairdensity.files import sha256_of
from hairdensity.report.values import plain
from hairdensity.resources import package_version
from hairdensity.study.folder import StudyTables
from hairdensity.study.outcomes.analyzing import Outcomes
from hairdensity.study.outcomes.columns import OUTCOME_TABLES
from hairdensity.tables import Column, make_table

__all__ = ["OUTCOMES_SCHEMA", "outcome_frames", "outcome_sources", "outcomes_document"]

OUTCOMES_SCHEMA = "hairdensity/outcomes-1"


def outcomes_document(outcomes: Outcomes) -> dict[str, Any]:
    """The whole document: NaN is None.

    Parameters
    ----------
    outcomes : Outcomes
    """
    tables = {
        name: [_cells(row, columns) for row in outcomes.tables.get(name, [])]
        for name, columns in OUTCOME_TABLES.items()
    }
    return {
        "schema": OUTCOMES_SCHEMA,
        "version": package_version(),
        "plan": {**plain(asdict(outcomes.plan)), "is_stated": outcomes.plan.is_stated, "arms": list(outcomes.arms)},
        "sources": plain(dict(outcomes.sources)),
        **tables,
        "notes": list(outcomes.notes),
        "refused": [dict(item) for item in outcomes.refused],
    }


def outcome_frames(outcomes: Outcomes) -> dict[str, pd.DataFrame]:
    """The same tables as data frames, by their keys in the document."""
    frames = {}
    for name, columns in OUTCOME_TABLES.items():
        rows = [_cells(row, columns) for row in outcomes.tables.get(name, [])]
        cells = {column.name: [row[column.name] for row in rows] for column in columns}
        frames[name] = make_table(columns, {key: _filled(values) for key, values in cells.items()})
    return frames


def _filled(values: list[Any]) -> list[Any]:
    return [np.nan if value is None else value for value in values]


def _cells(row: dict[str, Any], columns: tuple[Column, ...]) -> dict[str, Any]:
    """A row with all columns of its table, in their order."""
    unknown = set(row) - {column.name for column in columns}
    if unknown:
        raise ValueError(f"columns that the table does not state: {sorted(unknown)}")
    return {column.name: _cell(row.get(column.name), column.dtype) for column in columns}


def _cell(value: Any, dtype: str) -> Any:
    if dtype == "object":
        return "" if value is None else str(value)
    if dtype == "int64":
        return 0 if value is None else int(value)
    return None if value is None or not np.isfinite(value) else float(value)


def outcome_sources(folder: Path, tables: StudyTables) -> dict[str, Any]:
    """What outcomes rest on: hashes of the tables that were read, and the run that wrote them.

    Parameters
    ----------
    folder : Path
        Of the study.
    tables : StudyTables
        Read from it.
    """
    hashes = {f"{name}_sha256": sha256_of(folder / f"{name}.parquet") for name in ("images", "changes")}
    run = {
        "manifest_sha256": tables.run.get("manifest_sha256"),
        "run_version": tables.run.get("versions", {}).get("hairdensity"),
    }
    return hashes | {name: value for name, value in run.items() if value is not None}
