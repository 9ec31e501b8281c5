"""Colors on a shaft: its own, light lines, darker edges, grain, fading ends, scale over the root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.bars import Bar
from hairdensity.synthetic.camera import canvas_color
from hairdensity.synthetic.chance import Effect, Ripple, between, chosen, effect_rng
from hairdensity.synthetic.population import Population, Roots, Tone
from hairdensity.synthetic.settings import Camera

__all__ = ["Body", "Coat", "Tints", "draw_second_shares", "draw_tints"]

Array = NDArray[np.float64]
Map = NDArray[np.float32]

CELL_UM = 2.5
"""Size of a cell of a texture."""

CELLS = (512, 128)
"""Cells along a shaft and across it; textures repeat."""

GRAIN_CELLS, FLAKE_CELLS = (9.0, 1.3), (4.0, 4.0)
"""Blur of both textures along a shaft and across it."""

FULL_COLOR_UM = 70.0
GAP_UM = 120.0


SHARP_UM = 25.0
"""A blur of this size halves the contrast of details on a shaft."""


class Body(NamedTuple):
    """A shaft as it is painted."""

    width_um: float
    length_um: float
    blur_um: float
    um_per_px: float


class Coat(NamedTuple):
    """What to paint on the M pixels of a bar: opacity and color on the scale of the canvas."""

    opacity: Map
    color: Map


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tints:
    """Colors of N shafts.

    Parameters
    ----------
    population : Population
    camera : Camera
    color : (N, 3) float64 ndarray
        Encoded value of each shaft.
    stripe, stripe_width, stripe_offset, rim, pale_root, pale_tip, pale_um, cuff_um, place : (N,) float64 ndarray
    grain, flakes : (512, 128) float32 ndarray
    ripple : Ripple
    """

    population: Population
    camera: Camera
    color: Array
    stripe: Array
    stripe_width: Array
    stripe_offset: Array
    rim: Array
    pale_root: Array
    pale_tip: Array
    pale_um: Array
    cuff_um: Array
    place: Array
    grain: Map
    flakes: Map
    ripple: Ripple

    def coat(self, shaft: int, bar: Bar, body: Body) -> Coat:
        """Opacity and color of one shaft under its bar."""
        along, across = bar.along_px * body.um_per_px, bar.across_px * body.um_per_px
        detail = 1 / (1 + (body.blur_um / SHARP_UM) ** 2)
        shade = self._shade(shaft, along, across, body.width_um, detail)
        color = shade[:, None] * canvas_color(self.color[shaft], self.camera).astype(np.float32)
        for strength, light in self._lights(shaft, along, across, body):
            color += strength[:, None] * (light.astype(np.float32) - color)
        return Coat(self._opacity(shaft, along, body.length_um), color)

    def _opacity(self, shaft: int, along: Map, length_um: float) -> Map:
        """Relative opacity: pale ends."""
        fade = np.float32(self.pale_um[shaft])
        opacity = 1 - np.float32(self.pale_root[shaft]) * np.exp(-np.maximum(along, 0) / fade)
        opacity -= np.float32(self.pale_tip[shaft]) * np.exp(-np.maximum(length_um - along, 0) / fade)
        return np.asarray(np.clip(opacity, 0.05, 1), dtype=np.float32)

    def _shade(self, shaft: int, along: Map, across: Map, width_um: float, detail: float) -> Map:
        """Relative brightness: the rim and the grain."""
        shade = 1 - np.float32(self.rim[shaft]) * np.minimum((across / np.float32(width_um / 2)) ** 2, 1.5)
        if self.population.tone.grain:
            shade += np.float32(detail * self.population.tone.grain) * self._grained(shaft, along, across)
        return np.asarray(np.maximum(shade, 0.2), dtype=np.float32)

    def _lights(self, shaft: int, along: Map, across: Map, body: Body) -> list[tuple[Map, Array]]:
        """Strength of each light layer, 0-1 per pixel, and its color."""
        tone, shine = self.population.tone, canvas_color(self._stripe_rgb(shaft), self.camera)
        detail = 1 / (1 + (body.blur_um / SHARP_UM) ** 2)
        layers: list[tuple[Map, Array]] = []
        if self.stripe[shaft]:
            layers.append((self._stripe(shaft, along, across, body), shine))
        if tone.dashes:
            flecks = np.clip((self._grained(shaft, along + 640.0, across) - 1.2) / 0.8, 0, 1)
            layers.append((np.asarray(detail * tone.dashes * flecks, np.float32), shine))
        if tone.face:
            layers.append((np.asarray(detail * tone.face * _oval(along, across, body), np.float32), shine))
        if self.cuff_um[shaft]:
            layers.append((self._cuff(shaft, along, across), canvas_color(self.population.roots.cuff_rgb, self.camera)))
        return layers

    def _stripe(self, shaft: int, along: Map, across: Map, body: Body) -> Map:
        """A line whose strength and place change along the shaft."""
        gaps = self.population.tone.stripe_gaps
        bumps = self.ripple(np.arange(0.0, along.max(initial=0.0) + 40.0, 20.0) / GAP_UM + self.place[shaft])
        bumps = bumps.astype(np.float32)
        cell = np.clip(along / 20.0, 0, len(bumps) - 1).astype(np.int64)
        strength = np.clip(1 - gaps + 1.2 * gaps * bumps, 0, 1.3)[cell]
        middle = (body.width_um * (self.stripe_offset[shaft] + 0.04 * bumps)).astype(np.float32)[cell]
        sharp = 0.4 * self.stripe_width[shaft] * body.width_um
        sigma = np.hypot(sharp, body.blur_um)
        line = np.exp(-0.5 * ((across - middle) / np.float32(sigma)) ** 2)
        full = np.float32(self.stripe[shaft] * sharp / sigma)
        return np.asarray(np.minimum(full * strength * line, 1.0), dtype=np.float32)

    def _cuff(self, shaft: int, along: Map, across: Map) -> Map:
        """Scale that covers the root in part, with a ragged border."""
        flakes = self._read(self.flakes, shaft, along, across)
        border = np.float32(self.cuff_um[shaft]) + np.float32(22.0) * flakes
        cover = np.clip(0.5 + 0.25 * flakes, 0.1, 0.85)
        return np.asarray(cover * np.clip((border - along) / 30.0 + 0.5, 0, 1), dtype=np.float32)

    def _stripe_rgb(self, shaft: int) -> Array:
        rgb = self.population.tone.stripe_rgb
        return np.asarray(self.color[shaft] * 0.5 + 90.0 if rgb is None else rgb, dtype=np.float64)

    def _grained(self, shaft: int, along: Map, across: Map) -> Map:
        """The grain under each pixel."""
        return self._read(self.grain, shaft, along, across)

    def _read(self, texture: Map, shaft: int, along: Map, across: Map) -> Map:
        """The value of a texture under each pixel; every shaft shows another part of it."""
        row = (along * np.float32(1 / CELL_UM) + np.float32(7.0 * self.place[shaft])).astype(np.int32)
        col = (across * np.float32(1 / CELL_UM) + np.float32(1024.0 + self.place[shaft])).astype(np.int32)
        # Powers of two: the bits of a place repeat, below 0 as well.
        cell = ((row & (CELLS[0] - 1)) << 7) | (col & (CELLS[1] - 1))
        return np.asarray(texture.ravel()[cell], dtype=np.float32)


def _oval(along: Map, across: Map, body: Body) -> Map:
    """The cut face, seen obliquely."""
    depth = (np.float32(body.length_um) - along) / np.float32(0.3 * body.width_um)
    oval = 1.2 - (depth - 0.6) ** 2 - (across / np.float32(0.45 * body.width_um)) ** 2
    return np.asarray(np.clip(oval, 0, 1), dtype=np.float32)


def draw_tints(
    population: Population,
    camera: Camera,
    tone_of: Array,
    diameter_um: Array,
    seed: int,
    part: int = 0,
    *,
    second_share: Array | None = None,
) -> Tints | None:
    """Colors of N shafts; None when all are evenly colored.

    Parameters
    ----------
    population : Population
    camera : Camera
    tone_of : (N, 3) float64 ndarray
        Relative deviation of each shaft from its color: 1 is none.
    diameter_um : (N,) float64 ndarray
    seed : int
    part : int, optional
        0 for hairs, 1 for fragments, which have no buried root and no cuff.
    second_share : (N,) float64 ndarray, optional
        How much of the second color each has, where that is known; else it is drawn.
    """
    tone, roots, n = population.tone, population.roots, len(diameter_um)
    if tone == Tone() and not roots.cuff_share:
        return None
    stripes, fades = effect_rng(seed, Effect.STRIPES, part), effect_rng(seed, Effect.FADES, part)
    grain = effect_rng(seed, Effect.GRAIN, part)
    is_hair = 1.0 if part == 0 else 0.0
    if second_share is None:
        second_share = draw_second_shares(tone, n, seed, part)
    return Tints(
        population=population,
        camera=camera,
        color=_colors(population, diameter_um, second_share) * tone_of,
        stripe=np.where(chosen(tone.stripe_share, n, stripes), between(tone.stripe, n, stripes), 0.0),
        stripe_width=between(tone.stripe_width, n, stripes),
        stripe_offset=between((-tone.stripe_offset, tone.stripe_offset), n, stripes),
        rim=between(tone.rim, n, stripes),
        pale_root=is_hair * tone.pale_root * fades.random(n),
        pale_tip=is_hair * tone.pale_tip * fades.random(n),
        pale_um=between(tone.pale_um, n, fades),
        cuff_um=is_hair * _cuffs(roots, n, effect_rng(seed, Effect.CUFFS, part)),
        place=between((0.0, 1000.0), n, grain),
        grain=_texture(GRAIN_CELLS, grain),
        flakes=_texture(FLAKE_CELLS, grain),
        ripple=Ripple(grain),
    )


def draw_second_shares(tone: Tone, n: int, seed: int, part: int = 0) -> Array:
    """(n,) how much of the second color each shaft has: mostly nothing."""
    rng = effect_rng(seed, Effect.COLORS, part)
    return np.where(chosen(tone.second_share, n, rng), rng.uniform(0.3, 1.0, n), 0.0)


def _colors(population: Population, diameter_um: Array, second_share: Array) -> Array:
    """(N, 3) encoded color of each shaft."""
    tone = population.tone
    first, second = np.asarray(population.color_rgb), np.asarray(tone.second_rgb)
    colors = first + second_share[:, None] * (second - first)
    if tone.thin_rgb is not None:
        thin = np.clip(1 - diameter_um / FULL_COLOR_UM, 0, 1)[:, None]
        colors += thin * (np.asarray(tone.thin_rgb) - colors)
    return np.asarray(colors, dtype=np.float64)


def _cuffs(roots: Roots, n: int, rng: np.random.Generator) -> Array:
    return np.where(chosen(roots.cuff_share, n, rng), between(roots.cuff_um, n, rng), 0.0)


def _texture(blur_cells: tuple[float, float], rng: np.random.Generator) -> Map:
    """Smooth noise of mean 0 and deviation 1 that repeats."""
    noise = rng.standard_normal(CELLS, dtype=np.float32)
    wrapped = np.pad(noise, 40, mode="wrap")
    smooth = cv2.GaussianBlur(wrapped, (0, 0), sigmaX=blur_cells[1], sigmaY=blur_cells[0])[40:-40, 40:-40]
    return np.asarray((smooth - smooth.mean()) / smooth.std(), dtype=np.float32)
