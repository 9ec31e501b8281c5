"""HairMaps: what a segmentation says about every pixel, with ridges or with a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.segmentation.model_files import ModelId

__all__ = ["N_HEADINGS", "HairMaps", "NetworkMaps", "RidgeMaps"]


N_HEADINGS = 16
"""Bins of the direction from root to tip."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RidgeMaps:
    """Maps of one picture by ridges: darkness at its own resolution (H, W), the rest at the working one (h, w).

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkMaps:
    """Maps of one picture by a network: darkness at its own resolution (H, W), lines at the working one (h, w).

    The rest varies slowly along a shaft and comes at half of that, (ceil(h / 2), ceil(w / 2)). Network outputs are
    float16: at 12 MP they take half a gigabyte otherwise. Most of OpenCV asks for float32: convert map by map.

    Parameters
    ----------
    darkness : (H, W) float32 ndarray
        As in ``RidgeMaps``.
    contrast, red_contrast : (h, w) float16 ndarray
        Darkness in green and in red at the working scale.
    centerline, body, root : (h, w) float16 ndarray
        Probability of a shaft's axis, of a shaft, and a peak of 1 at each root.
    heading : (16, h', w') float16 ndarray
        Distribution of the direction from root to tip: bin k stands for k * 22.5 degrees, 0 along increasing column,
        90 along increasing row.
    width_px : (h', w') float16 ndarray
        Diameter of the shaft, in working px.
    multiplicity, unreadable : (h', w') float16 ndarray
        Probability of two or more shafts here, and of a place where nothing can be said.
    px_per_map_px : float
        Pixels of the picture in one working pixel; below 1 where a coarse picture was enlarged.
    um_per_map_px : float
        Working scale; a calibration only when the picture has one.
    model : ModelId or None
        The weights; None for maps that were made by hand.
    """

    darkness: NDArray[np.float32]
    contrast: NDArray[np.float16]
    red_contrast: NDArray[np.float16]
    centerline: NDArray[np.float16]
    body: NDArray[np.float16]
    root: NDArray[np.float16]
    heading: NDArray[np.float16]
    width_px: NDArray[np.float16]
    multiplicity: NDArray[np.float16]
    unreadable: NDArray[np.float16]
    px_per_map_px: float
    um_per_map_px: float
    model: ModelId | None = None

    def __post_init__(self) -> None:
        fine = self.centerline.shape
        coarse = ((fine[0] + 1) // 2, (fine[1] + 1) // 2)
        asked = {
            **dict.fromkeys(("body", "root", "contrast", "red_contrast"), fine),
            **dict.fromkeys(("width_px", "multiplicity", "unreadable"), coarse),
            "heading": (N_HEADINGS, *coarse),
        }
        for name, shape in asked.items():
            if getattr(self, name).shape != shape:
                raise InputError(f"{name} must be {shape} for a centerline of {fine}, got {getattr(self, name).shape}")

    def to_image_px(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(P, 2) points of the working maps, in px of the picture."""
        return (points + 0.5) * self.px_per_map_px - 0.5


HairMaps = RidgeMaps | NetworkMaps
"""What tracing starts from."""
