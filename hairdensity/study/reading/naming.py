"""Which column is which: names in any case, aliases of other software, and the nearest name for the rest."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import pandas as pd

from hairdensity.study.columns import COVARIATE_PREFIX, MANIFEST
from hairdensity.study.reading.faults import FaultLog, Level, quoted
from hairdensity.study.reading.sheet import Sheet

__all__ = ["name_columns"]

_NAMES = {name: column.name for column in MANIFEST for name in (column.name, *column.aliases)}

_OF_REDCAP = re.compile(r"redcap_\w+|\w+_complete|\w+_timestamp")
"""What REDCap adds to a project's own fields."""

_OF_US = re.compile(r"row|line|visit_number|note")
"""What our own tables and proposals add to a manifest."""

NEAR = 0.75
"""Likeness of two names from which one may be meant for the other."""


def name_columns(sheet: Sheet, log: FaultLog) -> pd.DataFrame:
    """The cells under the manifest's own names.

    Parameters
    ----------
    sheet : Sheet
    log : FaultLog
        Takes columns that are missing, unknown or there twice.

    Returns
    -------
    DataFrame
        All columns of `MANIFEST` that are there, covariates as ``x_*``, what REDCap adds as ``redcap_*``, and ``row``
        and ``line``; text.
    """
    simple = [_simplified(name) for name in sheet.names]
    is_redcap = any(name.startswith("redcap_") for name in simple)
    taken: dict[str, int] = {}
    for at, name in enumerate(simple):
        known = _known(name, simple)
        if known is None:
            _note_unknown(sheet, at, name, is_redcap=is_redcap, log=log)
        elif known and known in taken:
            log.add(
                "column_twice",
                f"two columns mean {known}: {quoted(sheet.names[taken[known]])} and {quoted(sheet.names[at])}",
                "keep one of them",
                column=known,
            )
        elif known:
            taken[known] = at
    frame = pd.DataFrame({name: sheet.cells[at] for name, at in taken.items()}, dtype=object)
    for column in MANIFEST:
        if column.required and column.name not in taken:
            other = f" (also read: {', '.join(column.aliases)})"
            log.add(
                "missing_column",
                f"there is no column {column.name}",
                f"add it: {column.meaning}{other}",
                column=column.name,
            )
    return frame.assign(row=sheet.rows, line=sheet.lines)


def _simplified(name: str) -> str:
    """``Scale (um/px)`` and ``scale-um-px`` are the same name."""
    return re.sub(r"[^\w]+", "_", name.strip().lower()).strip("_")


def _known(name: str, all_names: Sequence[str]) -> str | None:
    """The manifest's name of a column; empty for what is passed over, None for what nobody knows."""
    if name.startswith(COVARIATE_PREFIX) and len(name) > len(COVARIATE_PREFIX):
        return name
    if name.startswith("redcap_"):
        meant = _NAMES.get(name)
        # A project's own column goes before what REDCap adds.
        has_own = meant is not None and any(_NAMES.get(other) == meant and other != name for other in all_names)
        return name if meant is None or has_own else meant
    if name in _NAMES:
        return _NAMES[name]
    return "" if not name or _OF_US.fullmatch(name) else None


def _note_unknown(sheet: Sheet, at: int, name: str, *, is_redcap: bool, log: FaultLog) -> None:
    """A column that is not read: a warning in an export of REDCap, which has all of a project's fields."""
    if is_redcap and _OF_REDCAP.fullmatch(name):
        return
    near = difflib.get_close_matches(name, _NAMES, n=1, cutoff=NEAR)
    meant = (
        f"did you mean {near[0]}? Rename it" if near else f"rename it to {COVARIATE_PREFIX}{name} if it is a covariate"
    )
    log.add(
        "unknown_column",
        f"the column {quoted(sheet.names[at])} is unknown",
        f"{meant}, or leave it out",
        column=name,
        level=Level.WARNING if is_redcap and not near else Level.FAULT,
    )
