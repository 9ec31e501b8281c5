"""CSV tables: images.csv, hairs.csv and units.csv, joined by the columns ``image`` and ``image_sha256``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pandas as pd

from hairdensity.analysis import Analysis
from hairdensity.files import make_folder, write_whole
from hairdensity.flags import HairFlag, flag_names
from hairdensity.metrics import Estimate, Metrics
from hairdensity.report.document import ImageError
from hairdensity.tables import HAIRS, UNITS

__all__ = ["hair_rows", "unit_rows", "write_tables"]

_KEYS = ("image", "image_sha256")
_IMAGE_COLUMNS = (
    *_KEYS,
    "width_px",
    "height_px",
    "um_per_px",
    "scale_relative_error",
    "scale_source",
    "area_cm2",
    "unreadable_fraction",
    "flags",
)
_ERROR_COLUMNS = ("error_code", "error_message")
_BOUNDS = ("value", "low", "high", "n")


def hair_rows(analysis: Analysis, *, path: str) -> str:
    """The CSV lines of the hairs table, without a header; flags by name."""
    hairs = analysis.hairs.assign(flags=[";".join(flag_names(HairFlag(bits))) for bits in analysis.hairs["flags"]])
    return _rows(hairs, analysis, path=path)


def unit_rows(analysis: Analysis, *, path: str) -> str:
    """The CSV lines of the units table, without a header."""
    return _rows(analysis.units, analysis, path=path)


def write_tables(
    folder: Path,
    *,
    results: Iterable[dict[str, Any]],
    hairs: Iterable[str],
    units: Iterable[str],
    errors: Iterable[ImageError],
) -> None:
    """Write the three tables.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    results : iterable of dict
        From `hairdensity.report.document.describe`.
    hairs, units : iterable of str
        From `hair_rows` and `unit_rows`.
    errors : iterable of ImageError
        Pictures without a result: rows of images.csv too.

    Raises
    ------
    StorageError
        If a table cannot be written.
    """
    make_folder(folder)
    images = io.StringIO()
    writer = csv.DictWriter(images, [*_IMAGE_COLUMNS, *_figure_columns(), *_ERROR_COLUMNS], lineterminator="\n")
    writer.writeheader()
    writer.writerows(_image_row(result) for result in results)
    writer.writerows(
        {"image": error.path, "error_code": error.code, "error_message": error.message} for error in errors
    )
    write_whole(folder / "images.csv", images.getvalue().encode())
    write_whole(folder / "hairs.csv", _with_header((column.name for column in HAIRS), hairs))
    write_whole(folder / "units.csv", _with_header((column.name for column in UNITS), units))


def _rows(table: pd.DataFrame, analysis: Analysis, *, path: str) -> str:
    keyed = table.copy()
    keyed.insert(0, _KEYS[0], path)
    keyed.insert(1, _KEYS[1], analysis.image.sha256)
    return str(keyed.to_csv(index=False, header=False, float_format="%.6g", lineterminator="\n"))


def _with_header(names: Iterable[str], rows: Iterable[str]) -> bytes:
    return "".join([",".join([*_KEYS, *names]), "\n", *rows]).encode()


def _figure_columns() -> list[str]:
    """A column for each number of Metrics; an Estimate has its value, low, high and n."""
    hints = get_type_hints(Metrics)
    columns = []
    for field in fields(Metrics):
        hint = hints[field.name]
        is_estimate = Estimate in (hint, *get_args(hint))
        columns.extend([_column(field.name, bound) for bound in _BOUNDS] if is_estimate else [field.name])
    return columns


def _column(figure: str, bound: str) -> str:
    return figure if bound == "value" else f"{figure}_{bound}"


def _image_row(result: dict[str, Any]) -> dict[str, Any]:
    image, area = result["image"], result["target_area"]
    scale = result["calibration"] or {"um_per_px": None, "relative_error": None, "source": None}
    row = {
        "image": image["path"],
        "image_sha256": image["sha256"],
        "width_px": image["width_px"],
        "height_px": image["height_px"],
        "um_per_px": scale["um_per_px"],
        "scale_relative_error": scale["relative_error"],
        "scale_source": scale["source"],
        "area_cm2": area["area_cm2"],
        "unreadable_fraction": area["unreadable_fraction"],
        "flags": ";".join(result["flags"]),
    }
    for name, figure in result["metrics"].items():
        if isinstance(figure, dict):
            row.update({_column(name, bound): figure[bound] for bound in _BOUNDS})
        else:
            row[name] = figure
    return row
