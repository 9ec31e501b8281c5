"""The visits of a study and the images that belong to them: one order of visits for all patients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["BASELINE", "StudyImages", "at_control_site", "order_images", "text_of"]

BASELINE = 0
"""``visit_index`` of the planned baseline, the same visit for every patient."""


class StudyImages(NamedTuple):
    """Images with their place in the study.

    Parameters
    ----------
    rows : (N, ...) DataFrame
        The images table with ``visit_index`` (int, 0 is the baseline; below 0 lies before it) and texts without gaps.
    visits : (V, 2) DataFrame
        ``visit`` (its most frequent name) and ``week`` by ``visit_index``, in order of time.
    """

    rows: pd.DataFrame
    visits: pd.DataFrame


_TEXTS = ("patient", "site", "visit", "arm", "center", "status", "error_code", "quality", "control_site")


def text_of(table: pd.DataFrame, name: str) -> pd.Series:
    """A column as text without gaps; empty texts where the table has no such column."""
    if name not in table:
        return pd.Series("", index=table.index, dtype=object)
    return table[name].astype(object).where(table[name].notna(), "").astype(str).astype(object)


def order_images(images: pd.DataFrame) -> StudyImages:
    """Put every image to its visit.

    Visits go by their week; one whose week is not stated anywhere goes by name, and then all do, in the order of
    ``visit_number``. The baseline is the last visit until week 0, else the last that ``visit_number`` puts there: a
    patient who missed it has no baseline, whichever visit of this patient came first.

    Parameters
    ----------
    images : (N, ...) DataFrame
        The images table of a study.
    """
    # A copy is one block of memory: tables that were put together column by column are slow.
    rows = images.copy().assign(**{name: text_of(images, name) for name in _TEXTS})
    week = pd.to_numeric(rows["week"], errors="coerce") if "week" in rows else pd.Series(np.nan, index=rows.index)
    week = week.fillna(week.groupby(rows["visit"]).transform("median"))
    by_week = bool(week.notna().all()) and len(rows) > 0
    key = week if by_week else rows["visit"]
    number = pd.to_numeric(rows["visit_number"], errors="coerce")
    facts = pd.DataFrame({"key": key, "visit": rows["visit"], "week": week, "number": number}).groupby("key")
    # The mean number: who missed a visit counts the next one lower, and medians may tie.
    visits = facts.agg({"visit": _most_frequent, "week": "median", "number": "mean"})
    visits = visits.sort_values("week" if by_week else "number", kind="stable")
    visits["visit_index"] = np.arange(len(visits)) - _baseline_place(visits)
    rows["visit_index"] = key.map(visits["visit_index"]).astype(int)
    return StudyImages(rows, visits.set_index("visit_index")[["visit", "week"]])


def _baseline_place(visits: pd.DataFrame) -> int:
    """Place of the baseline among the sorted visits; -1, before the first, where no visit is one."""
    for column in ("week", "number"):
        until = np.flatnonzero(visits[column] <= 0)
        if len(until):
            return int(until[-1])
    return -1


def _most_frequent(names: pd.Series) -> str:
    return str(names.value_counts().index[0])


def at_control_site(images: pd.DataFrame) -> NDArray[np.bool_]:
    """(N,) which pictures are of a site that another one of the patient names as its untreated control."""
    controls = {(p, s) for p, s in zip(images["patient"], images["control_site"], strict=True) if s}
    sites = zip(images["patient"], images["site"], strict=True)
    return np.array([place in controls for place in sites], dtype=np.bool_)
