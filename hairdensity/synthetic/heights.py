"""Shafts above the skin: their blur out of the plane of focus, and their shadows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.bars import Profile, blurred_bar
from hairdensity.synthetic.chance import Effect, between, effect_rng
from hairdensity.synthetic.population import Depth

__all__ = ["Heights", "draw_heights", "lay_shadow"]

Array = NDArray[np.float64]
Map = NDArray[np.float32]

HALF_SHADOW = 0.35
"""Blur of a shadow per height: the lamp is not a point."""

WIDEST_UM = 60.0
"""A softer shadow is painted no wider but fainter: it would cost much and show little."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heights:
    """How N shafts rise.

    Parameters
    ----------
    settings : Depth
    rise : (N,) float64 ndarray
        um per um.
    blur_um : (N,) float64 ndarray
        Of each shaft on its own.
    """

    settings: Depth
    rise: Array
    blur_um: Array

    def height_um(self, shaft: int, along_um: Array) -> Array:
        """Height of the places along a shaft: they rise and level off."""
        top = self.settings.top_um
        return np.asarray(top * -np.expm1(-self.rise[shaft] * along_um / top), dtype=np.float64)

    def sigma_px(self, shaft: int, along_um: Array, sigma_px: float, um_per_px: float) -> Array:
        """Gaussian blur of the places along a shaft."""
        away_mm = (self.height_um(shaft, along_um) - self.settings.focus_um) / 1000.0
        blur_um = np.hypot(self.settings.blur_um_per_mm * away_mm, self.blur_um[shaft])
        return np.asarray(np.hypot(sigma_px, blur_um / um_per_px), dtype=np.float64)


def draw_heights(depth: Depth, n: int, seed: int, part: int = 0) -> Heights | None:
    """Heights of n shafts; None when all lie flat and throw no shadow. Fragments (part 1) lie on the skin."""
    if depth == Depth():
        return None
    rng = effect_rng(seed, Effect.HEIGHTS, part)
    rise = between(depth.rise, n, rng) if part == 0 else np.zeros(n)
    return Heights(settings=depth, rise=rise, blur_um=depth.blur_um * np.abs(rng.standard_normal(n)))


def lay_shadow(canvas: Map, heights: Heights, shaft: int, path_px: Array, profile: Profile, um_per_px: float) -> None:
    """Darken what lies below a shaft, beside it.

    Parameters
    ----------
    canvas : (H, W, 3) float32 ndarray
    heights : Heights
    shaft : int
    path_px : (K, 2) float64 ndarray
        Axis, root first.
    profile : Profile
        The shaft's edges.
    um_per_px : float
    """
    depth = heights.settings
    # A shadow is too soft to show every step of the axis.
    coarse = np.concatenate([path_px[:-1:2], path_px[-1:]])
    at = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(coarse, axis=0), axis=1))])
    angle = np.deg2rad(depth.shadow_deg)
    reach = (depth.shadow_um + 0.5 * heights.height_um(shaft, at * um_per_px)) / um_per_px
    nodes = np.linspace(0.0, float(at[-1]), len(profile.left_px))
    blur_um = depth.shadow_blur_um + HALF_SHADOW * heights.height_um(shaft, nodes * um_per_px)
    blur = np.hypot(profile.sigma_px, np.minimum(blur_um, WIDEST_UM) / um_per_px)
    bar = blurred_bar(
        coarse + reach[:, None] * np.array([np.sin(angle), np.cos(angle)]),
        width_px=float((profile.left_px + profile.right_px).mean()),
        sigma_px=float(blur.min()),
        shape=(canvas.shape[0], canvas.shape[1]),
        profile=profile._replace(sigma_px=blur),
    )
    if bar is None:
        return
    fainter = np.interp(bar.along_px, nodes, np.minimum(WIDEST_UM / blur_um, 1.0)).astype(np.float32)
    loss = (depth.shadow * (1 - np.asarray(depth.shadow_rgb))).astype(np.float32)
    flat = canvas.reshape(-1, 3)
    flat[bar.pixels] *= 1 - (bar.coverage * fainter)[:, None] * loss
