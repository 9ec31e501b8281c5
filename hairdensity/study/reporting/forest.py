"""Differences between arms with their intervals, one drawing a figure: all visits and analyses under each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from hairdensity.study.outcomes.primary import ITT
from hairdensity.study.reporting.blocks import Picture
from hairdensity.study.reporting.drawing import INK, PALE, RULE, arm_looks, drawing, empty_figure, picture_of
from hairdensity.study.reporting.wording import (
    arm_name,
    decimals_of,
    figure_name,
    figure_title,
    interval,
    known,
    signed,
    visit_name,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["forest"]

_ROW_INCH, _PANEL_INCH = 0.3, 0.62
_LABEL_LETTERS = 46
_MOST_FIGURES = 4


class _Line(NamedTuple):
    label: str
    arm: str
    difference: float
    low: float
    high: float


def forest(
    models: Mapping[str, Sequence[Mapping[str, Any]]], arms: Sequence[str], first: str, ci: str
) -> list[Picture]:
    """A drawing for each of the first figures; none where nothing was compared.

    Parameters
    ----------
    models : dict
        From the name of an analysis to its rows.
    arms : sequence of str
    first : str
        The figure that comes first: the primary one.
    ci : str
        The intervals' name, e.g. ``"95 % CI"``.
    """
    rows = [(name, row) for name, found in models.items() for row in found if _is_compared(row)]
    # A density per inch2 is the same figure as that per cm2.
    named = (str(row["figure"]) for _, row in rows if not str(row["figure"]).endswith("_per_inch2"))
    figures = sorted(dict.fromkeys(named), key=lambda figure: figure != first)[:_MOST_FIGURES]
    with_arm = len({row["arm"] for _, row in rows}) > 1
    labelled = [(str(row["figure"]), _line(name, row, with_arm=with_arm)) for name, row in rows]
    reference = arm_name(rows[0][1].get("reference")) if rows else ""
    return [
        _drawn([line for name, line in labelled if name == figure], arms, figure, (reference, ci)) for figure in figures
    ]


def _drawn(lines: Sequence[_Line], arms: Sequence[str], figure: str, names: tuple[str, str]) -> Picture:
    reference, ci = names
    with drawing():
        row_inch = _ROW_INCH * max(1.0, max(line.label.count("\n") + 1 for line in lines) / 2.0)
        canvas = empty_figure(8.6, _PANEL_INCH + row_inch * len(lines))
        _panel(canvas.subplots(), lines, arms, figure)
        return picture_of(
            canvas,
            caption=f"{figure_title(figure)}: adjusted differences from {reference} with {ci}, not adjusted for "
            "multiplicity. Right of the line: more than under the reference.",
            alt=_words(lines, figure, reference),
        )


def _is_compared(row: Mapping[str, Any]) -> bool:
    return all(known(row.get(name)) for name in ("difference", "low", "high")) and row.get("arm") != row.get(
        "reference"
    )


def _line(analysis: str, row: Mapping[str, Any], *, with_arm: bool) -> _Line:
    """One interval; the main analysis set goes without saying, and so does the arm where there is only one."""
    subset = str(row.get("analysis_set") or "").removeprefix(ITT).strip(" ;,")
    parts = [arm_name(row["arm"])] if with_arm else []
    label = "\n".join(
        wrap("; ".join([*parts, visit_name(row), analysis, *([subset] if subset else [])]), _LABEL_LETTERS)
    )
    return _Line(label, str(row["arm"]), row["difference"], row["low"], row["high"])


def _panel(axes: Axes, lines: Sequence[_Line], arms: Sequence[str], figure: str) -> None:
    looks, decimals = arm_looks(arms), decimals_of(figure)
    for place, line in enumerate(lines):
        look = looks.get(line.arm, looks[arms[0]])
        axes.plot([line.low, line.high], [place, place], color=look.color, linewidth=1.5)
        axes.plot(line.difference, place, look.marker, color=look.color, markersize=6)
        words = f"{signed(line.difference, decimals)}  ({interval(line.low, line.high, decimals)})"
        axes.annotate(words, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=8)
    axes.axvline(0.0, color=PALE, linewidth=0.9)
    axes.set_yticks(range(len(lines)), [line.label for line in lines], fontsize=8)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_title(figure_name(figure), color=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)


def _words(lines: Sequence[_Line], figure: str, reference: str) -> str:
    """The drawing in words."""
    decimals = decimals_of(figure)
    sentences = [
        f"{' '.join(line.label.split())}: {signed(line.difference, decimals)}, interval "
        f"{interval(line.low, line.high, decimals)}"
        for line in lines
    ]
    return f"Differences of {figure_name(figure)} from {reference}. {'. '.join(sentences)}."
