import io
import os
import struct
import sys
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from hairdensity.decoding import DECODERS, bmp
from hairdensity.errors import (
    DecodingError,
    ImageTooLargeError,
    InputError,
    MissingDependencyError,
    TruncatedImageError,
    UnsupportedFormatError,
)
from hairdensity.flags import ImageFlag
from hairdensity.image import DecodeLimits, TrichoImage, read_image

# Written once from GRADIENT, lossless, with pillow-heif 1.8.1: the package's own HEIC library only reads.
DATA = Path(__file__).parent / "data"
HEIGHT, WIDTH = 24, 32

ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
GRADIENT = np.dstack([COLUMNS * 8, ROWS * 10, (ROWS + COLUMNS) * 4]).astype(np.uint8)
"""No symmetry: every flip and turn gives another picture."""

NOISE = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
GRAY = NOISE[:, :, 0]
GRAY_AS_RGB = np.repeat(GRAY[:, :, None], 3, axis=2)


def saved(pixels, file_format, mode=None, **options):
    stream = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(stream, file_format, **options)
    return stream.getvalue()


def tiff(pixels, **options):
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, **{"photometric": "rgb" if pixels.ndim == 3 else "minisblack"} | options)
    return stream.getvalue()


def png_16(samples):
    return cv2.imencode(".png", samples if samples.ndim == 2 else samples[:, :, ::-1])[1].tobytes()


def png_chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def with_chunk(png, name, content):
    return png[:33] + png_chunk(name, content) + png[33:]


def dicom(pixels, *, syntax=ExplicitVRLittleEndian, data=None, **tags):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["picture"])
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.PatientName = "Somebody^Secret"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.itemsize
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels.tobytes() if data is None else data
    dataset["PixelData"].VR = "OB" if pixels.itemsize == 1 else "OW"
    for tag, value in tags.items():
        setattr(dataset, tag, value)
    dataset.HighBit = dataset.BitsStored - 1
    if syntax == RLELossless:
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.compress(RLELossless)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


LOSSLESS_FILES = {
    "png": saved(NOISE, "PNG"),
    "png optimized": saved(NOISE, "PNG", optimize=True),
    "tiff": tiff(NOISE),
    "tiff big-endian": tiff(NOISE, byteorder=">"),
    "tiff in BigTIFF": tiff(NOISE, bigtiff=True),
    "tiff in tiles": tiff(NOISE, tile=(16, 16)),
    "tiff in planes": tiff(np.moveaxis(NOISE, 2, 0).copy(), planarconfig="separate"),
    "tiff zlib": tiff(NOISE, compression="zlib", predictor=True),
    "tiff lzw": saved(NOISE, "TIFF", compression="tiff_lzw"),
    "tiff packbits": saved(NOISE, "TIFF", compression="packbits"),
    "webp": saved(NOISE, "WEBP", lossless=True),
    "bmp": saved(NOISE, "BMP"),
    "dicom": dicom(NOISE),
    "dicom run lengths": dicom(NOISE, syntax=RLELossless),
}


@pytest.mark.parametrize("name", LOSSLESS_FILES)
def test_lossless_files_give_the_exact_pixels(name):
    image = read_image(LOSSLESS_FILES[name])
    np.testing.assert_array_equal(image.pixels, NOISE)
    assert image.metadata.file_format == name.split()[0]
    assert image.metadata.bit_depth == 8
    assert image.metadata.flags == ImageFlag(0)


@pytest.mark.parametrize(
    ("file_format", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("WEBP", {}), ("AVIF", {})],
)
def test_lossy_files_stay_close_on_smooth_colors(file_format, options):
    image = read_image(saved(GRADIENT, file_format, quality=95, **options))
    assert np.abs(image.pixels.astype(int) - GRADIENT).max() <= 16
    assert image.metadata.file_format == file_format.lower()


def test_heic_gives_the_exact_pixels_of_a_lossless_file():
    image = read_image(DATA / "gradient.heic")
    np.testing.assert_array_equal(image.pixels, GRADIENT)
    assert (image.metadata.file_format, image.image_id) == ("heic", "gradient")


def test_heic_is_turned_once_though_its_exif_asks_again():
    # Stored a quarter turn clockwise; the container turns it by one more, and EXIF orientation 6 would by a third.
    image = read_image(DATA / "gradient_turned.heic")
    np.testing.assert_array_equal(image.pixels, np.rot90(GRADIENT, 2))


