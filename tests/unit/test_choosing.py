"""Which of many trails are the hairs."""

from __future__ import annotations

import numpy as np

from hairdensity.tracing.choosing import ChoosingSettings, choose
from hairdensity.tracing.skeleton import Branches

WIDTH_PX = np.full((60, 80), 10.0, np.float32)


def line(start, end, step_px=3.0):
    n = max(2, round(np.hypot(*np.subtract(end, start)) / step_px) + 1)
    return np.linspace(start, end, n)


def bent(start, middle, end):
    return np.concatenate([line(start, middle)[:-1], line(middle, end)])


def chosen(paths, *, evidence=None, rooted=True, settings=None):
    return choose(
        Branches.from_paths(paths),
        np.full(len(paths), 0.9) if evidence is None else np.array(evidence),
        np.full(len(paths), rooted),
        WIDTH_PX,
        um_per_px=5.0,
        settings=settings or ChoosingSettings(),
    ).numbers.tolist()


def test_without_trails_nothing_is_chosen():
    assert chosen([]) == []


def test_trails_along_one_shaft_are_one_hair_whichever_way_they_run():
    along = line((50, 10), (50, 110))
    assert len(chosen([along, along[::-1] + 1.0, line((51, 12), (51, 108)), line((50, 10), (50, 60))])) == 1


def test_of_trails_along_one_shaft_the_surest_is_chosen():
    paths = [line((50, 10), (50, 110)), line((51, 11), (51, 111)), line((49, 9), (49, 109))]
    assert chosen(paths, evidence=[0.5, 0.9, 0.6]) == [1]


def test_shafts_side_by_side_are_two():
    assert sorted(chosen([line((50, 10), (50, 110)), line((57, 10), (57, 110))])) == [0, 1]


def test_shafts_that_cross_are_two():
    assert sorted(chosen([line((20, 20), (100, 140)), line((100, 20), (20, 140))])) == [0, 1]


def test_at_a_crossing_the_ways_that_others_agree_with_win():
    first, second = line((20, 20), (100, 140)), line((100, 20), (20, 140))
    strayed = bent((20, 20), (60, 80), (20, 140))
    paths = [strayed, first, first[::-1] + 1.0, second, second[::-1] - 1.0]
    assert set(chosen(paths, evidence=[0.95, 0.9, 0.9, 0.9, 0.9])) <= {1, 2, 3, 4}


def test_a_root_decides_between_trails_of_which_one_goes_on():
    paths = [line((50, 10), (50, 110)), line((50, 10), (50, 90))]
    trails = Branches.from_paths(paths)
    rooted = np.array([False, True])
    answer = choose(trails, np.full(2, 0.9), rooted, WIDTH_PX, um_per_px=5.0, settings=ChoosingSettings())
    assert answer.numbers.tolist() == [1]


def test_a_trail_across_a_thick_shaft_is_not_explained_by_it():
    across = line((30, 60), (70, 60))
    assert sorted(chosen([line((50, 10), (50, 110)), across])) == [0, 1]


def test_no_third_hair_fits_between_two_that_touch():
    pair = [line((50, 10), (50, 110)), line((60, 10), (60, 110))]
    assert sorted(chosen([*pair, line((55, 20), (55, 100))], evidence=[0.9, 0.9, 0.5])) == [0, 1]
