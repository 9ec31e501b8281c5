"""What a file announces before any pixel of it is decoded: its format, its size, and whether it is all there.

The same checks as decoding makes first, by Python code that reads headers and never calls a decoder: who receives files
from others can refuse here what decoding would refuse, in milliseconds.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hairdensity.decoding import bmp, jpeg, png, tiff, webp
from hairdensity.decoding.contract import DEFAULT_LIMITS, DecodeLimits
from hairdensity.decoding.directory import read_exif
from hairdensity.decoding.heif import check_boxes
from hairdensity.decoding.sniffing import sniff, what_follows
from hairdensity.errors import DecodingError, HairDensityError, TruncatedImageError, UnsupportedFormatError

__all__ = ["Announced", "check_header"]

ITEM_SIZE = re.compile(rb"\0\0\0\x14ispe\0\0\0\0(.{8})", re.DOTALL)
"""The property of an item in a HEIF file that states its size (ISO 23008-12, 6.5.3)."""

TURNS_SIDES = 5
"""EXIF orientations from this one on exchange width and height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a file says it holds.

    Parameters
    ----------
    file_format : str
        As in ``ImageMetadata.file_format``.
    width_px, height_px : int
        Upright where the file's orientation is cheap to know.
    """

    file_format: str
    width_px: int
    height_px: int


def check_header(data: bytes, *, limits: DecodeLimits = DEFAULT_LIMITS) -> Announced:
    """Refuse what no decoder should see.

    Parameters
    ----------
    data : bytes
        A whole file.
    limits : DecodeLimits, optional

    Raises
    ------
    DecodingError
        With its subclasses: no picture, too large, cut off, or a picture and another kind of file at once.
    """
    limits.check_bytes(len(data))
    file_format = sniff(data)
    try:
        width, height, end = _READERS[file_format](data, limits)
    except (struct.error, IndexError, ValueError) as error:
        if isinstance(error, HairDensityError):
            raise
        raise TruncatedImageError(f"the {file_format} header is damaged or incomplete; copy the file again") from error
    limits.check_size(width=width, height=height)
    second = what_follows(memoryview(data)[end:])
    if second:
        raise UnsupportedFormatError(
            f"behind the {file_format.upper()} picture the file holds {second}, which no camera writes; "
            "export the picture again"
        )
    return Announced(file_format=file_format, width_px=width, height_px=height)


Size = tuple[int, int, int]
"""Width, height, and the first byte behind the picture."""


def _jpeg(data: bytes, limits: DecodeLimits) -> Size:
    header = jpeg.read_header(data)
    jpeg.check_header(header, limits)
    turned = read_exif(header.exif).orientation >= TURNS_SIDES
    sides = (header.height, header.width) if turned else (header.width, header.height)
    return *sides, jpeg.find_end(data)


def _png(data: bytes, limits: DecodeLimits) -> Size:
    png.check_header(data, limits)
    width, height = struct.unpack_from(">II", data, 16)
    return width, height, len(png.SIGNATURE) + sum(len(chunk.whole) for chunk in png.chunks(data))


def _tiff(data: bytes, limits: DecodeLimits) -> Size:
    page = tiff.check_header(data, limits)
    width, height = page.number(tiff.WIDTH, 0), page.number(tiff.HEIGHT, 0)
    turned = page.number(tiff.ORIENTATION, 1) >= TURNS_SIDES
    return (height, width, len(data)) if turned else (width, height, len(data))


def _webp(data: bytes, limits: DecodeLimits) -> Size:
    width, height, _ = webp.read_header(data, limits)
    return width, height, 8 + int.from_bytes(data[4:8], "little")


def _bmp(data: bytes, limits: DecodeLimits) -> Size:
    width, height, end, _ = bmp.read_header(data, limits)
    return width, height, end


def _heif(data: bytes, limits: DecodeLimits) -> Size:
    check_boxes(data)
    # A picture in tiles has properties for these too; the largest size is that of the whole.
    sizes = list(_item_sizes(data))
    if not sizes:
        raise DecodingError("the HEIC or AVIF file does not state its size; export the picture again")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return width, height, len(data)


def _item_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    for found in ITEM_SIZE.finditer(data):
        yield struct.unpack(">II", found[1])


def _dicom(data: bytes, limits: DecodeLimits) -> Size:
    raise UnsupportedFormatError(
        "a DICOM file names its patient, which is not kept here; export the picture as PNG or JPEG"
    )


_READERS: dict[str, Callable[[bytes, DecodeLimits], Size]] = {
    "jpeg": _jpeg,
    "png": _png,
    "tiff": _tiff,
    "webp": _webp,
    "bmp": _bmp,
    "heic": _heif,
    "avif": _heif,
    "dicom": _dicom,
}
