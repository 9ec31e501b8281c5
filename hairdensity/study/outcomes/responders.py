"""Shares of patients who changed by what the plan calls a response; without a threshold in the plan there are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from hairdensity.metrics.figures import info_of
from hairdensity.study.outcomes.log import Log
from hairdensity.study.outcomes.proportions import compare_shares, wilson_interval
from hairdensity.study.outcomes.settling import SettledPlan
from hairdensity.study.outcomes.values import StudyValues
from hairdensity.study.plan import Responder

__all__ = ["MISSING_FAILS", "count_responders"]

Row = dict[str, Any]

MISSING_FAILS = "intention to treat; missing patients count as non-responders"
COMPLETE = "patients with baseline and visit"


def count_responders(values: StudyValues, settled: SettledPlan, responder: Responder, log: Log) -> Iterator[Row]:
    """Yield a row for each follow-up visit, set of patients and arm.

    Parameters
    ----------
    values : StudyValues
    settled : SettledPlan
    responder : Responder
    log : Log
        Takes visits at which an arm has nobody with a change: its patients are not failures, nobody looked.
    """
    changes = values.change[responder.figure].unstack("visit_index").reindex(values.patients.index)
    for index in values.follow_up_indices():
        change = changes[index] if index in changes else pd.Series(float("nan"), index=changes.index)
        if unseen := _unseen_arms(change, values, settled):
            what = f"responders, {info_of(responder.figure).title}, {values.visits['visit'][index]}"
            log.refuse(what, f"no patient with baseline and visit: {', '.join(unseen)}")
            continue
        responds = change >= responder.threshold if responder.threshold > 0 else change <= responder.threshold
        for analysis_set, is_in in ((MISSING_FAILS, pd.Series(True, index=change.index)), (COMPLETE, change.notna())):
            for row in _arm_rows(responds[is_in], values.patients.loc[is_in, "arm"], settled):
                yield {
                    "figure": responder.figure,
                    "unit": info_of(responder.figure).unit,
                    "threshold": responder.threshold,
                    **values.visit_cells(index),
                    "analysis_set": analysis_set,
                    "stated_in": responder.stated_in,
                    **row,
                }


def _unseen_arms(change: pd.Series, values: StudyValues, settled: SettledPlan) -> list[str]:
    seen = set(values.patients.loc[change.notna(), "arm"])
    return [arm for arm in settled.arms if arm not in seen]


def _arm_rows(responds: pd.Series, arm: pd.Series, settled: SettledPlan) -> Iterator[Row]:
    level = settled.plan.interval_level
    counts = {name: (int(responds[arm == name].sum()), int((arm == name).sum())) for name in settled.arms}
    for place, (name, (k, n)) in enumerate(counts.items()):
        low, high = wilson_interval(k, n, level=level)
        row: Row = {"arm": name, "reference": settled.arms[0], "n": n, "n_responders": k}
        row |= {"share": k / n if n else float("nan"), "low": low, "high": high}
        if place:
            found = compare_shares(k, n, *counts[settled.arms[0]], level=level)
            row |= {"difference": found.value, "difference_low": found.low, "difference_high": found.high, "p": found.p}
        yield row
