"""Hair so dense that no skin shows: locks of unparted hair over a part of the frame, or over all of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.sheet import Sheet, Stream, clouds, stream
from hairdensity.synthetic.skin import smooth_noise

__all__ = ["lay_curtain"]

Map = NDArray[np.float32]

LAYERS = 3
STRETCH = 40.0
"""Length of a strand's even stretches over its width."""

DEPTH = 0.35
"""Brightness of the lowest layer against the uppermost: light hardly reaches it."""


def lay_curtain(sheet: Sheet) -> None:
    """Paint layers of strands where the curtain hangs, and mark it as hiding."""
    settings, rng = sheet.scene.settings, stream(sheet.scene, Stream.CURTAIN)
    curtain = settings.curtain
    if not curtain.cover:
        return
    where = _hangs(sheet, rng)
    color = np.asarray(settings.population.color_rgb, np.float32)
    for layer in range(LAYERS):
        angle = curtain.direction_deg + curtain.spread_deg * float(rng.standard_normal())
        strands = _strands(sheet.shape, curtain.width_um / sheet.um_per_px, angle, rng)
        depth = DEPTH + (1 - DEPTH) * layer / (LAYERS - 1)
        shine = np.clip(_strands(sheet.shape, 2.5 * curtain.width_um / sheet.um_per_px, angle, rng) - 0.6, 0, None)
        tone = np.clip(1.0 + 0.3 * strands, 0.3, 2.0) * np.float32(depth)
        light = tone[..., None] * sheet.color(color) + np.float32(curtain.shine * 90 * depth) * shine[..., None]
        sheet.pull(where * np.clip(2.5 * strands + (2.0 if layer == 0 else 0.6), 0, 1), light)
    sheet.hidden[where > 0.5] = True


def _hangs(sheet: Sheet, rng: np.random.Generator) -> Map:
    """(H, W) 1 where the curtain hangs; its rim is as wide as a few strands."""
    curtain = sheet.scene.settings.curtain
    if curtain.cover >= 1:
        return np.ones(sheet.shape, np.float32)
    field = clouds(sheet.shape, 1500.0 / sheet.um_per_px, rng)
    field += 0.3 * _strands(sheet.shape, 3 * curtain.width_um / sheet.um_per_px, curtain.direction_deg, rng)
    edge = np.quantile(field[::8, ::8], 1 - curtain.cover)
    return np.asarray(np.clip((field - edge) * 6 + 0.5, 0, 1), dtype=np.float32)


def _strands(shape: tuple[int, int], width_px: float, angle_deg: float, rng: np.random.Generator) -> Map:
    """(H, W) random field of mean 0 and deviation 1 of long stripes along an angle."""
    height, width = shape
    side = int(np.ceil(np.hypot(height, width)))
    field = smooth_noise((side, side), (max(width_px, 1.0), STRETCH * max(width_px, 1.0)), rng)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), -angle_deg, 1.0)
    turn = turn - np.array([[0, 0, (side - width) / 2], [0, 0, (side - height) / 2]])
    return np.asarray(cv2.warpAffine(field, turn, (width, height), borderMode=cv2.BORDER_REFLECT), dtype=np.float32)
