from __future__ import annotations

import numpy as np
import pytest

from hairdensity.evaluation import CrossingScore, HairSet, find_crossings, pool_crossings, score_crossings
from hairdensity.tracing.centerlines import Centerlines

SHAPE = (400, 400)
UM_PER_PX = 5.0
MIDDLE = np.array([200.3, 200.6])

Path = list[list[float]]


def line(angle_deg: float, half_px: float = 60.0, middle: np.ndarray = MIDDLE) -> Path:
    """A straight axis through a point."""
    along = half_px * np.array([np.sin(np.deg2rad(angle_deg)), np.cos(np.deg2rad(angle_deg))])
    return [(middle - along).tolist(), (middle + along).tolist()]


def half(angle_deg: float, way: int, half_px: float = 60.0) -> Path:
    """The half of the same axis before (-1) or after (1) the middle, from 3 px off it."""
    start, end = np.array(line(angle_deg, half_px))
    unit = (end - start) / (2 * half_px)
    return [(MIDDLE + 3 * way * unit).tolist(), (MIDDLE + half_px * way * unit).tolist()]


def lines(*paths: Path) -> Centerlines:
    return Centerlines.from_paths([np.array(path, dtype=float) for path in paths])


def tallies(truth: list[Path], found: list[Path], *, diameter_um: float = 30.0) -> tuple[tuple[int, ...], ...]:
    hairs = HairSet(
        lines=lines(*truth), diameter_um=np.full(len(truth), diameter_um), counted=np.ones(len(truth), bool)
    )
    score = score_crossings(hairs, lines(*found), um_per_px=UM_PER_PX, shape=SHAPE)
    return score.n_true, score.n_right


def test_two_crossing_axes_have_their_place_and_angle() -> None:
    crossings = find_crossings(lines(line(10), line(130)), SHAPE)
    assert crossings.place_px == pytest.approx(MIDDLE[None])
    assert crossings.angle_deg == pytest.approx([60.0])
    assert crossings.hairs.tolist() == [[0, 1]]


@pytest.mark.parametrize(("turn", "angle"), [(5, 5), (20, 20), (90, 90), (110, 70), (175, 5)])
def test_the_angle_is_that_between_the_axes_whatever_their_direction(turn: float, angle: float) -> None:
    assert find_crossings(lines(line(0), line(turn)), SHAPE).angle_deg == pytest.approx([angle], abs=1e-6)


def test_axes_that_cross_at_a_point_of_both_cross_once() -> None:
    crossings = find_crossings(lines([[100, 50], [100, 150]], [[50, 100], [150, 100]]), SHAPE)
    assert crossings.place_px.tolist() == [[100, 100]]


def test_a_curved_hair_crosses_a_straight_one_twice() -> None:
    bow = [[200, 100], [180, 120], [180, 160], [200, 180]]
    crossings = find_crossings(lines(bow, [[190, 90], [190, 190]]), SHAPE)
    assert sorted(crossings.place_px[:, 1]) == pytest.approx([110, 170], abs=0.3)


def test_parallel_hairs_hairs_that_end_before_the_other_and_single_hairs_do_not_cross() -> None:
    assert len(find_crossings(lines([[100, 50], [100, 150]], [[104, 50], [104, 150]]), SHAPE).angle_deg) == 0
    assert len(find_crossings(lines([[100, 50], [100, 150]], [[50, 100], [97, 100]]), SHAPE).angle_deg) == 0
    assert len(find_crossings(lines([[100, 50], [100, 150], [50, 100]]), SHAPE).angle_deg) == 0
    assert len(find_crossings(lines(), SHAPE).angle_deg) == 0


def test_crossings_outside_the_frame_do_not_count() -> None:
    assert len(find_crossings(lines(line(0, middle=MIDDLE + 300), line(90, middle=MIDDLE + 300)), SHAPE).hairs) == 0


def test_a_resolved_crossing_is_right_in_its_band() -> None:
    for turn, band in ((8, 0), (20, 1), (60, 2)):
        expected = tuple(int(i == band) for i in range(3))
        assert tallies([line(0), line(turn)], [line(turn), line(0)[::-1]]) == (expected, expected)


