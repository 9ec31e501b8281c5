"""The tables of a report's outcomes: the rows of outcomes.json, rounded and named, none left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from hairdensity.study.reporting.blocks import Column, Table
from hairdensity.study.reporting.sources import rows_of
from hairdensity.study.reporting.wording import (
    NONE,
    arm_name,
    ci_words,
    count,
    decimals_of,
    figure_name,
    interval,
    known,
    mean_and_spread,
    number,
    p_value,
    percent,
    signed,
    unit_words,
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

Outcomes = dict[str, Any]
Row = Mapping[str, Any]
Cell = Callable[[Row], str]
_FATES_OF_UNITS = ("reactivated_per_cm2", "emptied_per_cm2")
_TEXT = ("Visit", "Arm", "Figure", "Dose", "Unit", "Basis")


def descriptive_tables(outcomes: Outcomes) -> list[Table]:
    """Each figure by arm and visit: how many, how much, how much more than at baseline."""
    return list(_by_figure(rows_of(outcomes, "descriptives"), "", _descriptive_cells(_ci(outcomes))))


def safety_tables(outcomes: Outcomes) -> list[Table]:
    """Redness as any other figure, and whose redness increased beyond noise."""
    rows, ci = rows_of(outcomes, "safety"), _ci(outcomes)
    later = [row for row in rows if row.get("n_judged") or row.get("difference") is not None]
    cells: dict[str, Cell] = {
        "Arm": _arm,
        "Visit": visit_name,
        "Judged": _count("n_judged"),
        "Increased beyond noise": _count("n_increased"),
        "Share": lambda row: percent(row.get("share_increased")),
        f"{ci} of share": lambda row: _percents(row.get("share_low"), row.get("share_high")),
        "Difference of means": lambda row: signed(row.get("difference"), _decimals(row)),
        f"{ci} of difference": _interval("difference_low", "difference_high"),
        "p": _p("p"),
    }
    return [*_by_figure(rows, "", _descriptive_cells(ci)), *_by_figure(later, "Increase and difference: ", cells)]


def model_tables(outcomes: Outcomes, key: str, title: str) -> list[Table]:
    """Adjusted means and differences, of ``ancova`` or ``mixed``."""
    ci = _ci(outcomes)
    cells: dict[str, Cell] = {
        "Visit": visit_name,
        "Arm": _arm,
        "n": _count("n"),
        "Adjusted mean (SE)": _spread("adjusted_mean", "adjusted_se"),
        f"{ci} of mean": _interval("adjusted_low", "adjusted_high"),
        "Difference (SE)": lambda row: "reference" if _is_reference(row) else _spread("difference", "se")(row),
        f"{ci} of difference": _interval("low", "high"),
        "df": _degrees,
        "p": _p("p"),
        "p, Holm": _p("p_holm"),
    }
    return list(_by_figure(rows_of(outcomes, key), f"{title}: ", cells))


def matched_tables(outcomes: Outcomes) -> list[Table]:
    """Changes on the skin that both pictures show, hair against hair."""
    ci = _ci(outcomes)
    cells: dict[str, Cell] = {
        "Visit": visit_name,
        "Arm": _arm,
        "n": _count("n"),
        "Not registered": _count("n_not_registered"),
        "Mean change (SD)": _spread("mean", "sd"),
        ci: _interval("low", "high"),
        "Same pictures unmatched (SD)": _spread("unmatched_mean", "unmatched_sd"),
        "Difference (SE)": lambda row: "reference" if _is_reference(row) else _spread("difference", "se")(row),
        f"{ci} of difference": _interval("difference_low", "difference_high"),
        "p": _p("p"),
    }
    return list(_by_figure(rows_of(outcomes, "matched"), "Matched change: ", cells))


def hair_tables(outcomes: Outcomes) -> list[Table]:
    """What became of the hairs, in whatever fates the outcomes give, each with its interval."""
    rows = rows_of(outcomes, "hairs")
    fates = [name for name in (rows[0] if rows else ()) if name.endswith("_per_cm2")]
    if not fates:
        return []
    note = f"In brackets {_ci(outcomes)} over patients."
    found = []
    for what, own in (
        ("hairs", [fate for fate in fates if fate not in _FATES_OF_UNITS]),
        ("follicular units", [fate for fate in fates if fate in _FATES_OF_UNITS]),
    ):
        cells: dict[str, Cell] = {"Visit": visit_name, "Arm": _arm, "Patients": _count("n_patients")}
        cells |= {fate.removesuffix("_per_cm2").capitalize(): _fate_cell(fate) for fate in own}
        caption = f"What became of the {what}, per cm² of common skin, mean of patients"
        found += [_table(caption, rows, cells, note)] if own else []
    return found


def responder_tables(outcomes: Outcomes) -> list[Table]:
    """Shares of patients beyond the threshold that the plan stated beforehand."""
    rows, ci = rows_of(outcomes, "responders"), _ci(outcomes)
    cells: dict[str, Cell] = {
        "Visit": visit_name,
        "Arm": _arm,
        "Threshold": lambda row: signed(row.get("threshold"), _decimals(row)),
        "n": _count("n"),
        "Responders": _count("n_responders"),
        "Share": lambda row: percent(row.get("share")),
        f"{ci} of share": lambda row: _percents(row.get("low"), row.get("high")),
        "Difference": lambda row: "reference" if _is_reference(row) else percent(row.get("difference")),
        f"{ci} of difference": lambda row: _percents(row.get("difference_low"), row.get("difference_high")),
        "p": _p("p"),
    }
    stated = sorted({str(row["stated_in"]) for row in rows if row.get("stated_in")})
    note = f"The threshold was stated in: {'; '.join(stated)}." if stated else ""
    return list(_by_figure(rows, "Responders: ", cells, note))


def dose_tables(outcomes: Outcomes) -> list[Table]:
    """Slopes of the change over what was dosed."""
    cells: dict[str, Cell] = {
        "Dose": lambda row: str(row.get("dose") or "").replace("_", " "),
        "n": _count("n"),
        "Slope": lambda row: signed(row.get("slope"), _decimals(row) + 1),
        "Unit": lambda row: unit_words(row.get("unit")),
        "SE": lambda row: number(row.get("se"), _decimals(row) + 1),
        _ci(outcomes): lambda row: interval(row.get("low"), row.get("high"), _decimals(row) + 1),
        "p": _p("p"),
        "p, Holm": _p("p_holm"),
    }
    rows = rows_of(outcomes, "dose_response")
    tables = []
    for figure in dict.fromkeys(str(row.get("figure", "")) for row in rows):
        own = [row for row in rows if str(row.get("figure", "")) == figure]
        tables.append(_table(f"Dose and response: {figure_name(figure)}", own, cells))
    return tables


def sample_size_tables(outcomes: Outcomes) -> list[Table]:
    """Patients that a next trial would need."""
    cells: dict[str, Cell] = {
        "Figure": lambda row: figure_name(str(row.get("figure", "")), row.get("unit")),
        "Basis": lambda row: str(row.get("basis") or ""),
        "Difference": lambda row: number(row.get("difference"), _decimals(row)),
        "SD": lambda row: number(row.get("sd"), _decimals(row)),
        "Correlation": lambda row: number(row.get("correlation"), 2),
        "Power": lambda row: percent(row.get("power")),
        "Alpha": lambda row: number(row.get("alpha"), 3),
        "Dropout": lambda row: percent(row.get("dropout")),
        "n per arm": _count("n_per_arm"),
        "to be analyzed": _count("n_analyzed_per_arm"),
    }
    rows = rows_of(outcomes, "sample_size")
    return [_table("Sample size of a next trial with two arms", rows, cells)] if rows else []


def _descriptive_cells(ci: str) -> dict[str, Cell]:
    return {
        "Arm": _arm,
        "Visit": visit_name,
        "n": _count("n"),
        "Missing": _count("n_missing"),
        "Mean (SD)": lambda row: mean_and_spread(row.get("mean"), row.get("sd"), _decimals(row)),
        "Median (quartiles)": lambda row: _with_ends(row, "median", "q1", "q3"),
        "n of change": _count("change_n"),
        "Change (SD)": _spread("change_mean", "change_sd"),
        f"{ci} of change": _interval("change_low", "change_high"),
    }


def _by_figure(rows: Iterable[Row], title: str, cells: Mapping[str, Cell], note: str = "") -> Iterator[Table]:
    """Yield a table for each figure and analysis set, in the order of the rows."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(str(row.get(name) or "") for name in ("figure", "unit", "analysis_set")), []).append(row)
    for (figure, unit, analysis_set), chosen in found.items():
        subset = f"; {analysis_set}" if analysis_set else ""
        yield _table(f"{title}{figure_name(figure, unit or None)}{subset}", chosen, cells, note)


