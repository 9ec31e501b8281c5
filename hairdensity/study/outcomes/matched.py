"""Hair-to-hair change where the pictures were shown to be of the same skin, beside the difference of the same pictures.

The change of a pair that was not registered is the difference of two pictures at about the same site: it estimates the
same change with more error. Leaving such patients out would choose patients by what happened to their skin; so the
difference between arms over all patients stays the main analysis, and matched change is shown beside it: alone, and
filled up with unmatched differences where it is not known (`combined_changes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from hairdensity.metrics.figures import info_of
from hairdensity.study.outcomes.ancova import AdjustedArm, ModelSettings
from hairdensity.study.outcomes.fitting import fit_complete
from hairdensity.study.outcomes.log import Log
from hairdensity.study.outcomes.statistics import Sample, summarize
from hairdensity.study.outcomes.values import PER_AREA, StudyValues, mean_over_sites
from hairdensity.study.outcomes.visits import BASELINE, text_of
from hairdensity.study.tables import are_registered

__all__ = ["collect_pairs", "combined_changes", "compare_matched"]

Row = dict[str, Any]

_NUMBERS = ("baseline", "value", "unmatched_value")


def collect_pairs(changes: pd.DataFrame, values: StudyValues) -> pd.DataFrame:
    """Rows of the changes table whose both pictures are readable, with ``visit_index`` and ``is_matched``.

    Comparisons with another visit than the planned baseline are left out.

    Parameters
    ----------
    changes : (N, ...) DataFrame
        `hairdensity.study.columns.CHANGES`.
    values : StudyValues
    """
    used = values.images[values.images["readable"]].set_index("row")["visit_index"]
    index, before = changes["row"].map(used), changes["baseline_row"].map(used)
    chosen = (text_of(changes, "status") == "ok") & index.notna() & (before == BASELINE)
    pairs = changes[chosen].assign(visit_index=index[chosen].astype(int))
    texts = {name: text_of(pairs, name) for name in ("patient", "site", "reason")}
    return pairs.assign(is_matched=are_registered(pairs), **texts)


def compare_matched(
    pairs: pd.DataFrame, values: StudyValues, figures: tuple[str, ...], settings: ModelSettings, log: Log
) -> Iterator[Row]:
    """Yield a row for each figure, visit and arm.

    Parameters
    ----------
    pairs : DataFrame
        From `collect_pairs`.
    values : StudyValues
    figures : tuple of str
    settings : ModelSettings
    log : Log
    """
    for figure in figures:
        rows = pairs[pairs["figure"] == figure]
        matched = _by_patient(rows[rows["is_matched"]], values)
        for index in values.follow_up_indices():
            here = matched[matched["visit_index"] == index]
            if not len(rows) or here.empty:
                continue
            cells = {"figure": figure, "unit": info_of(figure).unit, **values.visit_cells(index)}
            fitted = _fitted(here, settings, f"matched change, {info_of(figure).title}, {cells['visit']}", log)
            for arm in values.arms:
                own = here[here["arm"] == arm]
                yield {
                    **cells,
                    "arm": arm,
                    **_sample(own, settings.level),
                    **_not_registered(rows[rows["visit_index"] == index], own, values, arm),
                    **_difference(fitted.get(arm), settings),
                }


def combined_changes(pairs: pd.DataFrame, values: StudyValues, figure: str, *, response: str) -> pd.DataFrame:
    """Changes of a figure by patient and visit: hair to hair where known, else the difference of the pictures.

    Who was not compared at all, since that failed, counts with the difference of the pictures too. Differences of
    pictures whose target areas are not those of the others are left out, as they are everywhere else.

    Returns
    -------
    DataFrame
        As `StudyValues.paired` gives it.
    """
    rows = pairs[pairs["figure"] == figure]
    if info_of(figure).unit.endswith(PER_AREA):
        off_basis = values.images.loc[values.images["off_basis"], "row"]
        mixes = ~rows["is_matched"] & (rows["row"].isin(off_basis) | rows["baseline_row"].isin(off_basis))
        rows = rows[~mixes]
    table = _by_patient(rows, values)
    table = table.assign(change=table["response"])
    table = pd.concat([table, _not_compared(table, values, figure)], ignore_index=True)
    return table if response == "change" else table.assign(response=table["response"] + table["baseline"])


def _not_compared(table: pd.DataFrame, values: StudyValues, figure: str) -> pd.DataFrame:
    """Changes of patients and visits that the table does not have; ``response`` is the change."""
    keys = ["patient", "visit_index"]
    known = values.paired(figure)
    is_there = pd.MultiIndex.from_frame(known[keys]).isin(pd.MultiIndex.from_frame(table[keys]))
    return known[~is_there]


def _by_patient(rows: pd.DataFrame, values: StudyValues) -> pd.DataFrame:
    by_site = rows.groupby(["patient", "site", "visit_index"])[list(_NUMBERS)].mean()
    table = mean_over_sites(by_site).dropna(subset=["baseline", "value"]).reset_index()
    return table.rename(columns={"value": "response"}).join(values.patients, on="patient")


def _sample(own: pd.DataFrame, level: float) -> Row:
    sample: Sample = summarize(own["response"], level=level)
    unmatched = summarize(own["unmatched_value"], level=level)
    row: Row = {name: getattr(sample, name) for name in ("n", "mean", "sd", "low", "high")}
    return row | {"unmatched_mean": unmatched.mean, "unmatched_sd": unmatched.sd}


def _not_registered(rows: pd.DataFrame, own: pd.DataFrame, values: StudyValues, arm: str) -> Row:
    """Patients of the arm with comparisons of which none was registered, and the reasons of all."""
    of_arm = rows[rows["patient"].map(values.patients["arm"]) == arm]
    reasons = of_arm.loc[~of_arm["is_matched"], "reason"].replace("", "no reason stated").value_counts()
    without = set(of_arm["patient"]) - set(own["patient"])
    return {
        "n_not_registered": len(without),
        "not_registered": "; ".join(f"{n} x {reason}" for reason, n in sorted(reasons.items())),
    }


def _fitted(here: pd.DataFrame, settings: ModelSettings, what: str, log: Log) -> dict[str, AdjustedArm]:
    if len(settings.arms) < 2:
        return {}
    fit = fit_complete(here, settings, what=what, log=log)
    if fit is None:
        return {}
    log.note(what, fit.notes)
    return {arm.arm: arm for arm in fit.arms}


def _difference(arm: AdjustedArm | None, settings: ModelSettings) -> Row:
    if arm is None:
        return {"reference": settings.arms[0] if settings.arms else ""}
    found = arm.difference
    return {
        "reference": settings.arms[0],
        "difference": found.value,
        "se": found.se,
        "difference_low": found.low,
        "difference_high": found.high,
        "df": arm.df,
        "p": found.p,
    }
