"""Redness of the skin as a matter of safety: the erythema index by arm and visit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from hairdensity.study.outcomes.ancova import ModelSettings
from hairdensity.study.outcomes.descriptives import describe_figure
from hairdensity.study.outcomes.fitting import fit_complete
from hairdensity.study.outcomes.log import Log
from hairdensity.study.outcomes.proportions import wilson_interval
from hairdensity.study.outcomes.values import StudyValues

__all__ = ["REDNESS", "describe_redness"]

Row = dict[str, Any]

REDNESS = "erythema_index"


def describe_redness(values: StudyValues, pairs: pd.DataFrame, settings: ModelSettings, log: Log) -> Iterator[Row]:
    """Yield a row for each arm and visit.

    Parameters
    ----------
    values : StudyValues
        With the figure `REDNESS`.
    pairs : DataFrame
        From `hairdensity.study.outcomes.matched.collect_pairs`: their verdicts say whose redness rose beyond noise.
    settings : ModelSettings
    log : Log
    """
    differences = _differences(values, settings, log)
    verdicts = _verdicts(pairs)
    for row in describe_figure(values, REDNESS, level=settings.level):
        index = _index_of(values, row)
        yield {
            **row,
            "reference": settings.arms[0] if settings.arms else "",
            **differences.get((str(row["arm"]), index), {}),
            **_increased(verdicts, values, str(row["arm"]), index, level=settings.level),
        }


def _index_of(values: StudyValues, row: Row) -> int:
    visits = values.visits
    return int(
        visits.index[(visits["visit"] == row["visit"]) & ((visits["week"] == row["week"]) | visits["week"].isna())][0]
    )


def _verdicts(pairs: pd.DataFrame) -> pd.DataFrame:
    """Whether redness rose in any picture of a patient's visit, of those with a verdict."""
    rows = pairs[(pairs["figure"] == REDNESS) & pairs["verdict"].notna() & (pairs["verdict"] != "")]
    judged = rows.assign(increased=rows["verdict"] == "increase")
    return judged.groupby(["patient", "visit_index"])["increased"].max().reset_index()


def _increased(verdicts: pd.DataFrame, values: StudyValues, arm: str, index: int, *, level: float) -> Row:
    here = verdicts[(verdicts["visit_index"] == index) & (verdicts["patient"].map(values.patients["arm"]) == arm)]
    k, n = int(here["increased"].sum()), len(here)
    if n == 0:
        return {"n_judged": 0, "n_increased": 0}
    low, high = wilson_interval(k, n, level=level)
    return {"n_judged": n, "n_increased": k, "share_increased": k / n, "share_low": low, "share_high": high}


def _differences(values: StudyValues, settings: ModelSettings, log: Log) -> dict[tuple[str, int], Row]:
    """Cells of each arm's difference to the reference, by arm and visit: one model for each visit."""
    cells: dict[tuple[str, int], Row] = {}
    paired = values.paired(REDNESS)
    for index in values.follow_up_indices():
        patients = paired[paired["visit_index"] == index]
        if patients.empty or len(settings.arms) < 2:
            continue
        fit = fit_complete(patients, settings, what=f"redness, {values.visits['visit'][index]}", log=log)
        for arm in fit.arms[1:] if fit else ():
            found = arm.difference
            row = {"difference": found.value, "difference_low": found.low, "difference_high": found.high, "p": found.p}
            cells[arm.arm, index] = row
    return cells
