"""HEIC by libheif, AVIF by libavif (through Pillow)."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pi_heif
from PIL import AvifImagePlugin, Image

from hairdensity.decoding.contract import Decoded, DecodeLimits, refuse_frames
from hairdensity.decoding.directory import read_exif
from hairdensity.decoding.pillow import load, rgb_and_depth
from hairdensity.decoding.samples import to_rgb8, upright
from hairdensity.errors import DecodingError, TruncatedImageError, UnsupportedFormatError

__all__ = ["check_boxes", "decode_avif", "decode_heic"]

MAX_BOXES = 1000


def decode_heic(data: bytes, limits: DecodeLimits) -> Decoded:
    """Decode the primary picture of a HEIC file; libheif turns it upright, its EXIF orientation is history."""
    check_boxes(data)
    try:
        container = pi_heif.open_heif(io.BytesIO(data))
        picture = container[container.primary_index]
        limits.check_size(width=picture.size[0], height=picture.size[1])
        # A copy: pi_heif frees the memory behind its array together with the picture.
        samples = np.array(picture)[: picture.size[1], : picture.size[0]]
    except (EOFError, OSError, RuntimeError, SyntaxError, ValueError) as error:
        if isinstance(error, DecodingError):
            raise
        raise TruncatedImageError(f"the HEIC data are damaged or end early ({error}); copy the file again") from error
    exif = read_exif(picture.info.get("exif"))
    pixels = _heic_rgb(samples, picture.mode)
    return Decoded(pixels=pixels, bit_depth=int(picture.info.get("bit_depth", 8)), scale=exif.scale, flags=exif.flags)


def _heic_rgb(samples: Any, mode: str) -> Any:
    if mode == "RGBa":
        return rgb_and_depth(Image.frombuffer("RGBa", samples.shape[1::-1], samples.tobytes()))[0]
    return to_rgb8(samples)[0]


def decode_avif(data: bytes, limits: DecodeLimits) -> Decoded:
    """Decode a still AVIF file; Pillow reports its rotation as EXIF orientation."""
    if not AvifImagePlugin.SUPPORTED:
        raise UnsupportedFormatError("this build of Pillow reads no AVIF; install its wheel, or save as PNG")
    check_boxes(data)
    image = AvifImagePlugin.AvifImageFile(io.BytesIO(data))
    limits.check_size(width=image.width, height=image.height)
    refuse_frames(image.n_frames, what="AVIF")
    load(image, what="AVIF")
    exif = read_exif(image.info.get("exif"))
    pixels, depth = rgb_and_depth(image)
    return Decoded(pixels=upright(pixels, exif.orientation), bit_depth=depth, scale=exif.scale, flags=exif.flags)


def check_boxes(data: bytes) -> None:
    """Raise unless the boxes of the ISO media file (ISO 14496-12) fill it to its end."""
    position = 0
    for _ in range(MAX_BOXES):
        if position + 8 > len(data):
            break
        size, header = int.from_bytes(data[position : position + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        elif size == 0:
            return
        if size < header:
            raise DecodingError("the HEIC or AVIF file has an impossible box; export the picture again")
        position += size
    if position > len(data):
        raise TruncatedImageError(f"the file has {len(data)} of its {position} bytes; copy the file again")
