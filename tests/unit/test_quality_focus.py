"""The blur that is measured is the blur that was put in."""

import cv2
import numpy as np
import pytest

from hairdensity.quality.focus import measure_focus
from hairdensity.quality.view import make_view
from tests.quality_pictures import NOTHING, UM_PER_PX, bars, pixels_of


def focus_of(grey, um_per_px=UM_PER_PX, drawn=NOTHING):
    return measure_focus(make_view(pixels_of(grey), drawn=drawn, um_per_px=um_per_px), noise_sd=1.0)


@pytest.mark.parametrize("sigma_px", [1.5, 2.5, 4.0])
def test_a_gaussian_blur_is_measured_in_um(sigma_px):
    blurred = cv2.GaussianBlur(bars(), (0, 0), sigma_px)
    assert focus_of(blurred).blur_um == pytest.approx(sigma_px * UM_PER_PX, rel=0.2)


def test_contrast_and_polarity_do_not_change_the_blur():
    strong, weak, light = (
        focus_of(cv2.GaussianBlur(bars(level=level, hair=hair), (0, 0), 2.0)).blur_um
        for level, hair in ((150, 40), (150, 100), (60, 180))
    )
    assert weak == pytest.approx(strong, rel=0.1)
    assert light == pytest.approx(strong, rel=0.1)


def test_the_same_skin_in_finer_pixels_has_the_same_blur():
    blurred = cv2.GaussianBlur(bars(), (0, 0), 2.5)
    fine = cv2.resize(blurred, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    drawn = np.zeros(fine.shape, dtype=bool)
    assert focus_of(fine, UM_PER_PX / 2, drawn).blur_um == pytest.approx(focus_of(blurred).blur_um, rel=0.1)


@pytest.mark.parametrize("turn", [0, 1])
def test_motion_blurs_in_one_direction_and_defocus_in_all(turn):
    moved = cv2.blur(bars(), (13, 1) if turn else (1, 13))
    motion, defocus = focus_of(moved), focus_of(cv2.GaussianBlur(bars(), (0, 0), 3.0))
    assert motion.along_um > 1.6 * motion.across_um
    assert defocus.along_um < 1.3 * defocus.across_um


def test_local_blur_follows_the_side_out_of_focus_even_where_no_edge_is_left():
    sharp, soft = bars(), cv2.GaussianBlur(bars(), (0, 0), 5.0)
    grey = np.where(np.arange(640) < 320, sharp, soft)
    grey[:, 560:] = 150
    local = focus_of(grey).local_um
    columns = local.shape[1]
    assert np.isfinite(local).all()
    assert np.median(local[:, : columns // 3]) < 15
    assert np.median(local[:, -columns // 3 :]) > 35
    assert local[:, -3:].min() > 30


def test_a_picture_without_edges_has_no_local_blur_and_no_motion():
    focus = focus_of(np.full((480, 640), 150.0))
    assert not (focus.local_um < 0).any()
    assert focus.along_um >= focus.across_um


def test_edges_of_what_is_drawn_do_not_sharpen_a_picture():
    blurred = cv2.GaussianBlur(bars(), (0, 0), 4.0)
    drawn = NOTHING.copy()
    drawn[200:260, 300:400] = True
    with_box = np.where(drawn, 255.0, blurred)
    assert focus_of(with_box, drawn=drawn).blur_um == pytest.approx(focus_of(blurred).blur_um, rel=0.1)
