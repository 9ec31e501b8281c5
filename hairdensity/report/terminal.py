"""The result as tables for people, printed by rich."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from hairdensity.flags import IMAGE_FLAGS, VERDICTS, Verdict, flag_names
from hairdensity.metrics import MetricInfo
from hairdensity.metrics.figures import info_of
from hairdensity.report.wording import DISCLAIMER, NOT_KNOWN, flag_sentence, number, percent, span, spoken_unit

__all__ = ["print_results"]

Result = dict[str, Any]

_SENTENCES = {flag_names(flag)[0]: flag_sentence(info) for flag, info in IMAGE_FLAGS.items()}

_FIRST = (
    "density_per_cm2",
    "density_per_inch2",
    "median_diameter_um",
    "median_diameter_px",
    "vellus_fraction_30um",
    "vellus_fraction_40um",
    "terminal_density_per_cm2_30um",
    "terminal_density_per_cm2_40um",
    "cumulative_diameter_mm_per_cm2",
    "unit_density_per_cm2",
    "hairs_per_unit",
    "single_hair_unit_fraction",
    "empty_ostia_per_cm2",
    "yellow_dots_per_cm2",
    "black_dots_per_cm2",
    "erythema_index",
    "scaling_fraction",
)
"""Figures of one picture's table, the most important first; all others stand in the document and in the CSV tables."""

_INTERVALS = (
    "95 % intervals. In this picture: how far the figure may be from what the picture shows. "
    "At this site: what another placement nearby could show."
)
_SITE_INTERVALS = "In brackets: what another placement at the same site could show, 95 %."

_STYLES = {Verdict.GOOD: "green", Verdict.CAUTION: "yellow", Verdict.UNREADABLE: "red"}

_REPLACED = {"median_diameter_px": "median_diameter_um"}
"""Shown only when the other one is not known."""


def print_results(console: Console, results: Sequence[Result]) -> None:
    """Print the main figures and what was noticed about the pictures.

    Parameters
    ----------
    console : Console
    results : sequence of dict
        At least one, from `hairdensity.report.document.describe`; their hairs are not needed.
    """
    table = _figures_table(results[0]) if len(results) == 1 else _images_table(results)
    closing = Text(f"{_INTERVALS if len(results) == 1 else _SITE_INTERVALS} {DISCLAIMER.capitalize()}.", style="dim")
    console.print(Group(table, *_notes(results), closing))


def _figures_table(result: Result) -> Table:
    """One picture: a row for each figure."""
    metrics = result["metrics"]
    table = Table(box=box.SIMPLE_HEAD, title=Text(result["image"]["path"], style="bold"), title_justify="left")
    for name in ("", "value", "", "in this picture", "at this site", "n"):
        table.add_column(name, justify="right" if name in ("value", "n") else "left")
    table.add_row("Quality of the picture", _verdict(result))
    by_ends = f"by ends / 2: {number(metrics['n_hairs_by_ends'])}"
    table.add_row("Hairs in the area", str(metrics["n_hairs"]), "", by_ends)
    table.add_row("Follicular units", str(metrics["n_units"]))
    for name in _FIRST:
        if _is_known(metrics.get(name)) and not _is_known(metrics.get(_REPLACED.get(name, ""))):
            table.add_row(*_cells(info_of(name), metrics[name]))
    for row in _basis_rows(result):
        table.add_row(*row)
    return table


def _verdict(result: Result, *, is_brief: bool = False) -> Text:
    verdict = Verdict(result["quality"]["verdict"])
    return Text(str(verdict) if is_brief else VERDICTS[verdict], style=_STYLES[verdict])


def _basis_rows(result: Result) -> Iterator[tuple[str, ...]]:
    """Yield what the figures rest on: area and scale."""
    area, scale = result["target_area"], result["calibration"]
    if area["area_cm2"] is not None:
        unreadable = f"{percent(area['unreadable_fraction'])} of it not readable"
        yield "Area", number(area["area_cm2"]), "cm²", f"{area['kind']}, {unreadable}"
    if scale is not None:
        yield "Scale", f"{scale['um_per_px']:.4g}", "µm/px", f"± {scale['relative_error']:.0%}, {scale['source']}"


def _is_known(figure: dict[str, Any] | None) -> bool:
    return figure is not None and figure["value"] is not None


def _cells(info: MetricInfo, figure: dict[str, Any]) -> tuple[str, ...]:
    """Title, value, unit, both intervals and basis of an estimate."""
    is_share = info.link == "logit"
    picture = span(figure["low"], figure["high"], as_percent=is_share)
    site = span(figure["site_low"], figure["site_high"], as_percent=is_share)
    value = percent(figure["value"]) if is_share else number(figure["value"])
    return re.sub(r"\bum\b", "µm", info.title), value, spoken_unit(info.unit), picture, site, str(figure["n"])


def _images_table(results: Sequence[Result]) -> Table:
    """Several pictures: a row for each."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("image", overflow="fold")
    for heading in ("hairs", "per cm²", "per inch²", "units", "median µm", "≤ 30 / 40 µm"):
        table.add_column(heading, justify="right")
    table.add_column("quality")
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
            _verdict(result, is_brief=True),
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
    ends = span(figure["site_low"], figure["site_high"])
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
