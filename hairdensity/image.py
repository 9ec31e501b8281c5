"""TrichoImage and the one hardened way from a file to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.flags import ImageFlag

__all__ = ["ImageMetadata", "TrichoImage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMetadata:
    """What the file says about itself beyond its pixels; nothing personal is kept.

    Parameters
    ----------
    file_format : str
        ``"jpeg"``, ``"png"``, ``"tiff"``, ``"webp"``, ``"bmp"``, ``"heic"``, ``"dicom"`` or ``"array"``.
    bit_depth : int
        Bits per sample that the file really uses (a 12-bit picture in a 16-bit file: 12).
    tag_um_per_px : float or None
        Pixel size that resolution tags state, plausible or not.
    tag_source : str
        Which tag stated it.
    flags : ImageFlag
        What decoding noticed.
    """

    file_format: str = "array"
    bit_depth: int = 8
    tag_um_per_px: float | None = None
    tag_source: str = ""
    flags: ImageFlag = ImageFlag(0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrichoImage:
    """One picture of the scalp.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 ndarray
        RGB, upright; made read-only.
    image_id : str
        Name for tables and overlays: the file's stem.
    sha256 : str
        Hash of the file's bytes (of the pixels for an array).
    metadata : ImageMetadata
    """

    pixels: NDArray[np.uint8]
    image_id: str
    sha256: str
    metadata: ImageMetadata = field(default_factory=ImageMetadata)

    def __post_init__(self) -> None:
        pixels = self.pixels
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
            raise InputError(f"pixels must be (H, W, 3) uint8 RGB, got {pixels.shape} {pixels.dtype}")
        pixels.setflags(write=False)

    @classmethod
    def from_array(cls, pixels: NDArray[np.uint8], *, image_id: str = "array") -> Self:
        """A picture from (H, W, 3) uint8 RGB pixels, which are copied."""
        copy = np.array(pixels, order="C")
        return cls(pixels=copy, image_id=image_id, sha256=hashlib.sha256(copy.tobytes()).hexdigest())
