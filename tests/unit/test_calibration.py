"""The scale: conversions, plausibility, and the remedy that each error names."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from hairdensity.calibration import (
    UM_PER_PX_RANGE,
    Calibration,
    DeviceProfile,
    ScaleKind,
    choose_calibration,
    is_plausible_diameter,
    scale_flags,
)
from hairdensity.errors import CalibrationError, InputError
from hairdensity.flags import ImageFlag
from hairdensity.image import ImageMetadata, TrichoImage
from hairdensity.synthetic.scale_marks import BarDrawing, RulerDrawing, draw_bar, draw_ruler

PLAUSIBLE = st.floats(*UM_PER_PX_RANGE)


def picture(width_px: int = 1000, *, tag_um_per_px: float | None = None) -> TrichoImage:
    return TrichoImage(
        pixels=np.zeros((2, width_px, 3), np.uint8),
        image_id="a",
        sha256="",
        metadata=ImageMetadata(tag_um_per_px=tag_um_per_px, tag_source="tiff resolution"),
    )


def test_lengths_and_areas_by_hand():
    calibration = Calibration(um_per_px=5.0)
    assert calibration.to_um([0.0, 2.0, 20.0]).tolist() == [0.0, 10.0, 100.0]
    assert calibration.to_px([0.0, 10.0, 100.0]).tolist() == [0.0, 2.0, 20.0]
    # 2000 x 2000 px of 5 um are 1 cm x 1 cm.
    assert calibration.area_cm2(2000 * 2000) == pytest.approx(1.0, rel=1e-12)


def test_three_ways_to_state_the_same_scale():
    by_edge = Calibration(um_per_px=5.0)
    by_count = Calibration.from_px_per_mm(200.0)
    by_field = Calibration.from_field_width_mm(5.0, image_width_px=1000)
    assert by_edge.um_per_px == by_count.um_per_px == by_field.um_per_px
    assert [c.source for c in (by_edge, by_count, by_field)] == ["given", "given (px/mm)", "given (field width)"]


@given(PLAUSIBLE, st.floats(-1e6, 1e6))
def test_um_and_px_are_inverse(um_per_px, length_px):
    calibration = Calibration(um_per_px=um_per_px)
    assert float(calibration.to_px(calibration.to_um(length_px))) == pytest.approx(length_px, rel=1e-12)


@given(PLAUSIBLE)
def test_scale_twice_as_coarse_has_four_times_the_area(um_per_px):
    half = Calibration(um_per_px=max(um_per_px / 2, UM_PER_PX_RANGE[0]))
    twice = Calibration(um_per_px=min(2 * half.um_per_px, UM_PER_PX_RANGE[1]))
    ratio = twice.um_per_px / half.um_per_px
    assert twice.area_cm2(100) == pytest.approx(ratio**2 * half.area_cm2(100), rel=1e-12)


def test_calibration_does_not_change_its_input():
    lengths = np.array([1.0, 2.0])
    Calibration(um_per_px=3.0).to_um(lengths)
    assert lengths.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("um_per_px", UM_PER_PX_RANGE)
def test_limits_of_the_range_are_inside(um_per_px):
    assert Calibration(um_per_px=um_per_px).um_per_px == um_per_px


@pytest.mark.parametrize(
    ("um_per_px", "remedy"),
    [
        (0.004, "probably mm/px: multiply by 1000"),
        (180.0, "probably px/mm: give px_per_mm=180 instead"),
        (1e9, "measure a ruler"),
        (0.0, "measure a ruler"),
        (-5.0, "measure a ruler"),
        (math.nan, "measure a ruler"),
        (math.inf, "measure a ruler"),
    ],
)
def test_implausible_um_per_px_names_the_remedy(um_per_px, remedy):
    with pytest.raises(CalibrationError, match=r"must lie in 0\.2-50 um/px, got") as caught:
        Calibration(um_per_px=um_per_px)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("px_per_mm", "remedy"),
    [
        (5.0, "probably um/px: give um_per_px=5 instead"),
        (0.2, "probably um/px: give um_per_px=0.2 instead"),
        (0.1, "probably px/um: multiply by 1000"),
        (1e9, "count the pixels in 1 mm"),
        (0.0, "count the pixels in 1 mm"),
        (-200.0, "count the pixels in 1 mm"),
        (math.nan, "count the pixels in 1 mm"),
        (math.inf, "count the pixels in 1 mm"),
    ],
)
def test_implausible_px_per_mm_names_the_remedy_in_its_own_unit(px_per_mm, remedy):
    with pytest.raises(CalibrationError, match="px_per_mm must lie in 20-5000 px/mm, got") as caught:
        Calibration.from_px_per_mm(px_per_mm)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("field_width_mm", "remedy"),
    [
        (9000.0, "probably um: divide by 1000"),
        (0.009, "probably m: multiply by 1000"),
        (1e9, "give the width of skin"),
        (0.0, "give the width of skin"),
        (-9.0, "give the width of skin"),
        (math.nan, "give the width of skin"),
    ],
)
def test_implausible_field_width_names_the_remedy_in_its_own_unit(field_width_mm, remedy):
    with pytest.raises(CalibrationError, match=r"must lie in 0\.2-50 mm for a picture 1000 px wide, got") as caught:
        Calibration.from_field_width_mm(field_width_mm, image_width_px=1000)
    assert remedy in str(caught.value)


@pytest.mark.parametrize("relative_error", [-0.01, 0.5, 2.0, math.nan])
def test_relative_error_is_a_fraction(relative_error):
    with pytest.raises(CalibrationError, match="a fraction"):
        Calibration(um_per_px=5.0, relative_error=relative_error)


def test_calibration_error_is_an_input_error_with_a_stable_code():
    assert issubclass(CalibrationError, InputError)
    assert CalibrationError.code == "calibration"


def test_without_a_scale_there_is_none():
    assert choose_calibration(picture()) is None


def test_each_stated_length_is_used_with_its_error():
    for stated in ({"um_per_px": 5.0}, {"px_per_mm": 200.0}, {"field_width_mm": 5.0}):
        chosen = choose_calibration(picture(1000), **stated, relative_error=0.03)
        assert (chosen.um_per_px, chosen.relative_error) == (5.0, 0.03)


def test_two_stated_lengths_are_refused_by_name():
    with pytest.raises(CalibrationError, match=r"exactly one of .* got um_per_px and field_width_mm"):
        choose_calibration(picture(), um_per_px=5.0, field_width_mm=5.0)


def test_zero_is_stated_and_not_missing():
    with pytest.raises(CalibrationError):
        choose_calibration(picture(tag_um_per_px=5.0), um_per_px=0.0)


def test_plausible_tag_is_the_last_resort_and_less_trusted():
    tagged = choose_calibration(picture(tag_um_per_px=4.0))
    assert (tagged.um_per_px, tagged.relative_error, tagged.source) == (4.0, 0.05, "tiff resolution")
    assert choose_calibration(picture(tag_um_per_px=4.0), um_per_px=5.0).source == "given"


@pytest.mark.parametrize("dpi", [72, 96, 300, 600, 1200])
def test_dpi_of_screens_and_printers_is_no_scale(dpi):
    assert choose_calibration(picture(tag_um_per_px=25400 / dpi)) is None


@pytest.mark.parametrize("tag_um_per_px", [0.0, -1.0, 1e-9, math.nan, math.inf])
def test_broken_tag_is_no_scale(tag_um_per_px):
    assert choose_calibration(picture(tag_um_per_px=tag_um_per_px)) is None


def barred(*, tag_um_per_px: float | None = None) -> TrichoImage:
    """A picture with a bar of 200 px that says 1.0 mm: 5 um/px."""
    pixels = np.full((300, 500, 3), (196, 160, 148), np.uint8)
    bar = BarDrawing(length_px=200, corner=(240, 60), font=ImageFont.load_default(20), label="1.0 mm")
    return TrichoImage(
        pixels=draw_bar(pixels, bar),
        image_id="a",
        sha256="",
        metadata=ImageMetadata(tag_um_per_px=tag_um_per_px, tag_source="tiff resolution"),
    )


def profile(um_per_px: float) -> DeviceProfile:
    return DeviceProfile(name="scope", um_per_px=um_per_px, relative_error=0.005, width_px=500, height_px=300)


def test_the_order_of_trust_is_stated_found_profile_tags():
    tagged, plain = barred(tag_um_per_px=5.1), picture(500, tag_um_per_px=4.0)
    assert choose_calibration(tagged, um_per_px=5.2, profile=profile(5.0)).kind == ScaleKind.GIVEN
    assert choose_calibration(tagged, profile=profile(5.0)).source == "scale bar (1.0 mm)"
    fitting = DeviceProfile(name="scope", um_per_px=4.1, relative_error=0.005, width_px=500, height_px=2)
    assert choose_calibration(plain, profile=fitting).kind == ScaleKind.PROFILE
    assert choose_calibration(plain).kind == ScaleKind.TAGS
    assert choose_calibration(picture(500), profile=fitting).source == "device profile (scope)"


def test_a_bar_is_read_to_a_thousandth_and_no_more_certain_than_a_data_sheet():
    found = choose_calibration(barred())
    assert found.um_per_px == pytest.approx(5.0, rel=0.002)
    assert 0.02 <= found.relative_error < 0.022
    assert scale_flags(found) == ImageFlag.FOUND_CALIBRATION


def test_a_ruler_counts_when_its_ticks_are_known():
    pixels = np.full((400, 600, 3), (186, 150, 138), np.uint8)
    ruled = TrichoImage.from_array(draw_ruler(pixels, RulerDrawing(20.0, 20.0, (200.0, 300.0), 50.0)))
    assert choose_calibration(ruled) is None
    assert choose_calibration(ruled, tick_mm=0.1).um_per_px == pytest.approx(5.0, rel=0.002)


@pytest.mark.parametrize(("stated", "disagrees"), [(5.0, False), (5.25, False), (5.6, True), (10.0, True)])
def test_a_stated_scale_that_the_bar_contradicts_is_kept_and_flagged(stated, disagrees):
    chosen = choose_calibration(barred(), um_per_px=stated)
    assert chosen.um_per_px == stated
    assert (chosen.disagrees_with is not None) == disagrees
    assert (ImageFlag.SCALE_DISAGREES in scale_flags(chosen)) == disagrees


def test_what_contradicts_is_named():
    chosen = choose_calibration(barred(tag_um_per_px=12.0), profile=profile(8.0))
    assert chosen.disagrees_with == "device profile (scope): 8 um/px; tiff resolution: 12 um/px"


def test_small_differences_are_none_even_between_exact_sources():
    precise = choose_calibration(barred(), um_per_px=5.14, relative_error=0.001, profile=profile(5.1))
    assert precise.disagrees_with is None


@pytest.mark.parametrize(
    ("calibration", "flags"),
    [
        (None, ImageFlag.UNCALIBRATED),
        (Calibration(um_per_px=5.0), ImageFlag(0)),
        (Calibration(um_per_px=5.0, source="exif resolution"), ImageFlag.TAG_CALIBRATION),
        (Calibration(um_per_px=5.0, source="ruler (20 ticks of 1 mm)"), ImageFlag.FOUND_CALIBRATION),
        (Calibration(um_per_px=5.0, source="device profile (a)"), ImageFlag.PROFILE_CALIBRATION),
    ],
)
def test_each_source_has_its_flag(calibration, flags):
    assert scale_flags(calibration) == flags


@pytest.mark.parametrize(("median_um", "plausible"), [(14.9, False), (15.0, True), (70.0, True), (120.1, False)])
def test_medians_of_scalps(median_um, plausible):
    assert is_plausible_diameter(median_um) == plausible
