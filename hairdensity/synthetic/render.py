"""From a scene to a picture with its truth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.image import TrichoImage
from hairdensity.synthetic.bars import Bar, blurred_bar, mix
from hairdensity.synthetic.camera import (
    corner_distance,
    decode_jpeg,
    encode_jpeg,
    illuminate,
    soften_corners,
    to_light,
    to_pixels,
)
from hairdensity.synthetic.graphics import burn_in
from hairdensity.synthetic.scene import Scene, Shafts
from hairdensity.synthetic.skin import paint_skin, smooth_noise
from hairdensity.synthetic.truth import Truth, to_px, truth_of

__all__ = ["Rendering", "render"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

ROOT_SOFTNESS_UM = 18.0
"""The shaft rises out of the skin over this distance; its middle is the root."""

BURIED_REACH_UM = (250.0, 70.0)
"""Mean and deviation of how far back the buried shaft shines through."""

BURIED_BLUR_UM = 42.0
BURIED_RGB = (62.0, 80.0, 106.0)
VESSEL_RGB = (0.97, 0.80, 0.80)
SCALE_RGB = (205.0, 215.0, 240.0)
GLARE_RGB = (225.0, 232.0, 250.0)
OSTIUM_RGB = (0.80, 0.76, 0.68)


class Rendering(NamedTuple):
    """A picture and what it really shows."""

    image: TrichoImage
    truth: Truth


def render(scene: Scene, *, image_id: str = "scene", compressed: bool = True) -> Rendering:
    """Render a scene.

    Parameters
    ----------
    scene : Scene
    image_id : str, optional
    compressed : bool, optional
        False leaves the camera's JPEG compression to whoever writes the file.

    Returns
    -------
    Rendering
        The same scene always gives the same pixels.
    """
    pixels = _expose(scene)
    camera = scene.settings.camera
    if camera.graphics:
        pixels = burn_in(pixels, um_per_px=scene.settings.um_per_px, title=image_id)
    if compressed and camera.jpeg_quality is not None:
        pixels = decode_jpeg(encode_jpeg(pixels, camera.jpeg_quality))
    return Rendering(TrichoImage.from_array(pixels, image_id=image_id), truth_of(scene))


def _expose(scene: Scene) -> NDArray[np.uint8]:
    """(H, W, 3) uint8: everything from the back to the front, then the lamp, then the sensor."""
    camera, rng = scene.settings.camera, np.random.default_rng([scene.seed, 2])
    canvas = to_light(paint_skin(scene.settings, rng), camera.encoding_gamma)
    _lay_vessels(canvas, scene)
    _lay_ostia(canvas, scene)
    _lay_buried(canvas, scene, rng)
    _lay_scale(canvas, scene, rng)
    canvas = soften_corners(canvas, camera.corner_blur_px)
    _lay_shafts(canvas, scene.hairs, scene, rng)
    _lay_shafts(canvas, scene.fragments, scene, rng)
    _lay_glare(canvas, scene, rng)
    return to_pixels(illuminate(canvas, camera), camera, rng)


def _lay_shafts(canvas: Map, shafts: Shafts, scene: Scene, rng: np.random.Generator) -> None:
    """Thin shafts first: thick ones stand higher."""
    settings, population = scene.settings, scene.settings.population
    color, dust = np.asarray(population.color_rgb), _dust(scene, rng)
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
        mix(canvas, bar, opacity * (1 - dust[bar.rows, bar.cols]), _light(color * tone, scene))
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
    mix(canvas, bar._replace(coverage=line), scene.settings.population.highlight, _light(lighter, scene))


def _lay_buried(canvas: Map, scene: Scene, rng: np.random.Generator) -> None:
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
            mix(canvas, bar, opacity, _light(np.asarray(BURIED_RGB), scene))


def _lay_vessels(canvas: Map, scene: Scene) -> None:
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
            mix(canvas, bar, 0.55, _light(color, scene))


def _lay_ostia(canvas: Map, scene: Scene) -> None:
    """Openings without a hair: soft, yellowish-brown dots."""
    color = _light(np.asarray(OSTIUM_RGB) * scene.settings.skin.color_rgb, scene)
    for place in scene.ostia_um:
        _lay_dot(canvas, place, 130.0, 28.0, 0.7, color, scene)


def _lay_scale(canvas: Map, scene: Scene, rng: np.random.Generator) -> None:
    """Flaky light cuffs about the openings, behind the roots."""
    settings, strength = scene.settings, scene.settings.clutter.scale_specks
    if not strength or not len(scene.hairs):
        return
    cuff = np.zeros(settings.shape, np.float32)
    for place in to_px(scene.hairs.roots_um, settings.um_per_px):
        _add_blob(cuff, place, 95.0 / settings.um_per_px)
    scale = 14.0 / settings.um_per_px
    flakes = np.clip(smooth_noise(settings.shape, (scale, scale), rng) - 0.3, 0, 1.6)
    alpha = np.minimum(0.3 * strength * np.minimum(cuff, 1.2) * flakes, 0.85)[..., None]
    canvas += alpha * (np.asarray(_light(np.asarray(SCALE_RGB), scene), np.float32) - canvas)


def _lay_glare(canvas: Map, scene: Scene, rng: np.random.Generator) -> None:
    """Small wet highlights over everything."""
    settings = scene.settings
    height, width = settings.frame_um
    n = rng.poisson(settings.clutter.glare_per_cm2 * height * width / 1e8)
    color = _light(np.asarray(GLARE_RGB), scene)
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


def _add_blob(field: Map, place_px: Array, sigma_px: float) -> None:
    """Add a Gaussian blob, in place."""
    reach = int(np.ceil(3 * sigma_px))
    low = np.maximum(np.rint(place_px).astype(int) - reach, 0)
    high = np.minimum(np.rint(place_px).astype(int) + reach + 1, field.shape)
    if (low >= high).any():
        return
    rows, cols = (np.arange(a, b) - c for a, b, c in zip(low, high, place_px, strict=True))
    blob = np.exp(-0.5 * (rows / sigma_px) ** 2)[:, None] * np.exp(-0.5 * (cols / sigma_px) ** 2)[None]
    field[low[0] : high[0], low[1] : high[1]] += blob.astype(np.float32)


def _sigma_px(path_px: Array, scene: Scene) -> float:
    """PSF of a shaft: that of its middle."""
    camera = scene.settings.camera
    away = corner_distance(path_px[len(path_px) // 2][None], scene.settings.shape)[0]
    return float(np.hypot(camera.psf_sigma_px, camera.corner_blur_px * away))


def _light(color: Array, scene: Scene) -> Array:
    """A color on the scale of the canvas."""
    return np.asarray(to_light(np.asarray(color, np.float32), scene.settings.camera.encoding_gamma), np.float64)
