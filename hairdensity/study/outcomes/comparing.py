"""The arms compared: analysis of covariance at each visit, in each set of patients, and the mixed model over visits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from hairdensity.metrics.figures import info_of
from hairdensity.study.outcomes.ancova import AncovaFit, ModelSettings
from hairdensity.study.outcomes.fitting import complete_patients, fit_complete
from hairdensity.study.outcomes.log import Log
from hairdensity.study.outcomes.multiplicity import adjust_holm
from hairdensity.study.outcomes.primary import (
    ITT,
    Analysis,
    changes_of_pictures,
    matched_changes,
    primary_analysis,
)
from hairdensity.study.outcomes.refusals import RefusedAnalysisError
from hairdensity.study.outcomes.repeated import fit_repeated
from hairdensity.study.outcomes.settling import SettledPlan
from hairdensity.study.outcomes.values import StudyValues
from hairdensity.study.outcomes.visits import text_of

__all__ = ["PER_PROTOCOL", "adjust_families", "compare_arms", "compare_over_visits", "model_settings"]

Row = dict[str, Any]

PER_PROTOCOL = "per protocol"


def model_settings(settled: SettledPlan) -> ModelSettings:
    """What the plan adjusts for."""
    plan = settled.plan
    return ModelSettings(
        arms=settled.arms, level=plan.interval_level, with_center=plan.use_center, covariates=plan.covariates
    )


def compare_arms(values: StudyValues, pairs: pd.DataFrame, settled: SettledPlan, log: Log) -> list[Row]:
    """Rows of the ANCOVA: each figure and visit, then the primary one in other sets and by other methods.

    Parameters
    ----------
    values : StudyValues
    pairs : DataFrame
        From `hairdensity.study.outcomes.matched.collect_pairs`.
    settled : SettledPlan
    log : Log
    """
    plan, settings = settled.plan, model_settings(settled)
    rows: list[Row] = []
    for figure in plan.figures:
        analysis = Analysis(ITT, values.paired(figure, response=plan.response), settings)
        if figure == plan.primary_figure:
            analysis = primary_analysis(values, pairs, settled, settings)
        for index in values.follow_up_indices():
            label = _Label(values, figure, index, analysis.name, _family(settled, figure, index))
            rows += _ancova_rows(analysis.at(index), analysis.settings, label, log)
    for name, patients, changed in _other_analyses(values, pairs, settled, settings):
        label = _Label(values, plan.primary_figure, settled.primary_index, name, "")
        rows += _ancova_rows(patients, changed, label, log)
    return rows


class _Label:
    """What stands in front of the rows of one model."""

    def __init__(self, values: StudyValues, figure: str, index: int, analysis_set: str, family: str) -> None:
        self.cells: Row = {"figure": figure, "unit": info_of(figure).unit, **values.visit_cells(index)}
        self.cells |= {"analysis_set": analysis_set, "family": family}
        self.text = f"{info_of(figure).title}, {self.cells['visit']}, {analysis_set}"
        self.is_withheld = values.is_withheld(figure)


def _family(settled: SettledPlan, figure: str, index: int) -> str:
    if index != settled.primary_index:
        return ""
    return "primary" if figure == settled.plan.primary_figure else "secondary"


def _ancova_rows(patients: pd.DataFrame, settings: ModelSettings, label: _Label, log: Log) -> list[Row]:
    if patients.empty and label.is_withheld:
        return []
    what = f"ANCOVA, {label.text}"
    _note_incomplete(patients, settings, label, log)
    fit = fit_complete(patients, settings, what=what, log=log)
    if fit is None:
        return []
    log.note(what, fit.notes)
    return list(arm_rows(fit, settings, label.cells))


def arm_rows(fit: AncovaFit, settings: ModelSettings, cells: Row) -> Iterator[Row]:
    """Yield a row for each arm of a model."""
    for arm in fit.arms:
        mean, difference = arm.mean, arm.difference
        yield {
            **cells,
            "arm": arm.arm,
            "reference": settings.arms[0],
            "n": arm.n,
            "adjusted_mean": mean.value,
            "adjusted_se": mean.se,
            "adjusted_low": mean.low,
            "adjusted_high": mean.high,
            "difference": difference.value,
            "se": difference.se,
            "low": difference.low,
            "high": difference.high,
            "df": arm.df,
            "p": difference.p,
        }


def _note_incomplete(patients: pd.DataFrame, settings: ModelSettings, label: _Label, log: Log) -> None:
    n_lacking = int(patients["arm"].isin(settings.arms).sum()) - len(complete_patients(patients, settings))
    if n_lacking:
        log.note(label.text, [f"{n_lacking} patients without all covariates are left out"])


def _other_analyses(
    values: StudyValues, pairs: pd.DataFrame, settled: SettledPlan, settings: ModelSettings
) -> Iterator[tuple[str, pd.DataFrame, ModelSettings]]:
    """Yield the primary analysis in other sets of patients and by other methods: name, patients, settings."""
    plan, index = settled.plan, settled.primary_index
    primary = primary_analysis(values, pairs, settled, settings)
    at_visit = primary.at(index)
    if plan.per_protocol is not None:
        is_in = text_of(at_visit, plan.per_protocol).str.casefold().isin({"1", "1.0", "yes", "y", "true"})
        yield PER_PROTOCOL, at_visit[is_in], primary.settings
    if "hc3" in plan.sensitivity and not primary.settings.is_robust:
        yield f"{ITT}; HC3 standard errors", at_visit, replace(settings, is_robust=True)
    if "locf" in plan.sensitivity:
        until = primary.rows[primary.rows["visit_index"] <= index].sort_values("visit_index", kind="stable")
        yield f"{primary.name}; last visit carried forward", until.groupby("patient").tail(1), primary.settings
    if plan.primary_change == "matched":
        pictures = changes_of_pictures(values, settled, settings)
        yield pictures.name, pictures.at(index), pictures.settings
    elif "matched" in plan.sensitivity and pairs["is_matched"].any():
        matched = matched_changes(values, pairs, settled, settings)
        yield matched.name, matched.at(index), matched.settings


def compare_over_visits(values: StudyValues, settled: SettledPlan, log: Log) -> list[Row]:
    """Rows of the mixed model: each figure at each visit."""
    plan, settings = settled.plan, model_settings(settled)
    rows: list[Row] = []
    for figure in plan.figures:
        what = f"mixed model, {info_of(figure).title}"
        label = _Label(values, figure, settled.primary_index, ITT, "")
        patients = values.paired(figure, response=plan.response)
        if patients.empty and label.is_withheld:
            continue
        _note_incomplete(patients, settings, label, log)
        try:
            fits = fit_repeated(complete_patients(patients, settings), settings)
        except RefusedAnalysisError as error:
            log.refuse(what, error)
            continue
        log.note(what, fits.notes)
        for index, fit in fits.by_visit.items():
            rows += arm_rows(fit, settings, _Label(values, figure, index, ITT, "").cells)
    return rows


def adjust_families(rows: Sequence[Row]) -> list[Row]:
    """Add Holm's p within the family of primary tests and that of secondary ones; other tests are not adjusted."""
    adjusted = [{**row, "p_holm": np.nan} for row in rows]
    for family in ("primary", "secondary"):
        members = [row for row in adjusted if row["family"] == family]
        for row, p in zip(members, adjust_holm([row["p"] for row in members]), strict=True):
            row["p_holm"] = float(p)
    return adjusted
