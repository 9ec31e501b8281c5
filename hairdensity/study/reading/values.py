"""Cells to values: numbers, whole numbers and days."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from hairdensity.study.reading.faults import FaultLog

__all__ = ["read_dates", "read_numbers", "read_words", "refuse_formulas"]

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_COMMA_NUMBER = r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?"

YEARS = (1980, 2100)
"""Of digital pictures; a year of 24 or 1900 is a spreadsheet's."""

_DAY = r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
"""A day, with the time of the clock that software adds."""

_FORMULA = r"=.*|#(?:REF|NAME|VALUE|DIV/0|NUM|NULL|N/A|SPILL|CALC)[!?]?"
"""What a spreadsheet leaves in place of a value."""

_SPACES = re.compile("[\u00a0\u2007\u202f]")
"""Blanks at which a line must not break: word processors set them before units."""


def refuse_formulas(rows: pd.DataFrame, log: FaultLog) -> None:
    """Note cells that hold a formula, or the error of one, instead of its value."""
    for name in rows.columns.difference(["row", "line"], sort=False):
        cells = rows[name]
        suspects = cells.str.startswith(("=", "#"))
        if suspects.any():
            log.at(
                rows,
                suspects & cells.str.fullmatch(_FORMULA, flags=re.DOTALL),
                name,
                code="formula",
                what="{cell} is a formula of a spreadsheet, not its value",
                remedy="copy the column and paste it as values; a name that begins with = needs ./ before it",
            )


def read_numbers(rows: pd.DataFrame, name: str, *, decimal_comma: bool, log: FaultLog) -> pd.Series:
    """(R,) float64 of a column of text: NaN for an empty cell, and for one that is no number, which is noted."""
    cells = rows[name]
    if decimal_comma:
        is_comma = cells.str.fullmatch(_COMMA_NUMBER)
        cells = cells.mask(is_comma, cells.str.replace(",", ".", regex=False))
    is_number = cells.str.fullmatch(_NUMBER).astype(bool)
    numbers = pd.to_numeric(cells.where(is_number), errors="coerce").astype("float64")
    numbers = numbers.where(np.isfinite(numbers))
    wrong = numbers.isna() & (cells != "") & ~_is_formula(cells)
    log.at(
        rows,
        wrong,
        name,
        code="no_number",
        what="{cell} is no number",
        remedy="write the number alone with a point, e.g. 12.5, without unit, sign of thousands or text",
    )
    return numbers


def read_dates(rows: pd.DataFrame, name: str, log: FaultLog) -> pd.Series:
    """(R,) text of days as YYYY-MM-DD; empty where there is none, or none that exists, which is noted."""
    cells = rows[name]
    day = cells.str.extract(rf"^{_DAY}$", expand=False).fillna("")
    wrong = (day == "") & (cells != "") & ~_is_formula(cells)
    log.at(
        rows,
        wrong,
        name,
        code="no_date",
        what="{cell} is no date that is read",
        remedy="write YYYY-MM-DD, e.g. 2024-03-01; 01/03/2024 means two days in two countries",
    )
    parsed = pd.to_datetime(day.where(day != ""), format="%Y-%m-%d", errors="coerce")
    impossible = ~parsed.dt.year.between(*YEARS) & (day != "")
    log.at(
        rows,
        impossible,
        name,
        code="no_such_day",
        what=f"the day {{cell}} does not exist, or not between {YEARS[0]} and {YEARS[1]}",
        remedy="correct year, month and day",
    )
    return day.mask(impossible, "").astype(object)


def read_words(rows: pd.DataFrame, name: str, log: FaultLog) -> pd.Series:
    """(R,) text with plain blanks; cells with signs that nobody sees are noted: two codes would look the same."""
    words = {text: _SPACES.sub(" ", text) for text in rows[name].unique()}
    cells = rows[name].map(words).astype(object)
    hidden = cells.map({text: not text.isprintable() for text in words.values()}).astype(bool)
    log.at(
        rows,
        hidden,
        name,
        code="hidden_sign",
        what="{cell} holds a sign that cannot be seen, e.g. the end of a line",
        remedy="type the cell anew",
    )
    return cells


def _is_formula(cells: pd.Series) -> pd.Series:
    """Noted once already."""
    return cells.str.fullmatch(_FORMULA, flags=re.DOTALL).astype(bool)
