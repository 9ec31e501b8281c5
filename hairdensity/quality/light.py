"""Too much light and too little: the skin's level, what is burned out, and what lies in the dark."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.quality.view import View

__all__ = ["Light", "measure_light"]

Mask = NDArray[np.bool_]
Map = NDArray[np.float32]

BLOWN_LEVEL = 247
"""A reduced pixel at or above it has most of its own at 255."""

DARK_LEVEL = 12.0
"""Of the skin about hairs: what is darker holds a few grey levels and noise."""

GLINT_UM = 80.0
"""Smaller highlights hide no hair."""

BRIGHT_LEVEL, BRIGHT_SHARE, PATCH_UM = 185.0, 1.35, 150.0
"""Highlights and white scale short of burning out: grey level, and against the skin's; wider than a white hair."""

LEVEL_UM_PER_PX = 50.0
LEVEL_WINDOW_UM = 1500.0
"""Wide patches of glare and clumps fill less than half of it; light changes little over it."""


class Light(NamedTuple):
    """The light on a view of h x w px.

    ``level``: (h, w) of the skin in grey levels; ``glare`` and ``dark``: (h, w) bool, burned out and black;
    ``blown_share``: of burned-out pixels, however small the patch; ``skin_level``: median of the level;
    ``corner_share``: the level at the dimmest border against the brightest place.
    """

    level: Map
    glare: Mask
    dark: Mask
    blown_share: float
    skin_level: float
    corner_share: float


def measure_light(view: View) -> Light:
    """Level of the skin, highlights and darkness.

    Parameters
    ----------
    view : View
    """
    coarse = _coarse_level(view)
    size = (view.green.shape[1], view.green.shape[0])
    level = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    low, high = np.quantile(coarse, (0.02, 0.9))
    return Light(
        level=level,
        glare=_glare(view, level),
        dark=np.asarray((level < DARK_LEVEL) & ~view.drawn),
        blown_share=view.share(view.green >= BLOWN_LEVEL),
        skin_level=float(np.median(level[~view.drawn])) if view.n_seen else 0.0,
        corner_share=float(low / max(high, 1.0)),
    )


def _glare(view: View, level: Map) -> Mask:
    """(h, w) True on patches that are burned out, or far brighter than the skin and wider than any hair."""
    blown = (view.green >= BLOWN_LEVEL) & ~view.drawn
    bright = (view.green >= np.maximum(BRIGHT_SHARE * level, BRIGHT_LEVEL)) & ~view.drawn
    kept = [
        cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, view.disc(width_um))
        for mask, width_um in ((blown, GLINT_UM), (bright | blown, PATCH_UM))
    ]
    return np.asarray((kept[0] | kept[1]) > 0)


def _coarse_level(view: View) -> Map:
    """Median of green over a window that hairs fill less than half of; what is drawn takes the median of the rest."""
    green = view.green.copy()
    if view.drawn.any() and view.n_seen:
        green[view.drawn] = np.uint8(np.median(green[~view.drawn]))
    zoom = min(1.0, view.um_per_px / LEVEL_UM_PER_PX)
    size = tuple(max(1, round(side * zoom)) for side in green.shape[::-1])
    small = cv2.resize(green, size, interpolation=cv2.INTER_AREA)
    window = min(2 * round(LEVEL_WINDOW_UM * zoom / view.um_per_px / 2) + 1, 99)
    return np.asarray(cv2.GaussianBlur(cv2.medianBlur(small, window).astype(np.float32), (0, 0), 2.0))
