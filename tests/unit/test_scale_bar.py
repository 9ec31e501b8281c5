"""Burned-in bars: their length to a fraction of a pixel, their label, and what must not be taken for one."""

import cv2
import numpy as np
import pytest
from PIL import ImageFont

from hairdensity.calibration import find_bars, find_scale_bar
from hairdensity.synthetic.scale_marks import BarDrawing, draw_bar


def skin(height=400, width=600, *, seed=0):
    noise = np.random.default_rng(seed).normal(0, 3, (height, width, 3))
    return np.clip(np.array([196.0, 160.0, 148.0]) + noise, 0, 255).astype(np.uint8)


def bar(label="1.0 mm", **options):
    looks = {"length_px": 200, "corner": (300, 60), "font": ImageFont.load_default(20), "label": label}
    return BarDrawing(**(looks | options))


@pytest.mark.parametrize("thickness_px", [1, 3, 8])
@pytest.mark.parametrize("upright", [False, True])
def test_a_plain_bar_is_measured_from_edge_to_edge(thickness_px, upright):
    corner = (120, 200) if upright else (300, 60)
    found = find_scale_bar(draw_bar(skin(), bar(thickness_px=thickness_px, upright=upright, corner=corner)))
    assert found.length_px == pytest.approx(200, abs=0.3)
    assert (found.label, found.length_um) == ("1.0 mm", 1000.0)


@pytest.mark.parametrize("thickness_px", [1, 3])
def test_a_bar_between_two_lines_is_measured_from_middle_to_middle(thickness_px):
    found = find_scale_bar(draw_bar(skin(), bar(thickness_px=thickness_px, caps_px=8)))
    assert found.length_px == pytest.approx(200, abs=0.6)


def test_the_ends_are_where_they_were_drawn():
    found = find_scale_bar(draw_bar(skin(), bar()))
    np.testing.assert_allclose(found.ends_px, [(300.0, 59.5), (300.0, 259.5)], atol=0.2)


@pytest.mark.parametrize(
    ("color", "panel"),
    [((20, 20, 20), None), ((250, 250, 250), None), ((250, 250, 250), (20, 20, 20)), ((10, 10, 10), (250, 250, 250))],
)
def test_dark_and_light_bars_with_and_without_a_panel(color, panel):
    found = find_scale_bar(draw_bar(skin(), bar("500 um", color=color, label_color=color, panel=panel, thickness_px=2)))
    assert found.length_um == 500.0


@pytest.mark.parametrize(
    ("label", "length_um"),
    [("1 mm", 1000.0), ("0.5mm", 500.0), ("200 \N{MICRO SIGN}m", 200.0), ("0,25 mm", 250.0), ("1 cm", 10000.0)],
)
def test_units_and_spellings(label, length_um):
    assert find_scale_bar(draw_bar(skin(), bar(label, length_px=400))).length_um == length_um


@pytest.mark.parametrize("label", ["", "70x", "A219", "mm", "1.0", "1.0 kg", "05 mm"])
def test_without_a_length_beside_it_a_bar_gives_no_scale_but_is_reported(label):
    picture = draw_bar(skin(), bar(label))
    assert find_scale_bar(picture) is None
    assert [round(found.length_px) for found in find_bars(picture) if found.length_um is None][:1] == [200]


@pytest.mark.parametrize("label", ["0.6 mm", "8 mm", "70 um"])
def test_lengths_that_no_program_chooses_are_taken_for_misreadings(label):
    assert find_scale_bar(draw_bar(skin(), bar(label))) is None


def test_a_lost_point_is_not_read_as_ten():
    picture = draw_bar(skin(), bar("1.0 mm", font=ImageFont.load_default(40), panel=(250, 250, 250)))
    whole = find_scale_bar(picture)
    assert whole.label == "1.0 mm"
    _, bottom, left, right = whole.label_box_px
    # The point is the only ink in the lowest rows between the two digits.
    width = right - left
    erased = picture.copy()
    erased[bottom - 8 : bottom + 1, left + width // 9 : left + width // 5] = 231
    assert not np.array_equal(erased, picture)
    found = find_scale_bar(erased)
    assert found is None or found.length_um == 1000.0


def test_two_bars_that_contradict_each_other_are_none():
    picture = draw_bar(draw_bar(skin(), bar("1.0 mm")), bar("1.0 mm", corner=(120, 60), length_px=300))
    assert find_scale_bar(picture) is None


def test_two_arms_of_an_angle_share_a_label():
    picture = draw_bar(skin(), bar(length_px=200, beside=True))
    picture[101:301, 60] = (20, 20, 20)
    labeled = [found for found in find_bars(picture) if found.length_um == 1000.0]
    assert len(labeled) == 2
    assert find_scale_bar(picture).length_px == pytest.approx(200, abs=0.6)


def test_a_hair_across_the_bar_changes_nothing():
    picture = draw_bar(skin(), bar(color=(20, 20, 20)))
    hair = cv2.line(picture.copy(), (84, 250), (96, 360), (38, 30, 28), 9, cv2.LINE_AA)
    assert find_scale_bar(hair).length_px == pytest.approx(200, abs=0.5)


def test_a_hair_on_the_end_makes_the_length_unsure_and_no_scale():
    picture = draw_bar(skin(), bar(color=(30, 25, 25)))
    hidden = cv2.line(picture.copy(), (262, 240), (240, 360), (30, 25, 25), 40, cv2.LINE_AA)
    found = find_scale_bar(hidden)
    assert found is None or found.length_px == pytest.approx(200, rel=0.01)


def test_skin_hairs_and_empty_pictures_have_no_bar():
    hairy = skin()
    for row in range(40, 380, 40):
        cv2.line(hairy, (60, row), (360, row + 3), (40, 30, 28), 5, cv2.LINE_AA)
    blurred = cv2.GaussianBlur(hairy, (0, 0), 1.2)
    assert find_scale_bar(blurred) is None
    assert find_bars(np.zeros((16, 16, 3), np.uint8)) == []


def test_a_label_that_is_no_round_length_widens_the_error():
    exact = find_scale_bar(draw_bar(skin(), bar("0.50 mm")))
    rounded = find_scale_bar(draw_bar(skin(), bar("0.53 mm")))
    assert exact.relative_error < rounded.relative_error < 0.03
    assert rounded.calibration().source == "scale bar (0.53 mm)"
    assert rounded.calibration().um_per_px == pytest.approx(2.65, rel=0.003)


def test_the_picture_is_not_changed():
    picture = draw_bar(skin(), bar())
    before = picture.copy()
    find_scale_bar(picture)
    np.testing.assert_array_equal(picture, before)
