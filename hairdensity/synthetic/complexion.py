"""Color and relief of the skin itself: redness, pigment, folds, pale lobules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.appearance import Skin
from hairdensity.synthetic.sheet import Sheet, Stream, add_blob, clouds, enlarged, lattice, stream
from hairdensity.synthetic.truth import to_px

__all__ = ["lay_complexion", "lay_relief"]

Map = NDArray[np.float32]

RED = (1.0, 0.66, 0.68)
BROWN = (0.74, 0.62, 0.52)
PALE = (1.12, 1.11, 1.06)
SHADE = (0.66, 0.64, 0.64)

LATTICE_PX = 4
ROOT_FLUSH_UM, PERIPILAR_UM = 190.0, 110.0


def lay_complexion(sheet: Sheet) -> None:
    """Redness, halos about the follicles, lobules: soft colors, worked out on a coarse lattice."""
    skin, rng = sheet.scene.settings.skin, stream(sheet.scene, Stream.COMPLEXION)
    if skin.flush:
        sheet.tint(np.float32(skin.flush) * _flush(sheet, rng), RED)
    if skin.root_flush:
        sheet.tint(np.float32(skin.root_flush) * _about_roots(sheet, ROOT_FLUSH_UM, rng), RED)
    if skin.peripilar:
        sheet.tint(np.float32(skin.peripilar) * _about_roots(sheet, PERIPILAR_UM, rng), BROWN)
    if skin.lobules:
        sheet.tint(np.float32(skin.lobules) * _lobules(sheet, rng), PALE)


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


def _about_roots(sheet: Sheet, reach_um: float, rng: np.random.Generator) -> Map:
    """(H, W) 0-1 about the roots, each of its own strength and size."""
    scale = sheet.um_per_px * LATTICE_PX
    field = np.zeros(lattice(sheet.shape, LATTICE_PX), np.float32)
    for place in to_px(sheet.scene.hairs.roots_um, scale):
        sigma = reach_um * rng.uniform(0.4, 1.2) / scale
        if rng.random() < 0.7:
            add_blob(field, place, max(float(sigma), 0.5))
    return enlarged(np.minimum(field, 1), sheet.shape)


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
    """(H, W) depth of parallel folds, -0.2 to 1: narrow, wavy, each seen over a part of its way."""
    rng = stream(sheet.scene, Stream.RELIEF, 3)
    shape, scale = lattice(sheet.shape, 2), sheet.um_per_px * 2
    angle, period = np.deg2rad(skin.wrinkles_deg), float(rng.uniform(220.0, 700.0)) / scale
    rows, cols = (np.arange(side, dtype=np.float32) for side in shape)
    across = (np.cos(angle) * rows[:, None] - np.sin(angle) * cols[None]).astype(np.float32)
    phase = across / period + 0.25 * clouds(shape, 2000.0 / scale, rng) + 0.05 * clouds(shape, 250.0 / scale, rng)
    swell = np.cos(np.float32(2 * np.pi) * phase)
    seen = np.clip(0.45 + 0.5 * clouds(shape, 1600.0 / scale, rng), 0, 1)
    return enlarged(seen * (np.clip((swell - 0.8) / 0.2, 0, 1) - 0.12 * np.clip(-swell, 0, 1)), sheet.shape)
