"""TIFF: the directories are checked here, then libtiff decodes (through Pillow; 16 bit through OpenCV)."""

from __future__ import annotations

import io
import re
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

from hairdensity.decoding.contract import Decoded, DecodeLimits, TagScale, refuse_frames
from hairdensity.decoding.directory import (
    EXIF_TAGS,
    ORIENTATION,
    X_RESOLUTION,
    Y_RESOLUTION,
    Directory,
    read_directories,
    scale_from_density,
)
from hairdensity.decoding.opencv import decode_with_opencv
from hairdensity.decoding.pillow import load, rgb_and_depth
from hairdensity.decoding.samples import to_rgb8, upright
from hairdensity.errors import DecodingError, TruncatedImageError, UnsupportedFormatError

__all__ = ["HEIGHT", "ORIENTATION", "WIDTH", "check_header", "decode"]

SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
DESCRIPTION, STRIP_OFFSETS, N_SAMPLES, ROWS_PER_STRIP, STRIP_SIZES = 270, 273, 277, 278, 279
PLANAR, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_SIZES = 284, 322, 323, 324, 325
SAMPLE_FORMAT, DNG_VERSION = 339, 50706
WANTED = EXIF_TAGS | {
    SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, DESCRIPTION, STRIP_OFFSETS, N_SAMPLES, ROWS_PER_STRIP,
    STRIP_SIZES, PLANAR, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_SIZES, SAMPLE_FORMAT, DNG_VERSION,
}  # fmt: skip

MAX_PAGES = 64
MAX_BLOCKS = 1_000_000
REDUCED_OR_MASK = 0b101
"""Bits of the subfile type that mark a preview or a transparency mask instead of a picture."""

UNCOMPRESSED = 1
WHITE_IS_ZERO, YCBCR, CAMERA_RAW = 0, 6, frozenset({32803, 34892})
SEPARATE_PLANES = 2
UNSIGNED_FORMATS = frozenset({1, 4})
READ_BITS = frozenset({1, 4, 8, 12, 16})
SIXTEEN_BIT_COLORS = frozenset({(0, 1), (1, 1), (2, 3), (2, 4)})
"""Photometric interpretation and number of samples that OpenCV decodes with 16 bit."""

IMAGEJ_UNIT = re.compile(rb"^unit=(?P<unit>[^\n\0]+)", re.MULTILINE)
UM_PER_IMAGEJ_UNIT = {b"um": 1.0, b"micron": 1.0, b"microns": 1.0, b"\\u00b5m": 1.0, b"\xc2\xb5m": 1.0, b"\xb5m": 1.0,
                      b"mm": 1e3, b"cm": 1e4, b"inch": 25_400.0}  # fmt: skip
"""um in the units that ImageJ names in the description while it leaves the resolution unit empty."""


def decode(data: bytes, limits: DecodeLimits) -> Decoded:
    """Decode the only full-size page of a TIFF file."""
    page = check_header(data, limits)
    upright_bytes = _without_orientation(data, page)
    if _bits(page) == 16:
        pixels, depth = _decode_16_bit(upright_bytes, page)
    else:
        image = TiffImagePlugin.TiffImageFile(io.BytesIO(upright_bytes))
        load(image, what="TIFF")
        pixels, depth = rgb_and_depth(image)
    return Decoded(pixels=upright(pixels, page.number(ORIENTATION, 1)), bit_depth=depth, scale=_scale(page))


def check_header(data: bytes, limits: DecodeLimits) -> Directory:
    """The tags of the only full-size page; raise unless it is of a kind and size that is read, and all there."""
    pages = list(read_directories(data, wanted=WANTED, max_pages=MAX_PAGES))
    if not pages:
        raise TruncatedImageError("the TIFF holds no page; copy the file again")
    page = pages[0]
    limits.check_size(width=page.number(WIDTH, 0), height=page.number(HEIGHT, 0))
    _check_samples(page)
    _check_pages(pages)
    _check_storage(data, page)
    return page


def _bits(page: Directory) -> int:
    """Bits of every sample."""
    bits = {int(value) for value in page.values.get(BITS, np.array([1]))}
    return bits.pop() if len(bits) == 1 else 0


def _check_samples(page: Directory) -> None:
    photometric, n_samples, bits = page.number(PHOTOMETRIC, -1), page.number(N_SAMPLES, 1), _bits(page)
    if DNG_VERSION in page.values or photometric in CAMERA_RAW or page.number(SUBFILE_TYPE, 0) & REDUCED_OR_MASK:
        raise UnsupportedFormatError("the file is a camera's raw picture; export it as TIFF, PNG or JPEG")
    if bits not in READ_BITS or page.number(SAMPLE_FORMAT, 1) not in UNSIGNED_FORMATS:
        raise UnsupportedFormatError(
            f"the TIFF's samples are {bits or 'mixed'} bit of format {page.number(SAMPLE_FORMAT, 1)}; "
            "unsigned integers of 8 or 16 bit are read: convert it first"
        )
    planes_apart = page.number(PLANAR, 1) == SEPARATE_PLANES and n_samples > 1
    if bits == 16 and ((photometric, n_samples) not in SIXTEEN_BIT_COLORS or planes_apart):
        raise UnsupportedFormatError(
            "with 16 bit, gray and RGB(A) TIFF with interleaved channels are read; save it so, or with 8 bit"
        )


