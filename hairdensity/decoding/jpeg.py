"""JPEG, by libjpeg-turbo in its strict mode."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from hairdensity.decoding.contract import NO_FLAGS, NO_SCALE, Decoded, DecodeLimits, TagScale
from hairdensity.decoding.directory import read_exif, scale_from_density
from hairdensity.decoding.samples import cmyk_to_rgb, upright
from hairdensity.errors import DecodingError, TruncatedImageError, UnsupportedFormatError
from hairdensity.flags import ImageFlag

__all__ = ["Header", "check_header", "decode", "decode_pixels", "find_end", "read_header", "segments"]

SOS, EOI, APP0, APP1, APP14 = 0xDA, 0xD9, 0xE0, 0xE1, 0xEE
STANDALONE = frozenset({0x01, 0xD8})
FRAME_HEADERS = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
HUFFMAN_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

MAX_SEGMENTS = 20_000
"""EXIF, ICC profiles and MPF need some hundred; more only cost time."""

MAX_SCANS = 64
"""Progressive encoders write 10; every further scan visits all blocks again for almost no bytes."""

COLOR_SPACES = {1: "RGB", 3: "RGB", 4: "CMYK"}
"""What to ask of the decoder by number of components; it repeats gray itself."""

HARMLESS = re.compile(
    r"extraneous bytes before marker 0xd9|unknown JFIF revision|Unknown Adobe color transform|Invalid SOS parameters"
)
"""Warnings after which all blocks were decoded: padding before the end, and header fields that do not touch pixels."""

UM_PER_DENSITY_UNIT = {1: 25_400.0, 2: 10_000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands before the scans."""

    width: int = 0
    height: int = 0
    precision: int = 0
    n_components: int = 0
    frame_marker: int = 0
    adobe: bool = False
    scale: TagScale = NO_SCALE
    exif: bytes | None = None


def decode(data: bytes, limits: DecodeLimits) -> Decoded:
    """Decode a JPEG file."""
    header = read_header(data)
    pixels, flags = _decode_scans(data, header, limits)
    exif = read_exif(header.exif, scale=header.scale)
    return Decoded(pixels=upright(pixels, exif.orientation), scale=exif.scale, flags=flags | exif.flags)


def decode_pixels(data: bytes, *, width: int, height: int, limits: DecodeLimits) -> tuple[NDArray[np.uint8], ImageFlag]:
    """Decode a JPEG stream inside another file, whose own header announces the size; its tags are not read."""
    header = read_header(data)
    if (header.width, header.height) != (width, height):
        raise DecodingError(
            f"the file announces {width} x {height} px, the JPEG data inside it {header.width} x {header.height}"
        )
    return _decode_scans(data, header, limits)


def _decode_scans(data: bytes, header: Header, limits: DecodeLimits) -> tuple[NDArray[np.uint8], ImageFlag]:
    check_header(header, limits)
    # Behind the end phones append further pictures and videos: the decoder does not see them.
    stream = memoryview(data)[: find_end(data)]
    color_space = COLOR_SPACES[header.n_components]
    flags = NO_FLAGS
    try:
        decoded = simplejpeg.decode_jpeg(stream, color_space, strict=True)
    except ValueError as error:
        if not HARMLESS.search(str(error)):
            raise TruncatedImageError(f"the JPEG data are damaged ({error}); copy the file again") from error
        decoded = simplejpeg.decode_jpeg(stream, color_space, strict=False)
        flags = ImageFlag.DECODER_WARNING
    if color_space == "CMYK":
        # Adobe writes paper where the standard has ink.
        return cmyk_to_rgb(255 - decoded if header.adobe else decoded), flags
    return decoded, flags


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, first byte and end of the content of every segment up to the end of the picture."""
    position = 2
    for _ in range(MAX_SEGMENTS):
        found = MARKER.search(data, position)
        if found is None:
            raise TruncatedImageError("the JPEG ends before its picture does (no end marker); copy the file again")
        marker, start = data[found.end() - 1], found.end()
        if marker == EOI:
            yield marker, start, start
            return
        if marker in STANDALONE:
            position = start
            continue
        position = start + int.from_bytes(data[start : start + 2], "big")
        if position > len(data) or position < start + 2:
            raise TruncatedImageError("a JPEG segment reaches behind the end of the file; copy the file again")
        yield marker, start + 2, position
    raise DecodingError(f"the JPEG holds more than {MAX_SEGMENTS} segments; export the picture again")


def read_header(data: bytes) -> Header:
    """What stands before the scans.

    Raises
    ------
    DecodingError
        If there is no frame header, or two.
    """
    header = Header()
    for marker, start, end in segments(data):
        if marker in (SOS, EOI):
            break
        header = _with_segment(header, marker, data[start:end])
    if not header.frame_marker:
        raise DecodingError("the JPEG has no frame header; export the picture again")
    return header


def _with_segment(header: Header, marker: int, content: bytes) -> Header:
    """The header after one more segment."""
    if marker in FRAME_HEADERS:
        if header.frame_marker or len(content) < 6:
            raise DecodingError("the JPEG announces its size twice or not at all; export the picture again")
        precision, height, width, n_components = struct.unpack_from(">BHHB", content)
        return replace(
            header, frame_marker=marker, precision=precision, height=height, width=width, n_components=n_components
        )
    if marker == APP0 and content.startswith(b"JFIF\0") and len(content) >= 12:
        unit, x, y = struct.unpack_from(">BHH", content, 7)
        scale = scale_from_density(x, y, unit_um=UM_PER_DENSITY_UNIT.get(unit), source="jpeg density")
        return replace(header, scale=scale)
    if marker == APP1 and content.startswith(b"Exif\0\0") and header.exif is None:
        return replace(header, exif=content)
    if marker == APP14 and content.startswith(b"Adobe"):
        return replace(header, adobe=True)
    return header


def check_header(header: Header, limits: DecodeLimits) -> None:
    """Raise unless the picture is of a kind and size that is read."""
    limits.check_size(width=header.width, height=header.height)
    if header.frame_marker not in HUFFMAN_FRAMES or header.precision != 8:
        raise UnsupportedFormatError(
            f"the JPEG is of a rare kind (frame type {header.frame_marker - 0xC0}, {header.precision} bit); "
            "baseline and progressive with 8 bit are read: save it as PNG"
        )
    if header.n_components not in COLOR_SPACES:
        raise DecodingError(f"the JPEG has {header.n_components} components; 1 (gray), 3 (color) or 4 (CMYK) are read")


def find_end(data: bytes) -> int:
    """First byte behind the picture, after counting its scans."""
    n_scans = 0
    end = 0
    for marker, _, segment_end in segments(data):
        n_scans += marker == SOS
        end = segment_end
    if n_scans > MAX_SCANS:
        raise DecodingError(f"the JPEG holds {n_scans} scans, at most {MAX_SCANS} are read; export the picture again")
    return end
