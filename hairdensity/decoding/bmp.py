"""BMP, uncompressed."""

from __future__ import annotations

import io
import struct

from PIL import BmpImagePlugin

from hairdensity.decoding.contract import NO_SCALE, Decoded, DecodeLimits, TagScale
from hairdensity.decoding.directory import scale_from_density
from hairdensity.decoding.pillow import load, rgb_and_depth
from hairdensity.errors import TruncatedImageError, UnsupportedFormatError

__all__ = ["decode", "read_header"]

CORE_HEADER = 12
UNCOMPRESSED = frozenset({0, 3})
"""Plain pixels and pixels with bit masks; run lengths are for icons."""

UM_PER_METER = 1e6


def decode(data: bytes, limits: DecodeLimits) -> Decoded:
    """Decode a BMP file."""
    _, _, _, scale = read_header(data, limits)
    image = BmpImagePlugin.BmpImageFile(io.BytesIO(data))
    load(image, what="BMP")
    pixels, depth = rgb_and_depth(image)
    return Decoded(pixels=pixels, bit_depth=depth, scale=scale)


def read_header(data: bytes, limits: DecodeLimits) -> tuple[int, int, int, TagScale]:
    """Width, height, first byte behind the pixels, and pixel size; raise unless they are read and all there."""
    width, height, bits, scale = _read_fields(data)
    limits.check_size(width=width, height=height)
    start = int.from_bytes(data[10:14], "little")
    row_bytes = (width * bits + 31) // 32 * 4
    end = start + row_bytes * height
    if end > len(data):
        raise TruncatedImageError(f"the BMP has {len(data)} of its {end} bytes; copy the file again")
    return width, height, end, scale


def _read_fields(data: bytes) -> tuple[int, int, int, TagScale]:
    """Width, height, bits per pixel and pixel size."""
    header_size = int.from_bytes(data[14:18], "little")
    if len(data) < 14 + header_size:
        raise TruncatedImageError("the BMP ends inside its header; copy the file again")
    if header_size == CORE_HEADER:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        return width, height, bits, NO_SCALE
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if compression not in UNCOMPRESSED:
        raise UnsupportedFormatError(f"the BMP is compressed (kind {compression}); save it uncompressed or as PNG")
    x, y = struct.unpack_from("<ii", data, 38)
    # A negative height means that the top row comes first.
    return width, abs(height), bits, scale_from_density(x, y, unit_um=UM_PER_METER, source="bmp resolution")
