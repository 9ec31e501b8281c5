"""Small files of every format that is read, written from the same pixels: material for hostile tests."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

# No free encoder for HEIC is among the dependencies: these bytes were written once.
HEIC_FILE = Path(__file__).parents[1] / "tests" / "unit" / "data" / "gradient.heic"


def skin_like_pixels(height: int, width: int, *, seed: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB: smooth skin with dark strokes and camera noise."""
    rng = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), (205, 160, 140), dtype=np.uint8)
    for _ in range(max(4, height * width // 2500)):
        start = rng.integers(0, (width, height))
        end = start + rng.integers(-height // 3, height // 3 + 1, size=2)
        cv2.line(pixels, start.tolist(), end.tolist(), (60, 45, 40), int(rng.integers(1, 4)), cv2.LINE_AA)
    return np.clip(pixels + rng.normal(0, 4, pixels.shape), 0, 255).astype(np.uint8)


def picture_files(pixels: NDArray[np.uint8]) -> dict[str, bytes]:
    """Files by name; the name begins with the format that reading reports."""
    twelve_bit = pixels.astype(np.uint16) << 4
    rgb = Image.fromarray(pixels)
    return {
        "jpeg": with_pillow(rgb, "JPEG", quality=90, dpi=(2540, 2540)),
        "jpeg_progressive": with_pillow(rgb, "JPEG", quality=90, progressive=True),
        "jpeg_gray": with_pillow(rgb.convert("L"), "JPEG", quality=90),
        "jpeg_cmyk": with_pillow(rgb.convert("CMYK"), "JPEG", quality=90),
        "png": with_pillow(rgb, "PNG", dpi=(2540, 2540)),
        "png_palette": with_pillow(rgb.quantize(64), "PNG"),
        "png_16_bit": cv2.imencode(".png", twelve_bit[:, :, ::-1])[1].tobytes(),
        "tiff": with_tifffile(pixels, resolution=(1000, 1000), resolutionunit="CENTIMETER"),
        "tiff_lzw": with_pillow(rgb, "TIFF", compression="tiff_lzw"),
        "tiff_16_bit": with_tifffile(twelve_bit, compression="zlib"),
        "webp": with_pillow(rgb, "WEBP", quality=90),
        "webp_lossless": with_pillow(rgb, "WEBP", lossless=True),
        "bmp": with_pillow(rgb, "BMP"),
        "heic": HEIC_FILE.read_bytes(),
        "avif": with_pillow(rgb, "AVIF", quality=90),
        "dicom": with_pydicom(pixels),
        "dicom_jpeg": with_pydicom(pixels, jpeg=with_pillow(rgb, "JPEG", quality=90)),
        "dicom_run_lengths": with_pydicom(pixels, run_lengths=True),
    }


def with_pillow(image: Image.Image, file_format: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


def with_tifffile(pixels: NDArray[np.uint8] | NDArray[np.uint16], **options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, photometric="rgb", **options)
    return stream.getvalue()


def with_pydicom(pixels: NDArray[np.uint8], *, jpeg: bytes | None = None, run_lengths: bool = False) -> bytes:
    """A secondary capture with 5 um pixels: native, with a JPEG inside, or run-length coded."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["picture"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian if jpeg is None else JPEGBaseline8Bit
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = *pixels.shape[:2], 3
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation, dataset.PlanarConfiguration = 0, 0
    dataset.PhotometricInterpretation = "RGB" if jpeg is None else "YBR_FULL_422"
    dataset.PixelSpacing = [0.005, 0.005]
    dataset.PixelData = pixels.tobytes() if jpeg is None else encapsulate([jpeg])
    dataset["PixelData"].VR = "OB"
    if run_lengths:
        dataset.compress(RLELossless)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
