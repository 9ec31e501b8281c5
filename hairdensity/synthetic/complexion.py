"""Color and relief of the skin itself: redness, pigment, folds, pale lobules."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.appearance import Skin
from hairdensity.synthetic.sheet import Sheet, Stream, add_blob, clouds, enlarged, lattice, stream
from hairdensity.synthetic.truth import to_px

__all__ = ["RootMarks", "draw_root_marks", "lay_complexion", "lay_relief", "lay_root_marks"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

RED = (1.0, 0.66, 0.68)
BROWN = (0.74, 0.62, 0.52)
BLUE_GREY = (0.70, 0.76, 0.78)
PALE = (1.12, 1.11, 1.06)
SHADE = (0.66, 0.64, 0.64)

LATTICE_PX = 4
ROOT_FLUSH_UM, PERIPILAR_UM = 190.0, 110.0

SHADE_LONG_UM, SHADE_WIDE_UM = 300.0, 75.0
"""Length over which the shade of a follicle decays, and its deviation across."""


class RootMarks(NamedTuple):
    """How the skin about each of N roots is marked: even numbers from 0 to 1 that say how large and how strong."""

    flush: Array
    """(N, 2)"""
    peripilar: Array
    """(N, 2)"""
    shade: Array
    """(N, 3)"""


def draw_root_marks(skin: Skin, n: int, rng: np.random.Generator) -> RootMarks:
    """Marks of n roots; of a kind that is off, none are drawn."""
    strengths = (skin.root_flush, skin.peripilar, skin.root_shade)
    drawn = (rng.random((n, k)) if on else np.zeros((n, k)) for on, k in zip(strengths, (2, 2, 3), strict=True))
    return RootMarks(*drawn)


def lay_complexion(sheet: Sheet, *, about_roots: bool = True) -> RootMarks:
    """Redness, halos about the follicles, lobules: soft colors, worked out on a coarse lattice.

    Parameters
    ----------
    sheet : Sheet
    about_roots : bool, optional
        False draws the marks about the roots without laying them.
    """
    skin, rng = sheet.scene.settings.skin, stream(sheet.scene, Stream.COMPLEXION)
    if skin.flush:
        sheet.tint(np.float32(skin.flush) * _flush(sheet, rng), RED)
    marks = draw_root_marks(skin, len(sheet.scene.hairs), rng)
    if about_roots:
        lay_root_marks(sheet, marks)
    if skin.lobules:
        sheet.tint(np.float32(skin.lobules) * _lobules(sheet, rng), PALE)
    return marks


def lay_root_marks(sheet: Sheet, marks: RootMarks) -> None:
    """Redness, brown halos and the follicles' shade about the roots."""
    skin = sheet.scene.settings.skin
    if skin.root_flush:
        sheet.tint(np.float32(skin.root_flush) * _about_roots(sheet, ROOT_FLUSH_UM, marks.flush), RED)
    if skin.peripilar:
        sheet.tint(np.float32(skin.peripilar) * _about_roots(sheet, PERIPILAR_UM, marks.peripilar), BROWN)
    if skin.root_shade and len(sheet.scene.hairs):
        sheet.tint(np.float32(skin.root_shade) * _root_shade(sheet, marks.shade), BLUE_GREY)


def lay_relief(sheet: Sheet) -> None:
    """The net of pigment, the net of furrows and the folds."""
    skin = sheet.scene.settings.skin
    if skin.network:
        rng = stream(sheet.scene, Stream.RELIEF, 1)
        net = np.clip(0.45 - 0.35 * _cells(sheet, skin.network_um, rng), 0, 1)
        sheet.tint(np.float32(skin.network) * net * _patches(sheet, rng), BROWN)
    if skin.relief:
        rng = stream(sheet.scene, Stream.RELIEF, 2)
        cells = _cells(sheet, float(rng.uniform(160.0, 380.0)), rng)
        furrow = 0.6 * np.clip(-0.6 - cells, 0, 1) - 0.08 * np.clip(cells - 0.6, 0, 2)
        sheet.tint(np.float32(skin.relief) * furrow * _patches(sheet, rng), SHADE)
    if skin.wrinkles:
        sheet.tint(np.float32(skin.wrinkles) * _folds(sheet, skin), SHADE)


def _flush(sheet: Sheet, rng: np.random.Generator) -> Map:
    """(H, W) 0-1: red patches, and the fine vessels of the skin in them."""
    shape, scale = lattice(sheet.shape, LATTICE_PX), sheet.um_per_px * LATTICE_PX
    patches = np.clip(0.45 + 0.45 * clouds(shape, 1500.0 / scale, rng), 0, 1)
    fine = 0.7 + 0.3 * clouds(shape, 240.0 / scale, rng) - 0.35 * np.abs(clouds(shape, 110.0 / scale, rng))
    return enlarged(patches * np.clip(fine, 0, 1.3), sheet.shape)


def _about_roots(sheet: Sheet, reach_um: float, marks: Array) -> Map:
    """(H, W) 0-1 about the roots, each of its own strength and size."""
    scale = sheet.um_per_px * LATTICE_PX
    field = np.zeros(lattice(sheet.shape, LATTICE_PX), np.float32)
    for place, (size, lot) in zip(to_px(sheet.scene.hairs.roots_um, scale), marks, strict=True):
        sigma = reach_um * _within(0.4, 1.2, size) / scale
        if lot < 0.7:
            add_blob(field, place, max(float(sigma), 0.5))
    return enlarged(np.minimum(field, 1), sheet.shape)


