"""The result as tables for people, printed by rich."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from hairdensity.flags import IMAGE_FLAGS, flag_names
from hairdensity.report.wording import DISCLAIMER, NOT_KNOWN, flag_sentence, number, percent, span

__all__ = ["print_results"]

Result = dict[str, Any]

_SENTENCES = {flag_names(flag)[0]: flag_sentence(info) for flag, info in IMAGE_FLAGS.items()}

_FIGURES = (
    ("Hair density", "density_per_cm2", "per cm²"),
    ("", "density_per_inch2", "per inch²"),
    ("Unit density", "unit_density_per_cm2", "per cm²"),
    ("Hairs per unit", "hairs_per_unit", ""),
    ("Median thickness", "median_diameter_um", "µm"),
    ("Median thickness in pixels", "median_diameter_px", "px"),
    ("Vellus share, 30 µm or thinner", "vellus_fraction_30um", "%"),
    ("Vellus share, 40 µm or thinner", "vellus_fraction_40um", "%"),
    ("Cumulative thickness", "cumulative_diameter_mm_per_cm2", "mm per cm²"),
)
"""Label, name in the metrics and unit of what one picture's table shows."""


def print_results(console: Console, results: Sequence[Result]) -> None:
    """Print the main figures and what was noticed about the pictures.

    Parameters
    ----------
    console : Console
    results : sequence of dict
        At least one, from `hairdensity.report.document.describe`; their hairs are not needed.
    """
    table = _figures_table(results[0]) if len(results) == 1 else _images_table(results)
    closing = Text(f"Intervals: 95 %. {DISCLAIMER.capitalize()}.", style="dim")
    console.print(Group(table, *_notes(results), closing))


def _figures_table(result: Result) -> Table:
    """One picture: a row for each figure."""
    metrics, area = result["metrics"], result["target_area"]
    table = Table(box=box.SIMPLE_HEAD, title=Text(result["image"]["path"], style="bold"), title_justify="left")
    for name, justify in (("", "left"), ("value", "right"), ("", "left"), ("95 % interval", "left"), ("n", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left")
    table.add_row(
        "Hairs in the area", str(metrics["n_hairs"]), "", f"by ends / 2: {number(metrics['n_hairs_by_ends'])}"
    )
    table.add_row("Follicular units", str(metrics["n_units"]))
    for label, name, unit in _FIGURES:
        if (figure := metrics.get(name)) is not None:
            table.add_row(label, *_cells(figure, unit))
    if area["area_cm2"] is not None:
        unreadable = f"{percent(area['unreadable_fraction'])} of it not readable"
        table.add_row("Area", number(area["area_cm2"]), "cm²", unreadable)
    if (scale := result["calibration"]) is not None:
        table.add_row(
            "Scale", f"{scale['um_per_px']:.4g}", "µm/px", f"± {scale['relative_error']:.1%}, {scale['source']}"
        )
        if scale["disagrees_with"] is not None:
            table.add_row("", "", "", f"but {scale['disagrees_with']}")
    return table


def _cells(figure: dict[str, Any], unit: str) -> tuple[str, str, str, str]:
    """Value, unit, interval and basis of an estimate."""
    ends = span(figure["low"], figure["high"], as_percent=unit == "%")
    if unit == "%":
        return percent(figure["value"]), "", ends, str(figure["n"])
    return number(figure["value"]), unit, ends, str(figure["n"])


def _images_table(results: Sequence[Result]) -> Table:
    """Several pictures: a row for each."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("image", overflow="fold")
    for heading in ("hairs", "per cm²", "per inch²", "units", "median µm", "≤ 30 / 40 µm"):
        table.add_column(heading, justify="right")
    table.add_column("notes")
    numbers, names = _note_numbers(results), _names(results)
    for name, result in zip(names, results, strict=True):
        metrics = result["metrics"]
        table.add_row(
            Text(name),
            str(metrics["n_hairs"]),
            _compact(metrics["density_per_cm2"]),
            _compact(metrics["density_per_inch2"]),
            str(metrics["n_units"]),
            _compact(metrics["median_diameter_um"]),
            f"{_share(metrics['vellus_fraction_30um'])} / {_share(metrics['vellus_fraction_40um'])}",
            " ".join(str(numbers[flag]) for flag in result["flags"]),
        )
    return table


def _names(results: Sequence[Result]) -> list[str]:
    """File names, or whole paths when two files share a name."""
    paths = [result["image"]["path"] for result in results]
    names = [PurePath(path).name for path in paths]
    return names if len(set(names)) == len(names) else paths


def _compact(figure: dict[str, Any] | None) -> str:
    """Value and interval in one cell, e.g. ``"128 (112 to 145)"``."""
    if figure is None:
        return NOT_KNOWN
    ends = span(figure["low"], figure["high"])
    return f"{number(figure['value'])} ({ends})" if ends else number(figure["value"])


def _share(figure: dict[str, Any] | None) -> str:
    return NOT_KNOWN if figure is None else percent(figure["value"])


def _note_numbers(results: Sequence[Result]) -> dict[str, int]:
    """The flags of all pictures, numbered in the order of the registry."""
    present = {flag for result in results for flag in result["flags"]}
    return {flag: number for number, flag in enumerate((name for name in _SENTENCES if name in present), start=1)}


def _notes(results: Sequence[Result]) -> Iterator[Text]:
    """Yield each flag once, in plain words."""
    for flag, index in _note_numbers(results).items():
        mark = f"Note {index}: " if len(results) > 1 else "Note: "
        yield Text.assemble((mark, "bold yellow"), _SENTENCES[flag])
