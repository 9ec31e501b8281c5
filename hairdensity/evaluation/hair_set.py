"""The hairs of one picture, true or found, as the scores take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.errors import InputError
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["LEAST_TOLERANCE_PX", "HairSet", "found_hairs"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEAST_TOLERANCE_PX = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HairSet:
    """N hairs of one picture, true or found.

    Parameters
    ----------
    lines : Centerlines
        Parts outside the frame are neither asked for nor held against anyone.
    diameter_um : (N,) float ndarray
        NaN where it is not known.
    counted : (N,) bool ndarray
        The root counts.
    """

    lines: Centerlines
    diameter_um: Array
    counted: Mask

    def __post_init__(self) -> None:
        for name in ("diameter_um", "counted"):
            shape = np.shape(getattr(self, name))
            if shape != (len(self.lines),):
                raise InputError(f"{name} must have one value for each of {len(self.lines)} hairs, got shape {shape}")

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def vectors_px(self) -> Array:
        """(N, 4) row and column of the root, then of the tip."""
        return np.concatenate([self.lines.roots_px, self.lines.tips_px], axis=1)

    def tolerance_px(self, um_per_px: float) -> Array:
        """(N,) what lies this near to the axis lies on the hair: half the diameter, but 2 px at least."""
        return np.asarray(np.fmax(0.5 * self.diameter_um / um_per_px, LEAST_TOLERANCE_PX), dtype=np.float64)


def found_hairs(analysis: Analysis) -> HairSet:
    """The hairs of an analysis, to be scored.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    HairSet
        Those count whose root lies in the target area.
    """
    return HairSet(
        lines=analysis.centerlines,
        diameter_um=analysis.hairs["diameter_um"].to_numpy(dtype=np.float64),
        counted=analysis.hairs["in_area"].to_numpy(dtype=bool),
    )
