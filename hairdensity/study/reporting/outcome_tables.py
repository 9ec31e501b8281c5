"""The tables of a report's outcomes: the rows of outcomes.json, rounded and named, none left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from hairdensity.study.reporting.blocks import Column, Table
from hairdensity.study.reporting.sources import rows_of
from hairdensity.study.reporting.wording import (
    arm_name,
    count,
    decimals_of,
    figure_name,
    interval,
    mean_and_spread,
    number,
    p_value,
    percent,
    signed,
    visit_name,
)

__all__ = [
    "descriptive_tables",
    "dose_tables",
    "hair_tables",
    "matched_tables",
    "model_tables",
    "responder_tables",
    "safety_tables",
    "sample_size_tables",
]

Row = Mapping[str, Any]
Cell = Callable[[Row], str]
_TEXT = ("Visit", "Arm", "Set", "Figure", "Dose", "Analysis set")


def descriptive_tables(outcomes: dict[str, Any]) -> list[Table]:
    """Each figure by visit and arm: how many, how much, how much more than at baseline."""
    return list(_by_figure(rows_of(outcomes, "descriptives"), "", _descriptive_cells()))


def safety_tables(outcomes: dict[str, Any]) -> list[Table]:
    """Redness, as any other figure."""
    return list(_by_figure(rows_of(outcomes, "safety"), "", _descriptive_cells()))


def model_tables(outcomes: dict[str, Any], key: str, title: str) -> list[Table]:
    """Adjusted means and differences, of ``ancova`` or ``mixed``."""
    cells: dict[str, Cell] = {
        "Visit": visit_name,
        "Arm": _arm,
        "Analysis set": lambda row: str(row.get("analysis_set") or ""),
        "n": lambda row: count(row.get("n")),
        "Adjusted mean (SE)": lambda row: mean_and_spread(
            row.get("adjusted_mean"), row.get("adjusted_se"), _decimals(row), with_sign=True
        ),
        "95 % CI of mean": lambda row: interval(row.get("adjusted_low"), row.get("adjusted_high"), _decimals(row)),
        "Difference (SE)": lambda row: (
            "reference"
            if row.get("arm") == row.get("reference")
            else mean_and_spread(row.get("difference"), row.get("se"), _decimals(row), with_sign=True)
        ),
        "95 % CI of difference": lambda row: interval(row.get("low"), row.get("high"), _decimals(row)),
        "df": lambda row: number(row.get("df"), 1),
        "p": lambda row: p_value(row.get("p")),
        "p, Holm": lambda row: p_value(row.get("p_holm")),
    }
    return list(_by_figure(rows_of(outcomes, key), f"{title}: ", cells))


def matched_tables(outcomes: dict[str, Any]) -> list[Table]:
    """Changes on the skin that both pictures show, hair against hair."""
    cells: dict[str, Cell] = {
        "Visit": visit_name,
        "Arm": _arm,
        "n": lambda row: count(row.get("n")),
        "Not registered": lambda row: count(row.get("n_not_registered")),
        "Mean change (SD)": lambda row: mean_and_spread(row.get("mean"), row.get("sd"), _decimals(row), with_sign=True),
        "95 % CI": lambda row: interval(row.get("low"), row.get("high"), _decimals(row)),
    }
    return list(_by_figure(rows_of(outcomes, "matched"), "Matched change: ", cells))


def hair_tables(outcomes: dict[str, Any]) -> list[Table]:
    """What became of the hairs, in whatever fates the outcomes give."""
    rows = rows_of(outcomes, "hairs")
    if not rows:
        return []
    fates = [name for name in rows[0] if name not in {"arm", "visit", "week", "n_patients", "site", "n"}]
    cells: dict[str, Cell] = {"Visit": visit_name, "Arm": _arm, "Patients": lambda row: count(row.get("n_patients"))}
    cells |= {_fate_name(fate): _fate_cell(fate) for fate in fates}
    return [_table("What became of the hairs, mean of patients (per cm² of common skin)", rows, cells)]


def responder_tables(outcomes: dict[str, Any]) -> list[Table]:
    """Shares of patients beyond the threshold that the plan stated beforehand."""
    cells: dict[str, Cell] = {
        "Visit": visit_name,
        "Arm": _arm,
        "Threshold": lambda row: signed(row.get("threshold"), _decimals(row)),
        "n": lambda row: count(row.get("n")),
        "Responders": lambda row: count(row.get("n_responders")),
        "Share": lambda row: percent(row.get("share")),
        "95 % CI": lambda row: _percents(row.get("low"), row.get("high")),
        "Difference": lambda row: percent(row.get("difference")),
        "95 % CI of difference": lambda row: _percents(row.get("difference_low"), row.get("difference_high")),
        "p": lambda row: p_value(row.get("p")),
    }
    return list(_by_figure(rows_of(outcomes, "responders"), "Responders: ", cells))


def dose_tables(outcomes: dict[str, Any]) -> list[Table]:
    """Slopes of the change over what was dosed."""
    cells: dict[str, Cell] = {
        "Dose": lambda row: f"{str(row.get('dose', '')).replace('_', ' ')}",
        "n": lambda row: count(row.get("n")),
        "Slope, for each unit of dose": lambda row: signed(row.get("slope"), _decimals(row) + 1),
        "SE": lambda row: number(row.get("se"), _decimals(row) + 1),
        "95 % CI": lambda row: interval(row.get("low"), row.get("high"), _decimals(row) + 1),
        "p": lambda row: p_value(row.get("p")),
        "p, Holm": lambda row: p_value(row.get("p_holm")),
    }
    return list(_by_figure(rows_of(outcomes, "dose_response"), "Dose and response: ", cells))


def sample_size_tables(outcomes: dict[str, Any]) -> list[Table]:
    """Patients that a next trial would need."""
    cells: dict[str, Cell] = {
        "Figure": lambda row: figure_name(str(row.get("figure", "")), row.get("unit")),
        "Difference": lambda row: number(row.get("difference"), _decimals(row)),
        "SD": lambda row: number(row.get("sd"), _decimals(row)),
        "Correlation": lambda row: number(row.get("correlation"), 2),
        "Power": lambda row: percent(row.get("power")),
        "Alpha": lambda row: number(row.get("alpha"), 3),
        "Dropout": lambda row: percent(row.get("dropout")),
        "n per arm": lambda row: count(row.get("n_per_arm")),
    }
    rows = rows_of(outcomes, "sample_size")
    return [_table("Sample size of a next trial with two arms", rows, cells)] if rows else []


def _descriptive_cells() -> dict[str, Cell]:
    return {
        "Arm": _arm,
        "Visit": visit_name,
        "n": lambda row: count(row.get("n")),
        "Missing": lambda row: count(row.get("n_missing")),
        "Mean (SD)": lambda row: mean_and_spread(row.get("mean"), row.get("sd"), _decimals(row)),
        "Median": lambda row: number(row.get("median"), _decimals(row)),
        "n of change": lambda row: count(row.get("change_n")),
        "Change (SD)": lambda row: mean_and_spread(
            row.get("change_mean"), row.get("change_sd"), _decimals(row), with_sign=True
        ),
        "95 % CI of change": lambda row: interval(row.get("change_low"), row.get("change_high"), _decimals(row)),
    }


def _by_figure(rows: Iterable[Row], title: str, cells: Mapping[str, Cell]) -> Iterator[Table]:
    """Yield a table for each figure, in the order of the rows."""
    ordered = list(rows)
    names = list(dict.fromkeys((str(row.get("figure", "")), row.get("unit")) for row in ordered))
    for figure, unit in names:
        chosen = [row for row in ordered if (str(row.get("figure", "")), row.get("unit")) == (figure, unit)]
        yield _table(f"{title}{figure_name(figure, unit)}", chosen, cells)


def _table(caption: str, rows: Sequence[Row], cells: Mapping[str, Cell], note: str = "") -> Table:
    columns = tuple(Column(name, is_number=name not in _TEXT) for name in cells)
    body = tuple(tuple(cell(row) for cell in cells.values()) for row in rows)
    n_heads = len(list(takewhile(lambda column: not column.is_number, columns)))
    return Table(caption, columns, body, note=note, n_row_heads=n_heads)


def _decimals(row: Row) -> int:
    return decimals_of(str(row.get("figure", "")))


def _arm(row: Row) -> str:
    return arm_name(row.get("arm"))


def _percents(low: Any, high: Any) -> str:
    return interval(None if low is None else 100.0 * low, None if high is None else 100.0 * high, 1)


def _fate_name(fate: str) -> str:
    return fate.removesuffix("_per_cm2").replace("_", " ").capitalize()


def _fate_cell(fate: str) -> Cell:
    return lambda row: number(row.get(fate), 1)
