"""The result in one or two sentences, with its interval, and what it may be taken for."""

from __future__ import annotations

from typing import Any

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
    p_value,
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
    decimals, unit = decimals_of(row["figure"]), _unit(row)
    more = "greater" if row["difference"] > 0 else "smaller"
    size = f"{number(abs(row['difference']), decimals)} {unit}".strip()
    arm, reference = arm_name(row["arm"]), arm_name(row["reference"])
    p = p_value(row.get("p"))
    between = f"{ci_words(sources.plan.get('level'))} {interval(row.get('low'), row.get('high'), decimals)}"
    ends = f"{between}, p {p if p.startswith('<') else f'= {p}'}"
    if known(row.get("p_holm")) and row["p_holm"] != row.get("p"):
        ends += f", adjusted by Holm {p_value(row['p_holm'])}"
    ns = _group_sizes(row, sources)
    sentence = (
        f"At {visit_name(row)}, the change of {_lower(row['figure'])} from baseline was {size} {more} with {arm} than "
        f"with {reference} (adjusted difference {signed(row['difference'], decimals)}, {ends}{ns})."
    )
    if known(row.get("low")) and known(row.get("high")) and row["low"] <= 0.0 <= row["high"]:
        return f"{sentence} The interval includes no difference: these data do not tell the arms apart."
    return sentence


def _group_sizes(row: dict[str, Any], sources: ReportSources) -> str:
    same = ("visit", "week", "figure", "analysis_set")
    others = [
        other
        for other in rows_of(sources.outcomes, "ancova")
        if other.get("arm") == row.get("reference") and all(other.get(key) == row.get(key) for key in same)
    ]
    if not others or not known(row.get("n")):
        return ""
    return f"; {count(row['n'])} and {count(others[0].get('n'))} patients"


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
