"""What pictures of a ruler tell about a device: scale in both directions, distortion, and what is refused."""

import cv2
import numpy as np
import pytest

from hairdensity.calibrating import NoRulerError, measure_device, measure_length, profile_of
from hairdensity.errors import CalibrationError
from hairdensity.image import TrichoImage
from hairdensity.synthetic.scale_marks import RulerDrawing, draw_ruler

PLAIN = np.full((480, 640, 3), (186, 150, 138), np.uint8)


def ruled(angle_deg, *, spacing_px=20.0, stretch=1.0, bend=0.0):
    """A ruler's picture, wider by ``stretch``, its corners pulled outwards by ``bend``."""
    pixels = draw_ruler(PLAIN, RulerDrawing(spacing_px, angle_deg, (239.5, 319.5), 40.0))
    rows, cols = np.mgrid[0:480, 0:640].astype(np.float32)
    down, right = rows - 239.5, (cols - 319.5) / stretch
    share = (down**2 + (cols - 319.5) ** 2) / (239.5**2 + 319.5**2)
    pull = (1 - bend * share).astype(np.float32)
    moved = cv2.remap(pixels, (right * pull + 319.5).astype(np.float32), down * pull + 239.5, cv2.INTER_CUBIC)
    return TrichoImage.from_array(moved)


def test_two_directions_give_the_scale_of_both():
    found = measure_device([ruled(0.0), ruled(90.0)], tick_mm=0.1)
    assert found.calibration.um_per_px == pytest.approx(5.0, rel=0.002)
    assert (found.um_per_px_cols, found.um_per_px_rows) == pytest.approx((5.0, 5.0), rel=0.003)
    assert not any("not square" in note for note in found.notes)


def test_uneven_resizing_shows():
    found = measure_device([ruled(0.0, stretch=1.05), ruled(90.0, stretch=1.05)], tick_mm=0.1)
    assert found.um_per_px_rows / found.um_per_px_cols == pytest.approx(1.05, abs=0.005)
    assert any("not square" in note for note in found.notes)
    # The scale itself is uncertain by half of the difference.
    assert found.calibration.relative_error > 0.02


def test_one_direction_is_not_both():
    found = measure_device([ruled(0.0)], tick_mm=0.1)
    assert found.um_per_px_rows is None
    assert any("turned by 90 degrees" in note for note in found.notes)


@pytest.mark.parametrize("bend", [0.0, 0.02])
def test_distortion_at_the_corner_is_recovered(bend):
    found = measure_device([ruled(37.0, bend=bend)], tick_mm=0.1)
    assert found.distortion == pytest.approx(bend, abs=0.001)
    assert any("distorts" in note for note in found.notes) == (bend > 0)


def test_no_ruler_says_what_is_needed():
    with pytest.raises(NoRulerError, match="at least 8 ticks"):
        measure_device([TrichoImage.from_array(PLAIN)], tick_mm=1.0)


def test_pictures_of_different_sizes_are_refused():
    small = TrichoImage.from_array(np.ascontiguousarray(PLAIN[:300]))
    with pytest.raises(CalibrationError, match="640 x 300, 640 x 480"):
        measure_device([TrichoImage.from_array(PLAIN), small], tick_mm=1.0)


def test_a_length_by_hand():
    found = measure_length([TrichoImage.from_array(PLAIN)], 2.0, (100.0, 100.0), (400.0, 500.0))
    assert found.calibration.um_per_px == pytest.approx(4.0)
    assert found.calibration.relative_error == pytest.approx(np.hypot(np.sqrt(2) / 500, 0.005))


@pytest.mark.parametrize(("length_mm", "end"), [(0.0, (10.0, 200.0)), (1.0, (1.0, 1.0)), (1.0, (10.0, 900.0))])
def test_impossible_lengths_by_hand_are_refused(length_mm, end):
    with pytest.raises(CalibrationError):
        measure_length([TrichoImage.from_array(PLAIN)], length_mm, (0.0, 0.0), end)


def test_the_profile_holds_size_hash_and_errors():
    image = ruled(0.0)
    kept = profile_of(measure_device([image], tick_mm=0.1), name="scope")
    assert (kept.width_px, kept.height_px, kept.pictures) == (640, 480, (image.sha256,))
    assert kept.calibration(width_px=640, height_px=480).um_per_px == pytest.approx(5.0, rel=0.002)
    assert len(kept.date) == 10
