import numpy as np
import pytest

from hairdensity.errors import InputError
from hairdensity.measurement.unit_settings import UnitSettings
from hairdensity.measurement.units import group_roots, leaving_directions, nearest_distances
from hairdensity.tracing.centerlines import Centerlines

UM_PER_PX = 5.0
DOWN, RIGHT = (1.0, 0.0), (0.0, 1.0)
UNKNOWN = (np.nan, np.nan)
# One belief that no picture changes: a spread of 100 um and a gap of 150 um.
FIXED = {"gap_limits_um": (149.999, 150.001), "usual_pairs": 1e12, "usual_neighbors": 1e12}


def grouping(roots, directions=None, **settings):
    directions = [DOWN] * len(roots) if directions is None else directions
    return group_roots(
        np.asarray(roots, dtype=float).reshape(-1, 2),
        np.asarray(directions, dtype=float).reshape(-1, 2),
        um_per_px=UM_PER_PX,
        settings=UnitSettings(**settings),
    )


def group(roots, directions=None, **settings):
    return grouping(roots, directions, **(FIXED | settings)).unit.tolist()


def test_roots_within_the_gap_share_a_unit():
    assert group([(0, 0), (0, 29), (200, 0), (229, 0)], [UNKNOWN] * 4) == [0, 0, 1, 1]


def test_roots_beyond_the_gap_do_not():
    assert group([(0, 0), (0, 31)], [UNKNOWN] * 2) == [0, 1]


def test_three_hairs_in_a_row_are_one_unit_though_the_outer_roots_lie_beyond_the_gap():
    assert group([(0, 0), (0, 20), (0, 40)]) == [0, 0, 0]


def test_a_long_row_does_not_chain_into_one_unit():
    found = group([(0, 24 * k) for k in range(12)])
    places = np.arange(12) * 24
    assert len(set(found)) >= 3
    for unit in set(found):
        assert np.ptp(places[np.asarray(found) == unit]) <= 4 * 30


def test_the_closest_pair_joins_first():
    # The middle root stands by both; joined with the nearer one, their distance to the other speaks against all three.
    assert group([(0, 0), (0, 29), (0, 39)], [UNKNOWN] * 3) == [0, 1, 1]


def test_parallel_hairs_reach_further_than_hairs_at_right_angles():
    places = [(0, 0), (0, 29)]
    assert group(places, [DOWN, DOWN]) == [0, 0]
    assert group(places, [DOWN, RIGHT]) == [0, 1]


def test_a_hair_of_unknown_direction_joins_by_distance_alone():
    assert group([(0, 0), (0, 10)], [DOWN, UNKNOWN]) == [0, 0]


@pytest.mark.parametrize("n", [0, 1])
def test_none_and_one_root(n):
    found = grouping([(5, 5)] * n)
    assert (found.unit.tolist(), found.n_units) == (list(range(n)), n)
    assert 100 <= found.gap_um <= 300


def test_numbering_follows_the_first_root_of_each_unit():
    assert group([(100, 0), (0, 0), (100, 5), (0, 5)]) == [0, 1, 0, 1]


def strewn_units(spread_um, n=80, seed=5):
    """Roots in pairs, and which pair each is of, on 1 cm2: units at random places 600 um apart or more."""
    rng = np.random.default_rng(seed)
    centers = np.stack(np.meshgrid(np.arange(9), np.arange(9), indexing="ij"), axis=2).reshape(-1, 2)[:n] * 1100.0
    centers = centers + rng.uniform(-250, 250, centers.shape)
    # Two places of deviation s lie apart by s * sqrt 2 along each axis.
    roots_um = np.repeat(centers, 2, axis=0) + spread_um / np.sqrt(2) * rng.standard_normal((2 * n, 2))
    return roots_um / UM_PER_PX, np.repeat(np.arange(n), 2)


@pytest.mark.parametrize("spread_um", [60.0, 90.0, 120.0])
def test_the_spread_of_a_picture_s_units_is_learned(spread_um):
    roots, unit = strewn_units(spread_um)
    found = grouping(roots, [UNKNOWN] * len(roots))
    assert found.spacing.spread_um == pytest.approx(spread_um, rel=0.15)
    assert found.spacing.companions == pytest.approx(0.5, abs=0.08)
    together = found.unit[::2] == found.unit[1::2]
    assert together.mean() > 0.9
    assert found.n_units == pytest.approx(len(set(unit)), rel=0.08)


def test_wider_units_get_a_wider_gap():
    gaps = [grouping(roots, [UNKNOWN] * len(roots)).gap_um for roots, _ in map(strewn_units, (50.0, 80.0, 110.0))]
    assert gaps == sorted(gaps)
    assert gaps[2] > gaps[0] + 40


def test_one_root_more_hardly_moves_the_gap():
    roots, _ = strewn_units(90.0)
    gaps = [grouping(roots[np.arange(len(roots)) != i], [UNKNOWN] * (len(roots) - 1)).gap_um for i in range(0, 160, 8)]
    assert np.ptp(gaps) < 6


def test_grouping_does_not_depend_on_the_order_of_the_roots():
    roots, _ = strewn_units(100.0)
    order = np.random.default_rng(1).permutation(len(roots))
    one = grouping(roots, [UNKNOWN] * len(roots)).unit
    other = grouping(roots[order], [UNKNOWN] * len(roots)).unit
    assert np.array_equal(one[order][:, None] == one[order], other[:, None] == other)


def test_direction_is_the_first_150_um_from_root_to_tip_and_unknown_where_the_root_is():
    bent = np.array([(0, 0), (30, 0), (30, 400)], dtype=float)
    lines = Centerlines.from_paths([bent, bent], root_confidence=np.array([0.9, 0.5]))
    found = leaving_directions(lines, um_per_px=UM_PER_PX)
    assert found[0] == pytest.approx(DOWN)
    assert np.isnan(found[1]).all()


def test_nearest_distances():
    assert nearest_distances(np.array([(0.0, 0.0), (3.0, 4.0), (3.0, 6.0)])).tolist() == [5.0, 2.0, 2.0]
    assert np.isnan(nearest_distances(np.zeros((1, 2)))).tolist() == [True]
    assert len(nearest_distances(np.zeros((0, 2)))) == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gap_limits_um": (300.0, 100.0)}, r"gap_limits_um must be \(low, high\)"),
        ({"reach_um": 200.0}, "reach_um must not be below the largest gap"),
        ({"stray_share": 0.0}, "stray_share must lie between 0 and 1"),
        ({"usual_spread_um": -1.0}, "usual_spread_um must be above 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        UnitSettings(**settings)
