"""A plan meets the data: what it left open gets a default that is told, and what cannot be is a fault."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from hairdensity.study.likeness import hint
from hairdensity.study.outcomes.visits import BASELINE, StudyImages, at_control_site, text_of
from hairdensity.study.plan import DEFAULT_SECONDARY_FIGURES, Plan, PlanError
from hairdensity.study.tables import covariates_of

__all__ = ["SettledPlan", "default_plan", "settle_plan"]

_CONTROL_WORDS = ("placebo", "sham", "vehicle", "control", "untreated", "alone", "only", "standard")
_YES_NO = {"1", "1.0", "0", "0.0", "yes", "no", "y", "n", "true", "false", ""}


class SettledPlan(NamedTuple):
    """A plan without gaps.

    Parameters
    ----------
    plan : Plan
    arms : tuple of str
        With patients; the reference first.
    primary_index : int
        ``visit_index`` of the primary visit.
    notes : tuple of str
        What was not stated.
    """

    plan: Plan
    arms: tuple[str, ...]
    primary_index: int
    notes: tuple[str, ...]


def default_plan(images: pd.DataFrame) -> Plan:
    """The plan of a study that stated none: the same defaults as for the gaps of one.

    Parameters
    ----------
    images : (N, ...) DataFrame
        The images table of a study.
    """
    from hairdensity.study.outcomes.visits import order_images  # noqa: PLC0415

    return settle_plan(Plan(), order_images(images)).plan


def settle_plan(plan: Plan, study: StudyImages) -> SettledPlan:
    """Fill the gaps of a plan and check it against the study.

    Parameters
    ----------
    plan : Plan
    study : StudyImages

    Raises
    ------
    PlanError
        With everything of the plan that the study does not have.
    """
    faults: list[str] = []
    notes: list[str] = []
    index = _primary_index(plan, study, faults, notes)
    arms = _arms(plan, study.rows, faults, notes)
    settled = replace(
        plan,
        primary_week=_week(study, index),
        primary_visit=str(study.visits.loc[index, "visit"]) if index in study.visits.index else None,
        site=_site(plan, study.rows, faults, notes),
        reference_arm=arms[0] if arms else None,
        secondary_figures=_secondary(plan, study.rows),
        level=plan.interval_level,
    )
    _check_columns(settled, study.rows, faults)
    if faults:
        raise PlanError(faults, source=plan.source)
    if not plan.is_stated:
        notes.insert(0, "no plan was stated before the analysis: primary figure, visit and reference arm are defaults")
    return SettledPlan(settled, arms, index, tuple(notes))


def _primary_index(plan: Plan, study: StudyImages, faults: list[str], notes: list[str]) -> int:
    """The stated visit, else the last one."""
    later = study.visits[study.visits.index > BASELINE]
    if later.empty:
        notes.append("no visit after the baseline: no change can be analyzed")
        return BASELINE
    if plan.primary_week is not None:
        found = later.index[np.isclose(later["week"], plan.primary_week)]
        what, known = f"primary_week {plan.primary_week:g}", [f"{week:g}" for week in later["week"]]
    elif plan.primary_visit is not None:
        found = later.index[later["visit"] == plan.primary_visit]
        what, known = f"primary_visit {plan.primary_visit!r}", [str(visit) for visit in later["visit"]]
    else:
        notes.append(f"primary visit not stated: the last one is taken, {later['visit'].iloc[-1]}")
        return int(later.index[-1])
    if len(found) == 0:
        faults.append(f"{what}: no such visit after the baseline; there are {', '.join(known)}")
        return BASELINE
    return int(found[0])


def _week(study: StudyImages, index: int) -> float | None:
    week = float(study.visits["week"].get(index, np.nan))
    return week if np.isfinite(week) else None


def _arms(plan: Plan, rows: pd.DataFrame, faults: list[str], notes: list[str]) -> tuple[str, ...]:
    arms = sorted(set(rows["arm"]) - {""})
    if plan.reference_arm is not None:
        if plan.reference_arm not in arms:
            faults.append(_missing("reference_arm", plan.reference_arm, arms))
            return tuple(arms)
        return (plan.reference_arm, *(arm for arm in arms if arm != plan.reference_arm))
    if len(arms) < 2:
        return tuple(arms)
    reference = _likely_reference(arms)
    notes.append(f"reference arm not stated: {reference!r} is taken")
    return (reference, *(arm for arm in arms if arm != reference))


def _likely_reference(arms: list[str]) -> str:
    """The arm whose treatment all others have too, else one that is named as a control, else the first by name."""
    words = {arm: set(re.findall(r"\w+", arm.casefold())) for arm in arms}
    shared = [arm for arm in arms if words[arm] and all(words[arm] <= words[other] for other in arms)]
    controls = [arm for arm in arms if any(word in arm.casefold() for word in _CONTROL_WORDS)]
    return (shared + controls + arms)[0]


def _site(plan: Plan, rows: pd.DataFrame, faults: list[str], notes: list[str]) -> str | None:
    sites = sorted(set(rows["site"]))
    if plan.site is None:
        averaged = sorted(set(rows.loc[~at_control_site(rows), "site"]))
        if len(averaged) > 1:
            notes.append(f"site not stated: {', '.join(averaged)} are averaged")
        return None
    if plan.site not in sites:
        faults.append(_missing("site", plan.site, sites))
    return plan.site


def _secondary(plan: Plan, rows: pd.DataFrame) -> tuple[str, ...]:
    """The stated figures, else those of the default that were measured."""
    if plan.secondary_figures is not None:
        return plan.secondary_figures
    known = (figure for figure in DEFAULT_SECONDARY_FIGURES if figure in rows and rows[figure].notna().any())
    return tuple(figure for figure in known if figure != plan.primary_figure)


def _check_columns(plan: Plan, rows: pd.DataFrame, faults: list[str]) -> None:
    asked = {**dict.fromkeys(plan.figures, "figure"), **{item.figure: "responders" for item in plan.responders}}
    faults += [_missing(what, name, rows.columns) for name, what in asked.items() if name not in rows]
    covariates = [name for name, _ in covariates_of(rows)]
    faults += [_missing("covariates", name, covariates) for name in plan.covariates if name not in rows]
    column = plan.per_protocol
    if column is None:
        return
    if column not in rows:
        faults.append(_missing("per_protocol", column, covariates))
    elif not set(text_of(rows, column).str.casefold()) <= _YES_NO:
        faults.append(f"per_protocol: column {column} must hold yes or no (or 1 and 0)")


def _missing(what: str, name: str, known: Iterable[str]) -> str:
    return f"{what}: the study has no {name!r}{hint(name, known)}"