def _root_shade(sheet: Sheet, marks: Array) -> Map:
    """(H, W) 0-1.3 behind the roots, where the follicles lie under the skin."""
    scale = sheet.um_per_px * LATTICE_PX
    field = np.zeros(lattice(sheet.shape, LATTICE_PX), np.float32)
    for path, mark in zip(sheet.scene.hairs.paths, marks, strict=True):
        back = (path[0] - path[1]) / np.linalg.norm(path[0] - path[1])
        length, width = np.array([SHADE_LONG_UM, SHADE_WIDE_UM]) * _within(0.5, 1.5, mark[:2]) / scale
        _add_shade(field, to_px(path[0], scale), back, (float(length), float(width)), float(_within(0.5, 1.3, mark[2])))
    return enlarged(np.minimum(field, 1.3), sheet.shape)


def _within(low: float, high: float, share: Array) -> Array:
    """Even numbers from a range by even numbers from 0 to 1."""
    return low + (high - low) * share


def _add_shade(field: Map, root_px: Array, back: Array, size_px: tuple[float, float], strength: float) -> None:
    """Add one shade, in place: at its darkest at the root, decaying backward, ending soon on the hair's side."""
    length, width = size_px
    ends = np.stack([root_px - 2 * width, root_px + 2 * width, root_px + 2 * length * back])
    low = np.clip(np.floor(ends.min(axis=0) - width), 0, field.shape).astype(int)
    high = np.clip(np.ceil(ends.max(axis=0) + width), 0, field.shape).astype(int)
    if (low >= high).any():
        return
    rows, cols = (np.arange(a, b) - c for a, b, c in zip(low, high, root_px, strict=True))
    along = rows[:, None] * back[0] + cols[None] * back[1]
    across = rows[:, None] * back[1] - cols[None] * back[0]
    decay = np.where(along > 0, np.exp(-np.abs(along) / length), np.exp(-((along / (0.5 * width)) ** 2)))
    shade = strength * decay * np.exp(-0.5 * (across / (width + 0.1 * np.maximum(along, 0))) ** 2)
    # No step where the patch ends.
    field[low[0] : high[0], low[1] : high[1]] += np.maximum(shade - 0.08 * strength, 0).astype(np.float32)


def _lobules(sheet: Sheet, rng: np.random.Generator) -> Map:
    """(H, W) 0-1: blobs, some of them in groups."""
    shape, scale = lattice(sheet.shape, LATTICE_PX), sheet.um_per_px * LATTICE_PX
    blobs = clouds(shape, float(rng.uniform(90.0, 220.0)) / scale, rng)
    return enlarged(np.clip(blobs + 0.5 * clouds(shape, 900.0 / scale, rng) - 0.6, 0, 1.2), sheet.shape)


def _patches(sheet: Sheet, rng: np.random.Generator) -> Map:
    """(H, W) 0.2-1: no net is equally strong everywhere."""
    shape, scale = lattice(sheet.shape, 8), sheet.um_per_px * 8
    return enlarged(np.clip(0.7 + 0.35 * clouds(shape, 1200.0 / scale, rng), 0.2, 1), sheet.shape)


def _cells(sheet: Sheet, mesh_um: float, rng: np.random.Generator) -> Map:
    """(H, W) from -1.5 on the lines of a honeycomb to 3 in its holes: three waves at 60 degrees, bent by noise."""
    step = 2 if mesh_um / sheet.um_per_px >= 16 else 1
    shape, mesh = lattice(sheet.shape, step), mesh_um / sheet.um_per_px / step
    rows = np.arange(shape[0], dtype=np.float32)[:, None] + 0.14 * mesh * clouds(shape, 1.4 * mesh, rng)
    cols = np.arange(shape[1], dtype=np.float32)[None] + 0.14 * mesh * clouds(shape, 1.4 * mesh, rng)
    start, wave = rng.uniform(0, np.pi), 2 * np.pi / (0.866 * mesh)
    turns = start + np.deg2rad([0.0, 60.0, 120.0])
    waves = (np.cos(np.float32(wave * np.cos(a)) * cols + np.float32(wave * np.sin(a)) * rows) for a in turns)
    return enlarged(np.asarray(sum(waves), np.float32), sheet.shape)


def _folds(sheet: Sheet, skin: Skin) -> Map:
    """(H, W) shade of folds, about -0.3 to 1: creases where long blobs of noise meet, and soft slopes beside them."""
    rng = stream(sheet.scene, Stream.RELIEF, 3)
    shape, scale = lattice(sheet.shape, 2), sheet.um_per_px * 2
    width = float(rng.uniform(110.0, 350.0)) / scale
    slope = _long_blobs(shape, width, skin.wrinkles_deg, rng) + 0.15 * clouds(shape, 0.5 * width, rng)
    seen = np.clip(0.5 + 0.5 * clouds(shape, 1300.0 / scale, rng), 0, 1)
    crease = np.exp(-((slope / 0.16) ** 2)) - 0.5 * np.exp(-(((slope - 0.45) / 0.3) ** 2))
    return enlarged(seen * (0.7 * crease + 0.22 * slope), sheet.shape)


def _long_blobs(shape: tuple[int, int], width_px: float, along_deg: float, rng: np.random.Generator) -> Map:
    """(h, w) smooth noise of deviation 1 whose blobs are six times as long as wide."""
    side = int(np.ceil(np.hypot(*shape) / 6)) + 4
    angle = np.deg2rad(along_deg)
    field = clouds((6 * side, side), width_px, rng)
    along = np.array([np.cos(angle) / 6, np.sin(angle) / 6])
    across = np.array([-np.sin(angle), np.cos(angle)])
    middle = np.array([shape[1], shape[0]]) / 2
    turn = np.array([[*along, side / 2 - along @ middle], [*across, 3 * side - across @ middle]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    turned = cv2.warpAffine(field, turn, (shape[1], shape[0]), flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(turned, np.float32)
