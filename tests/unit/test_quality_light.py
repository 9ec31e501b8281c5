"""Level of the skin, what is burned out and what lies in the dark."""

import cv2
import numpy as np
import pytest

from hairdensity.quality.light import measure_light
from hairdensity.quality.view import make_view
from tests.quality_pictures import NOTHING, SHAPE, UM_PER_PX, bars, pixels_of


def light_of(grey, drawn=NOTHING):
    return measure_light(make_view(pixels_of(grey), drawn=drawn, um_per_px=UM_PER_PX))


def test_the_skin_has_its_own_level_whatever_hairs_lie_on_it():
    assert light_of(bars(level=150)).skin_level == pytest.approx(150, abs=2)
    assert light_of(bars(level=60, hair=200)).skin_level == pytest.approx(60, abs=2)


def test_a_burned_out_patch_is_glare_and_a_glint_is_not():
    grey = bars()
    patch = cv2.circle(np.zeros(SHAPE, np.uint8), (320, 240), 30, 1, -1) > 0
    grey[patch] = 255
    grey[100:104, 100:104] = 255
    glare = light_of(grey).glare
    assert glare[patch].mean() > 0.95
    assert glare[~patch].mean() < 0.001
    assert not glare[90:115, 90:115].any()


def test_a_bright_patch_short_of_burning_out_is_glare_and_a_white_hair_is_not():
    grey = bars(level=120.0, hair=210.0)
    assert not light_of(grey).glare.any()
    grey[200:260, 300:360] = 230
    assert light_of(grey).glare[205:255, 305:355].all()


def test_black_corners_are_dark_and_their_border_is_told():
    away = np.hypot(*np.meshgrid(np.arange(640) - 320, np.arange(480) - 240))
    light = light_of(bars() * np.clip(1.2 - (away / 330) ** 4, 0, 1))
    assert light.dark[:20, :20].all()
    assert not light.dark[180:300, 220:420].any()
    assert light.corner_share < 0.2
    assert light_of(bars()).corner_share > 0.9


def test_dark_skin_is_not_in_the_dark():
    assert not light_of(bars(level=40.0, hair=15.0)).dark.any()


def test_what_is_drawn_says_nothing_of_the_light():
    drawn = NOTHING.copy()
    drawn[:, 500:] = True
    light = light_of(np.where(drawn, 255.0, bars()), drawn)
    assert light.skin_level == pytest.approx(150, abs=2)
    assert (light.glare.any(), light.blown_share) == (False, 0.0)
