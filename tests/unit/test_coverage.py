from __future__ import annotations

import numpy as np
import pytest

from hairdensity.measurement.coverage import measure_coverage
from hairdensity.target_area import AreaShape, TargetArea, place_area
from hairdensity.tracing.centerlines import Centerlines

SIDE = 100
CENTER = np.array([50.0, 50.0])


def area(shape: AreaShape | None = None) -> TargetArea:
    return place_area(
        shape or AreaShape(),
        image_shape=(SIDE, SIDE),
        unreadable=np.zeros((SIDE, SIDE), dtype=bool),
        calibration=None,
    )


def straight(length_px: float, angle_deg: float = 0.0, center: np.ndarray = CENTER) -> np.ndarray:
    along = np.array([np.sin(np.deg2rad(angle_deg)), np.cos(np.deg2rad(angle_deg))])
    return center + np.linspace(-length_px / 2, length_px / 2, round(length_px) + 1)[:, None] * along


def covered_px(paths: list[np.ndarray], diameters: list[float], target: TargetArea | None = None) -> float:
    target = target or area()
    return measure_coverage(Centerlines.from_paths(paths), np.array(diameters), target) * target.area_px


@pytest.mark.parametrize("angle_deg", [0.0, 20.0, 45.0, 90.0, 200.0])
@pytest.mark.parametrize("width", [6.0, 9.0, 15.0])
def test_a_straight_shaft_covers_its_length_times_its_width(width: float, angle_deg: float) -> None:
    assert covered_px([straight(60, angle_deg)], [width]) == pytest.approx(60 * width, rel=0.06)


def test_a_bent_shaft_covers_its_length_times_its_width() -> None:
    angle = np.linspace(0, np.pi / 2, 60)
    path = np.stack([80 - 60 * np.sin(angle), 20 + 60 * np.cos(angle)], axis=1)
    assert covered_px([path], [8.0]) == pytest.approx(30 * np.pi * 8.0, rel=0.05)


def test_a_crossing_is_counted_once() -> None:
    crossing = covered_px([straight(80), straight(80, 90.0)], [10.0, 10.0])
    assert crossing == pytest.approx(2 * 800 - 100, rel=0.03)


def test_the_same_shaft_twice_covers_no_more() -> None:
    assert covered_px([straight(60)] * 2, [8.0, 8.0]) == covered_px([straight(60)], [8.0])


def test_a_missing_diameter_is_drawn_with_the_median_of_the_others() -> None:
    rows = [straight(60, center=np.array([row, 50.0])) for row in (15.0, 40.0, 65.0, 90.0)]
    with_missing = covered_px(rows, [4.0, 8.0, 12.0, np.nan])
    assert with_missing == covered_px(rows, [4.0, 8.0, 12.0, 8.0])


def test_what_lies_outside_the_area_is_not_counted_and_the_area_is_the_denominator() -> None:
    left_half = area(AreaShape(kind="rectangle", numbers=(-0.5, -0.5, 100, 50)))
    path = straight(60)  # columns 20-80: half of it lies in the left half
    assert covered_px([path], [8.0], left_half) == pytest.approx(30 * 8.0, rel=0.06)
    assert measure_coverage(Centerlines.from_paths([path]), np.array([8.0]), left_half) == pytest.approx(
        30 * 8.0 / 5000, rel=0.06
    )


def test_a_shaft_that_leaves_the_picture_covers_its_visible_part() -> None:
    assert covered_px([straight(60, center=np.array([50.0, 0.0]))], [8.0]) == pytest.approx(30.5 * 8.0, rel=0.06)


def test_no_hair_and_no_known_diameter_cover_nothing() -> None:
    assert covered_px([], []) == 0.0
    assert covered_px([straight(60)], [np.nan]) == 0.0


def test_a_shaft_thinner_than_a_pixel_still_shows() -> None:
    assert 50 <= covered_px([straight(60)], [0.4]) <= 70


def test_paths_and_diameters_are_not_changed() -> None:
    lines, diameters = Centerlines.from_paths([straight(60, 30.0)]), np.array([8.0])
    before = lines.points_px.copy()
    measure_coverage(lines, diameters, area())
    assert np.array_equal(lines.points_px, before)
    assert diameters.tolist() == [8.0]
