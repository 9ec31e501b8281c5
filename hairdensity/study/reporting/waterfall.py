"""Each patient's change as a bar, the largest loss first, one panel an arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hairdensity.study.reporting.blocks import Picture
from hairdensity.study.reporting.drawing import (
    INK,
    ArmLook,
    arm_looks,
    calm,
    drawing,
    empty_figure,
    panel_grid,
    panel_title,
    picture_of,
)
from hairdensity.study.reporting.wording import arm_name, figure_name, figure_title, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["waterfall"]

_MOST_WHISKERS = 120
# Beyond it a bar is less than half a pixel wide on a screen, and drawing thousands of them one by one takes seconds.
_MOST_BARS = 300


def waterfall(changes: pd.DataFrame, arms: Sequence[str], figure: str, visit: str) -> Picture | None:
    """The drawing, or None where no patient has a change.

    Parameters
    ----------
    changes : DataFrame
        From `patient_changes`.
    arms : sequence of str
    figure, visit : str
    """
    arms = [arm for arm in arms if (changes["arm"] == arm).any()]
    if not arms:
        return None
    n_rows, n_columns = panel_grid(len(arms))
    with drawing():
        canvas = empty_figure(8.6, 0.7 + 2.2 * n_rows)
        panels = canvas.subplots(n_rows, n_columns, sharey=True, squeeze=False).ravel()
        for axes, arm in zip(panels, arms, strict=False):
            _bars(axes, changes[changes["arm"] == arm], arm_looks(arms)[arm])
            n_patients = int((changes["arm"] == arm).sum())
            axes.set_title(panel_title(arm_name(arm), n_patients, n_columns=n_columns))
        for axes in panels[len(arms) :]:
            axes.set_visible(False)
        canvas.supylabel(f"Change at {visit}: {figure_name(figure)}", fontsize=9)
        return picture_of(
            canvas,
            caption=f"Change of {figure_title(figure).lower()} of each patient at {visit}, from the largest loss to "
            f"the largest gain; each bar is a patient. {_whiskers(changes)}{_pale(changes)} All panels have one scale.",
            alt=_words(changes, arms, figure, visit),
        )


def _whiskers(changes: pd.DataFrame) -> str:
    words = (
        "Lines on bars are the patient's own measurement interval (95 %), where the pictures were matched hair to hair"
    )
    if changes["arm"].value_counts().max() > _MOST_WHISKERS:
        return f"{words}; they are left out in arms of more than {_MOST_WHISKERS} patients."
    return f"{words}."


def _pale(changes: pd.DataFrame) -> str:
    if changes["registered"].all():
        return ""
    edges = "" if changes["arm"].value_counts().max() > _MOST_BARS else " with a dotted edge"
    return (
        f" Pale bars{edges} were not matched: they are differences of two separate samples of skin, and have no line."
    )


def _bars(axes: Axes, rows: pd.DataFrame, look: ArmLook) -> None:
    place = np.arange(len(rows))
    value, matched = rows["value"].to_numpy(), rows["registered"].to_numpy(dtype=bool)
    solid: dict[str, Any] = {"edgecolor": "white", "hatch": look.hatch, "linewidth": 0.0}
    if len(rows) > _MOST_BARS:
        edges = np.arange(len(rows) + 1) - 0.5
        axes.stairs(np.where(matched, value, np.nan), edges, fill=True, facecolor=look.color, **solid)
        axes.stairs(np.where(matched, np.nan, value), edges, fill=True, facecolor=look.color, alpha=0.3)
    else:
        axes.bar(place[matched], value[matched], width=0.82, color=look.color, **solid)
        axes.bar(place[~matched], value[~matched], width=0.82, color="white", edgecolor=look.color, linestyle=":")
    if len(rows) <= _MOST_WHISKERS:
        ends = rows[["low", "high"]].to_numpy()[matched]
        axes.vlines(place[matched], ends[:, 0], ends[:, 1], color=INK, linewidth=0.8)
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_xticks([])
    axes.set_xlim(-0.8, len(rows) - 0.2)
    calm(axes)


def _words(changes: pd.DataFrame, arms: Sequence[str], figure: str, visit: str) -> str:
    """The drawing in words."""
    sentences = []
    for arm in arms:
        values = changes.loc[changes["arm"] == arm, "value"]
        sentences.append(
            f"{arm_name(arm)}: {len(values)} patients, from {signed(values.min(), 1)} to {signed(values.max(), 1)}, "
            f"median {signed(values.median(), 1)}, {int((values > 0).sum())} gained"
        )
    return f"Change of {figure_name(figure)} of each patient at {visit}. {'. '.join(sentences)}."
