import numpy as np
import pytest

from hairdensity.measurement import MeasurementSettings
from hairdensity.measurement.units import group_roots, leaving_directions
from hairdensity.tracing.centerlines import Centerlines

UM_PER_PX = 5.0
GAP_30_PX_EXTENT_50_PX = {"unit_gap_um": 150.0, "unit_extent_um": 250.0}
DOWN, RIGHT = (1.0, 0.0), (0.0, 1.0)
UNKNOWN = (np.nan, np.nan)


def group(roots, directions=None, **settings):
    directions = [DOWN] * len(roots) if directions is None else directions
    return group_roots(
        np.asarray(roots, dtype=float).reshape(-1, 2),
        np.asarray(directions, dtype=float).reshape(-1, 2),
        um_per_px=UM_PER_PX,
        settings=MeasurementSettings(**(GAP_30_PX_EXTENT_50_PX | settings)),
    ).tolist()


def test_roots_within_the_gap_share_a_unit():
    assert group([(0, 0), (0, 29), (200, 0), (229, 0)]) == [0, 0, 1, 1]


def test_roots_beyond_the_gap_do_not():
    assert group([(0, 0), (0, 31)]) == [0, 1]


def test_three_hairs_in_a_row_are_one_unit_though_the_outer_roots_lie_beyond_the_gap():
    assert group([(0, 0), (0, 20), (0, 40)]) == [0, 0, 0]


def test_a_long_row_does_not_chain_into_one_unit():
    found = group([(0, 24 * k) for k in range(6)])
    places = np.arange(6) * 24
    for unit in set(found):
        assert np.ptp(places[np.asarray(found) == unit]) <= 50
    assert len(set(found)) >= 2


def test_the_closest_pair_joins_first():
    assert group([(0, 0), (0, 28), (0, 38)], unit_extent_um=150) == [0, 1, 1]


def test_hairs_that_leave_at_right_angles_are_two_units():
    assert group([(0, 0), (0, 10)], [DOWN, RIGHT]) == [0, 1]


def test_a_hair_of_unknown_direction_joins_any():
    assert group([(0, 0), (0, 10)], [DOWN, UNKNOWN]) == [0, 0]


def test_a_wider_angle_lets_right_angles_join():
    assert group([(0, 0), (0, 10)], [DOWN, RIGHT], unit_angle_deg=95) == [0, 0]


@pytest.mark.parametrize("n", [0, 1])
def test_none_and_one_root(n):
    assert group([(5, 5)] * n) == list(range(n))


def test_numbering_follows_the_first_root_of_each_unit():
    assert group([(100, 0), (0, 0), (100, 5), (0, 5)]) == [0, 1, 0, 1]


def test_direction_is_the_first_150_um_from_root_to_tip_and_unknown_where_the_root_is():
    bent = np.array([(0, 0), (30, 0), (30, 400)], dtype=float)
    lines = Centerlines.from_paths([bent, bent], root_confidence=np.array([0.9, 0.5]))
    found = leaving_directions(lines, um_per_px=UM_PER_PX)
    assert found[0] == pytest.approx(DOWN)
    assert np.isnan(found[1]).all()
