"""One name for what folders and files name in several ways: a visit, and a code in two letter cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import pandas as pd

from hairdensity.inputs import shown
from hairdensity.study.reading.faults import FaultLog
from hairdensity.study.reading.spelling import refuse_two_spellings
from hairdensity.study.reading.visits import visit_name_key

__all__ = ["with_one_name_each"]

_CODES: Final = ("patient", "site", "visit", "arm", "center")
_NUMBERED: Final = re.compile(r"(v|visit|t|timepoint|fu|follow\W?up)[\s_-]*0*(\d+)")
_SHORT: Final = {"visit": "v", "timepoint": "t"}
_MOST_FILES: Final = 3
"""Files that a note names before it counts the others."""


def with_one_name_each(rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """The rows with the most frequent spelling of each code, and the most frequent name of each visit.

    Codes are taken for one only if letter case alone differs; visits also if their names state one time since baseline
    (``bl``, ``w0`` and ``baseline``) or one number (``v2`` and ``visit 2``). What may be one and is left as it is gets
    a note.

    Parameters
    ----------
    rows : (R, C) DataFrame
        Text, empty where nothing is known.
    notes : list of str
        Takes what was changed, with the files.
    """
    for name in _CODES:
        rows = _renamed(rows, name, str.lower, "the most frequent spelling", notes)
    weeks = _stated_weeks(rows)
    rows = _renamed(rows, "visit", lambda visit: _place(visit, weeks), "the most frequent name of that visit", notes)
    notes += _alike(rows)
    return rows


def _renamed(rows: pd.DataFrame, name: str, same: Callable[[str], str], why: str, notes: list[str]) -> pd.DataFrame:
    """The rows with one cell for all those that ``same`` makes equal."""
    cells = rows[name]
    counts = cells[cells != ""].value_counts()
    usual: dict[str, str] = {}
    new_names: dict[str, str] = {}
    # By count, then by name: what is usual does not depend on the order of files.
    for spelling in sorted(counts.index, key=lambda text: (-counts[text], text)):
        new_names[spelling] = usual.setdefault(same(spelling), spelling)
    for spelling, new_name in new_names.items():
        if spelling != new_name:
            files = _files(rows.loc[cells == spelling, "image"].tolist())
            both = _in_both(rows, name, (spelling, new_name))
            notes.append(f"{name}: {shown(spelling)} is written {shown(new_name)}, {why}: {files}{both}")
    return rows.assign(**{name: cells.map({"": ""} | new_names)})


def _files(images: Sequence[str]) -> str:
    n_more = len(images) - _MOST_FILES
    return ", ".join(map(shown, images[:_MOST_FILES])) + (f" and {n_more} more" if n_more > 0 else "")


def _in_both(rows: pd.DataFrame, name: str, pair: tuple[str, str]) -> str:
    """A warning where one patient and site has pictures under both names of a visit."""
    if name != "visit":
        return ""
    of_pair = rows[rows["visit"].isin(pair)].drop_duplicates(["patient", "site", "visit"])
    patients = sorted(set(of_pair.loc[of_pair.duplicated(["patient", "site"]), "patient"]))
    return f"; {_files(patients)} has both: check that it was one visit" if patients else ""


def _stated_weeks(rows: pd.DataFrame) -> Mapping[str, str]:
    """The week of each visit, where paths state one week for it."""
    stated = rows[(rows["week"] != "") & (rows["visit"] != "")].groupby("visit")["week"]
    return {str(visit): str(weeks.iloc[0]) for visit, weeks in stated if weeks.nunique() == 1}


def _place(visit: str, weeks: Mapping[str, str]) -> str:
    """What two names of one visit have in common."""
    if visit in weeks:
        return f"stated week {weeks[visit]}"
    key = visit_name_key(visit)
    # "baseline 1" and "baseline 2" have one place, and may be two visits.
    is_one_of_several = key.place in (0.0, -0.5) and re.search("[1-9]", visit)
    if key.kind == "time" and not is_one_of_several:
        return f"time {key.place!r}"
    numbered = _NUMBERED.fullmatch(visit.lower())
    if numbered is None:
        return f"name {visit}"
    word = re.sub(r"\W", "", numbered[1])
    return f"{_SHORT.get(word, word[:1])} {int(numbered[2])}"


def _alike(rows: pd.DataFrame) -> list[str]:
    """What a check of the manifest will take for two spellings of one name, and only a person can tell."""
    log = FaultLog()
    refuse_two_spellings(rows.assign(row=range(1, len(rows) + 1), line=None), log)
    return [f"{fault.column}: {fault.what}; left as it is: {fault.remedy}" for fault in log]
