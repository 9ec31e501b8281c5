"""Dose and response among treated patients, within the arms: needle depth, sessions, interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hairdensity.metrics.figures import info_of
from hairdensity.study.outcomes.ancova import ModelSettings, fit_least_squares
from hairdensity.study.outcomes.designs import Design, adjusting_columns, independent_columns
from hairdensity.study.outcomes.log import Log
from hairdensity.study.outcomes.multiplicity import adjust_holm
from hairdensity.study.outcomes.primary import Analysis
from hairdensity.study.outcomes.refusals import RefusedAnalysisError
from hairdensity.study.outcomes.settling import SettledPlan
from hairdensity.study.outcomes.statistics import Contrast, contrast
from hairdensity.study.outcomes.values import StudyValues

__all__ = ["respond_to_doses"]

Row = dict[str, Any]


def respond_to_doses(values: StudyValues, primary: Analysis, settled: SettledPlan, log: Log) -> list[Row]:
    """A row for each dose: how much the adjusted change of the primary figure grows with it at the primary visit.

    Patients chose or tolerated their dose: a slope is no effect unless the dose was assigned by chance.

    Parameters
    ----------
    values : StudyValues
    primary : Analysis
    settled : SettledPlan
    log : Log
    """
    figure, settings = settled.plan.primary_figure, primary.settings
    at_visit = primary.at(settled.primary_index)
    rows: list[Row] = []
    if at_visit.empty and values.is_withheld(figure):
        return rows
    for dose in settled.plan.dose_columns:
        given = _dose(values, dose, settled.primary_index)
        patients = at_visit.assign(dose=at_visit["patient"].map(given)).dropna(subset=["dose", *settings.covariates])
        try:
            slope, notes = _slope(patients, dose, settings)
        except RefusedAnalysisError as error:
            log.refuse(f"dose-response, {dose}", error)
            continue
        log.note(f"dose-response, {dose}", notes)
        found = {"slope": slope.value, "se": slope.se, "low": slope.low, "high": slope.high, "p": slope.p}
        rows.append({"figure": figure, "dose": dose, "unit": info_of(figure).unit, "n": len(patients), **found})
    for row, p in zip(rows, adjust_holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = float(p)
    return rows


def _dose(values: StudyValues, dose: str, until: int) -> pd.Series:
    """What each patient had by the visit: the last that is stated; 0 and nothing stated is no treatment."""
    images = values.images
    if dose not in images:
        return pd.Series(dtype=np.float64)
    stated = images.assign(dose=pd.to_numeric(images[dose], errors="coerce"))
    stated = stated[(stated["visit_index"] <= until) & (stated["dose"] > 0)].sort_values("visit_index", kind="stable")
    return stated.groupby("patient")["dose"].last()


def _slope(patients: pd.DataFrame, dose: str, settings: ModelSettings) -> tuple[Contrast, tuple[str, ...]]:
    if patients.empty:
        raise RefusedAnalysisError(f"no analyzed patient has {dose} stated; add the column to the manifest")
    spread = patients.groupby("arm")["dose"].agg(lambda doses: doses.max() - doses.min())
    if (spread <= 0).all():
        raise RefusedAnalysisError(
            f"the column {dose} has one value for all patients of an arm: its effect cannot be told from the arm's; a "
            "trial that compares doses assigns several within an arm"
        )
    design = _design(patients, dose, settings)
    if dose not in design.names:
        raise RefusedAnalysisError(f"{dose} cannot be told from baseline, center or covariates")
    params, covariance, _ = fit_least_squares(
        patients["change"].to_numpy(np.float64), design, is_robust=settings.is_robust
    )
    place, df = design.names.index(dose), len(patients) - design.matrix.shape[1]
    return contrast(
        float(params[place]), float(np.sqrt(covariance[place, place])), df, level=settings.level
    ), design.notes


def _design(patients: pd.DataFrame, dose: str, settings: ModelSettings) -> Design:
    """Intercept, arms, baseline and the rest, and the dose at the end: what the others explain is not its own."""
    arms = sorted(patients["arm"].unique())[1:]
    own = [(patients["arm"] == arm).to_numpy(np.float64) for arm in arms]
    more = adjusting_columns(patients, with_center=settings.with_center, covariates=settings.covariates)
    baseline, given = (patients[name].to_numpy(np.float64) for name in ("baseline", "dose"))
    centered = (baseline - baseline.mean(), more.matrix, given - given.mean())
    matrix = np.column_stack([np.ones(len(patients)), *own, *centered])
    names = ("intercept", *(f"arm={arm}" for arm in arms), "baseline", *more.names, dose)
    return independent_columns(Design(matrix, names, more.notes), n_first=1 + len(arms))
