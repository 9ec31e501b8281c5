"""CSV tables: images.csv, hairs.csv, units.csv and ostia.csv, joined by the columns ``image`` and ``image_sha256``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from hairdensity.analysis import Analysis
from hairdensity.files import make_folder, write_whole
from hairdensity.flags import HairFlag, flag_names
from hairdensity.metrics import METRICS, MetricInfo
from hairdensity.metrics.thickness import BIN_UM, N_BINS
from hairdensity.report.document import ImageError
from hairdensity.report.spreadsheets import no_formula
from hairdensity.tables import HAIRS, OSTIA, UNITS, Column

__all__ = ["figure_cells", "figure_columns", "hair_rows", "ostium_rows", "unit_rows", "write_tables"]

_KEYS = ("image", "image_sha256")
_IMAGE_COLUMNS = (
    *_KEYS,
    "width_px",
    "height_px",
    "um_per_px",
    "scale_relative_error",
    "scale_source",
    "area_kind",
    "area_cm2",
    "area_inch2",
    "unreadable_fraction",
    "quality",
    "flags",
)
_ERROR_COLUMNS = ("error_code", "error_message")
_BOUNDS = {
    "value": "",
    "low": "lower end of the 95 % interval",
    "high": "upper end of the 95 % interval",
    "site_low": "lower end of the 95 % interval for the site, sampling added",
    "site_high": "upper end of the 95 % interval for the site, sampling added",
    "n": "what it rests on: number of hairs, units or openings",
}


def hair_rows(analysis: Analysis, *, path: str) -> str:
    """The CSV lines of the hairs table, without a header; flags by name."""
    hairs = analysis.hairs.assign(flags=[";".join(flag_names(HairFlag(bits))) for bits in analysis.hairs["flags"]])
    return _rows(hairs, analysis, path=path)


def unit_rows(analysis: Analysis, *, path: str) -> str:
    """The CSV lines of the units table, without a header."""
    return _rows(analysis.units, analysis, path=path)


def ostium_rows(analysis: Analysis, *, path: str) -> str:
    """The CSV lines of the table of openings, without a header."""
    return _rows(analysis.ostia, analysis, path=path)


def write_tables(
    folder: Path,
    *,
    results: Iterable[dict[str, Any]],
    hairs: Iterable[str],
    units: Iterable[str],
    errors: Iterable[ImageError],
    ostia: Iterable[str] = (),
) -> None:
    """Write the four tables.

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
    ostia : iterable of str, optional
        From `ostium_rows`.

    Raises
    ------
    StorageError
        If a table cannot be written.
    """
    make_folder(folder)
    images = io.StringIO()
    writer = csv.DictWriter(images, [*_IMAGE_COLUMNS, *_figure_names(), *_ERROR_COLUMNS], lineterminator="\n")
    writer.writeheader()
    writer.writerows(_image_row(result) for result in results)
    writer.writerows(
        {"image": no_formula(error.path), "error_code": error.code, "error_message": error.message} for error in errors
    )
    write_whole(folder / "images.csv", images.getvalue().encode())
    write_whole(folder / "hairs.csv", _with_header((column.name for column in HAIRS), hairs))
    write_whole(folder / "units.csv", _with_header((column.name for column in UNITS), units))
    write_whole(folder / "ostia.csv", _with_header((column.name for column in OSTIA), ostia))


def _rows(table: pd.DataFrame, analysis: Analysis, *, path: str) -> str:
    keyed = table.copy()
    keyed.insert(0, _KEYS[0], no_formula(path))
    keyed.insert(1, _KEYS[1], analysis.image.sha256)
    return str(keyed.to_csv(index=False, header=False, float_format="%.6g", lineterminator="\n"))


def _with_header(names: Iterable[str], rows: Iterable[str]) -> bytes:
    return "".join([",".join([*_KEYS, *names]), "\n", *rows]).encode()


def figure_columns() -> tuple[Column, ...]:
    """A column for each number of Metrics: an Estimate has its value, both intervals and n, a histogram its bins."""
    return tuple(column for info in METRICS for column in _columns_of(info))


def figure_cells(name: str, figure: Any) -> dict[str, Any]:
    """Columns and values of a figure of the document; one that is missing leaves its columns empty.

    Parameters
    ----------
    name : str
        Of the figure.
    figure : dict, float or None
        As `hairdensity.report.values.figure_values` gives it.

    Returns
    -------
    dict
        By the names of `figure_columns`.
    """
    if not isinstance(figure, dict):
        return {} if figure is None else {name: figure}
    if "counts" in figure:
        return dict(zip(_bin_columns(name), figure["counts"], strict=True))
    return {_column(name, bound): figure[bound] for bound in _BOUNDS}


def _figure_names() -> list[str]:
    return [column.name for column in figure_columns()]


def _columns_of(info: MetricInfo) -> Iterator[Column]:
    if info.kind == "estimate":
        for bound, words in _BOUNDS.items():
            unit = "" if bound == "n" else info.unit
            yield Column(
                _column(info.name, bound), "float64", unit, f"{words}: {info.name}" if words else _meaning(info)
            )
    elif info.kind == "histogram":
        for name in _bin_columns(info.name):
            yield Column(name, "float64", "", f"{info.definition}: number of hairs from this edge on")
    else:
        yield Column(info.name, "float64", info.unit, _meaning(info))


def _meaning(info: MetricInfo) -> str:
    return f"{info.title}: {info.definition}"


def _column(figure: str, bound: str) -> str:
    return figure if bound == "value" else f"{figure}_{bound}"


def _bin_columns(name: str) -> list[str]:
    """Hairs from each lower edge on, e.g. ``diameter_histogram_from_30um``."""
    return [f"{name}_from_{BIN_UM * i:.0f}um" for i in range(N_BINS)]


def _image_row(result: dict[str, Any]) -> dict[str, Any]:
    image, area = result["image"], result["target_area"]
    scale = result["calibration"] or {"um_per_px": None, "relative_error": None, "source": None}
    row = {
        "image": no_formula(image["path"]),
        "image_sha256": image["sha256"],
        "width_px": image["width_px"],
        "height_px": image["height_px"],
        "um_per_px": scale["um_per_px"],
        "scale_relative_error": scale["relative_error"],
        "scale_source": scale["source"],
        "area_kind": area["kind"],
        "area_cm2": area["area_cm2"],
        "area_inch2": area["area_inch2"],
        "unreadable_fraction": area["unreadable_fraction"],
        "quality": result["quality"]["verdict"],
        "flags": ";".join(result["flags"]),
    }
    for name, figure in result["metrics"].items():
        row.update(figure_cells(name, figure))
    return row
