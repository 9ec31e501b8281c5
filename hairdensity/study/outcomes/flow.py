"""The flow of patients and images by arm: in the manifest, with a baseline, analyzed at each visit, lost and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from hairdensity.study.outcomes.values import ANALYZED, StudyValues
from hairdensity.study.outcomes.visits import BASELINE

__all__ = ["STAGES", "follow_patients"]

Row = dict[str, Any]

STAGES = ("in the manifest", "with a baseline", "pictured", "analyzed", "not analyzed", "images excluded")


def follow_patients(values: StudyValues, figure: str) -> Iterator[Row]:
    """Yield the rows of each arm in the order of `STAGES`, those of visits by visit.

    Parameters
    ----------
    values : StudyValues
    figure : str
        The primary one.
    """
    known = values.value[figure].dropna()
    changed = values.change[figure].dropna()
    baseline = set(known.index[known.index.get_level_values("visit_index") == BASELINE].get_level_values("patient"))
    for arm in values.arms:
        patients = set(values.patients.index[values.patients["arm"] == arm])
        images = values.images[values.images["patient"].isin(patients)]
        yield _row(arm, STAGES[0], len(patients), len(images))
        first = images[(images["visit_index"] == BASELINE) & (images["why"] == ANALYZED)]
        yield _row(arm, STAGES[1], len(patients & baseline), len(first))
        for index in values.visits.index:
            analyzed = baseline if index == BASELINE else _at(changed, index)
            here = images[images["visit_index"] == index]
            yield from _visit_rows(arm, values.visit_cells(index), patients, here, analyzed & patients, baseline)
        for why, group in images[images["why"] != ANALYZED].groupby("why"):
            yield _row(arm, STAGES[5], group["patient"].nunique(), len(group), note=str(why))


def _visit_rows(
    arm: str, visit: Row, patients: set[str], here: pd.DataFrame, analyzed: set[str], baseline: set[str]
) -> Iterator[Row]:
    pictured = set(here["patient"])
    used = here[(here["why"] == ANALYZED) & here["patient"].isin(analyzed)]
    yield _row(arm, STAGES[2], len(pictured), len(here)) | visit
    yield _row(arm, STAGES[3], len(analyzed), len(used)) | visit
    lost = patients - analyzed
    why = Counter(_why_lost(patient, here, baseline) for patient in lost)
    note = "; ".join(f"{n} x {reason}" for reason, n in sorted(why.items()))
    yield _row(arm, STAGES[4], len(lost), int(here["patient"].isin(lost).sum()), note=note) | visit


def _why_lost(patient: str, here: pd.DataFrame, baseline: set[str]) -> str:
    own = here.loc[here["patient"] == patient, "why"]
    if own.empty:
        return "no picture"
    if (own == ANALYZED).any():
        return "no baseline" if patient not in baseline else "no baseline of this site"
    return str(own.value_counts().index[0])


def _at(changed: pd.Series, index: int) -> set[str]:
    places = changed.index.get_level_values("visit_index") == index
    return set(changed.index[places].get_level_values("patient"))


def _row(arm: str, stage: str, n_patients: int, n_images: int, *, note: str = "") -> Row:
    row: Row = {"arm": arm, "stage": stage, "week": float("nan"), "visit": ""}
    return row | {"n_patients": n_patients, "n_images": n_images, "note": note}
