"""What was asked, what was found and how sure that is: the result as a table of three, below the headline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hairdensity.study.outcomes.primary import ITT
from hairdensity.study.outcomes.wording import spoken_p
from hairdensity.study.reporting.blocks import Items
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
    signed,
    unit_of,
    unit_words,
    visit_name,
)

__all__ = ["summary"]

Row = Mapping[str, Any]


def summary(sources: ReportSources) -> Items:
    """Terms and their meaning: asked, found, how sure, on what data."""
    terms: list[tuple[str, str]] = [("Asked", _asked(sources))]
    terms += [("Found", words) for words in [_found(sources)] if words]
    terms += _sure(sources)
    return Items((*terms, ("From", _data(sources))))


def _asked(sources: ReportSources) -> str:
    title, visit = figure_title(primary_figure(sources)), visit_name(primary_visit(sources))
    treated = [arm_name(arm) for arm in sources.arms if arm != sources.reference_arm]
    reference = sources.reference_arm
    what = f"{title} at {visit}, as change from baseline"
    against = f": {', '.join(treated)} against {arm_name(reference)}" if reference is not None and treated else ""
    stated = (
        f"taken from the plan ({sources.plan.get('source') or 'a file'})"
        if sources.plan.get("sha256")
        else "not stated in a plan: defaults"
    )
    return f"{what}{against}. Figure, visit and reference were {stated}."


def _found(sources: ReportSources) -> str:
    """Each arm's own change, adjusted where a model was fitted."""
    adjusted = _main([row for row in _rows(sources, "ancova") if known(row.get("adjusted_mean"))])
    if adjusted:
        what = "adjusted mean" if sources.plan.get("response") == "value" else "adjusted mean change"
        return _each(adjusted, ("adjusted_mean", "adjusted_low", "adjusted_high"), what, sources)
    plain = [row for row in _rows(sources, "descriptives") if known(row.get("change_mean"))]
    return _each(plain, ("change_mean", "change_low", "change_high"), "mean change", sources) if plain else ""


def _each(rows: list[Row], names: tuple[str, str, str], what: str, sources: ReportSources) -> str:
    decimals = decimals_of(primary_figure(sources))
    value, low, high = names
    order = {arm: place for place, arm in enumerate(sources.arms)}
    parts = [
        f"{arm_name(row.get('arm'))} {signed(row[value], decimals)} ({interval(row.get(low), row.get(high), decimals)})"
        for row in sorted(rows, key=lambda row: order.get(str(row.get("arm")), len(order)))
    ]
    unit = unit_words(unit_of(primary_figure(sources)))
    what = f"{what.capitalize()} ({unit})" if unit else what.capitalize()
    return f"{what} with {ci_words(sources.plan.get('level'))}: {'; '.join(parts)}."


def _sure(sources: ReportSources) -> list[tuple[str, str]]:
    """The same difference by every other analysis, arm by arm: whether the answer hangs on one of them."""
    found: dict[str, list[str]] = {}
    for words, row, (low, high) in _others(sources):
        decimals = decimals_of(primary_figure(sources))
        ends = f"{interval(row.get(low), row.get(high), decimals)}, {spoken_p(row.get('p'))}"
        differences = found.setdefault(arm_name(row.get("arm")), [])
        differences.append(f"{words} {signed(row['difference'], decimals)} ({ends})")
    return [
        ("How sure", f"{'Difference' if len(found) == 1 else arm} by other analyses: {'; '.join(words)}.")
        for arm, words in found.items()
    ]


def _others(sources: ReportSources) -> list[tuple[str, Row, tuple[str, str]]]:
    """The other analyses of the primary differences: name, row, and where their intervals stand in it."""
    compared = [row for row in _rows(sources, "ancova") if known(row.get("difference"))]
    main = _main(compared)
    others = [(_subset(row), row, ("low", "high")) for row in compared if row not in main]
    if not any("hair-to-hair" in str(row.get("analysis_set")) for row in compared):
        matched = [row for row in _rows(sources, "matched") if known(row.get("difference"))]
        others += [("hair-to-hair change", row, ("difference_low", "difference_high")) for row in matched]
    mixed = _main([row for row in _rows(sources, "mixed") if known(row.get("difference"))])
    return [*others, *(("mixed model", row, ("low", "high")) for row in mixed)]


def _subset(row: Row) -> str:
    """What an analysis does otherwise than the main one."""
    words = str(row.get("analysis_set") or "").removeprefix(ITT).strip(" ;,") or "main analysis"
    return words.replace("HC3 standard errors", "robust standard errors (HC3)").removesuffix(", HC3")


def _data(sources: ReportSources) -> str:
    """How much of what was pictured the answer rests on."""
    images = sources.study.images
    n_read = int((images["status"] == "ok").sum())
    main = _main([row for row in _rows(sources, "ancova") if known(row.get("n"))])
    n = sum(int(row["n"]) for row in {str(row.get("arm")): row for row in main}.values())
    of_all = f"{count(n)} of {images['patient'].nunique()} patients have baseline and this visit; " if n else ""
    agreed = (
        "agreement of repeated readings was measured"
        if sources.agreement is not None
        else "agreement of repeated readings was not measured"
    )
    return f"{of_all}{n_read} of {len(images)} pictures gave a result; {agreed}."


def _rows(sources: ReportSources, key: str) -> list[Row]:
    figure = primary_figure(sources)
    return [
        row for row in rows_of(sources.outcomes, key) if row.get("figure") == figure and is_primary_visit(row, sources)
    ]


def _main(rows: list[Row]) -> list[Row]:
    """Those of the first analysis set: the main one."""
    return [row for row in rows if row.get("analysis_set") == rows[0].get("analysis_set")]