def _table(caption: str, rows: Sequence[Row], cells: Mapping[str, Cell], note: str = "") -> Table:
    columns = tuple(Column(name, is_number=name not in _TEXT) for name in cells)
    body = tuple(tuple(cell(row) for cell in cells.values()) for row in rows)
    n_heads = len(list(takewhile(lambda column: not column.is_number, columns)))
    return Table(caption, columns, body, note=note, n_row_heads=n_heads)


def _ci(outcomes: Outcomes) -> str:
    return ci_words((outcomes.get("plan") or {}).get("level"))


def _decimals(row: Row) -> int:
    return decimals_of(str(row.get("figure", "")))


def _arm(row: Row) -> str:
    return arm_name(row.get("arm"))


def _is_reference(row: Row) -> bool:
    return bool(row.get("arm") == row.get("reference"))


def _count(name: str) -> Cell:
    return lambda row: count(row.get(name))


def _degrees(row: Row) -> str:
    """Degrees of freedom; approximated ones have decimals."""
    df = row.get("df")
    return number(df, 0 if known(df) and float(df or 0.0).is_integer() else 1)


def _p(name: str) -> Cell:
    return lambda row: p_value(row.get(name))


def _interval(low: str, high: str) -> Cell:
    return lambda row: interval(row.get(low), row.get(high), _decimals(row))


def _spread(value: str, spread: str) -> Cell:
    return lambda row: mean_and_spread(row.get(value), row.get(spread), _decimals(row), with_sign=True)


def _with_ends(row: Row, value: str, low: str, high: str) -> str:
    ends = interval(row.get(low), row.get(high), _decimals(row))
    words = number(row.get(value), _decimals(row))
    return words if ends == NONE else f"{words} ({ends})"


def _percents(low: Any, high: Any) -> str:
    return interval(100.0 * low if known(low) else None, 100.0 * high if known(high) else None, 1)


def _fate_cell(fate: str) -> Cell:
    def cell(row: Row) -> str:
        ends = interval(row.get(f"{fate}_low"), row.get(f"{fate}_high"), 1)
        return number(row.get(fate), 1) if ends == NONE else f"{number(row.get(fate), 1)} ({ends})"

    return cell
