"""Files that are no picture to keep: pixel floods, lying headers, polyglots, archives, programs, pages.

Material for the tests of uploads and for the benchmark of how fast they are refused.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

import numpy as np
from PIL import Image

__all__ = ["HOSTILE", "JPEG", "PNG", "encoded", "zipped"]


def encoded(file_format: str, *, size: tuple[int, int] = (64, 48), seed: int = 0, **options: Any) -> bytes:
    """A small picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, file_format, **options)
    return held.getvalue()


JPEG, PNG = encoded("jpeg"), encoded("png")


def png_that_announces(width: int, height: int) -> bytes:
    """A few bytes whose header states any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    chunks = (struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg_that_announces(width: int, height: int) -> bytes:
    """A small picture whose header states another size."""
    at = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:at] + struct.pack(">HH", height, width) + JPEG[at + 4 :]


def zipped(name: str = "../../../etc/passwd") -> bytes:
    """An archive whose member would leave the folder."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, "x")
    return held.getvalue()


HOSTILE: dict[str, tuple[bytes, str]] = {
    "pixel flood": (png_that_announces(60_000, 60_000), "too_large"),
    "lying header": (jpeg_that_announces(65_000, 65_000), "too_large"),
    "no size": (jpeg_that_announces(0, 0), "undecodable"),
    "truncated": (JPEG[:-200], "truncated"),
    "truncated png": (PNG[:-20], "truncated"),
    "empty": (b"", "truncated"),
    "zip slip": (zipped(), "unsupported_format"),
    "svg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "unsupported_format"),
    "program": (b"\x7fELF" + bytes(200), "unsupported_format"),
    "program of windows": (b"MZ" + bytes(200), "unsupported_format"),
    "page": (b"<!doctype html><script>alert(1)</script>", "unsupported_format"),
    "gif": (encoded("gif"), "unsupported_format"),
    "jpeg and zip": (JPEG + zipped(), "unsupported_format"),
    "jpeg and zip and more": (JPEG + zipped() + bytes(70_000), "unsupported_format"),
    "png and zip": (PNG + zipped(), "unsupported_format"),
    "jpeg and page": (JPEG + bytes(5000) + b"<html><script>alert(1)</script>" + bytes(5000), "unsupported_format"),
    "two pages of tiff": (
        encoded("tiff", save_all=True, append_images=[Image.new("RGB", (64, 48))]),
        "unsupported_format",
    ),
    "animated webp": (
        encoded("webp", save_all=True, append_images=[Image.new("RGB", (64, 48))]),
        "unsupported_format",
    ),
}
"""Bytes by what they are, with the code of their refusal."""
