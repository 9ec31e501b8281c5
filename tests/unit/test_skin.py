import cv2
import numpy as np
import pytest

from hairdensity.measurement.skin import look_at_skin
from hairdensity.target_area import AreaShape, place_area
from hairdensity.tracing.centerlines import Centerlines

SKIN_RGB = (204, 166, 152)
UM_PER_PX = 10.0


def picture(rgb=SKIN_RGB, side=400):
    noise = np.random.default_rng(0).normal(0, 2, (side, side, 1))
    return np.clip(np.asarray(rgb) + noise, 0, 255).astype(np.uint8)


def look(pixels, *, paths=(), width_px=8.0, um_per_px=UM_PER_PX, unreadable=None):
    shape = pixels.shape[:2]
    hidden = np.zeros(shape, dtype=bool) if unreadable is None else unreadable
    area = place_area(AreaShape(), image_shape=shape, unreadable=hidden, calibration=None)
    hairs = Centerlines.from_paths([np.asarray(path, dtype=float) for path in paths])
    return look_at_skin(pixels, hairs, np.full(len(paths), width_px), area, um_per_px=um_per_px)


def linear(value):
    return ((value / 255 + 0.055) / 1.055) ** 2.4


def test_redness_is_the_log_ratio_of_linear_red_and_green():
    expected = 100 * np.log10(linear(SKIN_RGB[0]) / linear(SKIN_RGB[1]))
    found = look(picture())
    assert found.erythema_index == pytest.approx(expected, abs=0.3)
    assert found.scaling_fraction == 0.0
    assert found.n_tiles == 16


def test_grey_has_no_redness_and_brightness_does_not_change_it():
    assert look(picture((120, 120, 120))).erythema_index == pytest.approx(0.0, abs=0.1)
    bright, dim = (look(picture(tuple(np.rint(np.array(SKIN_RGB) * f)))) for f in (1.0, 0.7))
    assert dim.erythema_index == pytest.approx(bright.erythema_index, abs=1.0)


def test_redder_skin_has_the_higher_index():
    values = [look(picture((204, green, 152))).erythema_index for green in (170, 160, 150, 140)]
    assert np.all(np.diff(values) > 1.0)


def test_hairs_unreadable_and_burned_out_pixels_do_not_count():
    pixels, hidden = picture(), np.zeros((400, 400), dtype=bool)
    cv2.line(pixels, (50, 100), (350, 100), (20, 20, 22), 8)
    pixels[250:300] = (255, 40, 40)
    pixels[350:] = (0, 200, 0)
    hidden[350:] = True
    found = look(pixels, paths=[[[100, 50], [100, 350]]], unreadable=hidden)
    assert found.erythema_index == pytest.approx(look(picture()).erythema_index, abs=0.1)
    assert found.scaling_fraction == 0.0


def test_white_and_yellowish_flakes_are_scale_with_their_share_of_the_skin():
    pixels = picture()
    pixels[40:140, 40:140] = (236, 234, 236)
    pixels[240:340, 200:300] = (230, 220, 196)
    found = look(pixels)
    assert found.scaling_fraction == pytest.approx(2 * 100**2 / 400**2, rel=0.15)
    assert found.erythema_index == pytest.approx(look(picture()).erythema_index, abs=0.3)


def test_glints_brown_spots_and_soft_bright_places_are_no_scale():
    pixels = picture()
    pixels[50:53, 50:53] = pixels[200:203, 100:104] = (240, 240, 240)  # 30 um
    pixels[300:340, 300:340] = (150, 110, 90)
    glow = np.exp(-((np.arange(400) - 200) ** 2) / (2 * 100**2))
    lit = np.clip(pixels * (1 + 0.12 * glow[:, None, None] * glow[None, :, None]), 0, 255).astype(np.uint8)
    assert look(lit).scaling_fraction < 0.002


def test_redness_that_fades_leaves_the_skin_between_free_of_scale():
    rows, cols = np.mgrid[:400, :400]
    flush = 0.5 + 0.5 * np.sin(rows / 45) * np.sin(cols / 45)
    pixels = np.clip(picture() * (1 - flush[..., None] * np.array([0.0, 0.12, 0.12])), 0, 255).astype(np.uint8)
    assert look(pixels).scaling_fraction < 0.02


def test_another_pixel_size_of_the_same_skin_gives_the_same_figures():
    pixels = picture(side=800)
    pixels[100:300, 100:300] = (236, 234, 236)
    half = cv2.resize(pixels, (400, 400), interpolation=cv2.INTER_AREA)
    fine, coarse = look(pixels, um_per_px=5.0), look(half, um_per_px=10.0)
    assert fine.scaling_fraction == pytest.approx(coarse.scaling_fraction, abs=0.01)
    assert fine.erythema_index == pytest.approx(coarse.erythema_index, abs=0.2)


def test_no_skin_to_see_gives_nothing():
    found = look(np.full((100, 100, 3), 255, dtype=np.uint8))
    assert np.isnan([found.erythema_index, found.scaling_fraction]).all()
    assert found.n_tiles == 0


def test_one_tile_shows_no_variation():
    found = look(picture(side=100))
    assert found.n_tiles == 1
    assert np.isnan(found.erythema_sd)
