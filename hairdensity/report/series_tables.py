"""CSV tables of a series: those of its comparisons, and visits.csv, trends.csv, tracks.csv and sightings.csv."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hairdensity.files import write_whole
from hairdensity.metrics.figures import info_of
from hairdensity.report.change_tables import ComparedPair, write_change_tables, write_rows
from hairdensity.report.spreadsheets import no_formula
from hairdensity.tables import SIGHTINGS, TRACKS, Column

if TYPE_CHECKING:
    from hairdensity.comparison.series import Series

__all__ = ["write_series_tables"]

_VISIT_COLUMNS = (
    *("image", "image_sha256", "visit", "day", "registered", "shared_area_cm2", "figure", "unit"),
    *("value", "low", "high", "n", "change", "change_low", "change_high", "change_verdict"),
)
_TREND_PARTS = ("slope", "low", "high", "relative", "per", "n_visits", "scatter", "verdict")


def write_series_tables(folder: Path, series: Series, document: dict[str, Any]) -> None:
    """Write the tables.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    series : Series
    document : dict
        Of the same series.

    Raises
    ------
    StorageError
        If a table cannot be written.
    """
    described = zip(document["changes"], series.changes, strict=True)
    write_change_tables(folder, [ComparedPair(words, change.matches, change.units) for words, change in described])
    write_rows(folder / "visits.csv", _VISIT_COLUMNS, _visit_rows(document))
    write_rows(
        folder / "trends.csv",
        ("baseline_image", "baseline_sha256", "figure", "unit", *_TREND_PARTS),
        ({**_site(document), "figure": name, "unit": info_of(name).unit, **trend} for name, trend in _trends(document)),
    )
    for name, columns, table in (("tracks", TRACKS, series.tracks), ("sightings", SIGHTINGS, series.sightings)):
        write_whole(folder / f"{name}.csv", _keyed(columns, table, document))


def _site(document: dict[str, Any]) -> dict[str, str]:
    """What names the series: its baseline picture."""
    image = document["visits"][0]["image"]
    return {"baseline_image": no_formula(image["path"]), "baseline_sha256": image["sha256"]}


def _trends(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, trend in document["trends"].items():
        yield name, {part: trend[part] for part in _TREND_PARTS}


def _visit_rows(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a row for each visit and figure."""
    for index, visit in enumerate(document["visits"]):
        keys = {
            "image": no_formula(visit["image"]["path"]),
            "image_sha256": visit["image"]["sha256"],
            "visit": index,
            "day": visit["day"],
            "registered": visit["registered"],
            "shared_area_cm2": visit["shared_area_cm2"],
        }
        figures = {name: part for name, part in (visit["metrics"] or {}).items() if _is_estimate(part)}
        if not figures:
            yield keys
        for name, figure in figures.items():
            change = (visit["change"] or {}).get(name) or {}
            yield keys | {
                "figure": name,
                "unit": info_of(name).unit,
                **{part: figure[part] for part in ("value", "low", "high", "n")},
                "change": change.get("value"),
                **{f"change_{part}": change.get(part) for part in ("low", "high", "verdict")},
            }


def _is_estimate(figure: Any) -> bool:
    return isinstance(figure, dict) and "value" in figure


def _keyed(columns: tuple[Column, ...], table: pd.DataFrame, document: dict[str, Any]) -> bytes:
    keys = _site(document)
    keyed = table.copy()
    for place, (name, value) in enumerate(keys.items()):
        keyed.insert(place, name, value)
    names = [*keys, *(column.name for column in columns)]
    return str(keyed[names].to_csv(index=False, float_format="%.6g", lineterminator="\n")).encode()
