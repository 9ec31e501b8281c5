from __future__ import annotations

import numpy as np
import pytest

from hairdensity.tracing.skeleton import Branches, BranchSettings, cut_at_bends, find_branches, values_at

CROSS = np.zeros((11, 11), dtype=bool)
CROSS[5] = CROSS[:, 5] = True


def drawn(text: str) -> np.ndarray:
    """A map from rows of '.' and '#'."""
    return np.array([[mark == "#" for mark in row] for row in text.split()])


def as_sets(branches: Branches) -> list[set[tuple[float, float]]]:
    return [{(row, col) for row, col in branches.path(i).tolist()} for i in range(len(branches))]


def level(row: float, start: float, stop: float) -> np.ndarray:
    cols = np.arange(start, stop + 1)
    return np.stack([np.full(len(cols), row), cols], axis=1)


def test_a_straight_line_is_one_branch_in_order() -> None:
    branches = find_branches(drawn("....... .#####. ......."))
    assert len(branches) == 1
    path = branches.path(0)
    assert path.tolist() in ([[1, c] for c in range(1, 6)], [[1, c] for c in range(5, 0, -1)])
    assert branches.lengths.tolist() == [4]


def test_a_hook_is_walked_from_end_to_end() -> None:
    path = find_branches(drawn("...#. ....# ....# ...#. ###..")).path(0)
    steps = np.abs(np.diff(path, axis=0)).max(axis=1)
    assert steps.tolist() == [1] * (len(path) - 1)
    assert sorted([path[0].tolist(), path[-1].tolist()]) == [[0, 3], [4, 0]]


def test_a_thick_bar_is_thinned_to_its_middle() -> None:
    axis = np.zeros((15, 40), dtype=bool)
    axis[5:10, 5:35] = True
    branches = find_branches(axis)
    assert len(branches) == 1
    assert np.abs(branches.points[:, 0] - 7).max() <= 1


def test_a_crossing_is_cut_into_its_four_arms() -> None:
    # The middle and its four neighbors have more than two neighbors each.
    arms = sorted(map(sorted, as_sets(find_branches(CROSS))))
    expected = [
        {(row, 5) for row in range(4)},
        {(row, 5) for row in range(7, 11)},
        {(5, col) for col in range(4)},
        {(5, col) for col in range(7, 11)},
    ]
    assert arms == sorted(map(sorted, expected))


def test_a_ring_is_one_branch_that_visits_every_pixel_once() -> None:
    ring = drawn("....... ..###.. .#...#. .#...#. .#...#. ..###.. .......")
    branches = find_branches(ring)
    path = branches.path(0)
    assert len(branches) == 1
    assert as_sets(branches) == [set(map(tuple, np.argwhere(ring).astype(float).tolist()))]
    assert len(path) == 12
    closed = np.vstack([path, path[:1]])
    assert np.abs(np.diff(closed, axis=0)).max() == 1


def test_a_lone_pixel_is_a_branch_of_length_0() -> None:
    branches = find_branches(drawn("... .#. ..."))
    assert branches.points.tolist() == [[1, 1]]
    assert branches.lengths.tolist() == [0]


def test_an_empty_map_has_no_branches() -> None:
    branches = find_branches(np.zeros((5, 5), dtype=bool))
    assert len(branches) == 0
    assert branches.lengths.shape == (0,)
    assert branches.ends[0].shape == branches.ends[1].shape == (0, 2)


def test_lines_on_the_border_are_walked_too() -> None:
    axis = np.zeros((6, 9), dtype=bool)
    axis[0] = axis[-1] = True
    assert sorted(len(find_branches(axis).path(i)) for i in range(2)) == [9, 9]


def test_diagonal_steps_count_as_the_root_of_two() -> None:
    assert find_branches(np.eye(6, dtype=bool)).lengths == pytest.approx([5 * np.sqrt(2)])


def test_the_map_is_not_changed() -> None:
    axis = CROSS.copy()
    find_branches(axis)
    assert np.array_equal(axis, CROSS)


def test_the_parts_of_branches() -> None:
    branches = Branches.from_paths([level(0, 0, 3), level(5, 2, 2), level(9, 4, 6)])
    assert branches.owner.tolist() == [0, 0, 0, 0, 1, 2, 2, 2]
    assert branches.lengths.tolist() == [3, 0, 2]
    assert branches.ends[0].tolist() == [[0, 0], [5, 2], [9, 4]]
    assert branches.ends[1].tolist() == [[0, 3], [5, 2], [9, 6]]
    assert branches.mean_of(np.array([1.0, 2, 3, 4, 7, 1, 1, 4])).tolist() == [2.5, 7, 2]


