import importlib.util
import io
import struct
import time
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from hairdensity.errors import (
    DecodingError,
    HairDensityError,
    ImageTooLargeError,
    TruncatedImageError,
    UnsupportedFormatError,
)
from hairdensity.flags import ImageFlag
from hairdensity.image import read_image

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
REFUSAL_S_MAX = 0.05


def load_picture_files():
    specification = importlib.util.spec_from_file_location("picture_files", BENCHMARKS / "picture_files.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


PICTURES = load_picture_files()
FILES = PICTURES.picture_files(PICTURES.skin_like_pixels(18, 21, seed=3))
HEIC, JPEG, PNG, TIFF, WEBP, BMP, AVIF, DICOM = (
    FILES[name] for name in ("heic", "jpeg", "png", "tiff", "webp", "bmp", "avif", "dicom")
)


def replaced(data, old, new):
    assert data.count(old) == 1
    return data.replace(old, new)


def at(data, position, new):
    return data[:position] + new + data[position + len(new) :]


def png_chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_of(width, height, compressed):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [png_chunk(b"IHDR", header), png_chunk(b"IDAT", compressed), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg_frame_header(data):
    """Position of the height in the frame header."""
    return data.index(b"\xff\xc0") + 5


def zip_archive():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../../evil.py", "print()")
    return stream.getvalue()


def cut_points(name):
    """Every length of a file that is cut; parsing DICOM is slow, so its middle is sampled."""
    size = len(FILES[name])
    if name.startswith("dicom"):
        return sorted({*range(0, size, 5), *range(max(0, size - 60), size)})
    return range(size)


@pytest.mark.parametrize("name", FILES)
def test_a_cut_file_is_an_error_and_never_a_different_picture(name):
    data = FILES[name]
    whole = read_image(data).pixels
    for n_bytes in cut_points(name):
        try:
            cut = read_image(data[:n_bytes])
        except DecodingError:
            continue
        np.testing.assert_array_equal(cut.pixels, whole, err_msg=f"cut to {n_bytes} of {len(data)} bytes")
        assert n_bytes > len(data) - 8, "only padding may be missing"


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_in_its_pixels_is_called_truncated(name):
    data = FILES[name]
    with pytest.raises(TruncatedImageError):
        read_image(data[: len(data) * 3 // 4])


@pytest.mark.parametrize("name", FILES)
def test_mutated_files_raise_nothing_but_our_own_errors(name):
    rng = np.random.default_rng(7)
    for _ in range(60):
        mutated = bytearray(FILES[name])
        for position in rng.integers(len(mutated), size=int(rng.integers(1, 4))):
            mutated[position] = int(rng.integers(256))
        try:
            pixels = read_image(bytes(mutated)).pixels
        except HairDensityError as error:
            assert str(error)
        else:
            assert pixels.dtype == np.uint8
            assert pixels.shape[2] == 3


def test_a_jpeg_that_was_cut_and_closed_again_is_truncated():
    with pytest.raises(TruncatedImageError, match="damaged"):
        read_image(JPEG[:-40] + b"\xff\xd9")


def test_a_png_whose_rows_run_out_behind_right_checksums_is_truncated():
    rows = (b"\0" + b"\x80" * 96) * 32
    assert read_image(png_of(32, 32, zlib.compress(rows))).pixels.shape == (32, 32, 3)
    with pytest.raises(TruncatedImageError):
        read_image(png_of(32, 32, zlib.compress(rows[: len(rows) // 2])))


FLOODS = {
    "png": at(PNG, 16, struct.pack(">II", 20_000, 20_000)),
    "png of 400 MP in little": png_of(20_000, 20_000, zlib.compress(bytes(100_000))),
    "jpeg": at(JPEG, jpeg_frame_header(JPEG), struct.pack(">HH", 65_000, 65_000)),
    "bmp": at(BMP, 18, struct.pack("<ii", 20_000, -20_000)),
    "webp": b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + b"\0" * 4 + b"\xff\xff\0" * 2,
    "tiff": replaced(TIFF, struct.pack("<HHII", 257, 4, 1, 18), struct.pack("<HHII", 257, 4, 1, 80_000_000)),
    "dicom": replaced(
        replaced(DICOM, b"\x28\0\x10\0US\x02\0\x12\0", b"\x28\0\x10\0US\x02\0\xff\xff"),
        b"\x28\0\x11\0US\x02\0\x15\0",
        b"\x28\0\x11\0US\x02\0\xff\xff",
    ),
    "avif": AVIF.replace(b"ispe\0\0\0\0\0\0\0\x15\0\0\0\x12", b"ispe\0\0\0\0\0\0\x3f\xff\0\0\x3f\xff"),
}


def refusal(data):
    """The error, and the shortest of three times that it took."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        with pytest.raises(DecodingError) as caught:
            read_image(data)
        times.append(time.perf_counter() - start)
    return caught.value, min(times)


@pytest.mark.parametrize("name", FLOODS)
def test_pixel_floods_are_refused_by_their_header(name):
    error, seconds = refusal(FLOODS[name])
    assert isinstance(error, ImageTooLargeError)
    assert seconds < REFUSAL_S_MAX


FOREIGN = {
    "svg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "svg with byte order mark": (b"\xef\xbb\xbf  <svg></svg>", "SVG"),
    "html": (b"<!DOCTYPE html><script>alert(1)</script>", "HTML"),
    "zip": (zip_archive(), "ZIP"),
    "pdf": (b"%PDF-1.7 ...", "PDF"),
    "gif": (b"GIF89a" + b"\0" * 30, "GIF"),
    "gzip": (zlib.compress(b"x", wbits=31), "gzip"),
    "video": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 40, "video"),
    "text": (b"patient;visit;count\n", "no picture"),
    "one byte": (b"\xff", "no picture"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_other_kinds_of_file_are_named_and_refused_at_once(name):
    data, word = FOREIGN[name]
    error, seconds = refusal(data)
    assert isinstance(error, UnsupportedFormatError)
    assert word in str(error)
    assert seconds < REFUSAL_S_MAX


POLYGLOTS = {
    "jpeg and zip": JPEG + zip_archive(),
    "png and zip": PNG + zip_archive(),
    "png and html": PNG + b"<html><body onload=alert(1)>",
    "jpeg comment with script": JPEG[:2] + b"\xff\xfe\x00\x1b<script>alert(1)</script>" + JPEG[2:],
    "bmp and pdf": at(BMP, 60, b"%PDF-1.4"),
    "program and dicom": b"MZ" + DICOM[2:],
    "tiff and dicom": b"II*\0" + DICOM[4:],
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_files_of_two_kinds_are_refused_at_once(name):
    error, seconds = refusal(POLYGLOTS[name])
    assert isinstance(error, UnsupportedFormatError)
    assert "at once" in str(error)
    assert seconds < REFUSAL_S_MAX


def jpeg_with_scans(n_scans):
    progressive = FILES["jpeg_progressive"]
    last_scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    return progressive[:-2] + last_scan * n_scans + b"\xff\xd9"


def tiff_in_a_loop():
    first = struct.unpack_from("<I", TIFF, 4)[0]
    n_tags = struct.unpack_from("<H", TIFF, first)[0]
    return at(TIFF, first + 2 + 12 * n_tags, struct.pack("<I", first))


def deflated_dicom():
    return replaced(
        DICOM, b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0", b"\x02\0\x10\0UI\x16\x001.2.840.10008.1.2.1.99"
    )


LIES = {
    "jpeg with thousands of scans": (jpeg_with_scans(2000), "scans"),
    "jpeg announcing its size twice": (
        JPEG.replace(b"\xff\xc0", JPEG[JPEG.index(b"\xff\xc0") : JPEG.index(b"\xff\xc0") + 19] + b"\xff\xc0"),
        "twice",
    ),
    "png of empty chunks": (PNG[:33] + png_chunk(b"teXt", b"") * 100_001 + PNG[33:], "chunks"),
    "png with an unknown critical chunk": (PNG[:33] + png_chunk(b"ABCD", b"") + PNG[33:], "no standard"),
    "tiff in a loop": (tiff_in_a_loop(), "loop"),
    "bigtiff with endless tags": (b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**60) + bytes(64), "announces"),
    "dicom deflated": (deflated_dicom(), "deflated"),
    "heic with an impossible box": (at(HEIC, 28, struct.pack(">I", 4)), "impossible box"),
    "bmp with run lengths": (at(BMP, 30, struct.pack("<I", 1)), "compressed"),
}


@pytest.mark.parametrize("name", LIES)
def test_structures_that_cost_time_or_lie_are_refused(name):
    data, word = LIES[name]
    start = time.perf_counter()
    with pytest.raises(DecodingError, match=word):
        read_image(data)
    assert time.perf_counter() - start < 2


def test_a_webp_frame_that_contradicts_its_canvas_is_refused():
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\0" * 4 + struct.pack("<I", 99)[:3] + struct.pack("<I", 99)[:3]
    body = b"WEBP" + canvas + WEBP[12:]
    with pytest.raises(DecodingError):
        read_image(b"RIFF" + struct.pack("<I", len(body)) + body)


def test_threads_read_without_taking_each_others_warnings():
    padded = JPEG[:-2] + b"\0" * 50 + b"\xff\xd9"
    with ThreadPoolExecutor(4) as pool:
        images = list(pool.map(read_image, [JPEG, padded, PNG, TIFF] * 8))
    assert [bool(image.metadata.flags) for image in images] == [False, True, False, False] * 8
    assert images[1].metadata.flags == ImageFlag.DECODER_WARNING
