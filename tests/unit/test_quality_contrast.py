"""Contrast of hairs, and bands too wide for a hair."""

import numpy as np
import pytest

from hairdensity.quality.contrast import measure_contrast
from hairdensity.quality.light import measure_light
from hairdensity.quality.view import make_view
from tests.quality_pictures import NOTHING, UM_PER_PX, bars, pixels_of


def contrast_of(grey):
    view = make_view(pixels_of(grey), drawn=NOTHING, um_per_px=UM_PER_PX)
    return measure_contrast(view, measure_light(view))


@pytest.mark.parametrize(("level", "hair"), [(150, 45), (150, 105), (60, 180), (120, 150)])
def test_contrast_is_the_difference_over_the_lighter_of_hair_and_skin(level, hair):
    expected = abs(level - hair) / max(level, hair)
    assert contrast_of(bars(level=level, hair=hair)).hair == pytest.approx(expected, abs=0.05)


def test_hairs_are_no_clumps_and_wide_dark_bands_are():
    grey = bars()
    assert not contrast_of(grey).clumps.any()
    grey[100:140, 50:600] = 40
    grey[300:340, 50:600] = 40
    clumps = contrast_of(grey).clumps
    assert clumps[105:135, 70:580].all()
    assert not clumps[200:260].any()


def test_a_lone_dark_spot_is_no_clump():
    grey = bars()
    grey[200:240, 300:350] = 40
    assert not contrast_of(grey).clumps.any()


def test_flat_skin_has_next_to_no_contrast():
    assert contrast_of(np.full((480, 640), 150.0)).hair < 0.05
