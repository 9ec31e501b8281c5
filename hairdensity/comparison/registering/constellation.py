"""Constellation: the places on the skin by which it is recognized, in um."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.errors import InputError

__all__ = ["Constellation", "constellation_of"]

Array = NDArray[np.float64]

SURE_ROOT = 0.9
"""Below this confidence a hair offers both of its ends: either may be the root."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Constellation:
    """Follicular units and roots of one picture.

    They stay where they are while hairs grow, are clipped, combed and lit differently.

    Parameters
    ----------
    units_um : (N, 2) float64 ndarray
        (row, col) of the follicular units, from the center of the first pixel.
    roots_um : (R, 2) float64 ndarray
        Of the hairs' roots; hairs that may be the wrong way round give both ends.
    unit_of_root : (R,) int64 ndarray
        Row of the unit that each belongs to.
    diameter_um : (R,) float64 ndarray
        Of their hairs; NaN where it is not known.
    frame_um : (float, float)
        Height and width of the picture.
    um_per_px : float
        What its px were turned into um by.
    """

    units_um: Array
    roots_um: Array
    unit_of_root: NDArray[np.int64]
    diameter_um: Array
    frame_um: tuple[float, float]
    um_per_px: float

    def __post_init__(self) -> None:
        for name, points in (("units_um", self.units_um), ("roots_um", self.roots_um)):
            if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
                raise InputError(f"{name} must be (N, 2) and finite, got {points.shape}")
        if not self.unit_of_root.shape == self.diameter_um.shape == (len(self.roots_um),):
            raise InputError(f"unit_of_root and diameter_um must have one value for each of {len(self.roots_um)} roots")
        if not min(*self.frame_um, self.um_per_px) > 0:
            raise InputError(f"frame_um and um_per_px must be above 0, got {self.frame_um} and {self.um_per_px:g}")

    @property
    def center_um(self) -> Array:
        """(2,) middle of the frame."""
        return np.array(self.frame_um) / 2

    @property
    def density_per_um2(self) -> float:
        """Units per um2 of the frame."""
        return len(self.units_um) / (self.frame_um[0] * self.frame_um[1])

    def shows(self, points_um: Array) -> NDArray[np.bool_]:
        """(...,) True where (..., 2) points lie inside the frame."""
        return np.asarray(((points_um >= 0) & (points_um <= np.array(self.frame_um))).all(axis=-1))

    def mirrored(self) -> Constellation:
        """The same flipped left to right: skin is never like this, exported pictures sometimes are."""
        flip, width = np.array([1.0, -1.0]), np.array([0.0, self.frame_um[1]])
        return replace(self, units_um=self.units_um * flip + width, roots_um=self.roots_um * flip + width)


def constellation_of(analysis: Analysis) -> Constellation:
    """The constellation of a picture, by its scale or, without one, its working scale.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    Constellation
        Of the whole picture: units outside the target area count as much.
    """
    scale = analysis.working_um_per_px
    hairs, units = analysis.hairs, analysis.units
    roots = hairs[["root_row_px", "root_col_px"]].to_numpy(dtype=np.float64)
    tips = hairs[["tip_row_px", "tip_col_px"]].to_numpy(dtype=np.float64)
    is_unsure = hairs["root_confidence"].to_numpy() < SURE_ROOT
    unit = hairs["unit_id"].to_numpy(dtype=np.int64)
    width = hairs["diameter_px"].to_numpy(dtype=np.float64)
    rows, cols = analysis.image.pixels.shape[:2]
    return Constellation(
        units_um=units[["row_px", "col_px"]].to_numpy(dtype=np.float64) * scale,
        roots_um=np.concatenate([roots, tips[is_unsure]]) * scale,
        unit_of_root=np.concatenate([unit, unit[is_unsure]]),
        diameter_um=np.concatenate([width, width[is_unsure]]) * scale,
        frame_um=(rows * scale, cols * scale),
        um_per_px=scale,
    )
