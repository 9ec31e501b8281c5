"""From the tables of a study and its plan to its outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from hairdensity.errors import InputError
from hairdensity.metrics import CM2_PER_INCH2
from hairdensity.study.folder import StudyTables
from hairdensity.study.outcomes.comparing import adjust_families, compare_arms, compare_over_visits, model_settings
from hairdensity.study.outcomes.descriptives import describe_figure
from hairdensity.study.outcomes.doses import respond_to_doses
from hairdensity.study.outcomes.flow import follow_patients
from hairdensity.study.outcomes.hair_fates import describe_fates
from hairdensity.study.outcomes.log import Log
from hairdensity.study.outcomes.matched import collect_pairs, compare_matched
from hairdensity.study.outcomes.next_trial import size_next_trial
from hairdensity.study.outcomes.primary import Analysis, note_unmatched, primary_analysis
from hairdensity.study.outcomes.responders import count_responders
from hairdensity.study.outcomes.safety import REDNESS, describe_redness
from hairdensity.study.outcomes.settling import SettledPlan, settle_plan
from hairdensity.study.outcomes.values import StudyValues, collect_values
from hairdensity.study.outcomes.visits import order_images
from hairdensity.study.plan import Plan

__all__ = ["Outcomes", "analyze_outcomes"]

Row = dict[str, Any]

_PER_INCH2 = {
    "density_per_cm2": "density_per_inch2",
    "unit_density_per_cm2": "unit_density_per_inch2",
}
"""The same figures of the same area, 6.4516 times as large: never another analysis."""

_SCALED = {
    "descriptives": (*("mean", "sd", "median", "q1", "q3", "change_mean", "change_sd", "change_low", "change_high"),),
    "ancova": ("adjusted_mean", "adjusted_se", "adjusted_low", "adjusted_high", "difference", "se", "low", "high"),
}

_MATCHED_NOTE = (
    "Hair-to-hair change holds for the skin that both pictures show; where pictures were not registered, the "
    "difference of the same two pictures stands in for it, so that nobody is left out. Its errors are HC3's, since the "
    "two scatter differently. Which change is the primary one is the plan's choice."
)

_SHARES_NOTE = (
    "Shares and ratios are analyzed as plain numbers: intervals near 0 or 1 may reach beyond what there can be, and "
    "the mean ratio of patients is no ratio of means."
)

_STANDING_NOTES = (
    "Adjusted means hold at the mean baseline and covariates of the analyzed patients.",
    (
        "Patients without the visit are missing, not failures: the ANCOVA analyzes those with baseline and visit as "
        "assigned, the mixed model all visits, which holds when visits are missing by what was seen before."
    ),
    (
        "The mixed model takes visits of one patient as equally correlated (random intercept), with Satterthwaite's "
        "degrees of freedom; it is no model with free correlations between visits."
    ),
    "Intervals are not adjusted for the number of comparisons; only p_holm is, within its family.",
    "Nothing here says whether a change matters to patients: no such threshold is published.",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcomes:
    """The outcome tables of a study.

    Parameters
    ----------
    plan : Plan
        Without gaps.
    arms : tuple of str
        The reference first.
    sources : mapping
        What was analyzed: names and hashes.
    tables : mapping of str to list of dict
        Rows by the keys of `hairdensity.study.outcomes.columns.OUTCOME_TABLES`.
    notes : tuple of str
    refused : tuple of dict
        ``what`` was not analyzed, and the ``reason``.
    """

    plan: Plan
    arms: tuple[str, ...]
    sources: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, list[Row]]
    notes: tuple[str, ...]
    refused: tuple[dict[str, str], ...]


def analyze_outcomes(
    tables: StudyTables, plan: Plan | None = None, *, sources: Mapping[str, Any] | None = None
) -> Outcomes:
    """Analyze a study.

    Parameters
    ----------
    tables : StudyTables
        Images and changes; matches and unit_matches where hair fates are wanted.
    plan : Plan, optional
        What the study said it would analyze; defaults otherwise, which the notes name.
    sources : mapping, optional
        Kept in the outcomes.

    Raises
    ------
    PlanError
        If the plan asks for what the study does not have; every fault is named.
    InputError
        If there is no image with a result.
    MissingDependencyError
        If statsmodels is not installed.
    """
    if not len(tables.images) or not (tables.images["status"] == "ok").any():
        raise InputError("the study has no image with a result; see error_message in its images table")
    study = order_images(tables.images)
    settled = settle_plan(plan or Plan(), study)
    log = Log()
    log.note("", settled.notes)
    values = collect_values(study, settled.plan, _figures(settled.plan, tables))
    log.note("", values.notes)
    for refusal in values.refusals:
        log.refuse(f"pooling {refusal.what}", refusal.reason)
    found = _analyze(values, settled, tables, log)
    log.note("", _STANDING_NOTES)
    return Outcomes(
        plan=settled.plan,
        arms=settled.arms,
        sources=dict(sources or {}),
        tables=found,
        notes=log.notes,
        refused=log.refused,
    )


def _figures(plan: Plan, tables: StudyTables) -> tuple[str, ...]:
    """All that is averaged: the plan's, those of responders, and redness."""
    more = [responder.figure for responder in plan.responders]
    more += [REDNESS] if REDNESS in tables.images else []
    return tuple(dict.fromkeys((*plan.figures, *more)))


