"""Which changes the primary analysis works on: differences of pictures, or hair to hair where that is known."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from hairdensity.metrics.figures import info_of
from hairdensity.study.outcomes.ancova import ModelSettings
from hairdensity.study.outcomes.log import Log
from hairdensity.study.outcomes.matched import combined_changes
from hairdensity.study.outcomes.settling import SettledPlan
from hairdensity.study.outcomes.values import StudyValues

__all__ = [
    "ITT",
    "MATCHED_SET",
    "PICTURES_SET",
    "Analysis",
    "changes_of_pictures",
    "matched_changes",
    "note_unmatched",
    "primary_analysis",
]

ITT = "intention to treat"
MATCHED_SET = f"{ITT}; hair-to-hair change where registered, HC3"
PICTURES_SET = f"{ITT}; difference of the pictures"


class Analysis(NamedTuple):
    """Patients and the way to analyze them.

    Parameters
    ----------
    name : str
        The ``analysis_set`` of its rows.
    rows : DataFrame
        As `StudyValues.paired` gives it, of all visits after the baseline.
    settings : ModelSettings
    """

    name: str
    rows: pd.DataFrame
    settings: ModelSettings

    def at(self, index: int) -> pd.DataFrame:
        """The rows of one visit."""
        return self.rows[self.rows["visit_index"] == index]


def primary_analysis(
    values: StudyValues, pairs: pd.DataFrame, settled: SettledPlan, settings: ModelSettings
) -> Analysis:
    """The analysis of the primary figure that the plan chose.

    Parameters
    ----------
    values : StudyValues
    pairs : DataFrame
        From `hairdensity.study.outcomes.matched.collect_pairs`.
    settled : SettledPlan
    settings : ModelSettings
    """
    if settled.plan.primary_change == "matched":
        return matched_changes(values, pairs, settled, settings)
    return changes_of_pictures(values, settled, settings)._replace(name=ITT)


def changes_of_pictures(values: StudyValues, settled: SettledPlan, settings: ModelSettings) -> Analysis:
    """Each picture on its own target area, all patients with both visits."""
    plan = settled.plan
    return Analysis(PICTURES_SET, values.paired(plan.primary_figure, response=plan.response), settings)


def matched_changes(
    values: StudyValues, pairs: pd.DataFrame, settled: SettledPlan, settings: ModelSettings
) -> Analysis:
    """Hair to hair where the pictures were registered, else the difference of the same two pictures.

    Nobody is left out for a refused registration. Matched changes scatter less: the errors are HC3's.
    """
    plan = settled.plan
    rows = combined_changes(pairs, values, plan.primary_figure, response=plan.response)
    return Analysis(MATCHED_SET, rows, replace(settings, is_robust=True))


def note_unmatched(values: StudyValues, pairs: pd.DataFrame, settled: SettledPlan, log: Log) -> None:
    """Say at which visits a primary analysis of matched changes has none, and is one of pictures whatever its name."""
    figure = settled.plan.primary_figure
    if settled.plan.primary_change != "matched":
        return
    matched = set(pairs.loc[pairs["is_matched"] & (pairs["figure"] == figure), "visit_index"])
    without = [str(values.visits["visit"][index]) for index in values.follow_up_indices() if index not in matched]
    if without:
        note = (
            f"primary_change is matched, but no comparison of {info_of(figure).title} was registered at "
            f"{', '.join(without)}: the analysis named {MATCHED_SET!r} is there that of the pictures' differences"
        )
        log.note("", [note])
