"""Agreement as one table for people and a few plain sentences, printed by rich; `agreement.json` holds all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hairdensity.study.agreement.short_notes import ENOUGH, short_notes
from hairdensity.study.agreement.wording import (
    NOT_KNOWN,
    bounded_words,
    decimals_of,
    figure_title,
    interval_words,
    is_algorithm_alone,
    number_words,
    shown_icc,
)

__all__ = ["print_agreement"]

Analysis = Mapping[str, Any]

_HEADINGS: Final = ("who", "n", "bias (limits)", "ICC (CI)", "SEM", "MDC", "CV %")
_GRADE_HEADINGS: Final = ("who", "n", "kappa, quadratic", "kappa, linear", "kappa, unweighted")
_KAPPA_WEIGHTS: Final = ("quadratic", "linear", "none")
_NARROWEST: Final = 12
"""Characters of the first column that are left when the terminal is narrow; then names take several lines."""


def print_agreement(console: Console, document: Mapping[str, Any], *, primary_figure: str) -> None:
    """Print a row for each figure and comparison, the primary figure first, and what they mean.

    Parameters
    ----------
    console : Console
    document : mapping
        From `hairdensity.study.agreement.document.agreement_document`.
    primary_figure : str
    """
    analyses = sorted(document["analyses"], key=lambda analysis: analysis["figure"] != primary_figure)
    # What rests on one or two subjects has no interval and hides the rest; where there is nothing else, it is shown.
    analyses = [analysis for analysis in analyses if analysis["n_subjects"] >= ENOUGH] or analyses
    measured = [analysis for analysis in analyses if not analysis["kappa"]]
    graded = [analysis for analysis in analyses if analysis["kappa"]]
    if measured:
        _print_table(console, _HEADINGS, measured, [_cells(analysis) for analysis in measured])
    if graded:
        _print_table(console, _GRADE_HEADINGS, graded, [_grade_cells(analysis) for analysis in graded])
    for note in short_notes(analyses, document["refused"], n_few=len(document["analyses"]) - len(analyses)):
        console.print(Text(note))


def _print_table(
    console: Console, headings: Sequence[str], analyses: Sequence[Analysis], cells: Sequence[tuple[str, ...]]
) -> None:
    """Print a line for each figure, and under it its rows: in the same columns under every figure."""
    widths = [max(len(words) for words in column) for column in zip(headings[1:], *cells, strict=True)]
    names = [_who(analysis) for analysis in analyses]
    wanted = max(len(name) for name in (headings[0], *names))
    gap = 2 if wanted + sum(widths) + 2 * len(widths) <= console.width else 1
    left = console.width - sum(widths) - gap * len(widths)
    all_widths = (max(_NARROWEST, min(wanted, left)), *widths)
    console.print(_table([headings], all_widths, gap=gap))
    for title, places in _by_figure(analyses).items():
        console.print(Text(title, style="bold"))
        console.print(_table([(names[place], *cells[place]) for place in places], all_widths, gap=gap))
    console.print()


def _table(rows: Sequence[Sequence[str]], widths: Sequence[int], *, gap: int) -> Table:
    table = Table(box=None, show_header=False, padding=(0, gap, 0, 0), pad_edge=False)
    for place, width in enumerate(widths):
        table.add_column(width=width, justify="right" if place else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _by_figure(analyses: Sequence[Analysis]) -> dict[str, list[int]]:
    """Places of the analyses of each figure, by its title."""
    found: dict[str, list[int]] = {}
    for place, analysis in enumerate(analyses):
        found.setdefault(figure_title(analysis), []).append(place)
    return found


def _who(analysis: Analysis) -> str:
    if analysis["kind"] != "repeats":
        return " - ".join(analysis["raters"]) if len(analysis["raters"]) == 2 else ", ".join(analysis["raters"])
    rater = analysis["raters"][0].rsplit(", ", 1)[0]
    return f"{rater}, pictures of a day" if is_algorithm_alone(analysis) else f"{rater}, read again"


def _cells(analysis: Analysis) -> tuple[str, ...]:
    decimals, repeatability = decimals_of(analysis), analysis["repeatability"] or {}
    icc = next((found for found in analysis["icc"] if found["type"] == shown_icc(analysis)[0]), None)
    errors = ((repeatability.get(name) or {}).get("value") for name in ("sem", "mdc"))
    variation = (repeatability.get("cv") or {}).get("value")
    return (
        str(analysis["n_subjects"]),
        _limits(analysis, decimals),
        _short(bounded_words(icc, 2)),
        *(NOT_KNOWN if value is None else number_words(value, decimals) for value in errors),
        NOT_KNOWN if variation is None else number_words(100 * variation, 1),
    )


def _limits(analysis: Analysis, decimals: int) -> str:
    limits = analysis["bland_altman"]
    if not limits:
        return NOT_KNOWN
    ends = interval_words(limits["lower"]["value"], limits["upper"]["value"], decimals)
    mark = "*" if limits["use"] == "ratio" else ""
    return _short(f"{number_words(limits['bias']['value'], decimals)}{f' ({ends})' if ends else ''}{mark}")


def _short(words: str) -> str:
    """An interval as tables write it."""
    return words.replace(" to ", ", ").replace(" (no interval)", "")


def _grade_cells(analysis: Analysis) -> tuple[str, ...]:
    kappas = {kappa["weights"]: kappa for kappa in analysis["kappa"]["kappas"]}
    return (str(analysis["n_subjects"]), *(_short(bounded_words(kappas[weights], 2)) for weights in _KAPPA_WEIGHTS))
