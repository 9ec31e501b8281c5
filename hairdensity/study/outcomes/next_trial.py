"""The next trial's size from this trial's spread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from hairdensity.metrics.figures import info_of
from hairdensity.study.outcomes.ancova import AncovaFit
from hairdensity.study.outcomes.fitting import complete_patients, fit_complete
from hairdensity.study.outcomes.log import Log
from hairdensity.study.outcomes.primary import Analysis
from hairdensity.study.outcomes.sample_size import patients_per_arm, with_dropout
from hairdensity.study.outcomes.settling import SettledPlan
from hairdensity.study.outcomes.values import StudyValues

__all__ = ["size_next_trial"]

Row = dict[str, Any]


def size_next_trial(values: StudyValues, primary: Analysis, settled: SettledPlan, log: Log) -> list[Row]:
    """Rows for the observed differences of the primary analysis and for those that the plan states.

    Parameters
    ----------
    values : StudyValues
    primary : Analysis
    settled : SettledPlan
    log : Log
    """
    plan, settings = settled.plan, replace(primary.settings, is_robust=False)
    here = primary.at(settled.primary_index)
    if here.empty and values.is_withheld(plan.primary_figure):
        return []
    fit = fit_complete(here, settings, what="sample size", log=log)
    if fit is None:
        return []
    here = complete_patients(here, settings)
    n_patients = int(values.patients["arm"].isin(settings.arms).sum())
    dropout = plan.dropout if plan.dropout is not None else 1 - len(here) / n_patients
    common = {
        "figure": plan.primary_figure,
        "unit": info_of(plan.primary_figure).unit,
        "sd": fit.residual_sd,
        "correlation": _correlation(here),
        "power": plan.power,
        "alpha": plan.alpha,
        "dropout": dropout,
    }
    rows = []
    for basis, difference in _differences(fit, plan.sample_size_differences):
        try:
            n = patients_per_arm(difference, fit.residual_sd, alpha=plan.alpha, power=plan.power)
        except ValueError as error:
            log.refuse(f"sample size, {basis}", error)
            continue
        sizes = {"n_analyzed_per_arm": n, "n_per_arm": with_dropout(n, dropout)}
        rows.append({**common, "difference": difference, "basis": basis, **sizes})
    return rows


def _differences(fit: AncovaFit, stated: tuple[float, ...]) -> Iterator[tuple[str, float]]:
    for arm in fit.arms[1:]:
        yield f"observed: {arm.arm}", abs(arm.difference.value)
    for difference in stated:
        yield "stated in the plan", abs(difference)


def _correlation(patients: pd.DataFrame) -> float:
    """Of baseline and visit, within arms."""
    visit = patients["baseline"] + patients["change"]
    before, after = (part - part.groupby(patients["arm"]).transform("mean") for part in (patients["baseline"], visit))
    scale = float(np.sqrt((before**2).sum() * (after**2).sum()))
    return float((before * after).sum() / scale) if scale > 0 else float("nan")
