"""DICOM photographs, by pydicom (an extra); no tag about a person is read."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.encaps import get_frame
from pydicom.pixels.processing import apply_color_lut, convert_color_space
from pydicom.pixels.utils import pixel_array

from hairdensity.decoding import jpeg
from hairdensity.decoding.contract import NO_FLAGS, NO_SCALE, Decoded, DecodeLimits, TagScale, refuse_frames
from hairdensity.decoding.directory import scale_from_density
from hairdensity.decoding.samples import to_rgb8
from hairdensity.errors import DecodingError, TruncatedImageError, UnsupportedFormatError
from hairdensity.flags import ImageFlag

__all__ = ["decode"]

SPACING = "PixelSpacing"
"""Of the skin. ImagerPixelSpacing is that of the sensor, NominalScannedPixelSpacing that of a scanned film."""

REQUIRED = ("Rows", "Columns", "BitsAllocated", "BitsStored", "PhotometricInterpretation", "PixelData")
OPTIONAL = ("SamplesPerPixel", "PlanarConfiguration", "NumberOfFrames", "HighBit", "PixelRepresentation")
PALETTE = tuple(
    f"{color}PaletteColorLookupTable{part}" for color in ("Red", "Green", "Blue") for part in ("Data", "Descriptor")
)

NATIVE = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"})
JPEG_8_BIT = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})
RUN_LENGTH = "1.2.840.10008.1.2.5"
DEFLATED = b"1.2.840.10008.1.2.1.99"

COLORS = {"MONOCHROME1": 1, "MONOCHROME2": 1, "PALETTE COLOR": 1, "RGB": 3, "YBR_FULL": 3, "YBR_FULL_422": 3,
          "YBR_ICT": 3, "YBR_RCT": 3}  # fmt: skip
"""Samples per pixel of the photometric interpretations that are read."""

RGB_MARKER = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
"""The JPEG segment that says: three components, not YCbCr. DICOM says it in its own header alone."""

CODESTREAM_SIZE = b"\xff\x4f\xff\x51"


def decode(data: bytes, limits: DecodeLimits) -> Decoded:
    """Decode a DICOM file with one frame."""
    if DEFLATED in data:
        # pydicom would inflate the whole data set at once, whatever its size.
        raise UnsupportedFormatError("the DICOM file is deflated; export it uncompressed")
    dataset = dcmread(io.BytesIO(data), specific_tags=[*REQUIRED, *OPTIONAL, SPACING, *PALETTE])
    _check_header(dataset, limits)
    samples, flags = _decode_frame(dataset, limits)
    depth = int(dataset.BitsStored)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        samples = apply_color_lut(samples, dataset)
        depth = 8 * samples.dtype.itemsize
    pixels, _ = to_rgb8(samples, depth=depth)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        pixels = 255 - pixels
    return Decoded(pixels=pixels, bit_depth=depth, scale=_scale(dataset), flags=flags)


def _check_header(dataset: FileDataset, limits: DecodeLimits) -> None:
    missing = [tag for tag in REQUIRED if dataset.get(tag) is None]
    if missing:
        raise TruncatedImageError(f"the DICOM file has no {', '.join(missing)}; copy it again")
    limits.check_size(width=int(dataset.Columns), height=int(dataset.Rows))
    refuse_frames(int(dataset.get("NumberOfFrames") or 1), what="DICOM file")
    allocated, stored = int(dataset.BitsAllocated), int(dataset.BitsStored)
    if allocated not in (8, 16) or not 1 < stored <= allocated or dataset.get("PixelRepresentation", 0) != 0:
        raise UnsupportedFormatError(
            f"the DICOM samples have {stored} of {allocated} bits; unsigned 8 or 16 bit is read: export it so"
        )
    if COLORS.get(str(dataset.PhotometricInterpretation)) != _n_samples(dataset):
        raise UnsupportedFormatError(f"the DICOM colors are not read; {', '.join(COLORS)} are: export it as RGB")


def _n_samples(dataset: FileDataset) -> int:
    return int(dataset.get("SamplesPerPixel") or 1)


def _decode_frame(dataset: FileDataset, limits: DecodeLimits) -> tuple[NDArray[Any], ImageFlag]:
    """Samples, (H, W) or (H, W, 3) in RGB."""
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    width, height = int(dataset.Columns), int(dataset.Rows)
    if syntax in NATIVE:
        _check_length(dataset)
        return _decode_with_pydicom(dataset), NO_FLAGS
    if syntax in JPEG_8_BIT:
        return jpeg.decode_pixels(_jpeg_stream(dataset), width=width, height=height, limits=limits)
    if syntax in JPEG_2000:
        _check_codestream(_only_frame(dataset), width=width, height=height)
        return _decode_with_pydicom(dataset), NO_FLAGS
    if syntax == RUN_LENGTH:
        return _decode_run_lengths(dataset), NO_FLAGS
    raise UnsupportedFormatError(
        f"the DICOM transfer syntax {dataset.file_meta.TransferSyntaxUID.name} is not read; export it uncompressed"
    )


def _check_length(dataset: FileDataset) -> None:
    n_samples = 2 if dataset.PhotometricInterpretation == "YBR_FULL_422" else _n_samples(dataset)
    needed = int(dataset.Rows) * int(dataset.Columns) * n_samples * int(dataset.BitsAllocated) // 8
    if len(dataset.PixelData) < needed:
        raise TruncatedImageError(f"the DICOM file has {len(dataset.PixelData)} of its {needed} bytes of pixels")


def _only_frame(dataset: FileDataset) -> bytes:
    return bytes(get_frame(dataset.PixelData, 0, number_of_frames=1))


def _jpeg_stream(dataset: FileDataset) -> bytes:
    stream = _only_frame(dataset)
    if dataset.PhotometricInterpretation == "RGB" and b"Adobe" not in stream[:64] and b"JFIF" not in stream[:64]:
        return stream[:2] + RGB_MARKER + stream[2:]
    return stream


def _check_codestream(stream: bytes, *, width: int, height: int) -> None:
    """Raise unless a JPEG 2000 codestream announces the size that the DICOM header does, and is complete."""
    right, bottom, left, top = (int.from_bytes(stream[at : at + 4], "big") for at in (8, 12, 16, 20))
    if not stream.startswith(CODESTREAM_SIZE) or (right - left, bottom - top) != (width, height):
        raise DecodingError("the JPEG 2000 data announce another size than the DICOM file; export it again")
    if b"\xff\xd9" not in stream[-3:]:
        raise TruncatedImageError("the JPEG 2000 data end before their picture does; copy the file again")


def _decode_with_pydicom(dataset: FileDataset) -> NDArray[Any]:
    try:
        return np.asarray(pixel_array(dataset))
    except (ValueError, EOFError, OSError) as error:
        raise TruncatedImageError("the DICOM pixels are damaged or end early; copy the file again") from error


def _decode_run_lengths(dataset: FileDataset) -> NDArray[Any]:
    """Samples of a run-length coded frame: one segment per byte of a sample, the highest first (PS3.5, annex G).

    Pillow unpacks the runs in C and stops at the picture's end; pydicom does it in Python and does not stop.
    """
    stream = _only_frame(dataset)
    height, width, n_samples = int(dataset.Rows), int(dataset.Columns), _n_samples(dataset)
    n_bytes = int(dataset.BitsAllocated) // 8
    count, *offsets = struct.unpack_from("<16I", stream)
    if count != n_samples * n_bytes:
        raise TruncatedImageError(f"the DICOM frame has {count} of its {n_samples * n_bytes} run-length segments")
    bounds = [*offsets[:count], len(stream)]
    segments = [_unpack_runs(stream[bounds[i] : bounds[i + 1]], width * height) for i in range(count)]
    planes = np.stack(segments, axis=-1).reshape(height, width, n_samples, n_bytes)
    samples = planes[..., 0] if n_bytes == 1 else planes[..., 0].astype(np.uint16) << 8 | planes[..., 1]
    if dataset.PhotometricInterpretation == "YBR_FULL":
        return np.asarray(convert_color_space(samples, "YBR_FULL", "RGB"))
    return samples[..., 0] if n_samples == 1 else samples


def _unpack_runs(segment: bytes, n_values: int) -> NDArray[np.uint8]:
    try:
        row: NDArray[np.uint8] = np.asarray(Image.frombytes("L", (n_values, 1), segment, "packbits", "L"))[0]
    except (ValueError, OSError) as error:
        raise TruncatedImageError("the DICOM run lengths are damaged or end early; copy the file again") from error
    return row


def _scale(dataset: FileDataset) -> TagScale:
    """Pixel size from the spacing: mm between rows, then between columns."""
    spacing = dataset.get(SPACING)
    if spacing is not None and len(spacing) == 2 and min(spacing) > 0:
        return scale_from_density(
            1 / float(spacing[1]), 1 / float(spacing[0]), unit_um=1000.0, source=f"dicom {SPACING}"
        )
    return NO_SCALE
