"""Ticks of rulers: their spacing at any angle, its error, and what is none."""

import cv2
import numpy as np
import pytest

from hairdensity.calibration import find_rulers
from hairdensity.errors import CalibrationError
from hairdensity.synthetic.scale_marks import RulerDrawing, draw_ruler, lay_hairs


def skin(height=500, width=700, *, seed=0):
    noise = np.random.default_rng(seed).normal(0, 3, (height, width, 3))
    return np.clip(np.array([186.0, 150.0, 138.0]) + noise, 0, 255).astype(np.uint8)


def ruler(spacing_px, angle_deg, **looks):
    return draw_ruler(skin(), RulerDrawing(spacing_px, angle_deg, (250.0, 350.0), 55.0, **looks))


@pytest.mark.parametrize("angle_deg", [0.0, 27.0, 90.0, 141.0])
def test_the_spacing_is_right_at_any_angle(angle_deg):
    (found,) = find_rulers(ruler(21.37, angle_deg), most=1)
    assert found.spacing_px == pytest.approx(21.37, rel=0.001)
    assert abs((found.angle_deg - angle_deg + 90) % 180 - 90) < 1.5


def test_light_ticks_on_a_dark_ruler_count_too():
    (found,) = find_rulers(ruler(17.2, 63.0, body=40.0, ink=220.0), most=1)
    assert found.spacing_px == pytest.approx(17.2, rel=0.001)


def test_hairs_blur_and_uneven_light_leave_it_within_half_a_percent():
    rng = np.random.default_rng(4)
    picture = cv2.GaussianBlur(lay_hairs(ruler(24.6, 12.0), 15, rng), (0, 0), 1.8)
    shaded = np.clip(picture * np.linspace(0.7, 1.2, 700)[None, :, None], 0, 255).astype(np.uint8)
    (found,) = find_rulers(shaded, most=1)
    assert found.spacing_px == pytest.approx(24.6, rel=0.005)


def test_the_ticks_lie_where_they_were_drawn():
    (found,) = find_rulers(ruler(20.0, 0.0, phase=0.3), most=1)
    columns = np.sort(found.ticks_px[:, 1])
    off = (columns - 350.0) / 20.0 - 0.3
    assert np.abs(off - off.round()).max() < 0.03
    np.testing.assert_array_equal(np.diff(np.sort(found.numbers)) >= 1, True)


def test_the_scale_is_the_ticks_distance_over_their_spacing():
    (found,) = find_rulers(ruler(25.0, 0.0), most=1)
    scale = found.calibration(0.1)
    assert scale.um_per_px == pytest.approx(4.0, rel=0.001)
    assert scale.source.startswith("ruler (")
    assert 0.005 <= scale.relative_error < 0.006


@pytest.mark.parametrize("tick_mm", [0.0, -1.0, float("nan")])
def test_a_tick_is_a_length(tick_mm):
    (found,) = find_rulers(ruler(25.0, 0.0), most=1)
    with pytest.raises(CalibrationError, match="tick_mm must be above 0 mm"):
        found.calibration(tick_mm)


def test_two_rulers_in_two_directions_are_both_found():
    both = draw_ruler(ruler(19.0, 0.0), RulerDrawing(23.0, 90.0, (250.0, 350.0), 45.0))
    found = sorted(find_rulers(both), key=lambda one: one.spacing_px)
    assert [one.spacing_px for one in found] == pytest.approx([19.0, 23.0], rel=0.002)


def test_skin_and_parallel_hairs_are_no_ruler():
    assert find_rulers(skin()) == []
    rng = np.random.default_rng(1)
    hairy = skin()
    for col in range(30, 690, 45):
        start = int(col + rng.normal(0, 6))
        cv2.line(hairy, (start, 20), (start + int(rng.normal(0, 14)), 480), (40, 30, 28), 6, cv2.LINE_AA)
    assert find_rulers(cv2.GaussianBlur(hairy, (0, 0), 1.0)) == []
