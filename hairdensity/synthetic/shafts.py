"""Hair shafts and loose fragments, painted on the canvas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.bars import Bar, Profile, blurred_bar, mix
from hairdensity.synthetic.camera import canvas_color, corner_distance
from hairdensity.synthetic.chance import Effect, between, effect_rng, remembered
from hairdensity.synthetic.heights import Heights, draw_heights, lay_shadow
from hairdensity.synthetic.outlines import Outlines, draw_outlines, splinter_path
from hairdensity.synthetic.population import Fragments
from hairdensity.synthetic.scene import Scene, Shafts
from hairdensity.synthetic.skin import smooth_noise
from hairdensity.synthetic.tints import Body, Tints, draw_second_shares, draw_tints
from hairdensity.synthetic.truth import to_px

__all__ = ["lay_shafts"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

ROOT_SOFTNESS_UM = 18.0
"""The shaft rises out of the skin over this distance; its middle is the root."""

REACH_PX = 150.0
"""Further from the frame no blur, shadow or width reaches into it."""

SPLINTER_LIGHTER = 45.0
"""Grey levels: a splinter is a part of a shaft's thickness."""

SPLINTER_OPACITY = 0.8

HAIRS, PIECES = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Looks:
    """How N shafts look.

    Parameters
    ----------
    tone : (N, 3) float64 ndarray
        Relative deviation of each color.
    ragged : (N, 6) float64 ndarray
        Fraying of the cut.
    clear : (N,) float64 ndarray
        Transparency on top of that of thin shafts.
    cut_twice : bool
        Loose pieces have no root.
    outlines, tints, heights : optional
        None where plain bars will do.
    """

    tone: Array
    ragged: Array
    clear: Array
    cut_twice: bool
    outlines: Outlines | None
    tints: Tints | None
    heights: Heights | None


def lay_shafts(canvas: Map, scene: Scene, rng: np.random.Generator) -> None:
    """Hairs, then loose fragments.

    Parameters
    ----------
    canvas : (H, W, 3) float32 ndarray
        Contiguous; painted in place.
    scene : Scene
    rng : Generator
        For tones and cuts; the other effects draw their own numbers.
    """
    for part, shafts in enumerate((scene.hairs, scene.fragments)):
        dust = _dust(scene, rng)
        looks = _draw_looks(shafts, scene, part, rng)
        # Thin shafts first: thick ones stand higher.
        for shaft in np.argsort(shafts.diameter_um, kind="stable"):
            _lay_shaft(canvas, int(shaft), shafts, scene, looks, dust)
        if part == HAIRS and looks.outlines is not None:
            _lay_splinters(canvas, shafts, scene, looks.outlines)


def _draw_looks(shafts: Shafts, scene: Scene, part: int, rng: np.random.Generator) -> _Looks:
    """The numbers of a shaft follow each other, in the order of painting: those of a thicker shaft move no other."""
    population, n = scene.settings.population, len(shafts)
    numbers = np.empty((n, 10))
    numbers[np.argsort(shafts.diameter_um, kind="stable")] = rng.standard_normal((n, 10))
    tone = 1.0 + population.tone_sd * (numbers[:, :1] + 0.25 * numbers[:, 1:4])
    cut = numbers[:, 4:]
    clear = between(population.fragments.pale, n, effect_rng(scene.seed, Effect.PIECES, part))
    return _Looks(
        tone=tone,
        ragged=(cut - cut.mean(axis=1, keepdims=True)) * scene.settings.clutter.ragged_um,
        clear=clear if part == PIECES else np.zeros(n),
        cut_twice=part == PIECES and population.fragments != Fragments(),
        outlines=draw_outlines(population.outline, n, scene.seed, part),
        tints=draw_tints(
            population,
            scene.settings.camera,
            tone,
            shafts.diameter_um,
            scene.seed,
            part,
            second_share=_second_shares(scene, part),
        ),
        heights=draw_heights(population.depth, n, scene.seed, part),
    )


def _second_shares(scene: Scene, part: int) -> Array | None:
    """Hairs that were seen before keep their color; None where there were none."""
    if part != HAIRS or scene.seen is None:
        return None
    first, tone = scene.seen.first, scene.settings.population.tone
    return remembered(
        draw_second_shares(tone, len(first.hairs), first.seed),
        first.hairs.shaft_id,
        draw_second_shares(tone, len(scene.hairs), scene.seed),
        scene.hairs.shaft_id,
    )


