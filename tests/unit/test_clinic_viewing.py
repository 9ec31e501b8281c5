"""Tiles, thumbnails and outlines of what could not be read."""

import cv2
import numpy as np
import pytest

from hairdensity.clinic.tasks.viewing import THUMBNAIL_PX, TILE_PX, levels_of, unreadable_outlines, write_views
from hairdensity.image import TrichoImage, read_image


def image_of(height, width):
    rows, cols = np.mgrid[:height, :width]
    pixels = np.stack([rows % 256, cols % 256, (rows + cols) % 256], axis=-1).astype(np.uint8)
    return TrichoImage.from_array(cv2.GaussianBlur(pixels, (0, 0), 5))


def tile_of(folder, level, column, row):
    return cv2.imread(str(folder / str(level) / f"{column}_{row}.jpg"))[:, :, ::-1]


@pytest.mark.parametrize(
    ("size", "levels"),
    [
        ((1, 1), range(0, 1)),
        ((512, 300), range(9, 10)),
        ((513, 300), range(9, 11)),
        ((1280, 1024), range(9, 12)),
        ((3000, 4000), range(9, 13)),
    ],
)
def test_the_first_level_fits_a_tile_and_the_last_is_the_picture(size, levels):
    assert levels_of(*size) == levels
    assert -(-max(size) // 2 ** (len(levels) - 1)) <= TILE_PX


def test_tiles_put_together_are_the_picture(tmp_path):
    image = image_of(700, 1100)
    write_views(image, tmp_path / "views")
    level = levels_of(1100, 700)[-1]
    rows = [np.hstack([tile_of(tmp_path / "views", level, column, row) for column in range(3)]) for row in range(2)]
    together = np.vstack(rows)
    assert together.shape == image.pixels.shape
    assert np.abs(together.astype(int) - image.pixels).mean() < 3


def test_each_level_halves_the_one_above(tmp_path):
    write_views(image_of(700, 1100), tmp_path / "views")
    level = levels_of(1100, 700)[0]
    assert tile_of(tmp_path / "views", level, 0, 0).shape == (175, 275, 3)
    assert sorted(path.name for path in (tmp_path / "views").iterdir()) == ["10", "11", "9", "thumbnail.jpg"]


def test_the_thumbnail_keeps_the_shape(tmp_path):
    write_views(image_of(700, 1100), tmp_path / "views")
    height, width = cv2.imread(str(tmp_path / "views" / "thumbnail.jpg")).shape[:2]
    assert width == THUMBNAIL_PX
    assert height == pytest.approx(THUMBNAIL_PX * 7 / 11, abs=1)


def test_views_are_upright_and_carry_no_metadata(tmp_path):
    pixels = np.zeros((40, 80, 3), dtype=np.uint8)
    pixels[:, :40] = 255
    _, data = cv2.imencode(".jpg", pixels)
    # An EXIF block that says: turned by 90 degrees, taken by a device of a name.
    entries = b"\x02\x00" + b"\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"
    entries += b"\x10\x01\x02\x00\x04\x00\x00\x00Cam\x00" + b"\x00\x00\x00\x00"
    exif = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + entries
    block = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    content = data.tobytes()[:2] + block + data.tobytes()[2:]
    image = read_image(content)
    assert image.pixels.shape == (80, 40, 3)
    write_views(image, tmp_path / "views")
    tile = next((tmp_path / "views").rglob("0_0.jpg"))
    shown = cv2.imread(str(tile), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)[:, :, ::-1]
    assert np.abs(shown.astype(int) - image.pixels).mean() < 3
    assert b"Exif" not in tile.read_bytes()
    assert b"Cam" not in tile.read_bytes()


def test_views_that_are_there_stay(tmp_path):
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "thumbnail.jpg").write_bytes(b"there")
    write_views(image_of(30, 30), tmp_path / "views")
    assert (tmp_path / "views" / "thumbnail.jpg").read_bytes() == b"there"


def test_what_cannot_be_read_is_outlined_with_its_islands():
    boundary = np.array([[-0.5, -0.5], [-0.5, 99.5], [99.5, 99.5], [99.5, -0.5]])
    readable = np.ones((100, 100), dtype=bool)
    readable[20:60, 30:70] = False
    readable[35:45, 45:55] = True
    rings = unreadable_outlines(boundary, readable)
    boxes = sorted((min(p[0] for p in ring), max(p[0] for p in ring), min(p[1] for p in ring)) for ring in rings)
    assert boxes == [(20.0, 59.0, 30.0), (34.0, 45.0, 44.0)]


def test_all_readable_has_no_outline():
    boundary = np.array([[10.2, 10.2], [10.2, 80.7], [80.7, 80.7], [80.7, 10.2]])
    readable = np.zeros((100, 100), dtype=bool)
    readable[11:81, 11:81] = True
    assert unreadable_outlines(boundary, readable) == []
