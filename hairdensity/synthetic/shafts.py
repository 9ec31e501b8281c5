"""Hair shafts, loose fragments and buried roots, painted on the canvas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.bars import Bar, blurred_bar, mix
from hairdensity.synthetic.camera import canvas_color, corner_distance
from hairdensity.synthetic.scene import Scene, Shafts
from hairdensity.synthetic.skin import smooth_noise
from hairdensity.synthetic.truth import to_px

__all__ = ["lay_buried", "lay_shafts"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

ROOT_SOFTNESS_UM = 18.0
"""The shaft rises out of the skin over this distance; its middle is the root."""

BURIED_REACH_UM = (250.0, 70.0)
"""Mean and deviation of how far back the buried shaft shines through."""

BURIED_BLUR_UM = 42.0
BURIED_RGB = (62.0, 80.0, 106.0)


def lay_shafts(canvas: Map, scene: Scene, rng: np.random.Generator) -> None:
    """Hairs, then loose fragments."""
    _lay(canvas, scene.hairs, scene, rng)
    _lay(canvas, scene.fragments, scene, rng)


def _lay(canvas: Map, shafts: Shafts, scene: Scene, rng: np.random.Generator) -> None:
    """Thin shafts first: thick ones stand higher."""
    settings, population = scene.settings, scene.settings.population
    color, dust = np.asarray(population.color_rgb), _dust(scene, rng).ravel()
    for shaft in np.argsort(shafts.diameter_um, kind="stable"):
        path, width = to_px(shafts.path(int(shaft)), settings.um_per_px), float(shafts.diameter_um[shaft])
        tone = 1.0 + population.tone_sd * (rng.standard_normal() + 0.25 * rng.standard_normal(3))
        cut = rng.standard_normal(6)
        sigma = _sigma_px(path, scene)
        bar = blurred_bar(
            path,
            width_px=width / settings.um_per_px,
            sigma_px=sigma,
            shape=settings.shape,
            start_sigma_px=float(np.hypot(sigma, ROOT_SOFTNESS_UM / settings.um_per_px)),
            cut_px=(cut - cut.mean()) * settings.clutter.ragged_um / settings.um_per_px,
        )
        if bar is None:
            continue
        opacity = 1 - np.exp(-width / population.opaque_um)
        mix(canvas, bar, opacity * (1 - dust[bar.pixels]), canvas_color(color * tone, scene.settings.camera))
        if population.highlight:
            _lay_highlight(canvas, bar, width, scene)


def _dust(scene: Scene, rng: np.random.Generator) -> Map:
    """(H, W) share of light that flecks on a shaft take from it."""
    settings = scene.settings
    if not settings.clutter.scale_specks:
        return np.zeros(settings.shape, np.float32)
    scale = 18.0 / settings.um_per_px
    flecks = np.clip(smooth_noise(settings.shape, (scale, scale), rng) - 1.8, 0, 1)
    return np.asarray(0.5 * settings.clutter.scale_specks * flecks, dtype=np.float32)


def _lay_highlight(canvas: Map, bar: Bar, width_um: float, scene: Scene) -> None:
    """The light line along the middle of a shaft."""
    sigma = 0.2 * width_um / scene.settings.um_per_px
    line = bar.coverage * np.exp(-0.5 * (bar.across_px / sigma) ** 2)
    lighter = np.asarray(scene.settings.population.color_rgb) * 0.5 + 90.0
    mix(
        canvas,
        bar._replace(coverage=line),
        scene.settings.population.highlight,
        canvas_color(lighter, scene.settings.camera),
    )


def lay_buried(canvas: Map, scene: Scene, rng: np.random.Generator) -> None:
    """The shaft below the surface, behind the root: blurred by the skin, fading with depth."""
    settings, hairs = scene.settings, scene.hairs
    if not settings.clutter.buried_root:
        return
    for hair in range(len(hairs)):
        path = hairs.path(hair)
        back = (path[0] - path[1]) / np.linalg.norm(path[0] - path[1])
        length = max(rng.normal(*BURIED_REACH_UM), 60.0)
        width = float(hairs.diameter_um[hair])
        axis = np.stack([path[0] - 30.0 * back, path[0] + length * back])
        bar = blurred_bar(
            to_px(axis, settings.um_per_px),
            width_px=1.3 * width / settings.um_per_px,
            sigma_px=BURIED_BLUR_UM / settings.um_per_px,
            shape=settings.shape,
        )
        if bar is not None:
            fade = np.clip(1.15 - bar.along_px * settings.um_per_px / (length + 60.0), 0, 1)
            opacity = settings.clutter.buried_root * (1 - np.exp(-width / 40.0)) * fade
            mix(canvas, bar, opacity, canvas_color(np.asarray(BURIED_RGB), scene.settings.camera))


def _sigma_px(path_px: Array, scene: Scene) -> float:
    """PSF of a shaft: that of its middle."""
    camera = scene.settings.camera
    away = corner_distance(path_px[len(path_px) // 2][None], scene.settings.shape)[0]
    return float(np.hypot(camera.psf_sigma_px, camera.corner_blur_px * away))
