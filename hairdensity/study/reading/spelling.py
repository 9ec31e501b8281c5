"""The same word spelled in two ways: "Minoxidil" and "minoxidil " are one arm, and a table would make two of them."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

from hairdensity.study.reading.faults import FaultLog, quoted

__all__ = ["refuse_two_spellings"]

_COLUMNS = ("patient", "site", "visit", "arm", "center", "device", "treatment", "combined_with", "alopecia_type")


_DASHES = re.compile("[\u2010-\u2015\u2212]")
_MINUS = re.compile(r"(?<![^\s])-(?=\d)")
_GAP_IN_NUMBER = re.compile(r"(?<=\d)[\s_-]+(?=\d)")
_LEADING_ZEROS = re.compile(r"(?<![\d.,])0+(?=\d)")
"""Spreadsheets drop them: 007 comes back as 7."""
_GAP = re.compile(r"[\s_-]+")


def refuse_two_spellings(rows: pd.DataFrame, log: FaultLog) -> None:
    """Note each spelling that differs from the usual one by case, blanks, dashes, leading zeros or encoding alone."""
    for name in _COLUMNS:
        cells = rows[name][rows[name] != ""]
        counts = cells.value_counts()
        usual: dict[str, str] = {}
        # By count, then by name: the usual spelling does not depend on the order of rows.
        for spelling in sorted(counts.index, key=lambda text: (-counts[text], text)):
            known = usual.setdefault(_folded(spelling), spelling)
            if known != spelling:
                _note(rows, name, spelling, known, log)


def _note(rows: pd.DataFrame, name: str, spelling: str, known: str, log: FaultLog) -> None:
    """One fault for all rows of a spelling, at its first."""
    same = rows[rows[name] == spelling]
    more = f" (and {len(same) - 1} more rows)" if len(same) > 1 else ""
    log.at(
        same.iloc[:1],
        [True],
        name,
        code="two_spellings",
        what=f"{quoted(spelling)}{more} is spelled {quoted(known)} elsewhere",
        remedy=f"write {quoted(known)} everywhere, or names that differ by more than case, blanks, dashes and zeros",
    )


def _folded(text: str) -> str:
    """What is left of a word without case, blanks, dashes and leading zeros; ``P1-11`` stays apart from ``P11-1``."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text).casefold())
    return _GAP.sub("", _GAP_IN_NUMBER.sub("|", _LEADING_ZEROS.sub("", _MINUS.sub("minus", plain))))
