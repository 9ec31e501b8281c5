"""How repeatable the readings are: the figures of agreement.json and the Bland-Altman figure of each pair of raters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hairdensity.study.agreement.figure import bland_altman_figure
from hairdensity.study.agreement.wording import decimals_of, figure_title, raters_words
from hairdensity.study.reporting.blocks import Block, Column, Items, Paragraph, Picture, Table
from hairdensity.study.reporting.drawing import drawing, picture_of
from hairdensity.study.reporting.sources import rows_of
from hairdensity.study.reporting.wording import NONE, interval, known, number

__all__ = ["agreement_blocks"]

_NOTE = (
    "In brackets 95 % intervals. ICC: intraclass correlation of single readings, absolute agreement (ICC(2,1), or "
    "ICC(1,1) of repeats). SEM: standard error of measurement. Minimal detectable change: 1.96 times the root of 2 "
    "times SEM. CV: coefficient of variation."
)
_RATIOS = "Ratio: the scatter grows with the figure, so bias and limits are ratios of the two readings; 1 is agreement."
_MOST_FIGURES = 4


def agreement_blocks(agreement: dict[str, Any] | None) -> list[Block]:
    """The section: a table of all analyses, figures, what was refused."""
    analyses = rows_of(agreement, "analyses")
    if agreement is None or not analyses:
        return [
            Paragraph(
                "Not measured. Without repeated readings nobody can say which change of one patient is real: "
                "'hairdensity study agreement' compares readers, the program and repeats."
            ),
            *_refused(agreement),
        ]
    tables = [table for words, found in _by_raters(analyses) for table in _tables(words, found)]
    notes = [_sentence(str(note)) for analysis in analyses for note in analysis.get("notes") or ()]
    found = [Items(tuple(dict.fromkeys(notes)))] if notes else []
    return [*tables, Paragraph(_NOTE, "small"), *found, *_figures(analyses), *_refused(agreement)]


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:].rstrip('.')}."


def _by_raters(analyses: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The analyses of each who-against-whom, in words."""
    found: dict[str, list[dict[str, Any]]] = {}
    for analysis in analyses:
        found.setdefault(raters_words(analysis), []).append(analysis)
    return list(found.items())


def _tables(words: str, analyses: list[dict[str, Any]]) -> Iterator[Table]:
    """Yield what repeats tell of single readings, and how far two readings may lie apart."""
    title = f"{words[:1].upper()}{words[1:]}"
    columns = _columns("n", "ICC", "SEM", "Minimal detectable change", "CV")
    yield Table(f"{title}: reliability", columns, tuple(map(_reliability, analyses)))
    compared = [analysis for analysis in analyses if analysis.get("bland_altman")]
    if compared:
        columns = _columns("n", "Bias", "Lower limit", "Upper limit")
        has_ratios = any(analysis["bland_altman"]["use"] == "ratio" for analysis in compared)
        note = _RATIOS if has_ratios else ""
        yield Table(f"{title}: limits of agreement", columns, tuple(map(_limits, compared)), note)


def _columns(*names: str) -> tuple[Column, ...]:
    return (Column("Figure", is_number=False), *map(Column, names))


def _reliability(analysis: dict[str, Any]) -> tuple[str, ...]:
    decimals, repeated = decimals_of(analysis), analysis.get("repeatability") or {}
    wanted = "ICC(1,1)" if analysis["kind"] == "repeats" else "ICC(2,1)"
    icc = next((found for found in analysis.get("icc") or () if found["type"] == wanted), None)
    cv = {name: 100.0 * value for name, value in (repeated.get("cv") or {}).items() if known(value)}
    return (
        figure_title(analysis),
        f"{analysis['n_subjects']}",
        _bounded(icc, 2),
        _bounded(repeated.get("sem"), decimals),
        _bounded(repeated.get("mdc"), decimals),
        f"{_bounded(cv, 1)} %" if "value" in cv else NONE,
    )


def _limits(analysis: dict[str, Any]) -> tuple[str, ...]:
    limits = analysis["bland_altman"]
    lines, decimals = _lines(analysis)
    ends = (_bounded(lines[name], decimals) for name in ("bias", "lower", "upper"))
    title = figure_title(analysis)
    return (f"{title} (ratio)" if limits["use"] == "ratio" else title, f"{analysis['n_subjects']}", *ends)


def _lines(analysis: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Bias and limits as the analysis calls for, differences or ratios, and their decimals."""
    limits = analysis["bland_altman"]
    return (limits["ratio"], 2) if limits["use"] == "ratio" else (limits, decimals_of(analysis))


def _bounded(found: dict[str, Any] | None, decimals: int) -> str:
    """A figure with its interval in brackets."""
    value, low, high = ((found or {}).get(name) for name in ("value", "low", "high"))
    ends = interval(low, high, decimals)
    return number(value, decimals) if ends == NONE else f"{number(value, decimals)} ({ends})"


def _figures(analyses: list[dict[str, Any]]) -> Iterator[Picture]:
    """Yield the Bland-Altman figures of the first analyses that have one."""
    drawable = [a for a in analyses if (a.get("bland_altman") or {}).get("points", {}).get("first")]
    for analysis in drawable[:_MOST_FIGURES]:
        by_ratio = analysis["bland_altman"]["use"] == "ratio"
        lines, digits = _lines(analysis)
        words = f"{'mean ratio' if by_ratio else 'bias'} {_bounded(lines['bias'], digits)}, limits of agreement "
        words += " and ".join(_bounded(lines[name], digits) for name in ("lower", "upper"))
        what = f"{figure_title(analysis)}: {raters_words(analysis)}"
        with drawing():
            figure = bland_altman_figure(analysis)
            # The caption has its words, and lines that break.
            figure.axes[0].set_title("")
            yield picture_of(
                figure,
                caption=f"Bland-Altman figure. {what}. Bands are 95 % intervals of the lines."
                + (" Drawn as ratios, since the scatter grows with the figure." if by_ratio else ""),
                alt=f"{'Ratios' if by_ratio else 'Differences'} of readings over their means. {what}: {words}.",
            )


def _refused(agreement: dict[str, Any] | None) -> list[Block]:
    refused = tuple((str(row.get("what")), str(row.get("reason"))) for row in rows_of(agreement, "refused"))
    return [Items(refused)] if refused else []
