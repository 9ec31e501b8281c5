"""How thick hairs are before and after, arm by arm: hairs per cm2 in each bin of 10 um."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.metrics.thickness import BIN_UM, N_BINS
from hairdensity.study.reporting.blocks import Picture
from hairdensity.study.reporting.drawing import (
    INK,
    arm_looks,
    calm,
    drawing,
    empty_figure,
    panel_grid,
    panel_title,
    picture_of,
)
from hairdensity.study.reporting.primary import at_primary_visit, primary_pictures, primary_visit
from hairdensity.study.reporting.sources import ReportSources
from hairdensity.study.reporting.wording import arm_name, number, visit_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["diameter_distributions"]

_BINS = [f"diameter_histogram_from_{BIN_UM * i:.0f}um" for i in range(N_BINS)]
_EDGES_UM = BIN_UM * np.arange(N_BINS + 1)


class _Pair(NamedTuple):
    """Mean of patients at baseline and at the primary visit, (B,) hairs per cm2 in each bin."""

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    n_patients: int


def diameter_distributions(sources: ReportSources) -> Picture | None:
    """The drawing, or None where no patient has measured hairs at both visits."""
    pairs = {arm: pair for arm in sources.arms if (pair := _pair(sources, arm)) is not None}
    if not pairs:
        return None
    visit = visit_name(primary_visit(sources))
    n_rows, n_columns = panel_grid(len(pairs))
    with drawing():
        canvas = empty_figure(8.6, 0.9 + 2.2 * n_rows)
        panels = canvas.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False).ravel()
        looks = arm_looks(sources.arms)
        for axes, (arm, pair) in zip(panels, pairs.items(), strict=False):
            _steps(axes, pair, looks[arm].color, visit)
            axes.set_title(panel_title(arm_name(arm), pair.n_patients, n_columns=n_columns))
        for axes in panels[len(pairs) :]:
            axes.set_visible(False)
        canvas.supxlabel("Diameter (µm)", fontsize=9)
        canvas.supylabel("Hairs per cm² in each 10 µm", fontsize=9)
        return picture_of(
            canvas,
            caption=f"Diameters of the counted hairs at baseline and at {visit}, mean of the patients with both. "
            "Filled: "
            "baseline; thick line: follow-up. Measured diameters as they are: the error of each measurement "
            "widens both.",
            alt=_words(pairs, visit),
        )


def _pair(sources: ReportSources, arm: str) -> _Pair | None:
    images = primary_pictures(sources)
    if not set(_BINS) <= set(images.columns):
        return None
    images = images[(images["arm"] == arm) & (images["status"] == "ok") & (images["area_cm2"] > 0.0)]
    before = _of_patients(images[images["visit_index"] == 0])
    after = _of_patients(images[at_primary_visit(images, sources)])
    both = before.index.intersection(after.index)
    if both.empty:
        return None
    return _Pair(before.loc[both].mean().to_numpy(), after.loc[both].mean().to_numpy(), len(both))


def _of_patients(images: pd.DataFrame) -> pd.DataFrame:
    """(N, B) hairs per cm2 in each bin, mean of each patient's pictures."""
    density = images[_BINS].astype(np.float64).div(images["area_cm2"], axis=0).dropna()
    return density.groupby(images.loc[density.index, "patient"], sort=True).mean()


def _steps(axes: Axes, pair: _Pair, color: str, visit: str) -> None:
    axes.stairs(pair.before, _EDGES_UM, fill=True, color="#c9d0d9", label="Baseline")
    style: dict[str, Any] = {"color": color, "linewidth": 1.8, "label": visit}
    axes.stairs(pair.after, _EDGES_UM, **style)
    axes.legend(frameon=False, fontsize=8, labelcolor=INK)
    calm(axes)


def _words(pairs: dict[str, _Pair], visit: str) -> str:
    middles = _EDGES_UM[:-1] + 0.5 * BIN_UM
    sentences = [
        f"{arm_name(arm)}: {pair.n_patients} patients, {number(pair.before.sum(), 0)} measured hairs per cm² at "
        "baseline "
        f"of mean diameter {number(_mean(middles, pair.before), 0)} µm, {number(pair.after.sum(), 0)} at {visit} of "
        f"{number(_mean(middles, pair.after), 0)} µm"
        for arm, pair in pairs.items()
    ]
    return f"Distributions of diameters before and after. {'. '.join(sentences)}."


def _mean(middles: NDArray[np.floating], weights: NDArray[np.float64]) -> float:
    total = float(weights.sum())
    return float(np.dot(middles, weights)) / total if total else float("nan")
