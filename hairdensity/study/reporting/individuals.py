"""Each patient over the visits as a thin line, one panel an arm on one scale, under the arm's mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hairdensity.study.reporting.blocks import Picture
from hairdensity.study.reporting.drawing import (
    ArmLook,
    arm_looks,
    calm,
    drawing,
    empty_figure,
    panel_grid,
    panel_title,
    picture_of,
)
from hairdensity.study.reporting.primary import primary_pictures
from hairdensity.study.reporting.sources import ReportSources
from hairdensity.study.reporting.trajectories import set_visits, visit_places
from hairdensity.study.reporting.wording import arm_name, figure_name, figure_title, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_LINES", "individuals", "patient_values"]

MOST_LINES = 80
"""Patients of an arm beyond which lines would cover each other: then a band stands for them."""

_COLUMNS = ["arm", "patient", "visit_index", "visit", "week", "value"]
_BAND = (0.1, 0.9)


def patient_values(sources: ReportSources, figure: str) -> pd.DataFrame:
    """The mean of each patient's analyzed pictures by visit, of the primary site.

    Returns
    -------
    DataFrame
        arm, patient, visit_index, visit, week, value; by arm, patient and visit.
    """
    images = primary_pictures(sources)
    if figure not in images:
        return pd.DataFrame(columns=_COLUMNS)
    excluded = list(sources.plan.get("excluded_quality") or ())
    used = images[(images["status"] == "ok") & ~images["quality"].isin(excluded)]
    used = used.assign(value=pd.to_numeric(used[figure], errors="coerce")).dropna(subset=["value"])
    named = used.groupby("visit_index")[["visit", "week"]].first()
    means = used.groupby(["arm", "patient", "visit_index"], sort=True)["value"].mean().reset_index()
    return means.join(named, on="visit_index")[_COLUMNS]


def individuals(values: pd.DataFrame, arms: Sequence[str], figure: str) -> Picture | None:
    """The drawing, or None where no patient has two visits.

    Parameters
    ----------
    values : DataFrame
        From `patient_values`.
    arms : sequence of str
    figure : str
    """
    arms = [arm for arm in arms if (values["arm"] == arm).any()]
    if not arms or values.groupby(["arm", "patient"]).size().max() < 2:
        return None
    in_order = values.sort_values("visit_index", kind="stable").drop_duplicates("visit_index")
    places = visit_places([{str(name): cell for name, cell in row.items()} for row in in_order.to_dict("records")])
    n_patients = {arm: int(values.loc[values["arm"] == arm, "patient"].nunique()) for arm in arms}
    has_lines = max(n_patients.values()) <= MOST_LINES
    n_rows, n_columns = panel_grid(len(arms))
    with drawing():
        canvas = empty_figure(8.6, 0.7 + 2.2 * n_rows)
        panels = canvas.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False).ravel()
        for axes, arm in zip(panels, arms, strict=False):
            own = values[values["arm"] == arm]
            _panel(axes, own, places, arm_looks(arms)[arm], has_lines=has_lines)
            axes.set_title(panel_title(arm_name(arm), n_patients[arm], n_columns=n_columns))
        for axes in panels[len(arms) :]:
            axes.set_visible(False)
        canvas.supylabel(figure_name(figure), fontsize=9)
        return picture_of(canvas, caption=_caption(figure, has_lines=has_lines), alt=_words(values, arms, figure))


def _panel(axes: Axes, rows: pd.DataFrame, places: Mapping[str, float], look: ArmLook, *, has_lines: bool) -> None:
    table = rows.pivot(index="visit", columns="patient", values="value").reindex(list(places))
    x = np.array(list(places.values()))
    if has_lines:
        for patient in table:
            own = table[patient].dropna()
            axes.plot([places[visit] for visit in own.index], own, color=look.color, linewidth=0.6, alpha=0.55)
    else:
        low, high = (table.quantile(share, axis=1) for share in _BAND)
        axes.fill_between(x, low, high, color=look.color, alpha=0.2, linewidth=0.0)
    mean = table.mean(axis=1)
    # White below, so that the mean is seen on its patients' lines.
    axes.plot(x, mean, color="white", linewidth=4.2)
    axes.plot(x, mean, color=look.color, linewidth=2.2, marker=look.marker, markersize=5.5, markeredgecolor="white")
    set_visits(axes, places)
    axes.margins(x=0.1)
    calm(axes)


def _caption(figure: str, *, has_lines: bool) -> str:
    what = (
        "Thin lines are patients, in gaps nothing is filled in"
        if has_lines
        else f"More than {MOST_LINES} patients in an arm: instead of their lines the band holds the middle 80 % of them"
    )
    return (
        f"{figure_title(figure)} of each patient, mean of a visit's pictures. {what}; the thick line is the mean of "
        "the patients with that visit. All panels have one scale, which need not begin at zero."
    )


def _words(values: pd.DataFrame, arms: Sequence[str], figure: str) -> str:
    """The drawing in words."""
    sentences = []
    for arm in arms:
        own = values[values["arm"] == arm]
        parts = [
            f"{visit} {len(group)} patients, {number(group.min(), 1)} to {number(group.max(), 1)}"
            for visit, group in own.groupby("visit", sort=False)["value"]
        ]
        sentences.append(f"{arm_name(arm)}: {'; '.join(parts)}")
    return f"{figure_name(figure)} of each patient by visit. {'. '.join(sentences)}."