@pytest.mark.parametrize(
    "data",
    [
        saved(GRAY, "PNG"),
        saved(GRAY, "TIFF"),
        saved(GRAY, "BMP"),
        dicom(GRAY),
        dicom(GRAY, syntax=RLELossless),
        dicom(255 - GRAY, PhotometricInterpretation="MONOCHROME1"),
        tiff(255 - GRAY, photometric="miniswhite"),
    ],
    ids=["png", "tiff", "bmp", "dicom", "dicom run lengths", "dicom monochrome1", "tiff white is zero"],
)
def test_gray_becomes_three_equal_channels(data):
    np.testing.assert_array_equal(read_image(data).pixels, GRAY_AS_RGB)


def test_gray_jpeg_has_three_equal_channels():
    pixels = read_image(saved(GRADIENT, "JPEG", mode="L", quality=95)).pixels
    np.testing.assert_array_equal(pixels[:, :, 0], pixels[:, :, 2])


def test_bilevel_pictures_are_black_and_white():
    pattern = np.repeat(((ROWS + COLUMNS) % 2 * 255).astype(np.uint8)[:, :, None], 3, axis=2)
    for file_format in ("PNG", "TIFF"):
        np.testing.assert_array_equal(read_image(saved(pattern, file_format, mode="1")).pixels, pattern)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "BMP"])
def test_palette_pictures_show_their_colors(file_format):
    palette = Image.fromarray(GRADIENT).quantize(16)
    expected = np.asarray(palette.convert("RGB"))
    np.testing.assert_array_equal(read_image(saved(palette, file_format)).pixels, expected)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_shown_on_white(file_format):
    rgba = np.zeros((HEIGHT, WIDTH, 4), dtype=np.uint8)
    rgba[:, :, :3] = (100, 0, 200)
    rgba[:8, :, 3] = 255
    rgba[16:, :, 3] = 51  # one fifth
    options = {"lossless": True, "exact": True} if file_format == "WEBP" else {}
    pixels = read_image(saved(rgba, file_format, **options)).pixels
    assert pixels[0, 0].tolist() == [100, 0, 200]
    assert pixels[8, 0].tolist() == [255, 255, 255]
    assert pixels[16, 0].tolist() == [224, 204, 244]  # 100 / 5 + 255 * 4 / 5


def test_transparent_palette_entry_is_white():
    palette = Image.fromarray(GRADIENT).quantize(4)
    pixels = read_image(saved(palette, "PNG", transparency=0)).pixels
    assert (pixels[np.asarray(palette) == 0] == 255).all()
    assert not (pixels[np.asarray(palette) != 0] == 255).all(axis=-1).any()


@pytest.mark.parametrize(("depth", "middle"), [(8, 128), (10, 512), (12, 2048), (14, 8192), (16, 32768)])
@pytest.mark.parametrize("write", [png_16, tiff], ids=["png", "tiff"])
@pytest.mark.parametrize("colors", [1, 3])
def test_sixteen_bit_files_are_scaled_by_the_depth_they_use(depth, middle, write, colors):
    samples = np.zeros((HEIGHT, WIDTH, colors), dtype=np.uint16).squeeze()
    samples[0, 0], samples[1, 1] = (1 << depth) - 1, middle
    image = read_image(write(samples))
    assert image.metadata.bit_depth == depth
    assert image.pixels[0, 0].tolist() == [255, 255, 255]
    assert image.pixels[1, 1].tolist() == [128, 128, 128]
    assert image.pixels[2, 2].tolist() == [0, 0, 0]


def test_channels_of_sixteen_bit_color_keep_their_order():
    samples = np.broadcast_to(np.array([4095, 0, 2048], dtype=np.uint16), (HEIGHT, WIDTH, 3)).copy()
    for data in (png_16(samples), tiff(samples), tiff(samples, compression="zlib")):
        assert read_image(data).pixels[3, 3].tolist() == [255, 0, 128]


def test_sixteen_bit_alpha_is_shown_on_white():
    samples = np.zeros((HEIGHT, WIDTH, 4), dtype=np.uint16)
    samples[0, 0] = (65535, 0, 0, 65535)
    data = cv2.imencode(".png", samples[:, :, [2, 1, 0, 3]])[1].tobytes()
    pixels = read_image(data).pixels
    assert pixels[0, 0].tolist() == [255, 0, 0]
    assert pixels[1, 1].tolist() == [255, 255, 255]


def test_dicom_is_scaled_by_its_stored_bits_however_dark():
    samples = np.full((HEIGHT, WIDTH), 819, dtype=np.uint16)  # a fifth of 4095
    image = read_image(dicom(samples, BitsStored=12))
    assert image.metadata.bit_depth == 12
    assert image.pixels[0, 0].tolist() == [51, 51, 51]


