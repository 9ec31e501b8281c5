"""What is wrong with a manifest, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.inputs import shown

__all__ = ["Fault", "FaultLog", "Level", "ManifestError", "listed", "quoted"]

LONGEST_CELL = 60
"""Characters of a cell that a message repeats."""

FIRST_SHOWN = 5
"""Faults that the message of a `ManifestError` spells out; all of them are in its ``faults``."""


class Level(StrEnum):
    """What a fault means for the run."""

    FAULT = "fault"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a manifest.

    Parameters
    ----------
    level : Level
        A fault stops the run, a warning does not.
    code : str
        Stable name of the kind of fault.
    what : str
    remedy : str
    column : str
        Name in the manifest; empty when it is about the whole file.
    row : int or None
        Row of data from 1, the header not counted: one less than the row that a spreadsheet shows.
    line : int or None
        Line of the text file; differs from the spreadsheet's row after a cell with a line break. None for Parquet.
    """

    level: Level
    code: str
    what: str
    remedy: str
    column: str = ""
    row: int | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """Row, line and column in words."""
        row = "" if self.row is None else f"row {self.row}"
        line = "" if self.line is None else f"line {self.line}"
        where = f"{row} ({line})" if row and line else row or line
        return ", ".join(part for part in (where, self.column) if part)

    def __str__(self) -> str:
        return f"{self.place or 'file'}: {self.what}; {self.remedy}"


class ManifestError(InputError):
    """A manifest that no run may start with.

    Parameters
    ----------
    source : Path
    faults : iterable of Fault
        All that were found, warnings too.
    """

    code = "bad_manifest"

    def __init__(self, source: Path, faults: tuple[Fault, ...]) -> None:
        self.source = source
        self.faults = faults
        stopping = [fault for fault in faults if fault.level is Level.FAULT]
        faults_words = listed(stopping, most=FIRST_SHOWN, others=": `hairdensity study check` lists them all")
        super().__init__(f"the manifest {shown(source)} has {faults_words}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self.faults)


class FaultLog:
    """Collects faults while a manifest is read."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def add(self, code: str, what: str, remedy: str, **where: Any) -> None:
        """Note a fault of the whole file, of a column, or of the row and line that ``where`` names."""
        level = where.pop("level", Level.FAULT)
        self._faults.append(Fault(level=level, code=code, what=what, remedy=remedy, **where))

    def at(
        self,
        rows: pd.DataFrame,
        is_wrong: NDArray[np.bool_] | pd.Series | list[bool],
        column: str,
        *,
        code: str,
        what: str | pd.Series,
        remedy: str,
        level: Level = Level.FAULT,
    ) -> None:
        """Note a fault for each row where ``is_wrong``; ``what`` is a text for each, or one with ``{cell}`` in it."""
        wrong = rows.loc[np.asarray(is_wrong, dtype=bool)]
        if wrong.empty:
            return
        if isinstance(what, str):
            template = what
            what = wrong[column].map(lambda cell: template.replace("{cell}", quoted(cell)))
        for text, row, line in zip(what[wrong.index], wrong["row"], wrong["line"], strict=True):
            self.add(
                code,
                text,
                remedy,
                column=column,
                row=int(row),
                line=None if pd.isna(line) else int(line),
                level=level,
            )

    def sorted(self) -> tuple[Fault, ...]:
        """By place: what concerns the whole file first."""
        return tuple(sorted(self._faults, key=lambda fault: (fault.row or 0, fault.level, fault.column, fault.code)))


def listed(faults: Sequence[Fault], *, most: int, others: str = "") -> str:
    """How many faults there are, and the first of them on lines of their own.

    Parameters
    ----------
    faults : sequence of Fault
    most : int
        That are spelled out.
    others : str, optional
        What follows the number of those that are not.
    """
    count = "a fault" if len(faults) == 1 else f"{len(faults)} faults"
    lines = [f"{count}:", *(f"  {fault}" for fault in faults[:most])]
    if len(faults) > most:
        lines.append(f"  and {len(faults) - most} more{others}")
    return "\n".join(lines)


def quoted(cell: Any) -> str:
    """A cell as a message shows it: printable, not too long, text in quotes."""
    if isinstance(cell, float):
        return f"{cell:g}"
    text = shown(str(cell))
    return f"'{text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 3] + '...'}'"
