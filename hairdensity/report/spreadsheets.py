"""Cells of CSV tables: no spreadsheet may take one for a formula and run it.

References
----------
.. [1] OWASP Foundation. CSV Injection. https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMULA_STARTS", "csv_bytes", "no_formula", "no_formula_text"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The full-width signs start a formula in spreadsheets of Chinese and Japanese locales."""


def no_formula(path: str) -> str:
    """A path that no spreadsheet takes for a formula: ``./=1+1.jpg`` is the same file as ``=1+1.jpg``."""
    return f"./{path}" if path.startswith(FORMULA_STARTS) else path


def no_formula_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with ``'`` in front, which spreadsheets do not show."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as a CSV file in which no text is a formula, numbers with all their digits.

    Parameters
    ----------
    table : (N, C) DataFrame
        A column ``image`` holds paths.
    """
    safe = table.copy()
    for name in [name for name in table if table[name].dtype.kind not in "biuf"]:
        shield = no_formula if name == "image" else no_formula_text
        safe[name] = [shield(cell) if isinstance(cell, str) else cell for cell in table[name]]
    return str(safe.to_csv(index=False, lineterminator="\n")).encode()