def test_dicom_with_a_jpeg_inside():
    jpeg = saved(GRADIENT, "JPEG", quality=95)
    data = dicom(GRADIENT, syntax=JPEGBaseline8Bit, data=encapsulate([jpeg]), PhotometricInterpretation="YBR_FULL_422")
    np.testing.assert_array_equal(read_image(data).pixels, read_image(jpeg).pixels)


def test_dicom_whose_jpeg_has_another_size_is_refused():
    jpeg = saved(GRADIENT[:16], "JPEG")
    data = dicom(GRADIENT, syntax=JPEGBaseline8Bit, data=encapsulate([jpeg]), PhotometricInterpretation="YBR_FULL_422")
    with pytest.raises(DecodingError, match="announces 32 x 24 px, the JPEG data inside it 32 x 16"):
        read_image(data)


def test_dicom_with_several_frames_is_refused():
    data = dicom(NOISE, NumberOfFrames=2, data=NOISE.tobytes() * 2)
    with pytest.raises(UnsupportedFormatError, match="holds 2 pictures"):
        read_image(data)


def test_dicom_in_luminance_and_color_difference():
    ybr = cv2.cvtColor(GRADIENT, cv2.COLOR_RGB2YCrCb)[:, :, [0, 2, 1]]
    pixels = read_image(dicom(np.ascontiguousarray(ybr), PhotometricInterpretation="YBR_FULL")).pixels
    assert np.abs(pixels.astype(int) - GRADIENT).max() <= 3


def test_nothing_personal_is_kept_of_a_dicom_file():
    image = read_image(dicom(NOISE, PatientID="4711"))
    assert "Secret" not in repr(image.metadata)
    assert "Secret" not in image.image_id


def test_dicom_without_pydicom_names_the_extra(monkeypatch):
    monkeypatch.delitem(sys.modules, "hairdensity.decoding.dicom", raising=False)
    monkeypatch.delattr("hairdensity.decoding.dicom", raising=False)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'hairdensity\[dicom\]'"):
        read_image(dicom(NOISE))


def test_adobe_cmyk_jpeg_is_not_inverted():
    cmyk = Image.fromarray(np.full((HEIGHT, WIDTH, 4), (0, 255, 255, 0), dtype=np.uint8), "CMYK")
    pixels = read_image(saved(cmyk, "JPEG", quality=100, subsampling=0)).pixels
    assert np.abs(pixels.astype(int) - (255, 0, 0)).max() <= 2


def test_cmyk_tiff_is_converted_by_its_inks():
    cmyk = Image.fromarray(np.full((HEIGHT, WIDTH, 4), (51, 0, 255, 51), dtype=np.uint8), "CMYK")
    # (1 - 0.2) (1 - 0.2) 255 = 163.2; (1 - 0.2) 255 = 204
    assert read_image(saved(cmyk, "TIFF")).pixels[0, 0].tolist() == [163, 204, 0]


UPRIGHT_FROM_STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", UPRIGHT_FROM_STORED)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "TIFF 16 bit", "TIFF lzw", "AVIF"])
def test_pictures_are_turned_upright(orientation, file_format):
    exif = Image.Exif()
    exif[274] = orientation
    if file_format == "TIFF 16 bit":
        data = tiff(GRADIENT.astype(np.uint16) * 257, extratags=[(274, "H", 1, orientation, True)])
    elif file_format.startswith("TIFF"):
        compression = "tiff_lzw" if file_format == "TIFF lzw" else None
        data = saved(GRADIENT, "TIFF", tiffinfo={274: orientation}, compression=compression)
    else:
        lossless = {"lossless": True} if file_format == "WEBP" else {"quality": 95}
        data = saved(GRADIENT, file_format, exif=exif.tobytes(), **(lossless if file_format != "PNG" else {}))
    pixels = read_image(data).pixels
    expected = UPRIGHT_FROM_STORED[orientation](GRADIENT)
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).max() <= (0 if file_format[:3] in ("PNG", "WEB", "TIF") else 16)


def exif_resolution(dots_per_inch):
    exif = Image.Exif()
    exif[282], exif[283], exif[296] = IFDRational(dots_per_inch), IFDRational(dots_per_inch), 2
    return exif.tobytes()