def _lay_shaft(canvas: Map, shaft: int, shafts: Shafts, scene: Scene, looks: _Looks, dust: Map) -> None:
    settings, population, scale = scene.settings, scene.settings.population, scene.settings.um_per_px
    path_um, width = shafts.path(shaft), float(shafts.diameter_um[shaft])
    path = to_px(path_um, scale)
    if not _in_reach(path, settings.shape):
        return
    length = float(np.linalg.norm(np.diff(path_um, axis=0), axis=1).sum())
    sigma = _sigma_px(path, scene)
    profile = _profile(looks, shaft, width, length, sigma, scale)
    if looks.heights is not None and profile is not None and population.depth.shadow:
        lay_shadow(canvas, looks.heights, shaft, path, profile, scale)
    start_sigma = sigma if profile is None else float(profile.sigma_px[0])
    bar = blurred_bar(
        path,
        width_px=width / scale,
        sigma_px=sigma,
        shape=settings.shape,
        start_sigma_px=start_sigma if looks.cut_twice else float(np.hypot(start_sigma, ROOT_SOFTNESS_UM / scale)),
        cut_px=_cut_um(looks, shaft, width) / scale,
        profile=profile,
    )
    if bar is None:
        return
    opacity = (1 - np.exp(-width / population.opaque_um)) * (1 - looks.clear[shaft]) * (1 - dust[bar.pixels])
    if looks.tints is None:
        color = np.asarray(population.color_rgb) * looks.tone[shaft]
        mix(canvas, bar, opacity, canvas_color(color, settings.camera))
    else:
        blur_um = scale * (sigma if profile is None else float(profile.sigma_px.mean()))
        coat = looks.tints.coat(shaft, bar, Body(width, length, blur_um, scale))
        mix(canvas, bar, opacity * coat.opacity, coat.color)
    if population.highlight:
        _lay_highlight(canvas, bar, width, scene)


def _profile(looks: _Looks, shaft: int, width: float, length: float, sigma: float, scale: float) -> Profile | None:
    """Edges and blur along a shaft of this width and length in um; None where both are even."""
    if looks.outlines is None and looks.heights is None:
        return None
    half = np.full(max(int(length / 40.0), 2), width / 2)
    left, right = (half, half) if looks.outlines is None else looks.outlines.edges_um(shaft, width, length)
    blur = np.full(len(left), sigma)
    if looks.heights is not None:
        blur = looks.heights.sigma_px(shaft, np.linspace(0.0, length, len(left)), sigma, scale)
    return Profile(left / scale, right / scale, blur)


def _cut_um(looks: _Looks, shaft: int, width_um: float) -> Array:
    """Shape of the tip, and of the other end too where both are cut."""
    ragged = looks.ragged[shaft]
    cut = ragged if looks.outlines is None else looks.outlines.cut_um(shaft, width_um, ragged)
    # A piece is cut along the same slope at both ends.
    return np.stack([cut, -cut[::-1]]) if looks.cut_twice else cut


def _lay_splinters(canvas: Map, hairs: Shafts, scene: Scene, outlines: Outlines) -> None:
    """Thin splinters that go on from cut tips."""
    settings, scale = scene.settings, scene.settings.um_per_px
    rng = effect_rng(scene.seed, Effect.TAILS)
    color = canvas_color(np.asarray(settings.population.color_rgb) + SPLINTER_LIGHTER, settings.camera)
    for hair in np.flatnonzero(outlines.tail_um):
        width = float(outlines.tail_width_um[hair])
        axis = splinter_path(hairs.path(int(hair)), float(outlines.tail_um[hair]), float(hairs.diameter_um[hair]), rng)
        path = to_px(axis, scale)
        bar = blurred_bar(path, width_px=width / scale, sigma_px=_sigma_px(path, scene), shape=settings.shape)
        if bar is not None:
            mix(canvas, bar, SPLINTER_OPACITY * (1 - np.exp(-width / 10.0)), color)


def _dust(scene: Scene, rng: np.random.Generator) -> Map:
    """(H * W,) share of light that flecks on a shaft take from it."""
    settings = scene.settings
    if not settings.clutter.scale_specks:
        return np.zeros(settings.shape[0] * settings.shape[1], np.float32)
    scale = 18.0 / settings.um_per_px
    flecks = np.clip(smooth_noise(settings.shape, (scale, scale), rng) - 1.8, 0, 1)
    return np.asarray(0.5 * settings.clutter.scale_specks * flecks, dtype=np.float32).ravel()


def _lay_highlight(canvas: Map, bar: Bar, width_um: float, scene: Scene) -> None:
    """The light line along the middle of a shaft."""
    settings = scene.settings
    sigma = 0.2 * width_um / settings.um_per_px
    line = bar.coverage * np.exp(-0.5 * (bar.across_px / sigma) ** 2)
    lighter = np.asarray(settings.population.color_rgb) * 0.5 + 90.0
    mix(canvas, bar._replace(coverage=line), settings.population.highlight, canvas_color(lighter, settings.camera))


def _in_reach(path_px: Array, shape: tuple[int, int]) -> bool:
    """Whether a shaft or its shadow may lie in the picture."""
    low, high = path_px.min(axis=0) - REACH_PX, path_px.max(axis=0) + REACH_PX
    return bool((low < shape).all() and (high > 0).all())


def _sigma_px(path_px: Array, scene: Scene) -> float:
    """PSF of a shaft: that of its middle."""
    camera = scene.settings.camera
    away = corner_distance(path_px[len(path_px) // 2][None], scene.settings.shape)[0]
    return float(np.hypot(camera.psf_sigma_px, camera.corner_blur_px * away))
