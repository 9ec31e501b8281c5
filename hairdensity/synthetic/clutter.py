"""What lies on the skin and is no hair: vessels, openings, scale, glare."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.bars import blurred_bar, mix
from hairdensity.synthetic.camera import canvas_color
from hairdensity.synthetic.chance import Effect, between, effect_rng, remembered
from hairdensity.synthetic.scene import Scene
from hairdensity.synthetic.sheet import add_blob
from hairdensity.synthetic.skin import smooth_noise
from hairdensity.synthetic.truth import to_px

__all__ = ["lay_glare", "lay_ostia", "lay_scale", "lay_vessels", "ostia_sizes"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

VESSEL_RGB = (0.97, 0.80, 0.80)
SCALE_RGB = (205.0, 215.0, 240.0)
GLARE_RGB = (225.0, 232.0, 250.0)
OSTIUM_RGB = (0.80, 0.76, 0.68)


def lay_vessels(canvas: Map, scene: Scene) -> None:
    """Red lines below the surface."""
    settings, vessels = scene.settings, scene.vessels
    color = np.asarray(VESSEL_RGB) * settings.skin.color_rgb
    for vessel in range(len(vessels)):
        bar = blurred_bar(
            to_px(vessels.path(vessel), settings.um_per_px),
            width_px=float(vessels.diameter_um[vessel]) / settings.um_per_px,
            sigma_px=16.0 / settings.um_per_px,
            shape=settings.shape,
        )
        if bar is not None:
            mix(canvas, bar, 0.55, canvas_color(color, scene.settings.camera))


def lay_ostia(canvas: Map, scene: Scene) -> None:
    """Openings without a hair: soft, yellowish-brown dots."""
    color = canvas_color(np.asarray(OSTIUM_RGB) * scene.settings.skin.color_rgb, scene.settings.camera)
    opacities = _of_openings(scene, scene.settings.clutter.ostia_opacity, 1)
    for place, size, opacity in zip(scene.ostia_um, ostia_sizes(scene), opacities, strict=True):
        _lay_dot(canvas, place, size, 28.0, opacity, color, scene)


def ostia_sizes(scene: Scene) -> Array:
    """(E,) diameters of the openings without a hair, in um."""
    return _of_openings(scene, scene.settings.clutter.ostia_um, 0)


def _of_openings(scene: Scene, span: tuple[float, float], part: int) -> Array:
    """(E,) numbers from a range; an opening keeps its own from visit to visit."""
    new = between(span, len(scene.ostia_um), effect_rng(scene.seed, Effect.OSTIA, part))
    if scene.seen is None:
        return new
    first = scene.seen.first
    return remembered(_of_openings(first, span, part), first.openings_id, new, scene.openings_id)


def lay_scale(canvas: Map, scene: Scene, rng: np.random.Generator) -> None:
    """Flaky light cuffs about the openings, behind the roots."""
    settings, strength = scene.settings, scene.settings.clutter.scale_specks
    if not strength or not len(scene.hairs):
        return
    cuff = np.zeros(settings.shape, np.float32)
    for place in to_px(scene.hairs.roots_um, settings.um_per_px):
        add_blob(cuff, place, 95.0 / settings.um_per_px)
    scale = 14.0 / settings.um_per_px
    flakes = np.clip(smooth_noise(settings.shape, (scale, scale), rng) - 0.3, 0, 1.6)
    alpha = np.minimum(0.3 * strength * np.minimum(cuff, 1.2) * flakes, 0.85)[..., None]
    canvas += alpha * (np.asarray(canvas_color(np.asarray(SCALE_RGB), scene.settings.camera), np.float32) - canvas)


def lay_glare(canvas: Map, scene: Scene, rng: np.random.Generator) -> None:
    """Small wet highlights over everything."""
    settings = scene.settings
    height, width = settings.frame_um
    n = rng.poisson(settings.clutter.glare_per_cm2 * height * width / 1e8)
    color = canvas_color(np.asarray(GLARE_RGB), scene.settings.camera)
    places = rng.uniform(0, 1, (n, 2)) * settings.frame_um
    for place, size, strength in zip(places, rng.gamma(2.0, 8.0, n), rng.uniform(0.3, 0.9, n), strict=True):
        _lay_dot(canvas, place, size, 6.0, strength, color, scene)


def _lay_dot(
    canvas: Map, place_um: Array, size_um: float, blur_um: float, opacity: float, color: Array, scene: Scene
) -> None:
    """A round dot, as a bar that is as long as it is wide."""
    scale = scene.settings.um_per_px
    half = np.array([size_um / 2, 0.0])
    axis = np.stack([place_um - half, place_um + half])
    sigma = float(np.hypot(blur_um / scale, scene.settings.camera.psf_sigma_px))
    bar = blurred_bar(to_px(axis, scale), width_px=size_um / scale, sigma_px=sigma, shape=scene.settings.shape)
    if bar is not None:
        mix(canvas, bar, opacity, color)
