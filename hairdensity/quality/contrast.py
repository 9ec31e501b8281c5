"""How far hairs stand out of the skin, and how much of it thick dark bands cover that no single hair is."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.quality.light import Light
from hairdensity.quality.view import View

__all__ = ["Contrast", "measure_contrast"]

Mask = NDArray[np.bool_]

SHAFT_UM = 150.0
"""Wider than any hair: closing and opening by it leave the skin."""

CLUMP_UM = 260.0
"""The clipped hairs of one opening are together up to 250 um wide, and can be counted."""

LEAST_CLUMPS = 0.02
"""Share of the picture: a lone dark patch is a mole or a crust as well."""

CLUMP_DARKNESS = 0.45
HAIR_QUANTILE = 0.99


class Contrast(NamedTuple):
    """``hair``: relative contrast of the strongest percent of shafts; ``texture``: of the median pixel; ``clumps``."""

    hair: float
    texture: float
    clumps: Mask


def measure_contrast(view: View, light: Light) -> Contrast:
    """Contrast of narrow things, dark or light, against the level of the skin.

    Parameters
    ----------
    view : View
    light : Light
    """
    disc, green = view.disc(SHAFT_UM), view.green
    darker, lighter = (cv2.morphologyEx(green, way, disc) for way in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT))
    seen = ~(view.drawn | light.dark | light.glare)
    level = light.level[seen] + 1
    # Against the lighter of hair and skin: a white hair on dark skin and its negative have the same contrast.
    relative = np.maximum(darker[seen] / level, lighter[seen] / (level + lighter[seen]))
    hair, texture = np.quantile(relative[::3], (HAIR_QUANTILE, 0.5)) if relative.size else (0.0, 0.0)
    dark = ((green < (1 - CLUMP_DARKNESS) * light.level) & seen).view(np.uint8)
    clumps = np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, view.disc(CLUMP_UM)) > 0)
    if view.share(clumps) < LEAST_CLUMPS:
        clumps = np.zeros_like(clumps)
    return Contrast(float(hair), float(texture), clumps)