def _check_pages(pages: list[Directory]) -> None:
    """Raise when a later page is as large as the first and no preview: a stack, or several patients."""
    first = pages[0]
    size = first.number(WIDTH, 0), first.number(HEIGHT, 0)
    same = [
        page
        for page in pages
        if (page.number(WIDTH, 0), page.number(HEIGHT, 0)) == size
        and not page.number(SUBFILE_TYPE, 0) & REDUCED_OR_MASK
    ]
    refuse_frames(len(same), what="TIFF")


def _check_storage(data: bytes, page: Directory) -> None:
    """Raise unless every strip or tile lies inside the file and is as long as it must be."""
    tiled = TILE_OFFSETS in page.values
    offsets = page.values.get(TILE_OFFSETS if tiled else STRIP_OFFSETS)
    sizes = page.values.get(TILE_SIZES if tiled else STRIP_SIZES)
    if offsets is None or sizes is None:
        raise DecodingError("the TIFF does not say where its pixels are; export the picture again")
    needed = _block_sizes(page, tiled=tiled)
    if not len(needed) == len(offsets) == len(sizes):
        raise TruncatedImageError(
            f"the TIFF has {len(offsets)} of its {len(needed)} strips or tiles; copy the file again"
        )
    if page.number(COMPRESSION, UNCOMPRESSED) == UNCOMPRESSED and page.number(PHOTOMETRIC, -1) != YCBCR:
        sizes = np.maximum(sizes, needed)
    if bool(np.any(sizes > len(data)) or np.any(offsets > len(data) - np.minimum(sizes, len(data)))):
        raise TruncatedImageError("the TIFF ends before its pixels do; copy the file again")


def _block_sizes(page: Directory, *, tiled: bool) -> NDArray[np.uint64]:
    """Bytes of every uncompressed strip or tile."""
    width, height = page.number(WIDTH, 0), page.number(HEIGHT, 0)
    separate = page.number(PLANAR, 1) == SEPARATE_PLANES
    n_planes, n_together = (page.number(N_SAMPLES, 1), 1) if separate else (1, page.number(N_SAMPLES, 1))
    if tiled:
        tile_width, tile_height = max(page.number(TILE_WIDTH, 0), 1), max(page.number(TILE_HEIGHT, 0), 1)
        n_blocks = -(-width // tile_width) * -(-height // tile_height)
        rows = np.full(_bounded(n_blocks), tile_height, dtype=np.uint64)
        row_bytes = -(-tile_width * n_together * _bits(page) // 8)
    else:
        rows_per_strip = min(max(page.number(ROWS_PER_STRIP, height), 1), height)
        starts = np.arange(0, height, rows_per_strip, dtype=np.uint64)
        rows = np.minimum(np.uint64(rows_per_strip), np.uint64(height) - starts)
        row_bytes = -(-width * n_together * _bits(page) // 8)
    return np.tile(rows * np.uint64(row_bytes), n_planes)


def _bounded(n_blocks: int) -> int:
    if n_blocks > MAX_BLOCKS:
        raise DecodingError(f"the TIFF announces {n_blocks} tiles, at most {MAX_BLOCKS} are read")
    return n_blocks


def _without_orientation(data: bytes, page: Directory) -> bytes:
    """The file with orientation 1: one decoder would turn the pixels and another not, so neither is asked to."""
    if page.number(ORIENTATION, 1) == 1:
        return data
    position = page.positions[ORIENTATION]
    return data[:position] + struct.pack(page.byteorder + "H", 1) + data[position + 2 :]


def _decode_16_bit(data: bytes, page: Directory) -> tuple[NDArray[np.uint8], int]:
    samples = decode_with_opencv(data, what="TIFF")
    if samples.shape[:2] != (page.number(HEIGHT, 0), page.number(WIDTH, 0)):
        raise DecodingError("the TIFF's tags contradict each other; export the picture again")
    pixels, depth = to_rgb8(samples)
    return (255 - pixels if page.number(PHOTOMETRIC, 1) == WHITE_IS_ZERO else pixels), depth


def _scale(page: Directory) -> TagScale:
    """Pixel size from the resolution tags, or as ImageJ writes it: pixels per unit, the unit in the description."""
    description = bytes(page.values.get(DESCRIPTION, np.array([])).astype(np.uint8))
    found = IMAGEJ_UNIT.search(description) if description.startswith(b"ImageJ=") else None
    if found is None:
        return page.scale("tiff resolution")
    x, y = (page.values.get(tag, np.array([0.0])) for tag in (X_RESOLUTION, Y_RESOLUTION))
    unit_um = UM_PER_IMAGEJ_UNIT.get(found["unit"].strip().lower())
    return scale_from_density(float(x[0]), float(y[0]), unit_um=unit_um, source="imagej resolution")
