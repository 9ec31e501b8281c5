"""Copies carry their pixels and nothing else: every place in which a file can carry a name is tried."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from hairdensity.decoding import jpeg, png
from hairdensity.image import read_image
from hairdensity.study.blinding.stripping import N_SHAPES, strip, with_other_bytes

NAME = b"JANE-EXAMPLE"
RNG = np.random.default_rng(5)
PIXELS = cv2.GaussianBlur(RNG.integers(0, 256, (40, 56, 3), dtype=np.uint8), (5, 5), 2)


def segment(marker, content):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def exif(orientation=1):
    block = Image.Exif()
    block[0x010E] = block[0x013B] = NAME.decode()
    block[0x0112] = orientation
    block[0x0132] = "2024:03:01 10:11:12"
    block.get_ifd(0x8825)[29] = NAME.decode()
    return block.tobytes()


def jpeg_bytes(mode="RGB", **options):
    file = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(file, "JPEG", quality=90, **options)
    return file.getvalue()


def with_names(data):
    """A JPEG with a name in every kind of segment, between its scans, and behind its end."""
    extra = b"".join(
        [
            segment(0xE0, b"JFXX\0\x10" + NAME),
            segment(0xE1, b"Exif\0\0" + exif().removeprefix(b"Exif\0\0")),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + NAME),
            segment(0xE2, b"ICC_PROFILE\0\x01\x01" + NAME),
            segment(0xE2, b"MPF\0" + NAME),
            segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04" + NAME),
            segment(0xEF, NAME),
            segment(0xFE, NAME),
        ]
    )
    return data[:2] + extra + data[2:-2] + segment(0xFE, NAME) + data[-2:] + jpeg_bytes() + NAME


def png_bytes(array=PIXELS, *, before=b"", behind=b""):
    worked, encoded = cv2.imencode(".png", array[..., ::-1] if array.ndim == 3 and array.shape[2] == 3 else array)
    assert worked
    data = encoded.tobytes()
    return data[:33] + before + data[33:] + behind


def check(data, *, kept=None):
    """The copy of a file: the same pixels, no name, and nothing that the format does not need."""
    image = read_image(data)
    copy = strip(data, image)
    again = read_image(copy.data)
    np.testing.assert_array_equal(again.pixels, image.pixels)
    assert NAME not in copy.data
    assert not again.metadata.flags
    assert again.metadata.tag_um_per_px is None
    if copy.suffix == ".jpg":
        assert {marker for marker, *_ in jpeg.segments(copy.data)} <= {
            *(0xE0, 0xEE, 0xDB, 0xC4, 0xDD, 0xDA, 0xD9, 0xC0, 0xC1, 0xC2)
        }
        assert copy.data.endswith(b"\xff\xd9")
    else:
        assert {part.name for part in png.chunks(copy.data)} == {b"IHDR", b"IDAT", b"IEND"}
        assert copy.data.endswith(b"IEND\xaeB`\x82")
    if kept is not None:
        assert copy.is_rewritten is not kept
    return copy


def scans(data):
    """The compressed data of all scans."""
    starts = [end for marker, _, end in jpeg.segments(data) if marker == 0xDA]
    ends = [jpeg.MARKER.search(data, start).start() for start in starts]
    return [data[start:end] for start, end in zip(starts, ends, strict=True)]


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {}),
        ("RGB", {"progressive": True}),
        ("RGB", {"dpi": (4000, 4000)}),
        ("RGB", {"subsampling": 0, "restart_marker_blocks": 2}),
        ("RGB", {"keep_rgb": True}),
        ("L", {}),
        ("CMYK", {}),
    ],
)
def test_a_jpeg_keeps_its_compressed_data_bit_for_bit_and_nothing_else(mode, options):
    data = jpeg_bytes(mode, **options)
    named = with_names(data)
    assert named.count(NAME) >= 10
    assert scans(check(named, kept=True).data) == scans(data)


def test_a_thumbnail_in_the_first_segment_goes():
    data = jpeg_bytes()
    thumbnail = bytes(range(3 * 4 * 4))
    content = data[6:18] + bytes([4, 4]) + thumbnail
    copy = check(data[:2] + segment(0xE0, content) + data[20:], kept=True)
    assert thumbnail not in copy.data


def test_an_exif_thumbnail_goes():
    data, thumbnail = jpeg_bytes(), b"\xff\xd8" + NAME + b"\xff\xd9"
    check(data[:2] + segment(0xE1, exif() + thumbnail) + data[2:], kept=True)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_jpeg_becomes_a_png_that_stands_upright(orientation):
    copy = check(jpeg_bytes(exif=exif(orientation)), kept=False)
    assert copy.suffix == ".png"
    assert read_image(copy.data).pixels.shape[:2] == ((56, 40) if orientation > 4 else (40, 56))


def test_bytes_behind_the_last_block_of_a_jpeg_go():
    data = jpeg_bytes()
    check(data[:-2] + NAME + data[-2:], kept=False)


@pytest.mark.parametrize(
    "array",
    [PIXELS, PIXELS[..., 0], PIXELS.astype(np.uint16) * 257, PIXELS[..., 0].astype(np.uint16) * 16],
    ids=["rgb", "gray", "rgb16", "gray12"],
)
def test_a_plain_png_keeps_its_data_and_loses_every_other_chunk(array):
    names = b"".join(
        [
            chunk(b"tEXt", b"Author\0" + NAME),
            chunk(b"zTXt", b"Comment\0\0" + zlib.compress(NAME)),
            chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + NAME),
            chunk(b"eXIf", exif().removeprefix(b"Exif\0\0")),
            chunk(b"tIME", struct.pack(">H5B", 2024, 3, 1, 10, 11, 12)),
            chunk(b"pHYs", struct.pack(">IIB", 200_000, 200_000, 1)),
            chunk(b"iCCP", b"x\0\0" + zlib.compress(NAME)),
            chunk(b"prVt", NAME),
        ]
    )
    plain = png_bytes(array)
    named = png_bytes(array, before=names, behind=NAME)
    assert read_image(named).metadata.tag_um_per_px == 5.0
    assert check(named, kept=True).data == check(plain, kept=True).data


def test_what_hides_behind_the_compressed_data_of_a_png_goes():
    raw = b"".join(b"\0" + row.tobytes() for row in PIXELS)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 56, 40, 8, 2, 0, 0, 0))
    for packed in (zlib.compress(raw) + NAME, zlib.compress(raw + NAME, 0)):
        check(png.SIGNATURE + header + chunk(b"IDAT", packed) + chunk(b"IEND", b""), kept=False)


def test_what_lies_under_transparency_goes():
    alpha = np.full((40, 56, 1), 255, np.uint8)
    alpha[:20] = 0
    copy = check(png_bytes(np.concatenate([PIXELS, alpha], axis=2)), kept=False)
    assert (read_image(copy.data).pixels[:20] == 255).all()


def test_a_palette_goes():
    file = io.BytesIO()
    Image.fromarray(PIXELS).quantize(16).save(file, "PNG")
    check(file.getvalue(), kept=False)


def test_other_formats_become_png_of_the_same_pixels():
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270] = tags[315] = NAME.decode()
    for name, options in {
        "TIFF": {"tiffinfo": tags, "dpi": (5080, 5080)},
        "BMP": {"dpi": (5080, 5080)},
        "WEBP": {"exif": exif(), "lossless": True, "xmp": NAME},
    }.items():
        file = io.BytesIO()
        Image.fromarray(PIXELS).save(file, name, **options)
        copy = check(file.getvalue(), kept=False)
        assert copy.suffix == ".png"


def test_a_dicom_file_becomes_its_pixels():
    pydicom = pytest.importorskip("pydicom")
    dataset = pydicom.Dataset()
    dataset.PatientName = dataset.PatientID = NAME.decode()
    dataset.StudyDate = "20240301"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = 40, 56, 3
    dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.PixelData = PIXELS.tobytes()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.77.1.4"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "1.2.3"
    file = io.BytesIO()
    pydicom.dcmwrite(file, dataset, enforce_file_format=True)
    check(file.getvalue(), kept=False)


def test_everything_can_be_written_anew():
    data = jpeg_bytes()
    copy = strip(data, read_image(data), always_rewrite=True)
    assert copy.suffix == ".png"
    np.testing.assert_array_equal(read_image(copy.data).pixels, read_image(data).pixels)


@pytest.mark.parametrize("data", [jpeg_bytes(), png_bytes()], ids=["jpeg", "png"])
def test_the_same_picture_has_as_many_files_as_asked_for(data):
    copy = strip(data, read_image(data))
    files = [with_other_bytes(copy, number) for number in (0, 1, 2, 500, N_SHAPES - 1)]
    assert len({len(file) for file in files}) == len(files)
    assert files[0] == copy.data
    for file in files:
        again = read_image(file)
        np.testing.assert_array_equal(again.pixels, read_image(data).pixels)
        assert not again.metadata.flags
        # Another reader than ours takes them too.
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(file))).shape, PIXELS.shape)
