"""CSV tables of comparisons: matches.csv, unit_matches.csv and changes.csv, joined by the names of the two pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from hairdensity.files import make_folder, write_whole
from hairdensity.metrics.figures import info_of
from hairdensity.report.spreadsheets import no_formula
from hairdensity.tables import MATCHES, UNIT_MATCHES, Column

__all__ = ["ComparedPair", "write_change_tables", "write_keyed", "write_rows"]

_KEYS = ("baseline_image", "baseline_sha256", "follow_up_image", "follow_up_sha256")
_PARTS = ("value", "low", "high", "relative", "detectable", "n", "verdict", "site_low", "site_high")
_CHANGE_COLUMNS = (
    *(*_KEYS, "site", "registered", "figure", "title", "unit", "baseline", "follow_up"),
    *_PARTS,
    *(f"unmatched_{part}" for part in ("value", "low", "high", "verdict")),
)


class ComparedPair(NamedTuple):
    """A described comparison (`hairdensity.report.change_document.describe_change`) with the tables of its hairs."""

    described: dict[str, Any]
    matches: pd.DataFrame
    units: pd.DataFrame
    control: dict[str, Any] | None = None


def write_change_tables(folder: Path, pairs: Sequence[ComparedPair]) -> None:
    """Write the three tables of one or more comparisons.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    pairs : sequence of ComparedPair

    Raises
    ------
    StorageError
        If a table cannot be written.
    """
    make_folder(folder)
    rows = (row for pair in pairs for row in _change_rows(pair))
    write_rows(folder / "changes.csv", _CHANGE_COLUMNS, rows)
    write_keyed(folder / "matches.csv", MATCHES, [pair.matches for pair in pairs], pairs)
    write_keyed(folder / "unit_matches.csv", UNIT_MATCHES, [pair.units for pair in pairs], pairs)


def write_keyed(
    path: Path, columns: tuple[Column, ...], tables: Sequence[pd.DataFrame], pairs: Sequence[ComparedPair]
) -> None:
    """Write a table of each comparison, one below the other, with the pictures' names in front.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    write_whole(path, _keyed_table(columns, tables, pairs))


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[dict[str, Any]]) -> None:
    """Write dicts as a CSV file with these columns.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue().encode())


def _keyed_table(columns: tuple[Column, ...], tables: Sequence[pd.DataFrame], pairs: Sequence[ComparedPair]) -> bytes:
    names = [*_KEYS, *(column.name for column in columns)]
    lines = [",".join(names) + "\n"]
    for table, pair in zip(tables, pairs, strict=True):
        keyed = table.copy()
        for place, (name, value) in enumerate(_keys(pair.described).items()):
            keyed.insert(place, name, value)
        lines.append(str(keyed[names].to_csv(index=False, header=False, float_format="%.6g", lineterminator="\n")))
    return "".join(lines).encode()


def _keys(described: dict[str, Any]) -> dict[str, str]:
    images = described["images"]
    return {
        f"{visit}_{what}": no_formula(images[visit]["image"][source])
        for visit in ("baseline", "follow_up")
        for what, source in (("image", "path"), ("sha256", "sha256"))
    }


def _change_rows(pair: ComparedPair) -> Iterator[dict[str, Any]]:
    """Yield a row for each figure, of the site and of the control site."""
    yield from _site_rows(pair.described, "site")
    if pair.control is not None:
        yield from _site_rows(pair.control, "control")


def _site_rows(described: dict[str, Any], site: str) -> Iterator[dict[str, Any]]:
    keys = _keys(described)
    for name, difference in described["change"].items():
        info, unmatched = info_of(name), described["unmatched"].get(name) or {}
        yield {
            **keys,
            "site": site,
            "registered": described["registration"]["accepted"],
            "figure": name,
            "title": info.title,
            "unit": info.unit,
            "baseline": _value(described["baseline"][name]),
            "follow_up": _value(described["follow_up"][name]),
            **{part: difference.get(part) for part in _PARTS},
            **{f"unmatched_{part}": unmatched.get(part) for part in ("value", "low", "high", "verdict")},
        }


def _value(figure: dict[str, Any] | float | None) -> float | None:
    return figure["value"] if isinstance(figure, dict) else figure
