"""Which changes the primary analysis works on: differences of pictures, or hair to hair where that is known."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from hairdensity.study.outcomes.ancova import ModelSettings
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
