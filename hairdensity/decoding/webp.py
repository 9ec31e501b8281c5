"""WebP: the container is checked here, libwebp decodes."""

from __future__ import annotations

from collections.abc import Iterator

from hairdensity.decoding.contract import Decoded, DecodeLimits
from hairdensity.decoding.directory import read_exif
from hairdensity.decoding.opencv import decode_with_opencv
from hairdensity.decoding.samples import to_rgb8, upright
from hairdensity.errors import DecodingError, TruncatedImageError, UnsupportedFormatError

__all__ = ["decode", "read_header"]

ANIMATED = 0x02
MAX_CHUNKS = 1000
LOSSY_KEY, LOSSLESS_KEY = b"\x9d\x01\x2a", 0x2F


def decode(data: bytes, limits: DecodeLimits) -> Decoded:
    """Decode a still WebP file."""
    _, _, block = read_header(data, limits)
    exif = read_exif(block)
    # A third of the memory and time that Pillow needs, whose decoder is made for animations.
    pixels, _ = to_rgb8(decode_with_opencv(data, what="WebP"))
    return Decoded(pixels=upright(pixels, exif.orientation), scale=exif.scale, flags=exif.flags)


def read_header(data: bytes, limits: DecodeLimits) -> tuple[int, int, bytes | None]:
    """Width, height and EXIF block of the only picture; raise unless it is of a kind and size that is read."""
    block = None
    n_pictures = 0
    width = height = 0
    for name, content in _chunks(data):
        if name in SIZES:
            n_pictures += name != b"VP8X"
            width, height = SIZES[name](content)
            limits.check_size(width=width, height=height)
        elif name in (b"ANIM", b"ANMF"):
            raise UnsupportedFormatError("the WebP is an animation, one picture is needed; save it as PNG")
        elif name == b"EXIF":
            block = block or content
    if n_pictures != 1:
        raise DecodingError(f"the WebP holds {n_pictures} pictures, one is needed; export the picture again")
    return width, height, block


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of every chunk; a chunk's odd last byte is padded."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise TruncatedImageError(f"the WebP has {len(data)} of its {end} bytes; copy the file again")
    position = 12
    for _ in range(MAX_CHUNKS):
        if position + 8 > end:
            return
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if position + 8 + size > end:
            raise TruncatedImageError("a WebP chunk reaches behind the end of the file; copy the file again")
        yield data[position : position + 4], data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
    raise DecodingError(f"the WebP holds more than {MAX_CHUNKS} chunks; export the picture again")


def _canvas_size(content: bytes) -> tuple[int, int]:
    if len(content) < 10:
        raise TruncatedImageError("the WebP header is incomplete")
    if content[0] & ANIMATED:
        raise UnsupportedFormatError("the WebP is an animation, one picture is needed; save it as PNG")
    return 1 + int.from_bytes(content[4:7], "little"), 1 + int.from_bytes(content[7:10], "little")


def _lossy_size(content: bytes) -> tuple[int, int]:
    if content[3:6] != LOSSY_KEY:
        raise DecodingError("the WebP's picture has no header; export it again")
    return int.from_bytes(content[6:8], "little") & 0x3FFF, int.from_bytes(content[8:10], "little") & 0x3FFF


def _lossless_size(content: bytes) -> tuple[int, int]:
    if not content or content[0] != LOSSLESS_KEY:
        raise DecodingError("the WebP's picture has no header; export it again")
    packed = int.from_bytes(content[1:5], "little")
    return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)


SIZES = {b"VP8X": _canvas_size, b"VP8 ": _lossy_size, b"VP8L": _lossless_size}