def test_chosen_branches_are_kept_in_order() -> None:
    branches = Branches.from_paths([level(0, 0, 3), level(5, 2, 4), level(9, 4, 6)])
    kept = branches.keep(np.array([True, False, True]))
    assert len(kept) == 2
    assert np.array_equal(kept.path(0), level(0, 0, 3))
    assert np.array_equal(kept.path(1), level(9, 4, 6))
    assert len(branches.keep(np.zeros(3, dtype=bool))) == 0


def test_a_right_angle_is_cut_at_its_corner() -> None:
    corner = np.vstack([level(0, 0, 20), np.stack([np.arange(1.0, 21), np.full(20, 20.0)], axis=1)])
    pieces = cut_at_bends(Branches.from_paths([corner]), reach_px=5, max_turn_deg=45)
    assert len(pieces) == 2
    assert set(pieces.path(0)[:, 0]) == {0.0}
    assert set(pieces.path(1)[:, 1]) == {20.0}
    assert [20, 0] not in pieces.points[:, ::-1].tolist()


def test_a_straight_line_and_a_wide_arc_are_not_cut() -> None:
    angle = np.linspace(0, np.pi, 120)
    arc = np.stack([40 * np.sin(angle), 40 * np.cos(angle)], axis=1)  # 7 degrees over each 5 px
    branches = Branches.from_paths([level(0, 0, 20), arc])
    uncut = cut_at_bends(branches, reach_px=5, max_turn_deg=45)
    assert np.array_equal(uncut.points, branches.points)
    assert np.array_equal(uncut.offsets, branches.offsets)


@pytest.mark.parametrize(("max_turn_deg", "n_pieces"), [(50.0, 2), (70.0, 1)])
def test_a_turn_of_60_degrees_is_cut_when_it_is_above_the_limit(max_turn_deg: float, n_pieces: int) -> None:
    turn = np.deg2rad(60)
    steps = np.arange(1.0, 21)
    bent = np.vstack([level(0, 0, 20), np.stack([steps * np.sin(turn), 20 + steps * np.cos(turn)], axis=1)])
    assert len(cut_at_bends(Branches.from_paths([bent]), reach_px=5, max_turn_deg=max_turn_deg)) == n_pieces


def test_cutting_one_branch_leaves_its_neighbors_apart() -> None:
    corner = np.vstack([level(0, 0, 20), np.stack([np.arange(1.0, 21), np.full(20, 20.0)], axis=1)])
    pieces = cut_at_bends(Branches.from_paths([level(50, 0, 9), corner, level(70, 0, 9)]), reach_px=5, max_turn_deg=45)
    assert len(pieces) == 4
    assert np.array_equal(pieces.path(0), level(50, 0, 9))
    assert np.array_equal(pieces.path(3), level(70, 0, 9))


def test_no_branches_are_cut_into_none() -> None:
    assert len(cut_at_bends(Branches.from_paths([]), reach_px=5, max_turn_deg=45)) == 0


@pytest.mark.parametrize(("um_per_px", "reach_px"), [(5.0, 8), (10.0, 4), (40.0, 2)])
def test_the_bend_is_measured_over_um_and_at_least_2_px(um_per_px: float, reach_px: int) -> None:
    assert BranchSettings(bend_um=40.0).bend_reach_px(um_per_px) == reach_px


def test_values_are_those_of_the_nearest_pixel_or_of_the_edge() -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    points = np.array([[0.0, 0.0], [0.6, 1.4], [1.0, 2.0], [-3.0, 1.0], [5.0, 9.0]])
    assert values_at(values, points).tolist() == [0, 4, 5, 1, 5]


def test_directions_are_unit_vectors_within_each_branch():
    branches = Branches.from_paths([np.array([[0.0, 0.0], [0.0, 2.0], [3.0, 2.0]]), np.array([[5.0, 5.0]])])
    diagonal = np.array([3.0, 2.0]) / np.sqrt(13)
    np.testing.assert_allclose(branches.directions, [[0, 1], diagonal, [1, 0], [0, 0]], atol=1e-9)