def _analyze(values: StudyValues, settled: SettledPlan, tables: StudyTables, log: Log) -> dict[str, list[Row]]:
    plan, settings = settled.plan, model_settings(settled)
    level = settings.level
    pairs = collect_pairs(tables.changes, values)
    is_comparable = _are_comparable(values, settled, log)
    note_unmatched(values, pairs, settled, log)
    described = settings if is_comparable else replace(settings, arms=())
    primary = primary_analysis(values, pairs, settled, settings)
    found: dict[str, list[Row]] = {
        "flow": list(follow_patients(values, plan.primary_figure)),
        "descriptives": [row for figure in plan.figures for row in describe_figure(values, figure, level=level)],
        "matched": list(compare_matched(pairs, values, plan.figures, described, log)),
        "hairs": list(describe_fates(pairs, tables.matches, tables.unit_matches, values, level=level)),
        "dose_response": respond_to_doses(values, primary, settled, log),
    }
    if is_comparable:
        found |= _compare(values, pairs, primary, settled, log)
    if REDNESS in tables.images:
        found["safety"] = list(describe_redness(values, pairs, described, log))
        log.note("", ["Redness (erythema index) compares pictures of one device, light and setting only."])
    if found["matched"]:
        log.note("", [_MATCHED_NOTE])
    if any("fraction" in figure or "ratio" in figure for figure in plan.figures):
        log.note("", [_SHARES_NOTE])
    return {name: _per_inch2(rows, _SCALED.get(name, ())) for name, rows in found.items()}


def _compare(
    values: StudyValues, pairs: pd.DataFrame, primary: Analysis, settled: SettledPlan, log: Log
) -> dict[str, list[Row]]:
    """What needs two arms."""
    responders = settled.plan.responders
    if not responders:
        log.refuse("responders", "the plan states no threshold: which change is a response must be stated beforehand")
    return {
        "ancova": adjust_families(compare_arms(values, pairs, settled, log)),
        "mixed": adjust_families(compare_over_visits(values, settled, log)),
        "responders": [row for responder in responders for row in count_responders(values, settled, responder, log)],
        "sample_size": size_next_trial(values, primary, settled, log),
    }


def _are_comparable(values: StudyValues, settled: SettledPlan, log: Log) -> bool:
    """At least two arms, each patient in one of them."""
    if len(settled.arms) < 2:
        log.refuse("comparison of arms", f"the study has {len(settled.arms)} named arm; column arm names two or more")
        return False
    n_arms = (
        values.images.loc[values.images["arm"] != "", ["patient", "arm"]].drop_duplicates()["patient"].value_counts()
    )
    if several := sorted(n_arms.index[n_arms > 1]):
        log.refuse(
            "comparison of arms",
            f"{len(several)} patients have more than one arm, e.g. {several[0]}: arms within a patient (split scalp) "
            "need a paired analysis, which is not made; name one site in the plan",
        )
        return False
    return True


def _per_inch2(rows: Sequence[Row], scaled: tuple[str, ...]) -> list[Row]:
    """Add the rows of densities per inch2 behind those per cm2."""
    if not scaled:
        return list(rows)
    figures = dict.fromkeys(row["figure"] for row in rows)
    found: list[Row] = []
    for figure in figures:
        own = [row for row in rows if row["figure"] == figure]
        found += own
        if figure in _PER_INCH2:
            found += [_restated(row, scaled) for row in own]
    return found


def _restated(row: Row, scaled: tuple[str, ...]) -> Row:
    numbers = {name: row[name] * CM2_PER_INCH2 for name in scaled}
    return {**row, "figure": _PER_INCH2[row["figure"]], "unit": "/inch2", **numbers}
