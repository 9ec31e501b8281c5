"""PNG: every checksum verified, and only the chunks that make the picture shown to the decoder."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hairdensity.decoding.contract import NO_FLAGS, NO_SCALE, Decoded, DecodeLimits, TagScale, refuse_frames
from hairdensity.decoding.directory import read_exif, scale_from_density
from hairdensity.decoding.opencv import decode_with_opencv
from hairdensity.decoding.samples import to_rgb8, upright
from hairdensity.errors import DecodingError, TruncatedImageError
from hairdensity.flags import ImageFlag

__all__ = ["SIGNATURE", "Chunk", "check_header", "chunks", "decode"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
"""Chunks that the pixels depend on; text, profiles and time stay away from the decoder."""

MAX_CHUNKS = 100_000
"""Encoders write 8 KB or more per chunk; empty ones only cost time."""

UM_PER_PHYS_UNIT = {1: 1e6}


class Chunk(NamedTuple):
    """One chunk of a PNG file."""

    name: bytes
    content: memoryview
    whole: memoryview
    intact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A PNG taken apart."""

    picture: bytes
    scale: TagScale
    exif: bytes | None
    n_frames: int
    damaged_extras: bool


def decode(data: bytes, limits: DecodeLimits) -> Decoded:
    """Decode a PNG file."""
    check_header(data, limits)
    file = _take_apart(data)
    refuse_frames(file.n_frames, what="animated PNG")
    pixels, depth = to_rgb8(decode_with_opencv(file.picture, what="PNG"))
    flags = ImageFlag.DECODER_WARNING if file.damaged_extras else NO_FLAGS
    exif = read_exif(file.exif, scale=file.scale)
    return Decoded(
        pixels=upright(pixels, exif.orientation), bit_depth=depth, scale=exif.scale, flags=flags | exif.flags
    )


def check_header(data: bytes, limits: DecodeLimits) -> None:
    """Raise unless the file begins as a PNG of a size that is read."""
    if len(data) < 33:
        raise TruncatedImageError("the PNG ends inside its header; copy the file again")
    if data[8:16] != b"\0\0\0\x0dIHDR":
        raise DecodingError("the PNG does not begin with its header; export the picture again")
    width, height = struct.unpack_from(">II", data, 16)
    limits.check_size(width=width, height=height)


def chunks(data: bytes) -> Iterator[Chunk]:
    """Every chunk up to IEND."""
    view = memoryview(data)
    position = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if position + 12 > len(data):
            raise TruncatedImageError("the PNG ends before its picture does (no IEND); copy the file again")
        end = position + 12 + int.from_bytes(view[position : position + 4], "big")
        if end > len(data):
            raise TruncatedImageError("a PNG chunk reaches behind the end of the file; copy the file again")
        name = bytes(view[position + 4 : position + 8])
        intact = zlib.crc32(view[position + 4 : end - 4]) == int.from_bytes(view[end - 4 : end], "big")
        yield Chunk(name, view[position + 8 : end - 4], view[position:end], intact)
        if name == b"IEND":
            return
        position = end
    raise DecodingError(f"the PNG holds more than {MAX_CHUNKS} chunks; export the picture again")


def _take_apart(data: bytes) -> _File:
    picture: list[bytes | memoryview] = [SIGNATURE]
    extras: dict[bytes, memoryview] = {}
    damaged_extras = False
    for chunk in chunks(data):
        if chunk.name in PICTURE or chunk.name[:1].isupper():
            _check_critical(chunk)
            picture.append(chunk.whole)
        elif chunk.intact:
            extras.setdefault(chunk.name, chunk.content)
        else:
            damaged_extras = True
    exif = extras.get(b"eXIf")
    return _File(
        picture=b"".join(picture),
        scale=_scale(extras.get(b"pHYs")),
        exif=None if exif is None else bytes(exif),
        n_frames=int.from_bytes(extras.get(b"acTL", memoryview(b""))[:4], "big"),
        damaged_extras=damaged_extras,
    )


def _check_critical(chunk: Chunk) -> None:
    if not chunk.intact:
        raise TruncatedImageError(f"the PNG is damaged: wrong checksum of {chunk.name!r}; copy the file again")
    if chunk.name not in PICTURE:
        raise DecodingError(f"the PNG needs a chunk that no standard knows, {chunk.name!r}; export the picture again")


def _scale(phys: memoryview | None) -> TagScale:
    if phys is None or len(phys) != 9:
        return NO_SCALE
    x, y, unit = struct.unpack(">IIB", phys)
    return scale_from_density(x, y, unit_um=UM_PER_PHYS_UNIT.get(unit), source="png pHYs")
