"""HairMaps: what a segmentation says about every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError

__all__ = ["HairMaps"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HairMaps:
    """Maps of one picture: darkness at the picture's own resolution (H, W), the rest at the working one (h, w).

    Parameters
    ----------
    darkness : (H, W) float32 ndarray
        1 - intensity / skin intensity: 0 is bare skin, 1 is black, negative is lighter than the skin. Blur acts on
        intensities, so a shaft's profile is its true profile convolved with the PSF; in optical density it is not.
    contrast : (h, w) float32 ndarray
        Darkness at the working scale, positive on the shafts of these maps whether they are dark or light; highlights
        along them are filled.
    strength : (h, w) float32 ndarray
        Ridge response, in the units of darkness: a bar at its best scale gives its own contrast.
    orientation_rad : (h, w) float32 ndarray
        Direction of the shaft in (-pi/2, pi/2]: 0 runs along increasing column, pi/2 along increasing row.
    width_px : (h, w) float32 ndarray
        Width, in working px, of the bar that answers best to the winning scale.
    axis : (h, w) bool ndarray
        Pixels on a shaft's axis: the response is the largest across the shaft.
    red_contrast : (h, w) float32 ndarray
        ``contrast`` in the red channel, highlights left as they are: hair absorbs red too, blood hardly does, and a
        shaft under the skin does most.
    polarity : int
        1 where hairs are darker than the skin, -1 where these maps speak of the lighter ones.
    px_per_map_px : float
        Pixels of the picture in one pixel of the working maps.
    um_per_map_px : float
        Working scale; a calibration only when the picture has one.
    model : str or None
        Name and version of the weights; None for the method without weights.
    """

    darkness: NDArray[np.float32]
    contrast: NDArray[np.float32]
    strength: NDArray[np.float32]
    orientation_rad: NDArray[np.float32]
    width_px: NDArray[np.float32]
    axis: NDArray[np.bool_]
    red_contrast: NDArray[np.float32]
    polarity: int
    px_per_map_px: float
    um_per_map_px: float
    model: str | None = None

    def __post_init__(self) -> None:
        for name in ("contrast", "orientation_rad", "width_px", "axis", "red_contrast"):
            shape = getattr(self, name).shape
            if shape != self.strength.shape:
                raise InputError(f"{name} must have the shape of strength {self.strength.shape}, got {shape}")
        if self.polarity not in (1, -1):
            raise InputError(f"polarity must be 1 (dark hairs) or -1 (light hairs), got {self.polarity}")

    def to_image_px(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(P, 2) points of the working maps, in px of the picture."""
        return (points + 0.5) * self.px_per_map_px - 0.5
