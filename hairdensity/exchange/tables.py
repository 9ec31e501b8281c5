"""Tables of readings: one row for each hair, follicular unit or picture.

They are made of the documents that are kept, so that automatic and corrected readings come out alike.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

import pandas as pd

from hairdensity.exchange.examined import Examined
from hairdensity.extras import require_pyarrow
from hairdensity.report.tables import figure_cells, figure_columns
from hairdensity.tables import HAIRS, MATCHES, UNITS, Column, make_table

__all__ = ["TABLES", "match_table", "parquet_of", "table_of"]

TableName = Literal["captures", "hairs", "units"]

_KEYS: Final = (
    Column("patient", "object", "", "code of the patient"),
    Column("place", "object", "", "place on the scalp"),
    Column("site_label", "object", "", "tells two sites of one place apart"),
    Column("visit_day", "object", "", "day of the visit, YYYY-MM-DD"),
    Column("picture", "int64", "", "number of the picture of this site at this visit, from 1"),
    Column("reading", "object", "", "automatic or corrected"),
    Column("image_sha256", "object", "", "hash of the picture's file as it was uploaded"),
)
_CAPTURES: Final = (
    Column("is_control", "bool", "", "an untreated site"),
    Column("width_px", "int64", "px", "width of the upright picture"),
    Column("height_px", "int64", "px", "height of the upright picture"),
    Column("um_per_px", "float64", "um", "scale; missing where it is not known"),
    Column("scale_relative_error", "float64", "", "of the scale"),
    Column("scale_source", "object", "", "where the scale comes from"),
    Column("area_cm2", "float64", "cm2", "readable target area"),
    Column("unreadable_fraction", "float64", "", "share of the target area that could not be read"),
    Column("quality", "object", "", "verdict on the picture"),
    Column("flags", "object", "", "what was noted, with semicolons between"),
    Column("reviewed_at", "object", "", "moment of the review; empty without one"),
    Column("reviewed_by", "object", "", "code of the person"),
    Column("reason", "object", "", "why it was corrected"),
    Column("version", "object", "", "of hairdensity"),
    Column("model", "object", "", "name and version of the weights"),
    Column("model_sha256", "object", "", "hash of the weights"),
)
_IN_DOCUMENT: Final = {
    "hair_id",
    "unit_id",
    "hair_probability",
    "length_um",
    "diameter_um",
    "diameter_low_um",
    "diameter_high_um",
    "diameter_se_um",
    "in_area",
    "root_row_px",
    "root_col_px",
    "tip_row_px",
    "tip_col_px",
}
_FLAGS: Final = Column("flags", "object", "", "what was noted of the hair, with semicolons between")
_HAIRS: Final = (*(column for column in HAIRS if column.name in _IN_DOCUMENT), _FLAGS)
_UNITS: Final = (
    *(column for column in UNITS if column.name != "in_area"),
    Column("n_hairs_in_area", "int64", "", "hairs of the unit that count"),
)


def table_of(name: TableName, readings: Iterable[Examined]) -> pd.DataFrame:
    """The rows of all these readings.

    Parameters
    ----------
    name : {"captures", "hairs", "units"}
    readings : iterable of Examined
        A corrected one brings its automatic rows along, told apart by the column ``reading``.

    Returns
    -------
    DataFrame
        Without rows where nothing was found; its columns are there all the same.
    """
    columns, rows_of = TABLES[name]
    rows = [
        row for examined in readings for kind, entry in _entries(examined) for row in rows_of(examined, kind, entry)
    ]
    return make_table(columns, {column.name: [row.get(column.name) for row in rows] for column in columns})


def match_table(change: dict[str, Any]) -> pd.DataFrame:
    """Every hair of a comparison with its fate.

    Parameters
    ----------
    change : dict
        The document ``hairdensity/change-1``.
    """
    columns = tuple(column for column in MATCHES if not change["matches"] or column.name in change["matches"][0])
    rows = [[row[column.name] for column in columns] for row in change["matches"]]
    return pd.DataFrame(
        {column.name: pd.Series([row[at] for row in rows], dtype=column.dtype) for at, column in enumerate(columns)}
    )


def parquet_of(table: pd.DataFrame) -> bytes:
    """A table as Parquet.

    Raises
    ------
    MissingDependencyError
        If pyarrow is not installed.
    """
    require_pyarrow()
    file = io.BytesIO()
    table.to_parquet(file, index=False, compression="zstd")
    return file.getvalue()


def _entries(examined: Examined) -> Iterator[tuple[str, dict[str, Any]]]:
    yield examined.kind, examined.entry
    if examined.automatic is not None:
        yield "automatic", examined.automatic


def _keys(examined: Examined, kind: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "patient": examined.patient_code,
        "place": examined.place.code,
        "site_label": examined.place.label,
        "visit_day": examined.visit_day.isoformat(),
        "picture": examined.number,
        "reading": kind,
        "image_sha256": entry["image"]["sha256"],
    }


def _capture_rows(examined: Examined, kind: str, entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    scale = entry["calibration"] or {"um_per_px": math.nan, "relative_error": math.nan, "source": ""}
    area = entry["target_area"]
    review = examined.review if kind == examined.kind else None
    figures: dict[str, Any] = {}
    for name, figure in entry["metrics"].items():
        figures |= {cell: _or_nan(value) for cell, value in figure_cells(name, figure).items()}
    blank = {column.name: math.nan for column in figure_columns()}
    yield {
        **_keys(examined, kind, entry),
        "is_control": examined.place.is_control,
        "width_px": entry["image"]["width_px"],
        "height_px": entry["image"]["height_px"],
        "um_per_px": scale["um_per_px"],
        "scale_relative_error": scale["relative_error"],
        "scale_source": scale["source"],
        "area_cm2": _or_nan(area["area_cm2"]),
        "unreadable_fraction": area["unreadable_fraction"],
        "quality": entry["quality"]["verdict"],
        "flags": ";".join(entry["flags"]),
        "reviewed_at": "" if review is None else review.at.isoformat(),
        "reviewed_by": "" if review is None else review.code,
        "reason": examined.reason if kind == "corrected" else "",
        "version": examined.version,
        "model": examined.model_words,
        "model_sha256": "" if examined.model is None else examined.model["sha256"],
        **blank,
        **figures,
    }


def _hair_rows(examined: Examined, kind: str, entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    keys = _keys(examined, kind, entry)
    for hair in entry["hairs"]:
        row = {name: value for name, value in hair.items() if name in _IN_DOCUMENT}
        yield {
            **keys,
            **{name: _or_nan(value) for name, value in row.items()},
            "root_row_px": _or_nan(hair["root_px"][0]),
            "root_col_px": _or_nan(hair["root_px"][1]),
            "tip_row_px": _or_nan(hair["tip_px"][0]),
            "tip_col_px": _or_nan(hair["tip_px"][1]),
            "flags": ";".join(hair["flags"]),
        }


def _unit_rows(examined: Examined, kind: str, entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the units as their hairs tell them: a unit lies at the mean of its roots."""
    units: dict[int, list[dict[str, Any]]] = {}
    for hair in entry["hairs"]:
        units.setdefault(hair["unit_id"], []).append(hair)
    middles = {
        unit: tuple(sum(hair["root_px"][axis] for hair in hairs) / len(hairs) for axis in (0, 1))
        for unit, hairs in units.items()
    }
    um_per_px = (entry["calibration"] or {"um_per_px": math.nan})["um_per_px"]
    for unit, hairs in sorted(units.items()):
        others = (math.dist(middles[unit], middle) for other, middle in middles.items() if other != unit)
        yield {
            **_keys(examined, kind, entry),
            "unit_id": unit,
            "row_px": middles[unit][0],
            "col_px": middles[unit][1],
            "n_hairs": len(hairs),
            "nearest_unit_um": min(others, default=math.nan) * um_per_px,
            "n_hairs_in_area": sum(hair["in_area"] for hair in hairs),
        }


def _or_nan(value: Any) -> Any:
    return math.nan if value is None else value


Rows = Callable[[Examined, str, dict[str, Any]], Iterator[dict[str, Any]]]

TABLES: Final[dict[TableName, tuple[tuple[Column, ...], Rows]]] = {
    "captures": ((*_KEYS, *_CAPTURES, *figure_columns()), _capture_rows),
    "hairs": ((*_KEYS, *_HAIRS), _hair_rows),
    "units": ((*_KEYS, *_UNITS), _unit_rows),
}
"""Columns of each table, and what gives its rows."""
