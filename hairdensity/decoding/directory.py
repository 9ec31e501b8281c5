"""Image file directories: the tag lists that TIFF files and EXIF blocks are made of (TIFF 6.0, section 2)."""

from __future__ import annotations

import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.decoding.contract import NO_FLAGS, NO_SCALE, TagScale
from hairdensity.errors import DecodingError, TruncatedImageError
from hairdensity.flags import ImageFlag

__all__ = ["ORIENTATION", "Directory", "Exif", "read_directories", "read_exif", "scale_from_density"]

ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 274, 282, 283, 296
UM_PER_UNIT = {2: 25_400.0, 3: 10_000.0}
"""um in the unit that a RESOLUTION_UNIT names: inch, centimeter."""

MAX_ENTRIES = 4096
"""Tags in one directory; real ones hold some dozens. BigTIFF could announce 2**64."""

VALUE_TYPES = {1: "u1", 2: "u1", 3: "u2", 4: "u4", 5: "u4", 7: "u1", 13: "u4", 16: "u8", 18: "u8"}
"""numpy codes of the tag types that a picture's own tags use; 5 is a pair of numbers, a fraction."""

FRACTION = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Directory:
    """The tags of one page.

    Parameters
    ----------
    values : dict of int to (N,) ndarray
        Numbers of each wanted tag, fractions divided out.
    positions : dict of int to int
        Byte at which the numbers of a tag stand.
    byteorder : str
        ``"<"`` or ``">"``.
    """

    values: dict[int, NDArray[np.float64] | NDArray[np.uint64]]
    positions: dict[int, int]
    byteorder: str

    def number(self, tag: int, default: int) -> int:
        """First number of a tag, or the default the standard gives it."""
        values = self.values.get(tag)
        return default if values is None or not len(values) else int(values[0])

    def scale(self, source: str) -> TagScale:
        """Pixel size that the resolution tags state."""
        x, y = (self.values.get(tag) for tag in (X_RESOLUTION, Y_RESOLUTION))
        if x is None or y is None or not len(x) or not len(y):
            return NO_SCALE
        unit_um = UM_PER_UNIT.get(self.number(RESOLUTION_UNIT, 2))
        return scale_from_density(float(x[0]), float(y[0]), unit_um=unit_um, source=source)


def scale_from_density(x_per_unit: float, y_per_unit: float, *, unit_um: float | None, source: str) -> TagScale:
    """Pixel size from pixels per unit; none without a unit, or when pixels are not square within 1 %."""
    if unit_um is None or not (np.isfinite([x_per_unit, y_per_unit]).all() and min(x_per_unit, y_per_unit) > 0):
        return NO_SCALE
    if abs(x_per_unit / y_per_unit - 1) > 0.01:
        return NO_SCALE
    return TagScale(2 * unit_um / (x_per_unit + y_per_unit), source)


class _Layout:
    """Where numbers stand in classic TIFF and in BigTIFF."""

    def __init__(self, data: bytes) -> None:
        self.byteorder = {b"II": "<", b"MM": ">"}.get(data[:2], "")
        if not self.byteorder or len(data) < 16:
            raise TruncatedImageError("the TIFF header is incomplete")
        self.big = struct.unpack_from(self.byteorder + "H", data, 2)[0] == 43
        self.count_format, self.entry_size, self.inline_at = ("Q", 20, 12) if self.big else ("H", 12, 8)
        self.offset_format, self.first_at = ("Q", 8) if self.big else ("I", 4)

    def unpack(self, number_format: str, data: bytes, position: int) -> int:
        try:
            return int(struct.unpack_from(self.byteorder + number_format, data, position)[0])
        except struct.error as error:
            raise TruncatedImageError(f"a TIFF directory points behind the file's end (byte {position})") from error


def read_directories(data: bytes, *, wanted: Container[int], max_pages: int) -> Iterator[Directory]:
    """The directories of a TIFF file or EXIF block, one by one, reading only the wanted tags.

    Raises
    ------
    TruncatedImageError
        When a directory or a wanted value lies outside the data.
    DecodingError
        When there are more pages than asked for, or they form a loop.
    """
    layout = _Layout(data)
    position = layout.unpack(layout.offset_format, data, layout.first_at)
    for _ in range(max_pages):
        if position == 0:
            return
        directory, position = _read_directory(data, position, layout, wanted)
        yield directory
    if position != 0:
        raise DecodingError(f"the TIFF holds more than {max_pages} pages, or a loop of them; save one page alone")


def _read_directory(data: bytes, position: int, layout: _Layout, wanted: Container[int]) -> tuple[Directory, int]:
    n_entries = layout.unpack(layout.count_format, data, position)
    if n_entries > MAX_ENTRIES:
        raise DecodingError(f"a TIFF directory announces {n_entries} tags, at most {MAX_ENTRIES} are read")
    start = position + struct.calcsize("=" + layout.count_format)
    values, positions = {}, {}
    for entry in range(start, start + n_entries * layout.entry_size, layout.entry_size):
        tag = layout.unpack("H", data, entry)
        if tag in wanted:
            values[tag], positions[tag] = _read_values(data, entry, layout)
    following = layout.unpack(layout.offset_format, data, start + n_entries * layout.entry_size)
    return Directory(values=values, positions=positions, byteorder=layout.byteorder), following


def _read_values(data: bytes, entry: int, layout: _Layout) -> tuple[NDArray[np.float64] | NDArray[np.uint64], int]:
    """Numbers of one tag and the byte at which they stand."""
    value_type = layout.unpack("H", data, entry + 2)
    count = layout.unpack(layout.offset_format, data, entry + 4)
    code = VALUE_TYPES.get(value_type)
    if code is None:
        raise DecodingError(f"a TIFF tag of the picture has the type {value_type}, which cannot describe one")
    dtype = np.dtype(layout.byteorder + code)
    n_numbers = 2 * count if value_type == FRACTION else count
    position = entry + layout.inline_at
    if n_numbers * dtype.itemsize > struct.calcsize("=" + layout.offset_format):
        position = layout.unpack(layout.offset_format, data, position)
    if position + n_numbers * dtype.itemsize > len(data):
        raise TruncatedImageError("a TIFF tag's values lie behind the end of the file")
    numbers = np.frombuffer(data, dtype=dtype, count=n_numbers, offset=position)
    if value_type == FRACTION:
        with np.errstate(divide="ignore", invalid="ignore"):
            return numbers[::2] / numbers[1::2].astype(np.float64), position
    return numbers.astype(np.uint64), position


EXIF_TAGS = frozenset({ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT})


class Exif(NamedTuple):
    """What an EXIF block says about the pixels."""

    orientation: int = 1
    scale: TagScale = NO_SCALE
    flags: ImageFlag = NO_FLAGS


def read_exif(block: bytes | None, *, scale: TagScale = NO_SCALE) -> Exif:
    """Orientation (1-8) and pixel size; a scale that the format's own tag states comes first.

    Every other tag is left unread, persons' data among them. A damaged block costs a flag and not the picture.
    """
    if not block:
        return Exif(scale=scale)
    try:
        first = next(read_directories(block.removeprefix(b"Exif\0\0"), wanted=EXIF_TAGS, max_pages=2), None)
    except DecodingError:
        return Exif(scale=scale, flags=ImageFlag.DECODER_WARNING)
    if first is None:
        return Exif(scale=scale)
    stated = scale if scale.um_per_px else first.scale("exif resolution")
    return Exif(first.number(ORIENTATION, 1), stated)
