"""The reduced picture on which quality is judged: faults that matter for hairs are wider than its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["View", "make_view"]

Mask = NDArray[np.bool_]

WORKING_UM_PER_PX = 10.0
MOST_PX = 1.2e6
"""A wide field is reduced further, to 17 um/px for 22 x 16 mm: its faults are as wide."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A reduced picture.

    Parameters
    ----------
    pixels : (h, w, 3) uint8 ndarray
        RGB.
    drawn : (h, w) bool ndarray
        Pixels on which something is drawn: they say nothing of the skin.
    um_per_px : float
        Of the reduced picture: 10, or more for a wide field or a coarse picture.
    shape : (int, int)
        H, W of the picture itself.
    """

    pixels: NDArray[np.uint8]
    drawn: Mask
    um_per_px: float
    shape: tuple[int, int]

    @property
    def green(self) -> NDArray[np.uint8]:
        """(h, w) the channel in which hair and skin differ most."""
        return np.ascontiguousarray(self.pixels[..., 1])

    @property
    def n_seen(self) -> int:
        """Number of pixels on which nothing is drawn."""
        return int(np.count_nonzero(~self.drawn))

    def share(self, mask: Mask) -> float:
        """Share of the pixels on which nothing is drawn that a mask covers."""
        return int(np.count_nonzero(mask & ~self.drawn)) / max(self.n_seen, 1)

    def to_px(self, length_um: float) -> float:
        """A length in pixels of the view."""
        return length_um / self.um_per_px

    def disc(self, diameter_um: float) -> NDArray[np.uint8]:
        """A round structuring element of at least one pixel."""
        side = 2 * int(self.to_px(diameter_um) / 2) + 1
        return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)

    def enlarged(self, mask: Mask) -> Mask:
        """An (h, w) mask on the picture's own (H, W) pixels, with smooth borders."""
        if mask.shape == self.shape:
            return mask
        if not mask.any():
            return np.zeros(self.shape, dtype=bool)
        size = (self.shape[1], self.shape[0])
        return np.asarray(cv2.resize(mask.view(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_LINEAR) > 127)


def make_view(pixels: NDArray[np.uint8], *, drawn: Mask, um_per_px: float) -> View:
    """Reduce a picture to 10 um/px, a wide field further; a coarser picture stays as it is.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB.
    drawn : (H, W) bool ndarray
    um_per_px : float
    """
    height, width = pixels.shape[:2]
    zoom = min(1.0, um_per_px / WORKING_UM_PER_PX, (MOST_PX / (height * width)) ** 0.5)
    size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    # A reduced pixel is drawn where any of its own are.
    hidden = cv2.resize(drawn.view(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA) > 0
    return View(pixels=small, drawn=np.asarray(hidden), um_per_px=um_per_px * width / size[0], shape=(height, width))
