"""The color of a hair: its thickness."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis

__all__ = ["GREY", "ThicknessColors", "thickness_colors"]

GREY = (168, 168, 168)
"""Of hairs whose thickness is not known."""

# The ends of turbo are too dark to be seen on a dimmed picture.
_TABLE_RANGE = (32, 232)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThicknessColors:
    """A color scale over thickness.

    Parameters
    ----------
    low, high : float
        Thickness at the scale's ends; beyond them the color stays.
    ticks : tuple of int
        Thickness at the scale's labels.
    unit : str
        ``"um"`` or ``"px"``.
    """

    low: float
    high: float
    ticks: tuple[int, ...]
    unit: str

    def colors(self, thickness: NDArray[np.float64]) -> NDArray[np.uint8]:
        """(N, 3) RGB of N thicknesses; grey for NaN."""
        share = np.clip((thickness - self.low) / (self.high - self.low), 0.0, 1.0)
        first, last = _TABLE_RANGE
        index = np.nan_to_num(first + share * (last - first)).round().astype(np.uint8)
        colored = _table()[index]
        colored[np.isnan(thickness)] = GREY
        return colored


UM_COLORS = ThicknessColors(low=20.0, high=120.0, ticks=(20, 40, 60, 80, 100, 120), unit="um")


def thickness_colors(analysis: Analysis) -> tuple[ThicknessColors, NDArray[np.uint8]]:
    """The color scale of an analysis and the (N, 3) RGB of its hairs.

    In um the scale is the same for every picture, so that pictures can be compared; in px it fits the picture.
    """
    if analysis.calibration is not None:
        return UM_COLORS, UM_COLORS.colors(analysis.hairs["diameter_um"].to_numpy(dtype=np.float64))
    thickness_px = analysis.hairs["diameter_px"].to_numpy(dtype=np.float64)
    scale = _px_colors(thickness_px)
    return scale, scale.colors(thickness_px)


def _px_colors(thickness_px: NDArray[np.float64]) -> ThicknessColors:
    """From zero to the thick hairs, in five round steps; a few outliers do not stretch it."""
    known = thickness_px[np.isfinite(thickness_px)]
    step = max(1, math.ceil(np.percentile(known, 95.0) / 5.0)) if len(known) else 1
    return ThicknessColors(low=0.0, high=5.0 * step, ticks=tuple(step * i for i in range(6)), unit="px")


def _table() -> NDArray[np.uint8]:
    """(256, 3) RGB: turbo, which stays apart in its steps better than viridis does on brown skin."""
    ramp = np.arange(256, dtype=np.uint8)[:, np.newaxis]
    return np.asarray(cv2.applyColorMap(ramp, cv2.COLORMAP_TURBO)[:, 0, ::-1], dtype=np.uint8)