def test_hairs_that_are_swapped_at_the_crossing_are_wrong() -> None:
    start, other_start = line(0)[0], line(20)[0]
    end, other_end = line(0)[1], line(20)[1]
    middle = MIDDLE.tolist()
    swapped = [[start, middle, other_end], [other_start, middle, end]]
    assert tallies([line(0), line(20)], swapped) == ((0, 1, 0), (0, 0, 0))


def test_a_hair_that_is_cut_in_two_at_the_crossing_is_wrong() -> None:
    assert tallies([line(0), line(90)], [line(0), half(90, -1), half(90, 1)]) == ((0, 0, 1), (0, 0, 0))


def test_a_hair_that_is_not_found_beyond_the_crossing_is_wrong() -> None:
    assert tallies([line(0), line(90)], [line(0), half(90, -1)]) == ((0, 0, 1), (0, 0, 0))
    assert tallies([line(0), line(90)], [line(0)]) == ((0, 0, 1), (0, 0, 0))
    assert tallies([line(0), line(90)], []) == ((0, 0, 1), (0, 0, 0))


def test_two_hairs_in_one_found_path_are_wrong() -> None:
    # Out along the first hair, around the frame's corner, back along the second.
    loop = [*line(0), [300, 300], *line(90)[::-1]]
    assert tallies([line(0), line(90)], [loop]) == ((0, 0, 1), (0, 0, 0))


def test_a_path_across_the_hair_does_not_cover_it() -> None:
    # The points asked for lie 9 px (1.5 x 30 um) off the crossing; one path crosses the hair at both.
    across = [[188, 191], [212, 191], [212, 210], [188, 210]]
    assert tallies([line(0), line(90)], [line(90), across]) == ((0, 0, 1), (0, 0, 0))


def test_a_path_beside_the_hair_covers_it_up_to_half_a_diameter() -> None:
    beside = [[200.3 + 3.5, 100], [200.3 + 3.5, 300]]
    assert tallies([line(0), line(90)], [line(90), beside], diameter_um=40)[1] == (0, 0, 1)
    assert tallies([line(0), line(90)], [line(90), beside], diameter_um=30)[1] == (0, 0, 0)
    # Two px at least.
    near = [[200.3 + 1.9, 100], [200.3 + 1.9, 300]]
    assert tallies([line(0), line(90)], [line(90), near], diameter_um=10)[1] == (0, 0, 1)


def test_a_hair_that_ends_near_the_crossing_is_not_asked_for() -> None:
    # Looked for 40 um (8 px) off the crossing at least.
    assert tallies([line(0), line(90, half_px=7)], [])[0] == (0, 0, 0)
    assert tallies([line(0), line(90, half_px=12)], [])[0] == (0, 0, 1)
    # And 1.5 diameters: 18 px at 60 um.
    assert tallies([line(0), line(90, half_px=12)], [], diameter_um=60)[0] == (0, 0, 0)


def test_no_diameter_asks_for_the_least_reach() -> None:
    assert tallies([line(0), line(90)], [line(0), line(90)], diameter_um=float("nan")) == ((0, 0, 1), (0, 0, 1))


def test_three_hairs_through_one_place_cross_three_times() -> None:
    star = [line(0), line(20), line(70)]
    assert tallies(star, star) == ((0, 1, 2), (0, 1, 2))


def test_pooled_crossings_add_up_and_have_shares() -> None:
    one = CrossingScore(n_true=(0, 2, 4), n_right=(0, 1, 4))
    two = CrossingScore(n_true=(0, 0, 4), n_right=(0, 0, 2))
    both = pool_crossings([one, two])
    assert both == CrossingScore(n_true=(0, 2, 8), n_right=(0, 1, 6))
    assert np.isnan(both.right_shares[0])
    assert both.right_shares[1:] == (0.5, 0.75)
    assert pool_crossings([]).n_true == (0, 0, 0)
