from __future__ import annotations

import numpy as np

from hairdensity.flags import HairFlag
from hairdensity.tracing.centerlines import Centerlines
from hairdensity.tracing.polarity import merge_polarities


def level(row: float, start: float, stop: float) -> np.ndarray:
    cols = np.arange(start, stop + 1)
    return np.stack([np.full(len(cols), row), cols], axis=1)


def lines(*paths: np.ndarray, confidence: float = 0.8, flags: int = 0) -> Centerlines:
    n = len(paths)
    return Centerlines.from_paths(list(paths), root_confidence=np.full(n, confidence), flags=np.full(n, flags))


NONE = lines()
LIGHT = int(HairFlag.LIGHT_HAIR)


def test_a_highlight_along_a_dark_shaft_is_dropped() -> None:
    merged = merge_polarities(lines(level(20, 0, 60)), lines(level(24, 5, 55), flags=LIGHT), distance_px=6.0)
    assert merged.flags.tolist() == [0]


def test_a_light_hair_farther_away_is_kept_after_the_dark_ones() -> None:
    dark, light = level(20, 0, 60), level(40, 5, 55)
    merged = merge_polarities(lines(dark, confidence=0.7), lines(light, confidence=0.9, flags=LIGHT), distance_px=6.0)
    assert merged.flags.tolist() == [0, LIGHT]
    assert merged.root_confidence.tolist() == [0.7, 0.9]
    assert np.array_equal(merged.path(0), dark)
    assert np.array_equal(merged.path(1), light)


def test_a_light_hair_that_crosses_a_dark_one_is_kept() -> None:
    crossing = level(30, 0, 60)[:, ::-1]  # 13 of 61 points lie within 6 px
    assert len(merge_polarities(lines(level(30, 0, 60)), lines(crossing), distance_px=6.0)) == 2


def test_three_points_in_ten_near_a_dark_shaft_are_too_many() -> None:
    dark = lines(level(0, 0, 2))
    near_two, near_three = level(0, 1, 10), level(0, 0, 9)
    assert len(merge_polarities(dark, lines(near_two), distance_px=0.5)) == 2
    assert len(merge_polarities(dark, lines(near_three), distance_px=0.5)) == 1


def test_only_the_highlight_among_several_light_paths_is_dropped() -> None:
    light = lines(level(50, 0, 30), level(21, 0, 30), level(70, 0, 30))
    merged = merge_polarities(lines(level(20, 0, 60)), light, distance_px=6.0)
    assert merged.roots_px.tolist() == [[20, 0], [50, 0], [70, 0]]


def test_one_polarity_alone_passes_unchanged() -> None:
    some = lines(level(20, 0, 60), level(40, 0, 60))
    for merged in (merge_polarities(some, NONE, distance_px=6.0), merge_polarities(NONE, some, distance_px=6.0)):
        assert np.array_equal(merged.points_px, some.points_px)
        assert np.array_equal(merged.offsets, some.offsets)


def test_two_empty_sides_give_no_hair() -> None:
    assert len(merge_polarities(NONE, NONE, distance_px=6.0)) == 0
