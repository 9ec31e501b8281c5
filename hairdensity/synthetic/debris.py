"""What else lies in the way: casts about the shafts, threads, bubbles, a marker's ink; and vessels that branch."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.appearance import RGB
from hairdensity.synthetic.sheet import Sheet, Stream, blot, clouds, enlarged, lattice, scattered, stamp, stream
from hairdensity.synthetic.truth import to_px

__all__ = ["lay_arborizing", "lay_bubbles", "lay_casts", "lay_fibers", "lay_ink"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

VESSEL = (0.96, 0.52, 0.55)
INK = (0.20, 0.26, 0.82)
"""Factors on what lies below."""

CAST_RGBS: tuple[RGB, ...] = ((226.0, 228.0, 232.0), (205.0, 214.0, 224.0), (222.0, 210.0, 180.0))
# No greys and browns: dark threads could not be told from hair.
FIBER_RGBS: tuple[RGB, ...] = (
    (235.0, 235.0, 238.0),
    (60.0, 90.0, 190.0),
    (190.0, 60.0, 60.0),
    (210.0, 205.0, 195.0),
    (90.0, 150.0, 120.0),
    (120.0, 60.0, 150.0),
)

SHIFT_BITS = 4
"""cv2 draws at sixteenths of a pixel."""

STEP_UM = 60.0


def lay_arborizing(sheet: Sheet) -> None:
    """Vessels below the surface that branch and taper."""
    clutter, rng = sheet.scene.settings.clutter, stream(sheet.scene, Stream.VESSELS)
    if not clutter.arborizing_per_cm2:
        return
    mask = np.zeros(sheet.shape, np.uint8)
    stems = scattered(
        sheet, clutter.arborizing_per_cm2, (0.5 * clutter.arborizing_um[1], clutter.arborizing_um[1]), rng
    )
    for place, width in stems:
        _grow(mask, place, width, clutter.arborizing_um[0] / sheet.um_per_px, sheet.um_per_px, rng)
    blur = float(rng.uniform(6.0, 16.0)) / sheet.um_per_px
    soft = cv2.GaussianBlur(mask, (0, 0), max(blur, 0.5)).astype(np.float32)
    sheet.tint(soft * np.float32(rng.uniform(0.5, 1.0) / 255), VESSEL)


def lay_ink(sheet: Sheet) -> None:
    """Patches of a marker's ink that caught in the skin's relief, and specks of it."""
    rng = stream(sheet.scene, Stream.STAINS)
    for _ in range(sheet.scene.settings.clutter.ink_stains):
        sheet.tint(_stain(sheet, rng), INK)
        for place, size in scattered(sheet, float(rng.uniform(0, 80)), (10.0, 60.0), rng):
            stamp(sheet, place, np.float32(0.8) * blot(size, rng, rough=0.6), sheet.color((40.0, 55.0, 170.0)))


def lay_casts(sheet: Sheet) -> None:
    """White collars about some shafts, near the root."""
    settings, rng = sheet.scene.settings, stream(sheet.scene, Stream.CASTS)
    hairs, share = sheet.scene.hairs, settings.clutter.casts
    for hair in np.flatnonzero(rng.random(len(hairs)) < share):
        root, after = to_px(hairs.path(int(hair))[:2], sheet.um_per_px)
        run = (after - root) / np.linalg.norm(after - root)
        width = (float(hairs.diameter_um[hair]) * rng.uniform(1.2, 2.0) + 15.0) / sheet.um_per_px
        ratio = rng.uniform(0.6, 2.5)
        place = root + run * rng.uniform(-0.2, 0.5) * ratio * width
        alpha = blot(
            width * np.sqrt(ratio), rng, rough=0.35, turn=(float(np.arctan2(run[0], run[1])), float(ratio)), edge_px=1.5
        )
        alpha *= np.float32(rng.uniform(0.3, 0.95)) * np.clip(0.85 + 0.3 * clouds(alpha.shape, 3.0, rng), 0, 1)
        stamp(sheet, place, alpha, sheet.color(CAST_RGBS[rng.integers(len(CAST_RGBS))]), hides=True)


def lay_fibers(sheet: Sheet) -> None:
    """Thin curved threads."""
    rng, blur = stream(sheet.scene, Stream.FIBERS), sheet.scene.settings.camera.psf_sigma_px
    for place, width in scattered(sheet, sheet.scene.settings.clutter.fibers_per_cm2, (6.0, 24.0), rng):
        steps = int(rng.integers(6, 70))
        bend = 0.12 * np.cumsum(rng.standard_normal(steps)) * rng.uniform(0.2, 1.0)
        path = _walk(place, rng.uniform(0, 2 * np.pi) + bend, STEP_UM / sheet.um_per_px)
        middle, mask = _drawn(path, width, blur)
        color = np.array(FIBER_RGBS[rng.integers(len(FIBER_RGBS))]) * rng.uniform(0.8, 1.05)
        stamp(sheet, middle, np.float32(rng.uniform(0.35, 0.95)) * mask, sheet.color(np.minimum(color, 250)))


def lay_bubbles(sheet: Sheet) -> None:
    """Bubbles: a dark rim with a light one inside, a pale middle, a bright reflection of the lamp."""
    clutter, rng = sheet.scene.settings.clutter, stream(sheet.scene, Stream.BUBBLES)
    toward = np.deg2rad(rng.uniform(0, 360))
    for place, size in scattered(sheet, clutter.bubbles_per_cm2, clutter.bubbles_um, rng):
        radius, width = size / 2, max(0.06 * size * rng.uniform(0.4, 1.2), 0.8)
        away = _distance(radius + 3 * width)
        skin = np.array(sheet.scene.settings.skin.color_rgb)
        strength = np.float32(rng.uniform(0.4, 1.0))
        stamp(sheet, place, strength * np.float32(0.25) * (away < radius), sheet.color((235.0, 238.0, 240.0)))
        inner = strength * np.exp(-(((away - radius + 1.7 * width) / width) ** 2))
        stamp(sheet, place, np.float32(0.6) * inner, sheet.color(np.minimum(1.4 * skin, 250)))
        rim = strength * np.exp(-(((away - radius) / width) ** 2))
        stamp(sheet, place, rim, sheet.color(0.3 * skin), hides=True)
        spot = _distance(0.3 * size)
        lamp = place + 0.55 * radius * np.array([np.sin(toward), np.cos(toward)])
        shine = np.exp(-((spot / max(0.11 * size, 0.8)) ** 2))
        stamp(sheet, lamp, np.minimum(1.3 * shine, 1), sheet.color((255.0, 255.0, 255.0)), hides=True)


def _grow(
    mask: NDArray[np.uint8], start: Array, width_px: float, twig_px: float, um_per_px: float, rng: np.random.Generator
) -> None:
    """Draw one tree: each branch wanders, then forks into two thinner ones."""
    branches = [(start, float(rng.uniform(0, 2 * np.pi)), width_px)]
    step = STEP_UM / um_per_px
    while branches:
        place, heading, width = branches.pop()
        bend = heading + 0.35 * np.cumsum(rng.standard_normal(int(rng.integers(3, 12))))
        path = _walk(place, bend, step)
        _stroke(mask, path, width, int(rng.integers(150, 256)))
        if 0.72 * width > twig_px and len(branches) < 12:
            for side in (-1, 1):
                fork = float(bend[-1] + side * rng.uniform(0.3, 1.0))
                branches.append((path[-1], fork, width * rng.uniform(0.55, 0.85)))


def _walk(start: Array, heading: Array, step_px: float) -> Array:
    """(K, 2) places of a walk with these headings."""
    moves = step_px * np.stack([np.sin(heading), np.cos(heading)], axis=1)
    return np.concatenate([start[None], start + np.cumsum(moves, axis=0)])


def _stroke(mask: NDArray[np.uint8], path_px: Array, width_px: float, value: int) -> None:
    """Draw a smooth line; one thinner than a pixel is fainter instead."""
    thickness = max(round(width_px), 1)
    points = np.rint(path_px[:, ::-1] * 2**SHIFT_BITS).astype(np.int32)
    value = round(value * min(width_px / thickness, 1.0))
    cv2.polylines(mask, [points], False, value, thickness, cv2.LINE_AA, SHIFT_BITS)


def _drawn(path_px: Array, width_px: float, blur_px: float) -> tuple[Array, Map]:
    """Middle and coverage of a patch with one blurred line."""
    reach = width_px + 3 * blur_px + 2
    low, high = np.floor(path_px.min(axis=0) - reach), np.ceil(path_px.max(axis=0) + reach)
    size = (high - low).astype(int) // 2 * 2 + 1
    mask = np.zeros(tuple(size), np.uint8)
    _stroke(mask, path_px - low, width_px, 255)
    soft = cv2.GaussianBlur(mask, (0, 0), blur_px).astype(np.float32) / np.float32(255)
    return low + size // 2, np.asarray(soft, np.float32)


def _stain(sheet: Sheet, rng: np.random.Generator) -> Map:
    """(H, W) 0-1: one patch of ink near the border, denser in the furrows."""
    step = 4
    shape, scale = lattice(sheet.shape, step), sheet.um_per_px * step
    place = rng.uniform(-0.15, 1.15, 2)
    place[rng.integers(2)] = rng.choice([-0.05, 1.05])
    rows, cols = (np.arange(n, dtype=np.float32) - p * n for n, p in zip(shape, place, strict=True))
    radius = min(float(rng.uniform(500.0, 2200.0)) / scale, 0.4 * min(shape))
    level = 1 - np.sqrt(rows[:, None] ** 2 + cols[None] ** 2) / radius
    level = level + 0.2 * clouds(shape, 500.0 / scale, rng) + 0.08 * clouds(shape, 50.0 / scale, rng)
    return enlarged(np.float32(rng.uniform(0.4, 1.0)) * np.clip(1.3 * level, 0, 1), sheet.shape)


def _distance(reach_px: float) -> Map:
    """(S, S) distance from the middle of a patch."""
    axis = np.arange(-int(np.ceil(reach_px)), int(np.ceil(reach_px)) + 1, dtype=np.float32)
    return np.asarray(np.hypot(axis[:, None], axis[None]), np.float32)
