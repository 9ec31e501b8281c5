import cv2
import numpy as np
import pytest

from hairdensity.errors import StorageError
from hairdensity.flags import ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.report.caption import draw_caption, scale_bar_mm
from hairdensity.report.colors import GREY, UM_COLORS, thickness_colors
from hairdensity.report.overlay import MIN_WIDTH_PX, draw_overlay, write_overlay
from hairdensity.report.wording import number, percent, span


def picture(height, width):
    return TrichoImage.from_array(np.full((height, width, 3), 150, dtype=np.uint8), image_id="flat")


def test_the_caption_adds_to_the_height_and_hides_nothing(make_analysis):
    analysis = make_analysis(picture(1000, 1280))
    drawn = draw_overlay(analysis)
    caption = draw_caption(analysis, width_px=1280)
    assert drawn.dtype == np.uint8
    assert drawn.shape == (1000 + len(caption), 1280, 3)
    np.testing.assert_array_equal(drawn[1000:], caption)


@pytest.mark.parametrize(("height", "width"), [(120, 200), (2400, 2600), (3000, 130), (130, 3000)])
def test_every_size_gives_room_for_words(make_analysis, height, width):
    drawn = draw_overlay(make_analysis(picture(height, width)))
    assert MIN_WIDTH_PX <= drawn.shape[1] < 4000
    assert drawn.shape[0] > height


def test_a_hair_has_the_color_of_its_thickness_where_it_lies(make_analysis):
    analysis = make_analysis(picture(1000, 1280))
    _, colors = thickness_colors(analysis)
    drawn = draw_overlay(analysis)
    np.testing.assert_array_equal(drawn[70, 50], colors[0])
    np.testing.assert_array_equal(drawn[50, 55], colors[1])
    assert not np.array_equal(drawn[15, 140], colors[2])


def test_the_picture_is_dimmed_and_the_analysis_left_alone(make_analysis):
    analysis = make_analysis(picture(1000, 1280))
    drawn = draw_overlay(analysis)
    assert drawn[500, 700].max() < 150
    assert (analysis.image.pixels == 150).all()


def test_unreadable_parts_are_striped_inside_the_area_alone(make_analysis):
    drawn = draw_overlay(make_analysis(picture(1000, 1280), with_hairs=False)).astype(int)
    assert np.ptp(drawn[24:36, 26:54]) > 60
    assert np.ptp(drawn[60:90, 30:110]) == 0
    assert np.ptp(drawn[150:900, 200:1200]) == 0


def test_thickness_maps_to_distinct_colors_and_grey():
    colors = UM_COLORS.colors(np.array([20.0, 60.0, 120.0, np.nan, 5.0, 400.0]))
    assert len(np.unique(colors[:3], axis=0)) == 3
    np.testing.assert_array_equal(colors[3], GREY)
    np.testing.assert_array_equal(colors[4:], colors[[0, 2]])


def test_without_a_scale_colors_follow_px(make_analysis):
    scale, colors = thickness_colors(make_analysis(um_per_px=None))
    assert (scale.unit, scale.low, scale.high) == ("px", 0.0, 15.0)
    assert not np.array_equal(colors[0], colors[1])


@pytest.mark.parametrize(("um_per_px", "room_px", "length_mm"), [(5.0, 250, 1.0), (1.8, 250, 0.2), (14.0, 250, 2.0)])
def test_the_scale_bar_has_the_longest_round_length_that_fits(um_per_px, room_px, length_mm):
    assert scale_bar_mm(um_per_px, room_px=room_px) == pytest.approx(length_mm)


def test_the_drawn_scale_bar_has_its_length_in_enlarged_pixels(make_analysis):
    caption = draw_caption(make_analysis(um_per_px=5.0), width_px=1280, zoom=2)
    is_bar = (caption == (244, 246, 248)).all(axis=2)
    longest_run = max(row.sum() for row in is_bar[150:180, 900:])
    assert longest_run == 200


def test_every_flag_makes_the_caption_longer(make_analysis):
    plain = draw_caption(make_analysis(), width_px=1280)
    flagged = draw_caption(make_analysis(flags=ImageFlag.SMALL_AREA | ImageFlag.LOW_RESOLUTION), width_px=1280)
    assert len(flagged) == len(plain) + 2 * 22


@pytest.mark.parametrize("name", ["x" * 300, "名前 \x1b[31m", ""])
def test_odd_names_can_be_drawn(make_analysis, name):
    image = TrichoImage.from_array(np.full((120, 160, 3), 150, dtype=np.uint8), image_id=name)
    assert draw_overlay(make_analysis(image)).any()


def test_the_file_holds_what_was_drawn(make_analysis, tmp_path):
    analysis = make_analysis()
    write_overlay(analysis, tmp_path / "a.png")
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "a.png"))[:, :, ::-1], draw_overlay(analysis))


def test_a_missing_folder_is_a_storage_error(make_analysis, tmp_path):
    with pytest.raises(StorageError, match="cannot write"):
        write_overlay(make_analysis(), tmp_path / "none" / "a.png")


def test_figures_in_words():
    assert [number(x) for x in (128.4, 66.66, 0.1234, np.nan, None)] == ["128", "66.7", "0.123", "-", "-"]
    assert (percent(0.125), percent(None)) == ("12%", "-")
    assert (span(112.2, 145.0), span(0.1, 0.2, as_percent=True), span(1.0, np.nan)) == ("112 to 145", "10% to 20%", "")
