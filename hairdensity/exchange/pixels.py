"""A picture on its way out: upright pixels, and its JPEG where the file was one that shows exactly these pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["OutgoingPicture"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutgoingPicture:
    """A picture without metadata.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB, upright: what was measured.
    jpeg : bytes or None
        A JPEG file of exactly these pixels, without metadata.
    source_format : str
        Of the file that was uploaded, as `hairdensity.image.ImageMetadata` names it.
    source_bytes : int
        Of that file.
    """

    pixels: NDArray[np.uint8]
    jpeg: bytes | None
    source_format: str
    source_bytes: int
