"""Each arm over the visits: the mean with its interval, and the mean change from baseline with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import t as student

from hairdensity.study.reporting.blocks import Picture
from hairdensity.study.reporting.drawing import ArmLook, arm_looks, calm, drawing, empty_figure, picture_of
from hairdensity.study.reporting.wording import (
    arm_name,
    ci_words,
    figure_name,
    figure_title,
    known,
    number,
    signed,
    visit_name,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["set_visits", "trajectories", "visit_places"]

Row = Mapping[str, Any]
# Arms at one visit stand side by side: this share of the smallest gap between visits apart.
_DODGE = 0.08
_MANY_VISITS = 4


def trajectories(rows: Sequence[Row], arms: Sequence[str], figure: str, *, level: float = 0.95) -> Picture | None:
    """The drawing, or None where there is nothing to draw.

    Parameters
    ----------
    rows : sequence of dict
        Of ``descriptives``, of one figure.
    arms : sequence of str
        In the order of the legend.
    figure : str
    level : float, optional
        Of the intervals.
    """
    rows = [row for row in rows if known(row.get("mean"))]
    if not rows:
        return None
    places, ci = visit_places(rows), ci_words(level)
    with drawing():
        canvas = empty_figure(8.6, 3.5)
        left, right = canvas.subplots(1, 2)
        for axes, title, values in ((left, "Mean", partial(_means, level)), (right, "Change from baseline", _changes)):
            _panel(axes, {arm: values([r for r in rows if str(r["arm"]) == arm]) for arm in arms}, places)
            axes.set_title(f"{title}, {ci}")
        right.axhline(0.0, color="#4a5666", linewidth=0.8)
        left.set_ylabel(figure_name(figure))
        handles, labels = left.get_legend_handles_labels()
        canvas.legend(handles, labels, loc="outside lower left", ncols=min(3, max(1, len(labels))), frameon=False)
        return picture_of(
            canvas,
            caption=f"{figure_title(figure)} of each arm over the visits. Points are means of patients, bars {ci} "
            "by Student's t; right: of those with both visits. Points of one visit are set apart sideways to be seen. "
            "The scale of the means need not begin at zero.",
            alt=_words(rows, arms, figure),
        )


def visit_places(rows: Sequence[Row]) -> dict[str, float]:
    """Where each visit stands: its week, or its number where weeks are not known; in that order."""
    visits = {visit_name(row): row.get("week") for row in rows}
    if all(map(known, visits.values())) and len(set(visits.values())) == len(visits):
        return dict(sorted(((visit, float(week or 0.0)) for visit, week in visits.items()), key=lambda item: item[1]))
    return {visit: float(number) for number, visit in enumerate(visits)}


def _means(level: float, rows: Sequence[Row]) -> list[tuple[str, float, float, float]]:
    return [(visit_name(row), row["mean"], *_around(row, level)) for row in rows]


def _changes(rows: Sequence[Row]) -> list[tuple[str, float, float, float]]:
    return [
        (visit_name(row), row["change_mean"], *_ends(row))
        for row in rows
        if known(row.get("change_mean")) and row.get("week") != 0
    ]


def _ends(row: Row) -> tuple[float, float]:
    low, high = row.get("change_low"), row.get("change_high")
    return (low, high) if low is not None and high is not None else (np.nan, np.nan)


def _around(row: Row, level: float) -> tuple[float, float]:
    mean, sd, n = row["mean"], row.get("sd"), row.get("n")
    if sd is None or n is None or not known(sd) or n < 2:
        return np.nan, np.nan
    reach = float(student.ppf(0.5 + level / 2.0, n - 1)) * sd / np.sqrt(n)
    return mean - reach, mean + reach


def _panel(
    axes: Axes, series: Mapping[str, Sequence[tuple[str, float, float, float]]], places: Mapping[str, float]
) -> None:
    looks = arm_looks(list(series))
    at = sorted(places.values())
    gap = min(np.diff(at), default=1.0) * _DODGE
    for number_, (arm, points) in enumerate(series.items()):
        shift = (number_ - (len(series) - 1) / 2.0) * gap
        _line(axes, arm, points, [places[point[0]] + shift for point in points], looks[arm])
    set_visits(axes, places)
    axes.set_xlim(at[0] - 4.0 * gap, at[-1] + 4.0 * gap)
    calm(axes)


def set_visits(axes: Axes, places: Mapping[str, float]) -> None:
    """Name the visits under an axis; many names lean."""
    lean: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(list(places.values()), list(places), **(lean if len(places) >= _MANY_VISITS else {}))


def _line(
    axes: Axes, arm: str, points: Sequence[tuple[str, float, float, float]], x: Sequence[float], look: ArmLook
) -> None:
    values = np.array([point[1:] for point in points], dtype=np.float64).reshape(-1, 3)
    reach = np.abs(values[:, 1:] - values[:, :1]).T
    axes.errorbar(
        x,
        values[:, 0],
        yerr=np.nan_to_num(reach),
        label=arm_name(arm),
        color=look.color,
        linestyle=look.line,
        marker=look.marker,
        markersize=5,
        linewidth=1.4,
        elinewidth=1.1,
        capsize=2.5,
    )


def _words(rows: Sequence[Row], arms: Sequence[str], figure: str) -> str:
    """The drawing in words: each arm's means and changes by visit."""
    sentences = []
    for arm in arms:
        points = [
            f"{visit_name(row)} {number(row['mean'], 1)}"
            + (f" (change {signed(row['change_mean'], 1)})" if known(row.get("change_mean")) else "")
            for row in rows
            if str(row["arm"]) == arm
        ]
        sentences.append(f"{arm_name(arm)}: {', '.join(points)}")
    return f"Means of {figure_name(figure)} by visit. {'. '.join(sentences)}."
