"""HairMaps: what a segmentation says about every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError

__all__ = ["HairMaps"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HairMaps:
    """Per-pixel maps of one picture, all (H, W) at the picture's own resolution.

    Parameters
    ----------
    darkness : (H, W) float32 ndarray
        Optical density against the skin around: 0 is bare skin, positive is darker.
    centerline : (H, W) float32 ndarray
        Strength of a shaft's axis, 0-1.
    body : (H, W) bool ndarray
        Pixels of shafts.
    orientation_rad : (H, W) float32 ndarray
        Direction of the shaft in (-pi/2, pi/2]: 0 runs along rows of increasing column, pi/2 along increasing row.
    width_px : (H, W) float32 ndarray
        Width of the shaft that the best filter scale suggests; NaN off the centerline mask.
    light : (H, W) bool ndarray
        True where the shaft is lighter than the skin.
    model : str or None
        Name and version of the weights; None for the method without weights.
    """

    darkness: NDArray[np.float32]
    centerline: NDArray[np.float32]
    body: NDArray[np.bool_]
    orientation_rad: NDArray[np.float32]
    width_px: NDArray[np.float32]
    light: NDArray[np.bool_]
    model: str | None = None

    def __post_init__(self) -> None:
        for name in ("centerline", "body", "orientation_rad", "width_px", "light"):
            shape = getattr(self, name).shape
            if shape != self.darkness.shape:
                raise InputError(f"{name} must have the shape of darkness {self.darkness.shape}, got {shape}")
