"""Mirrored light: specks of the horny layer, the sheen behind the roots, oil, wet film and glare."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.sheet import Sheet, Stream, blot, clouds, enlarged, lattice, scattered, stamp, stream
from hairdensity.synthetic.truth import to_px

__all__ = ["lay_shine", "lay_wetness"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

TILE_PX = 640
"""The fine relief repeats after this many pixels; clouds above it do not."""

LATTICE_PX = 4
FACET_SD = 1.0
"""Slopes, in deviations, over which a facet still mirrors the lamp."""

SPARKLE = np.float32(0.8)
"""How much brighter the few facets are that face the lamp squarely."""

HALO_BACK_UM, HALO_LONG_UM, HALO_WIDE_UM = 140.0, 150.0, 85.0
"""How far behind the root the skin bulges, and the deviations of the bulge along and across the hair."""

HALO_GRAIN = 0.7
"""Specks on the bulge are finer than those of the skin around."""

HALO_RGB = (122.0, 138.0, 172.0)
"""Skin under the sheen behind a root."""

GLARE_RGB = (262.0, 264.0, 272.0)


def lay_shine(sheet: Sheet) -> None:
    """Specks of light on the skin, in clouds and behind the roots."""
    shine = sheet.scene.settings.shine
    if shine.strength:
        sheet.add(_specks(sheet, _spread(sheet), shine.grain_um, (shine.stretch, shine.along_deg)))
    if shine.halos and len(sheet.scene.hairs):
        _lay_halos(sheet)


def lay_wetness(sheet: Sheet) -> None:
    """Oil, film and glare, over the hairs too."""
    shine = sheet.scene.settings.shine
    if shine.oil or shine.film:
        sheet.add(_wetness(sheet)[..., None] * np.array(shine.color_rgb, np.float32))
    rng = stream(sheet.scene, Stream.GLARE)
    for place, size in scattered(sheet, shine.glare_per_cm2, shine.glare_um, rng):
        edge = max(size * rng.uniform(0.05, 0.4), 1.5)
        alpha = np.float32(rng.uniform(0.5, 1.0)) * blot(size, rng, rough=rng.uniform(0.1, 0.6), edge_px=edge)
        stamp(sheet, place, alpha, sheet.color(GLARE_RGB), hides=True)


def _spread(sheet: Sheet) -> Map:
    """(H, W) how much shines where, 0-2.5: clouds within clouds, more of them on the lit side."""
    shine, rng = sheet.scene.settings.shine, stream(sheet.scene, Stream.SHINE)
    shape = lattice(sheet.shape, LATTICE_PX)
    um_per_px = sheet.um_per_px * LATTICE_PX
    field = sum(w * clouds(shape, um / um_per_px, rng) for um, w in ((1400.0, 0.45), (350.0, 0.32), (100.0, 0.28)))
    spread = 0.55 * np.exp(field + 1.2 * shine.lit_side * _lit_side(sheet, shape))
    return enlarged(np.minimum(spread, 2.5), sheet.shape)


def _lit_side(sheet: Sheet, shape: tuple[int, int]) -> Map:
    """(h, w) from -1 to 1 toward the lamp."""
    angle = np.deg2rad(sheet.scene.settings.light.lit_deg)
    rows, cols = (np.linspace(-1, 1, side, dtype=np.float32) for side in shape)
    slant: Map = (np.sin(angle) * rows[:, None] + np.cos(angle) * cols[None]) / np.float32(np.sqrt(2))
    return slant


def _specks(sheet: Sheet, spread: Map, grain_um: float, shape: tuple[float, float]) -> Map:
    """(H, W, 3) light of the facets that happen to face the lamp; ``shape`` is their stretch and direction."""
    shine, rng = sheet.scene.settings.shine, stream(sheet.scene, Stream.RELIEF)
    grain = grain_um / sheet.um_per_px
    size = min(sheet.shape[0], TILE_PX), min(sheet.shape[1], TILE_PX)
    slopes = [_relief(size, grain, shape, rng) for _ in range(2)]
    gleam = _gleam(slopes, shine.iridescence)
    gleam *= np.float32(shine.strength or shine.halos) * np.array(shine.color_rgb, np.float32)
    return _tiled(gleam, spread)


def _relief(size: tuple[int, int], grain_px: float, shape: tuple[float, float], rng: np.random.Generator) -> Map:
    """(h, w) slopes of deviation 1 with long grains."""
    (stretch, along_deg), sigma = shape, max(grain_px / 2.5, 0.5)
    reach = int(np.ceil(2.5 * sigma * np.sqrt(stretch)))
    axis = np.arange(-reach, reach + 1, dtype=np.float32)
    angle = np.deg2rad(along_deg)
    along = (np.cos(angle) * axis[None] + np.sin(angle) * axis[:, None]) / np.sqrt(stretch)
    across = (np.cos(angle) * axis[:, None] - np.sin(angle) * axis[None]) * np.sqrt(stretch)
    kernel = np.exp(-0.5 * (along**2 + across**2) / sigma**2)
    noise = rng.standard_normal(size, dtype=np.float32)
    relief = cv2.filter2D(noise, -1, (0.85 * kernel / np.sqrt((kernel**2).sum())).astype(np.float32))
    # Facets lie in bundles.
    relief += np.float32(0.5) * clouds(size, 3 * grain_px, rng)
    return np.asarray(relief, np.float32)


def _gleam(slopes: list[Map], iridescence: float) -> Map:
    """(S, S, 3) how well each facet faces the lamp, 0-1 and more for a few: blue glints stand beside yellow ones.

    Real specks differ in blue against the other channels alone: by half of their own deviation, red by a tenth.
    """
    facing = cv2.exp(np.float32(-0.5 / FACET_SD**2) * (slopes[0] - np.float32(1.5)) ** 2)
    facing += SPARKLE * np.clip(slopes[0] - np.float32(1.5), 0, 2)
    blue = facing * (1 + np.float32(0.6 * iridescence) * slopes[1])
    red = facing * (1 - np.float32(0.12 * iridescence) * slopes[1])
    return np.asarray(cv2.merge([red, facing, np.maximum(blue, 0)]), np.float32)


def _tiled(tile: Map, weight: Map) -> Map:
    """(H, W, 3) the tile side by side over the frame, times a weight."""
    height, width = weight.shape
    out = np.empty((height, width, 3), np.float32)
    for row in range(0, height, TILE_PX):
        for col in range(0, width, TILE_PX):
            part = weight[row : row + TILE_PX, col : col + TILE_PX, None]
            np.multiply(tile[: part.shape[0], : part.shape[1]], part, out=out[row : row + TILE_PX, col : col + TILE_PX])
    return out


def _lay_halos(sheet: Sheet) -> None:
    """Bluish, fibrous sheen behind each root: the skin turned pale, and bright fibers along the hair on it."""
    settings = sheet.scene.settings
    bulge = _bulges(sheet)
    sheet.pull(np.minimum(np.float32(0.12 * settings.shine.halos) * bulge, 0.3), sheet.color(HALO_RGB))
    angle = settings.population.direction_deg
    share = settings.shine.halos / (settings.shine.strength or settings.shine.halos)
    grain = HALO_GRAIN * settings.shine.grain_um
    fibers = _specks(sheet, np.float32(1.5 * share) * bulge, grain, (2.0, angle))
    sheet.add(fibers)


def _bulges(sheet: Sheet) -> Map:
    """(H, W) bumps behind the roots, of uneven strength."""
    rng, scale = stream(sheet.scene, Stream.HALOS), sheet.um_per_px * LATTICE_PX
    field = np.zeros(lattice(sheet.shape, LATTICE_PX), np.float32)
    for path in sheet.scene.hairs.paths:
        back = (path[0] - path[1]) / np.linalg.norm(path[0] - path[1])
        center = to_px(path[0] + HALO_BACK_UM * rng.uniform(0.4, 1.4) * back, scale)
        _add_bump(field, center, back, np.array([HALO_LONG_UM, HALO_WIDE_UM]) * rng.uniform(0.5, 1.5, 2) / scale, rng)
    torn = np.clip(1 + 0.5 * clouds(field.shape, 60.0 / scale, rng), 0, 2)
    return enlarged(np.minimum(field, 1.3) * torn, sheet.shape)


def _add_bump(field: Map, center_px: Array, along: Array, sigma_px: Array, rng: np.random.Generator) -> None:
    """Add a Gaussian bump that is long along a direction, in place."""
    reach = int(np.ceil(2.5 * sigma_px.max()))
    low = np.maximum(np.rint(center_px).astype(int) - reach, 0)
    high = np.minimum(np.rint(center_px).astype(int) + reach + 1, field.shape)
    strength = rng.uniform(0.2, 1.0)
    if (low >= high).any():
        return
    rows, cols = (np.arange(a, b) - c for a, b, c in zip(low, high, center_px, strict=True))
    t = (rows[:, None] * along[0] + cols[None] * along[1]) / sigma_px[0]
    d = (rows[:, None] * along[1] - cols[None] * along[0]) / sigma_px[1]
    field[low[0] : high[0], low[1] : high[1]] += (strength * np.exp(-0.5 * (t * t + d * d))).astype(np.float32)


def _wetness(sheet: Sheet) -> Map:
    """(H, W) smooth highlights of oil, and thin bright lines where a film has its rim."""
    shine, rng = sheet.scene.settings.shine, stream(sheet.scene, Stream.FILM)
    coarse = clouds(sheet.shape, 700.0 / sheet.um_per_px, rng)
    fine = coarse + 0.5 * clouds(sheet.shape, 180.0 / sheet.um_per_px, rng)
    wet = np.float32(shine.oil) * np.clip(fine - 1.1, 0, 1.2)
    if shine.film:
        rim = np.exp(-np.abs(fine) / 0.05) * np.clip(clouds(sheet.shape, 300.0 / sheet.um_per_px, rng), 0, 1.5)
        wet = wet + np.float32(shine.film) * rim
    return np.asarray(wet, np.float32)
