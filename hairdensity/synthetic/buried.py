"""Shafts below the surface, which shine through the skin behind the roots."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.bars import Profile, blurred_bar, mix
from hairdensity.synthetic.camera import canvas_color
from hairdensity.synthetic.chance import Effect, between, chosen, effect_rng
from hairdensity.synthetic.population import Roots
from hairdensity.synthetic.scene import Scene
from hairdensity.synthetic.truth import to_px

__all__ = ["lay_buried"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

REACH_UM = (250.0, 70.0)
"""Mean and deviation of how far back a buried shaft shines through."""

BLUR_UM = 42.0
WIDER = 1.3
"""Its width at the surface over the shaft's: skin spreads light."""

OVERLAP_UM = 30.0
"""It begins this far under the visible shaft."""


class _Depths(NamedTuple):
    """Of N hairs: reach in um, factor on the opacity, turn in rad."""

    reach_um: Array
    strength: Array
    turn: Array


def lay_buried(canvas: Map, scene: Scene, rng: np.random.Generator) -> None:
    """The shaft below the surface, behind the root: blurred by the skin, fading with depth."""
    settings, hairs = scene.settings, scene.hairs
    if not settings.clutter.buried_root:
        return
    roots, scale = settings.population.roots, settings.um_per_px
    depths = _draw_depths(roots, len(hairs), scene.seed, rng)
    color = canvas_color(np.asarray(roots.color_rgb), settings.camera)
    for hair in np.flatnonzero(depths.strength):
        axis = _axis(hairs.path(int(hair)), float(depths.reach_um[hair]), float(depths.turn[hair]))
        width = float(hairs.diameter_um[hair])
        bar = blurred_bar(
            to_px(axis, scale),
            width_px=WIDER * width / scale,
            sigma_px=(BLUR_UM if roots.blur_um is None else roots.blur_um[0]) / scale,
            shape=settings.shape,
            profile=_profile(roots, width, scale),
        )
        if bar is not None:
            fade = np.clip(1.15 - bar.along_px * scale / (depths.reach_um[hair] + 60.0), 0, 1)
            opacity = depths.strength[hair] * settings.clutter.buried_root * (1 - np.exp(-width / 40.0)) * fade
            mix(canvas, bar, opacity, color)


def _draw_depths(roots: Roots, n: int, seed: int, rng: np.random.Generator) -> _Depths:
    reach = np.maximum(rng.normal(*REACH_UM, n), 60.0)
    extra = effect_rng(seed, Effect.BURIED)
    missing, strength = chosen(roots.missing_share, n, extra), between(roots.strength, n, extra)
    turn = np.deg2rad(roots.swing_deg) * extra.standard_normal(n)
    if roots.length_um is not None:
        reach = between(roots.length_um, n, extra)
    return _Depths(reach, np.where(missing, 0.0, strength), turn)


def _axis(path_um: Array, reach_um: float, turn_rad: float) -> Array:
    """(2, 2) axis from under the visible shaft to the end of what shines through."""
    back = (path_um[0] - path_um[1]) / np.linalg.norm(path_um[0] - path_um[1])
    if turn_rad:
        cos, sin = np.cos(turn_rad), np.sin(turn_rad)
        back = np.array([[cos, sin], [-sin, cos]]) @ back
    return np.stack([path_um[0] - OVERLAP_UM * back, path_um[0] + reach_um * back])


def _profile(roots: Roots, width_um: float, um_per_px: float) -> Profile | None:
    """Width and blur that grow with depth; None when they do not."""
    if roots.blur_um is None and not roots.widen:
        return None
    depth = np.linspace(0.0, 1.0, 12)
    half = 0.5 * WIDER * width_um / um_per_px * (1 + roots.widen * depth)
    low, high = (BLUR_UM, BLUR_UM) if roots.blur_um is None else roots.blur_um
    return Profile(half, half, (low + (high - low) * depth) / um_per_px)
