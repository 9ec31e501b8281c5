"""Headers are read without decoding, and say what decoding then finds."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from hairdensity.decoding.headers import check_header
from hairdensity.errors import DecodingError, ImageTooLargeError, TruncatedImageError, UnsupportedFormatError
from hairdensity.image import DecodeLimits, read_image

SIZE = (64, 48)


def encoded(file_format, **options):
    pixels = np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, file_format, **options)
    return held.getvalue()


def heic_that_announces(*sizes):
    """The boxes of a HEIC file as far as its sizes need them."""
    ftyp = struct.pack(">I", 20) + b"ftypheic" + bytes(4) + b"mif1"
    items = b"".join(b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", *size) for size in sizes)
    return ftyp + struct.pack(">I", 8 + len(items)) + b"meta" + items


@pytest.mark.parametrize("file_format", ["jpeg", "png", "tiff", "webp", "bmp", "avif"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_announced_size_is_that_of_the_upright_picture(file_format, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    carries_it = file_format in ("jpeg", "tiff")
    data = encoded(file_format, **({"exif": exif} if carries_it else {}))
    announced = check_header(data)
    height, width = read_image(data).pixels.shape[:2]
    assert (announced.file_format, announced.width_px, announced.height_px) == (file_format, width, height)


def test_the_largest_item_of_a_heic_file_is_its_picture():
    announced = check_header(heic_that_announces((512, 512), (4032, 3024), (160, 120)))
    assert (announced.file_format, announced.width_px, announced.height_px) == ("heic", 4032, 3024)
    with pytest.raises(ImageTooLargeError):
        check_header(heic_that_announces((60_000, 60_000)))
    with pytest.raises(DecodingError):
        check_header(heic_that_announces())


@pytest.mark.parametrize("file_format", ["jpeg", "png", "tiff", "webp", "bmp"])
def test_the_limits_hold(file_format):
    data = encoded(file_format)
    with pytest.raises(ImageTooLargeError):
        check_header(data, limits=DecodeLimits(max_pixels=64 * 48 - 1))
    with pytest.raises(ImageTooLargeError):
        check_header(data, limits=DecodeLimits(max_bytes=len(data) - 1))


@pytest.mark.parametrize("file_format", ["jpeg", "png", "tiff", "webp", "bmp", "avif"])
def test_no_beginning_of_a_file_is_taken(file_format):
    data = encoded(file_format)
    for end in {1, 10, 40, len(data) // 3, len(data) // 2, len(data) - 3}:
        with pytest.raises((TruncatedImageError, UnsupportedFormatError, DecodingError)):
            check_header(data[:end])


def test_bytes_behind_a_picture_may_be_a_video_but_no_archive_or_document():
    for file_format in ("jpeg", "png"):
        data = encoded(file_format)
        assert check_header(data + b"\0\0\0\x18ftypmp42" + bytes(2000)).width_px == SIZE[0]
        for tail in (b"PK\x03\x04" + bytes(3000), bytes(2000) + b"<script>" + bytes(2000), b"%PDF-1.7" + bytes(3000)):
            with pytest.raises(UnsupportedFormatError):
                check_header(data + tail)
