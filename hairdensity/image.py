"""TrichoImage and the one hardened way from a file to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hairdensity.decoding import DEFAULT_LIMITS, DecodeLimits, decode
from hairdensity.errors import InputError
from hairdensity.flags import ImageFlag

__all__ = ["DecodeLimits", "ImageMetadata", "TrichoImage", "read_image"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMetadata:
    """What the file says about itself beyond its pixels; nothing personal is kept.

    Parameters
    ----------
    file_format : str
        ``"jpeg"``, ``"png"``, ``"tiff"``, ``"webp"``, ``"bmp"``, ``"heic"``, ``"avif"``, ``"dicom"`` or
        ``"array"``.
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


def read_image(
    source: str | Path | bytes, *, limits: DecodeLimits = DEFAULT_LIMITS, image_id: str | None = None
) -> TrichoImage:
    """Read one picture: the one way in for Python, command line and web.

    JPEG, PNG, TIFF, WebP, BMP, HEIC, AVIF and DICOM (extra ``dicom``); gray, RGB, palette, CMYK, alpha (shown on
    white).
    Samples above 8 bit are scaled by the depth they really use; color profiles are not applied. Dimensions are checked
    on the header, before anything is decoded; truncated and damaged files are errors, never partly gray pictures.

    Parameters
    ----------
    source : str, Path or bytes
        A file, or the bytes of one.
    limits : DecodeLimits, optional
    image_id : str, optional
        Name for tables and overlays; the file's stem, or the beginning of the hash, when it is not given.

    Returns
    -------
    TrichoImage

    Raises
    ------
    InputError
        When there is no readable file; its subclass DecodingError (UnsupportedFormatError, TruncatedImageError,
        ImageTooLargeError) when the file is no picture that can be trusted.
    MissingDependencyError
        When a DICOM file is read without the extra.
    """
    data = bytes(source) if isinstance(source, bytes | bytearray | memoryview) else _read_file(source, limits)
    sha256 = hashlib.sha256(data).hexdigest()
    file_format, decoded = decode(data, limits=limits)
    metadata = ImageMetadata(
        file_format=file_format,
        bit_depth=decoded.bit_depth,
        tag_um_per_px=decoded.scale.um_per_px,
        tag_source=decoded.scale.source,
        flags=decoded.flags,
    )
    name = sha256[:12] if isinstance(source, bytes | bytearray | memoryview) else Path(source).stem
    return TrichoImage(pixels=decoded.pixels, image_id=image_id or name, sha256=sha256, metadata=metadata)


def _read_file(source: str | Path, limits: DecodeLimits) -> bytes:
    """Bytes of a file whose size is within the limits."""
    path = Path(source)
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; give a picture file, or the files in it one by one")
        if not path.exists():
            raise InputError(f"no such file: {path}; check the path")
        if not path.is_file():
            raise InputError(f"{path} is a device or a pipe; give a picture file")
        limits.check_bytes(path.stat().st_size)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} cannot be read ({error}); check its name and permissions") from error