@pytest.mark.parametrize(
    ("data", "um_per_px", "source"),
    [
        (saved(NOISE, "JPEG", dpi=(5080, 5080)), 5.0, "jpeg density"),
        (saved(NOISE, "JPEG", exif=exif_resolution(5080)), 5.0, "exif resolution"),
        (saved(NOISE, "PNG", dpi=(5080, 5080)), 5.0, "png pHYs"),
        (saved(NOISE, "WEBP", exif=exif_resolution(5080)), 5.0, "exif resolution"),
        (saved(NOISE, "BMP", dpi=(5080, 5080)), 5.0, "bmp resolution"),
        (saved(NOISE, "TIFF", dpi=(5080, 5080)), 5.0, "tiff resolution"),
        (tiff(NOISE, resolution=(2000, 2000), resolutionunit="CENTIMETER"), 5.0, "tiff resolution"),
        (tiff(NOISE, resolution=(0.2, 0.2), resolutionunit="NONE", metadata=None,
              description="ImageJ=1.53\nunit=um\n"), 5.0, "imagej resolution"),
        (dicom(NOISE, PixelSpacing=[0.005, 0.005]), 5.0, "dicom PixelSpacing"),
        (saved(NOISE, "PNG", dpi=(72, 72)), 352.8, "png pHYs"),
    ],
)  # fmt: skip
def test_resolution_tags_are_reported_plausible_or_not(data, um_per_px, source):
    metadata = read_image(data).metadata
    assert metadata.tag_um_per_px == pytest.approx(um_per_px, rel=1e-3)
    assert metadata.tag_source == source


@pytest.mark.parametrize(
    "data",
    [
        saved(NOISE, "PNG"),
        saved(NOISE, "TIFF", dpi=(5080, 4000)),
        dicom(NOISE, PixelSpacing=[0.005, 0.0051]),
        dicom(NOISE, ImagerPixelSpacing=[0.005, 0.005]),
        dicom(NOISE, NominalScannedPixelSpacing=[0.005, 0.005]),
        tiff(NOISE, resolution=(2000, 2000), resolutionunit="NONE"),
        saved(NOISE, "JPEG"),
    ],
    ids=[
        "no tag",
        "not square",
        "2 % from square",
        "the sensor's",
        "a scanned film's",
        "no unit",
        "jpeg aspect ratio only",
    ],
)
def test_no_scale_from_tags_that_state_none(data):
    metadata = read_image(data).metadata
    assert metadata.tag_um_per_px is None
    assert metadata.tag_source == ""


def test_a_file_its_bytes_and_its_path_as_text_give_the_same_picture(tmp_path):
    path = tmp_path / "A631 vertex.png"
    path.write_bytes(saved(NOISE, "PNG"))
    from_path, from_text, from_bytes = read_image(path), read_image(str(path)), read_image(path.read_bytes())
    np.testing.assert_array_equal(from_path.pixels, from_bytes.pixels)
    assert from_path.sha256 == from_text.sha256 == from_bytes.sha256
    assert (from_path.image_id, from_text.image_id) == ("A631 vertex", "A631 vertex")
    assert from_bytes.image_id == from_bytes.sha256[:12]
    assert read_image(path, image_id="visit 2").image_id == "visit 2"


def test_the_bytes_decide_the_format_and_not_the_name(tmp_path):
    path = tmp_path / "scan.jpg"
    path.write_bytes(saved(NOISE, "PNG"))
    assert read_image(path).metadata.file_format == "png"


def test_pixels_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        read_image(saved(NOISE, "PNG")).pixels[0, 0] = 0


def test_a_missing_file_a_folder_and_an_empty_file_are_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_image(tmp_path / "absent.png")
    with pytest.raises(InputError, match="is a folder"):
        read_image(tmp_path)
    with pytest.raises(InputError, match=r"no such file|cannot be read"):
        read_image("a\0b.png")
    (tmp_path / "empty.png").touch()
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(InputError, match="device or a pipe"):
        read_image(tmp_path / "pipe.png")
    with pytest.raises(TruncatedImageError, match="empty"):
        read_image(tmp_path / "empty.png")


def test_a_file_without_permission_is_an_input_error(tmp_path, monkeypatch):
    path = tmp_path / "locked.png"
    path.write_bytes(saved(NOISE, "PNG"))

    def deny(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", deny)
    with pytest.raises(InputError, match="permissions"):
        read_image(path)


def test_limits_are_adjustable():
    with pytest.raises(ImageTooLargeError, match="32 x 24 = 768 px, the limit is 500"):
        read_image(saved(NOISE, "PNG"), limits=DecodeLimits(max_pixels=500))
    with pytest.raises(ImageTooLargeError, match="max_bytes"):
        read_image(saved(NOISE, "PNG"), limits=DecodeLimits(max_bytes=100))
    assert read_image(saved(NOISE[:4, :4], "PNG"), limits=DecodeLimits(min_side_px=4)).pixels.shape == (4, 4, 3)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "AVIF"])
