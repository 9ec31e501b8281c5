"""The target area: outlines on the pixel grid, what leaves the area, and where roots count."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairdensity.calibration import Calibration
from hairdensity.errors import TargetAreaError
from hairdensity.target_area import AreaShape, TargetArea, parse_area, place_area

SHAPE = (12, 16)
FIVE_UM = Calibration(um_per_px=5.0)


def place(text, *, image_shape=SHAPE, unreadable=None, calibration=None, margin_px=0.0):
    unreadable = np.zeros(image_shape, bool) if unreadable is None else unreadable
    return place_area(
        parse_area(text),
        image_shape=image_shape,
        unreadable=unreadable,
        calibration=calibration,
        margin_px=margin_px,
    )


def enclosed_px(boundary_px):
    """Area of a polygon by the shoelace formula."""
    row, col = boundary_px.T
    return abs(float(row @ np.roll(col, 1) - col @ np.roll(row, 1))) / 2


def test_whole_picture_is_every_pixel_and_its_boundary_encloses_as_many():
    area = place("whole")
    assert area.mask.all()
    assert area.area_px == enclosed_px(area.boundary_px) == 12 * 16


def test_rectangle_covers_height_times_width_pixels():
    area = place("rectangle=2,3,4,5")
    assert area.area_px == 4 * 5
    assert np.argwhere(area.mask).min(axis=0).tolist() == [2, 3]
    assert np.argwhere(area.mask).max(axis=0).tolist() == [5, 7]
    assert area.boundary_px.tolist() == [[2, 3], [2, 8], [6, 8], [6, 3]]


def test_triangle_by_hand():
    mask = place("polygon=0,0,4,4,4,0", image_shape=(5, 5)).mask
    # The left edge (column 0) is inside, the bottom edge (row 4) and the slanted right edge are not.
    assert mask.astype(int).tolist() == [
        [0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [0, 0, 0, 0, 0],
    ]


def test_crossed_polygon_is_filled_by_the_even_odd_rule():
    # A bow tie: left and right triangle, nothing above and below the knot.
    mask = place("polygon=0,0,8,8,0,8,8,0", image_shape=(9, 9)).mask
    assert mask[4, 1]
    assert mask[4, 6]
    assert not mask[1, 4]
    assert not mask[7, 4]


@pytest.mark.parametrize("radius", [10, 50, 200])
def test_circle_has_the_area_of_a_circle(radius):
    area = place(f"circle={radius},{radius},{radius}", image_shape=(2 * radius + 1, 2 * radius + 1))
    assert area.area_px == pytest.approx(np.pi * radius**2, rel=0.35 / radius)


def test_mask_agrees_with_the_ray_casting_of_opencv():
    vertices = np.array([[1.3, 2.2], [2.7, 13.1], [9.9, 11.4], [6.2, 7.3], [10.6, 1.8]])
    area = place("polygon=" + ",".join(f"{x}" for x in vertices.ravel()))
    contour = vertices[:, ::-1].astype(np.float32)
    expected = [[cv2.pointPolygonTest(contour, (col, row), False) > 0 for col in range(16)] for row in range(12)]
    assert np.array_equal(area.mask, expected)


@given(st.lists(st.tuples(st.floats(-5, 17), st.floats(-5, 21)), min_size=3, max_size=3), st.floats(0, 1))
def test_two_halves_of_a_triangle_share_no_pixel_and_lose_none(corners, where):
    a, b, c = np.array(corners)
    cut = a + where * (b - a)

    def pixels(*vertices):
        text = "polygon=" + ",".join(repr(float(x)) for vertex in vertices for x in vertex)
        try:
            return place(text).mask.astype(int)
        except TargetAreaError:
            return np.zeros(SHAPE, int)

    halves = pixels(a, cut, c) + pixels(cut, b, c)
    whole = pixels(a, b, c)
    assert halves.max() <= 1
    # The cut point is rounded, so that the outline may move by 1e-15 px; a pixel on the outline itself may then differ.
    assert np.count_nonzero(halves != whole) <= 1


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 40), st.integers(1, 40))
def test_rectangle_over_the_edge_keeps_its_part_on_the_picture(top, left, rows, cols):
    area = place(f"rectangle={top},{left},{rows},{cols}")
    assert area.area_px == (min(top + rows, 12) - top) * (min(left + cols, 16) - left)


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.floats(1e-300, 1e300))
def test_absurd_numbers_give_an_area_or_a_reasoned_error(row, col, radius):
    try:
        assert place(f"circle={row!r},{col!r},{radius!r}").area_px > 0
    except TargetAreaError as error:
        assert "holds no pixel" in str(error)


def test_outline_in_mm_is_placed_by_the_scale():
    area = place("rectangle=0,0,0.05,0.06mm", calibration=FIVE_UM)
    assert area.area_px == 10 * 12
    assert area.area_cm2 == pytest.approx(0.005 * 0.006)


def test_outline_in_mm_needs_a_scale():
    with pytest.raises(TargetAreaError, match="in mm needs a scale: give --um-per-px"):
        place("circle=0.02,0.02,0.01mm")


def test_without_a_scale_there_is_no_cm2():
    assert place("whole").area_cm2 is None


def test_unreadable_pixels_leave_the_area():
    unreadable = np.zeros(SHAPE, bool)
    unreadable[:3] = True
    area = place("whole", unreadable=unreadable, calibration=FIVE_UM)
    assert area.area_px == 9 * 16
    assert area.unreadable_fraction == 0.25
    assert area.area_cm2 == pytest.approx(9 * 16 * 25e-8)


def test_margin_leaves_the_area_and_is_not_called_unreadable():
    area = place("whole", margin_px=1.2)
    assert area.area_px == (12 - 4) * (16 - 4)
    assert area.unreadable_fraction == 0.0


def test_mask_image_is_used_as_it_is():
    drawn = np.zeros(SHAPE, bool)
    drawn[2:5, 3:9] = True
    area = place_area(drawn, image_shape=SHAPE, unreadable=np.zeros(SHAPE, bool), calibration=None)
    assert np.array_equal(area.mask, drawn)
    assert sorted(map(tuple, area.boundary_px.tolist())) == [(2, 3), (2, 8), (4, 3), (4, 8)]


def test_mask_of_another_size_is_refused_with_both_sizes():
    with pytest.raises(TargetAreaError, match=r"mask is 4 x 3 px but the picture 16 x 12 px"):
        place_area(np.ones((3, 4), bool), image_shape=SHAPE, unreadable=np.zeros(SHAPE, bool), calibration=None)


@pytest.mark.parametrize("drawn", [np.zeros(SHAPE, bool), np.eye(12, 16, dtype=bool)])
def test_placing_does_not_change_its_inputs(drawn):
    before, unreadable = drawn.copy(), np.zeros(SHAPE, bool)
    if drawn.any():
        area = place_area(drawn, image_shape=SHAPE, unreadable=unreadable, calibration=None, margin_px=2)
        assert area.area_px == 8
    else:
        with pytest.raises(TargetAreaError):
            place_area(drawn, image_shape=SHAPE, unreadable=unreadable, calibration=None)
    assert np.array_equal(drawn, before)
    assert not unreadable.any()


@pytest.mark.parametrize(
    ("text", "margin_px", "unreadable", "reason"),
    [
        ("circle=-50,-50,3", 0, False, "12 rows and 16 columns"),
        ("polygon=1,1,5,5,9,9", 0, False, "holds no pixel"),
        ("whole", 6, False, "within 6 px of the picture's edge"),
        ("whole", 0, True, "none of the target area's 192 pixels is readable"),
    ],
)
def test_an_area_with_nothing_to_count_says_why(text, margin_px, unreadable, reason):
    with pytest.raises(TargetAreaError, match=reason):
        place(text, margin_px=margin_px, unreadable=np.full(SHAPE, unreadable))


def test_a_root_counts_on_the_pixel_it_is_nearest_to():
    area = place("rectangle=2,3,4,5")
    points = np.array([[2.0, 3.0], [1.5, 2.5], [1.49, 3.0], [5.49, 7.49], [5.5, 7.0], [5.0, 7.5]])
    assert area.contains(points).tolist() == [True, True, False, True, False, False]


def test_points_off_the_picture_or_missing_are_not_contained():
    points = np.array([[-0.51, 0.0], [0.0, 15.5], [1e300, 0.0], [np.inf, 0.0], [np.nan, 3.0]])
    assert place("whole").contains(points).tolist() == [False] * 5


def test_no_points_give_no_answers():
    assert place("whole").contains(np.zeros((0, 2))).shape == (0,)


@given(st.integers(1, 11), st.lists(st.tuples(st.floats(-1, 12.4), st.floats(-1, 16.4)), min_size=1, max_size=20))
def test_a_root_counts_in_exactly_one_of_two_areas_that_tile_the_picture(split, points):
    points = np.array(points)
    upper = place(f"rectangle=0,0,{split},16").contains(points)
    lower = place(f"rectangle={split},0,{12 - split},16").contains(points)
    assert not (upper & lower).any()
    assert np.array_equal(upper | lower, place("whole").contains(points))


def test_placed_arrays_are_read_only():
    area = place("whole")
    for array in (area.mask, area.boundary_px):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_target_area_checks_its_arrays():
    with pytest.raises(TargetAreaError, match=r"mask must be \(H, W\) bool"):
        TargetArea(boundary_px=np.zeros((3, 2)), mask=np.ones((2, 2)), area_cm2=None, unreadable_fraction=0.0)
    with pytest.raises(TargetAreaError, match=r"boundary_px must be \(V, 2\)"):
        TargetArea(boundary_px=np.zeros(6), mask=np.ones((2, 2), bool), area_cm2=None, unreadable_fraction=0.0)


@pytest.mark.parametrize(
    ("text", "kind", "numbers", "unit"),
    [
        ("whole", "whole", (), "px"),
        ("rectangle=1,2,3,4", "rectangle", (1.0, 2.0, 3.0, 4.0), "px"),
        (" circle = 1, 2.5, 3e1 mm ", "circle", (1.0, 2.5, 30.0), "mm"),
        ("circle=512,640,300px", "circle", (512.0, 640.0, 300.0), "px"),
        ("polygon=0,0,0,9,-1,+9", "polygon", (0.0, 0.0, 0.0, 9.0, -1.0, 9.0), "px"),
    ],
)
def test_text_of_an_area(text, kind, numbers, unit):
    assert parse_area(text) == AreaShape(kind=kind, numbers=numbers, unit=unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "square=1,2,3,4",
        "whole=1",
        "circle=1,2",
        "circle=1,2,x",
        "circle=1,,2,3",
        "circle=1,2,3,",
        "circle=1,2,3cm",
        "circle=1,2,1e",
        "circle=1,2,1e999",
        "polygon=0,0,1,1",
        "polygon=0,0,1,1,2,2,3",
    ],
)
def test_text_that_is_no_area_is_answered_with_the_forms(text):
    with pytest.raises(TargetAreaError, match=r"rectangle=TOP,LEFT,HEIGHT,WIDTH"):
        parse_area(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("rectangle=0,0,0,5", "height and width above 0, got 0 and 5"), ("circle=5,5,-1", "radius above 0, got -1")],
)
def test_outline_without_extent_is_refused(text, reason):
    with pytest.raises(TargetAreaError, match=reason):
        place(text)


@given(st.text(max_size=30))
def test_any_text_gives_an_area_or_the_forms(text):
    try:
        parse_area(text)
    except TargetAreaError as error:
        assert "rectangle=" in str(error)


@pytest.mark.parametrize("mask", [np.full((20, 30), 255, np.uint8), np.ones((20, 30, 3), bool)])
def test_a_mask_that_is_not_plain_true_and_false_is_refused(mask: np.ndarray) -> None:
    with pytest.raises(TargetAreaError, match="mask > 127"):
        place_area(mask, image_shape=(20, 30), unreadable=np.zeros((20, 30), bool), calibration=None)
