"""The result in one or two sentences, with its interval, and what it may be taken for."""

from __future__ import annotations

from functools import partial
from typing import Any

from hairdensity.study.outcomes.wording import comparison_words
from hairdensity.study.reporting.primary import is_primary_visit, primary_figure, primary_visit
from hairdensity.study.reporting.sources import ReportSources, rows_of
from hairdensity.study.reporting.wording import (
    arm_name,
    ci_words,
    count,
    decimals_of,
    figure_title,
    interval,
    known,
    number,
    signed,
    unit_words,
    visit_name,
)

__all__ = ["headlines"]


def headlines(sources: ReportSources) -> list[str]:
    """One sentence for each arm that is compared with the reference; without a comparison, one for each arm."""
    rows = [row for row in _primary_rows(sources, "ancova") if known(row.get("difference"))]
    sets = list(dict.fromkeys(row.get("analysis_set") for row in rows))
    compared = [row for row in rows if row.get("analysis_set") == sets[0] and row.get("arm") != row.get("reference")]
    if compared:
        return [_comparison(row, sources) for row in compared]
    alone = [row for row in _primary_rows(sources, "descriptives") if known(row.get("change_mean"))]
    if alone:
        return [_change(row, ci_words(sources.plan.get("level"))) for row in alone]
    visit = visit_name(primary_visit(sources))
    figure = _lower(primary_figure(sources))
    return [f"No change of {figure} at {visit} can be stated: no patient has a result at baseline and at this visit."]


def _primary_rows(sources: ReportSources, key: str) -> list[dict[str, Any]]:
    figure = primary_figure(sources)
    rows = [row for row in rows_of(sources.outcomes, key) if row.get("figure") == figure]
    return [row for row in rows if is_primary_visit(row, sources)]


def _comparison(row: dict[str, Any], sources: ReportSources) -> str:
    named = {"visit": visit_name(row), "arm": arm_name(row["arm"]), "reference": arm_name(row["reference"])}
    return comparison_words(
        {"p_holm": None, **row, **named},
        sources.plan.get("level") or 0.95,
        write=partial(number, decimals=decimals_of(row["figure"])),
        patients=_group_sizes(row, sources),
    )


def _group_sizes(row: dict[str, Any], sources: ReportSources) -> str:
    same = ("visit", "week", "figure", "analysis_set")
    others = [
        other
        for other in rows_of(sources.outcomes, "ancova")
        if other.get("arm") == row.get("reference") and all(other.get(key) == row.get(key) for key in same)
    ]
    if not others or not known(row.get("n")):
        return ""
    return f"{count(row['n'])} and {count(others[0].get('n'))} patients"


def _change(row: dict[str, Any], ci: str) -> str:
    decimals = decimals_of(row["figure"])
    ends = interval(row.get("change_low"), row.get("change_high"), decimals)
    return (
        f"At {visit_name(row)}, {_lower(row['figure'])} under {arm_name(row.get('arm'))} had changed by "
        f"{signed(row['change_mean'], decimals)} {_unit(row)} ({ci} {ends}, {count(row['change_n'])} patients). "
        "No arm is compared: this does not say what caused it."
    )


def _lower(figure: str) -> str:
    title = figure_title(figure)
    return f"{title[:1].lower()}{title[1:]}"


def _unit(row: dict[str, Any]) -> str:
    """A unit as it is said: ``/cm2`` is "per cm²"."""
    words = unit_words(row.get("unit"))
    return f"per {words[1:]}" if words.startswith("/") else words
