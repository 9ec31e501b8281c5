"""The skin of a visit, from the back to what lies on it: painted anew, or moved from where it was seen first."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.camera import to_light
from hairdensity.synthetic.chance import remembered
from hairdensity.synthetic.clutter import lay_ostia, lay_vessels
from hairdensity.synthetic.complexion import (
    RootMarks,
    draw_root_marks,
    lay_complexion,
    lay_relief,
    lay_root_marks,
)
from hairdensity.synthetic.debris import lay_arborizing
from hairdensity.synthetic.pieces import around, seen_now, to_um
from hairdensity.synthetic.scene import Scene, Seen
from hairdensity.synthetic.sheet import Sheet, Stream, stream
from hairdensity.synthetic.skin import glint_light, paint_skin
from hairdensity.synthetic.spots import lay_spots_under
from hairdensity.synthetic.truth import to_px

__all__ = ["paint_layers"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

RIM_UM = 250.0
"""Beyond the first frame its skin, mirrored, fades into other skin over this distance."""

LATTICE_PX = 16
"""Skin stretches slowly: its way back is worked out on every sixteenth pixel."""


def paint_layers(scene: Scene, rng: np.random.Generator) -> Sheet:
    """A sheet with bare skin and all that lies in it.

    What belongs to the skin is where it was at the first visit; the shine of its horny layer is that of the lamp.

    Parameters
    ----------
    scene : Scene
    rng : Generator
    """
    sheet = _first_skin(scene, rng) if scene.seen is None else _seen_skin(scene, scene.seen, rng)
    lay_vessels(sheet.canvas, scene)
    lay_ostia(sheet.canvas, scene)
    lay_spots_under(sheet)
    return sheet


def _first_skin(scene: Scene, rng: np.random.Generator) -> Sheet:
    sheet = _sheet(scene, paint_skin(scene.settings, rng))
    lay_complexion(sheet)
    lay_relief(sheet)
    lay_arborizing(sheet)
    return sheet


def _seen_skin(scene: Scene, seen: Seen, rng: np.random.Generator) -> Sheet:
    """Each piece without the marks about its roots: these go with the hairs."""
    first, marks = _bare_skin(seen_now(seen.first, scene))
    sheet, _ = _bare_skin(around(seen.first, scene))
    _blend(sheet.canvas, first.canvas, scene, seen)
    gamma = scene.settings.camera.encoding_gamma
    if scene.settings.skin.glints:
        shining = to_light(sheet.canvas, 1 / gamma) + glint_light(scene.settings, rng)
        sheet.canvas[...] = to_light(shining, gamma)
    sheet = Sheet(scene=scene, canvas=sheet.canvas, hidden=sheet.hidden)
    lay_root_marks(sheet, _marks_now(scene, seen, marks))
    return sheet


def _bare_skin(scene: Scene) -> tuple[Sheet, RootMarks]:
    """Skin without glints and without marks about roots, and those marks."""
    sheet = _sheet(scene, paint_skin(scene.settings, np.random.default_rng([scene.seed, 2]), glints=False))
    marks = lay_complexion(sheet, about_roots=False)
    lay_relief(sheet)
    lay_arborizing(sheet)
    return sheet, marks


def _sheet(scene: Scene, encoded: Map) -> Sheet:
    canvas = to_light(encoded, scene.settings.camera.encoding_gamma)
    return Sheet(scene=scene, canvas=canvas, hidden=np.zeros(scene.settings.shape, bool))


def _marks_now(scene: Scene, seen: Seen, first: RootMarks) -> RootMarks:
    """The marks about the roots: those of hairs seen before as they were."""
    new = draw_root_marks(scene.settings.skin, len(scene.hairs), stream(scene, Stream.COMPLEXION))
    names = seen.first.hairs.shaft_id, scene.hairs.shaft_id
    return RootMarks(*(remembered(then, names[0], now, names[1]) for then, now in zip(first, new, strict=True)))


def _blend(canvas: Map, first: Map, scene: Scene, seen: Seen) -> None:
    """Lay the first frame's skin, moved, over the canvas, in place."""
    row, col = _way_back(scene, seen)
    moved = cv2.remap(first, col, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    height, width = first.shape[:2]
    beyond = np.maximum(np.maximum(-row, row - (height - 1)), np.maximum(-col, col - (width - 1)))
    rim_px = np.float32(RIM_UM / seen.first.settings.um_per_px)
    canvas += np.clip(1 - beyond / rim_px, 0, 1)[..., None] * (moved - canvas)


def _way_back(scene: Scene, seen: Seen) -> tuple[Map, Map]:
    """(H, W) row and col px on the first frame of every pixel."""
    height, width = scene.settings.shape
    rows = np.arange(-(-height // LATTICE_PX) + 1) * LATTICE_PX
    cols = np.arange(-(-width // LATTICE_PX) + 1) * LATTICE_PX
    nodes = np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).reshape(-1, 2).astype(np.float64)
    before = seen.motion.back(to_um(nodes, scene.settings.um_per_px))
    place = to_px(before, seen.first.settings.um_per_px).reshape(len(rows), len(cols), 2).astype(np.float32)
    row, col = (np.arange(side, dtype=np.float32) / LATTICE_PX for side in (height, width))
    at_col, at_row = np.meshgrid(col, row)
    full = cv2.remap(place, at_col, at_row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(full[..., 0]), np.ascontiguousarray(full[..., 1])