def test_tiny_pictures_are_refused(file_format):
    with pytest.raises(DecodingError, match="at least 16 px"):
        read_image(saved(NOISE[:15], file_format))


def test_pages_of_the_same_size_are_refused_and_previews_are_not():
    stack = saved(NOISE, "TIFF", save_all=True, append_images=[Image.fromarray(NOISE)])
    with pytest.raises(UnsupportedFormatError, match="holds 2 pictures"):
        read_image(stack)
    with_preview = saved(NOISE, "TIFF", save_all=True, append_images=[Image.fromarray(NOISE[::2, ::2])])
    np.testing.assert_array_equal(read_image(with_preview).pixels, NOISE)


@pytest.mark.parametrize("file_format", ["WEBP", "PNG", "AVIF"])
def test_animations_are_refused(file_format):
    data = saved(NOISE, file_format, save_all=True, append_images=[Image.fromarray(GRADIENT)])
    with pytest.raises(UnsupportedFormatError, match=r"animation|holds 2 pictures"):
        read_image(data)


@pytest.mark.parametrize("dtype", [np.float32, np.int16, np.uint32])
def test_samples_that_are_no_photograph_are_refused(dtype):
    with pytest.raises(UnsupportedFormatError, match="unsigned integers of 8 or 16 bit"):
        read_image(tiff(GRAY.astype(dtype)))


def test_bytes_behind_the_picture_do_not_change_it():
    jpeg = saved(GRADIENT, "JPEG")
    second_picture = saved(NOISE, "JPEG")
    np.testing.assert_array_equal(read_image(jpeg + second_picture).pixels, read_image(jpeg).pixels)


def test_a_jpeg_with_padding_before_its_end_is_flagged():
    jpeg = saved(GRADIENT, "JPEG")
    image = read_image(jpeg[:-2] + b"\0" * 50 + jpeg[-2:])
    np.testing.assert_array_equal(image.pixels, read_image(jpeg).pixels)
    assert image.metadata.flags == ImageFlag.DECODER_WARNING


def test_a_damaged_comment_in_a_png_is_flagged_and_damaged_pixels_are_refused():
    commented = with_chunk(saved(NOISE, "PNG"), b"tEXt", b"Comment\0hello")
    damaged_comment = commented.replace(b"hello", b"jello")
    assert read_image(damaged_comment).metadata.flags == ImageFlag.DECODER_WARNING
    position = commented.index(b"IDAT") + 20
    damaged_pixels = commented[:position] + bytes([commented[position] ^ 1]) + commented[position + 1 :]
    with pytest.raises(TruncatedImageError, match="checksum"):
        read_image(damaged_pixels)


def test_a_damaged_exif_block_is_flagged():
    exif = Image.Exif()
    exif[274] = 1
    broken = exif.tobytes()[:-14] + b"\xff" * 14
    image = read_image(saved(GRADIENT, "JPEG", exif=broken))
    assert image.metadata.flags == ImageFlag.DECODER_WARNING


def test_a_decoders_own_warning_becomes_a_flag(monkeypatch):
    def warn_and_decode(data, limits):
        warnings.warn("something odd", UserWarning, stacklevel=1)
        return bmp.decode(data, limits)

    monkeypatch.setitem(DECODERS, "bmp", warn_and_decode)
    assert read_image(saved(NOISE, "BMP")).metadata.flags == ImageFlag.DECODER_WARNING


@pytest.mark.parametrize(
    "raised", [MemoryError(), struct.error("x"), SyntaxError("x"), KeyError("x"), RecursionError()]
)
def test_whatever_a_decoder_raises_becomes_a_decoding_error(monkeypatch, raised):
    def fail(data, limits):
        raise raised

    monkeypatch.setitem(DECODERS, "bmp", fail)
    with pytest.raises(DecodingError) as caught:
        read_image(saved(NOISE, "BMP"))
    assert caught.value.__cause__ is raised


def test_from_array_copies_and_hashes_the_pixels():
    source = NOISE.copy()
    image = TrichoImage.from_array(source, image_id="made")
    source[:] = 0
    np.testing.assert_array_equal(image.pixels, NOISE)
    assert image.sha256 != TrichoImage.from_array(source).sha256
    with pytest.raises(InputError, match="uint8 RGB"):
        TrichoImage.from_array(GRAY)
