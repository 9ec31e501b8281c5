"""Pictures without anything but their pixels: no tag, text, thumbnail, profile, or bytes behind the end.

JPEG and plain PNG keep their compressed data bit for bit; everything else, and what would not decode to the same
pixels, becomes a PNG of the pixels that the analysis sees (upright, 8 bit). What was stripped is decoded again and
compared: the copy has the same pixels, or there is none.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.decoding import decode, jpeg, png
from hairdensity.errors import DecodingError
from hairdensity.image import TrichoImage

__all__ = ["N_SHAPES", "Stripped", "rewrite", "strip", "with_other_bytes"]

JFIF, ADOBE = 0xE0, 0xEE
SOS, EOI = 0xDA, 0xD9
JPEG_PICTURE = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDC, 0xDD, SOS})
"""Frame header, Huffman and quantization tables, number of lines, restart interval, scan."""

PLAIN_SAMPLES = {0: 1, 2: 3}
"""Samples per pixel of gray and RGB. A palette holds colors that no pixel has, and under transparency lie pixels that
nobody sees."""

N_SHAPES = 1024
"""Ways to write the same picture, by number."""

FILL_BYTES = 16
"""JPEG: between two of them; the files of one picture differ by up to 16 kB, as those of different pictures do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripped:
    """A picture that carries nothing but itself.

    Parameters
    ----------
    data : bytes
        Of the file.
    suffix : str
        ``.jpg`` or ``.png``.
    is_rewritten : bool
        The compressed data are not the original's: a PNG of its pixels.
    """

    data: bytes
    suffix: str
    is_rewritten: bool


def strip(data: bytes, image: TrichoImage, *, always_rewrite: bool = False) -> Stripped:
    """Take everything off a picture but its pixels.

    Parameters
    ----------
    data : bytes
        The file.
    image : TrichoImage
        What the analysis sees of it.
    always_rewrite : bool, optional
        A PNG in any case: compression tables tell cameras apart.
    """
    strippers = {"jpeg": _strip_jpeg, "png": _strip_png}
    file_format = image.metadata.file_format
    if file_format in strippers and not always_rewrite and not image.metadata.flags:
        kept = strippers[file_format](data)
        if kept is not None and _shows_the_same(kept, image.pixels):
            suffix = ".jpg" if file_format == "jpeg" else ".png"
            return Stripped(data=kept, suffix=suffix, is_rewritten=False)
    return rewrite(image.pixels)


def rewrite(pixels: NDArray[np.uint8]) -> Stripped:
    """(H, W, 3) RGB pixels as a PNG without anything else."""
    worked, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    if not worked:
        raise DecodingError("the picture cannot be written as PNG; export it as PNG yourself")
    # The encoder may add chunks of its own.
    plain = _png_of(*_png_parts(encoded.tobytes()), n_pieces=1)
    return Stripped(data=plain, suffix=".png", is_rewritten=True)


def with_other_bytes(stripped: Stripped, number: int) -> bytes:
    """The same compressed data in a file of other bytes and another size.

    A picture and its repeat would be found by their equal files. JPEG allows any number of fill bytes in front of a
    marker (ITU-T T.81, B.1.1.2), PNG any division of its data into chunks (PNG 3, 11.2.3). Different numbers give
    different files, and other sizes.

    Parameters
    ----------
    stripped : Stripped
    number : int
        Below `N_SHAPES`.
    """
    if stripped.suffix == ".jpg":
        return stripped.data[:2] + b"\xff" * (FILL_BYTES * number) + stripped.data[2:]
    return _png_of(*_png_parts(stripped.data), n_pieces=1 + number)


def _shows_the_same(data: bytes, pixels: NDArray[np.uint8]) -> bool:
    try:
        _, again = decode(data)
    except DecodingError:
        return False
    return not again.flags and np.array_equal(again.pixels, pixels)


def _strip_jpeg(data: bytes) -> bytes:
    """The segments that the pixels depend on; what tells the colors (JFIF, Adobe) is cut to that."""
    parts = [b"\xff\xd8"]
    scan_start = None
    for marker, start, end in jpeg.segments(data):
        if scan_start is not None:
            parts.append(data[scan_start : start - (2 if marker == EOI else 4)])
        scan_start = end if marker == SOS else None
        content = _color_segment(marker, data[start:end])
        if content is not None:
            parts.append(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content)
    return b"".join([*parts, b"\xff\xd9"])


def _color_segment(marker: int, content: bytes) -> bytes | None:
    """What stays of a segment's content; None where nothing does."""
    if marker == JFIF and content.startswith(b"JFIF\0"):
        # Version; no unit, square pixels, no thumbnail.
        return content[:7] + struct.pack(">BHHBB", 0, 1, 1, 0, 0)
    if marker == ADOBE and content.startswith(b"Adobe"):
        return content[:12]
    return content if marker in JPEG_PICTURE else None


def _strip_png(data: bytes) -> bytes | None:
    """Header and data; None where other chunks matter, or the data hold more than the picture."""
    header, packed = _png_parts(data)
    bits, color, _, _, interlaced = header[8:13]
    if color not in PLAIN_SAMPLES or interlaced or any(chunk.name == b"tRNS" for chunk in png.chunks(data)):
        return None
    width, height = struct.unpack_from(">II", header)
    n_bytes = height * (1 + -(-width * bits * PLAIN_SAMPLES[color] // 8))
    unpacking = zlib.decompressobj()
    unpacked = unpacking.decompress(packed, n_bytes + 1)
    if len(unpacked) != n_bytes or not unpacking.eof or unpacking.unused_data:
        return None
    return _png_of(header, packed, n_pieces=1)


def _png_parts(data: bytes) -> tuple[bytes, bytes]:
    """Content of the header and of all data chunks."""
    wanted: dict[bytes, list[memoryview]] = {b"IHDR": [], b"IDAT": []}
    for chunk in png.chunks(data):
        if chunk.name in wanted:
            wanted[chunk.name].append(chunk.content)
    return bytes(wanted[b"IHDR"][0]), b"".join(wanted[b"IDAT"])


def _png_of(header: bytes, packed: bytes, *, n_pieces: int) -> bytes:
    # A piece may be empty: very small pictures have fewer bytes than pieces.
    cuts = [len(packed) * number // n_pieces for number in range(n_pieces + 1)]
    pieces = [(b"IDAT", packed[start:end]) for start, end in pairwise(cuts)]
    chunks = [(b"IHDR", header), *pieces, (b"IEND", b"")]
    return png.SIGNATURE + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )
