"""Axes cut, joined and given another root, worked by hand."""

import numpy as np
import pytest

from hairdensity.correction.drawn import fit_drawn
from hairdensity.correction.paths import cut, join, place_on, resampled, with_root_at

LINE = np.array([[0.0, 0.0], [0.0, 10.0], [0.0, 20.0]])


def test_the_nearest_place_on_a_path():
    assert place_on(LINE, np.array([3.0, 14.0])) == (14.0, 3.0)
    assert place_on(LINE, np.array([-4.0, 23.0])) == (20.0, 5.0)


def test_a_cut_gives_both_parts_its_point():
    first, second = cut(LINE, 14.0)
    np.testing.assert_allclose(first, [[0, 0], [0, 10], [0, 14]])
    np.testing.assert_allclose(second, [[0, 14], [0, 20]])


def test_a_cut_at_a_point_of_the_path_repeats_nothing():
    first, second = cut(LINE, 10.0)
    assert len(first) == 2
    assert len(second) == 2


def test_a_root_ahead_shortens_the_hair():
    path, is_turned = with_root_at(LINE, np.array([0.0, 4.0]))
    np.testing.assert_allclose(path, [[0, 4], [0, 10], [0, 20]])
    assert not is_turned


def test_a_root_behind_draws_it_out():
    path, is_turned = with_root_at(LINE, np.array([3.0, -4.0]))
    np.testing.assert_allclose(path, [[3, -4], [0, 0], [0, 10], [0, 20]])
    assert not is_turned


def test_a_root_at_the_tip_turns_it_round():
    path, is_turned = with_root_at(LINE, np.array([0.0, 20.0]))
    np.testing.assert_allclose(path, LINE[::-1])
    assert is_turned


@pytest.mark.parametrize(
    ("second", "begins", "ends"),
    [
        ([[0, 22], [0, 30]], "first", ([0, 0], [0, 30])),
        ([[0, 30], [0, 22]], "first", ([0, 0], [0, 30])),
        ([[0, -9], [0, -2]], "second", ([0, -9], [0, 20])),
        ([[0, -2], [0, -9]], "turned", ([0, -9], [0, 20])),
    ],
)
def test_paths_are_joined_where_their_ends_are_near(second, begins, ends):
    path, found = join(LINE, np.array(second, dtype=float))
    assert found == begins
    np.testing.assert_allclose(path[[0, -1]], ends)
    assert len(path) == 5


def test_resampling_keeps_both_ends():
    path = resampled(LINE, 3.0)
    np.testing.assert_allclose(path[[0, -1]], LINE[[0, -1]])
    np.testing.assert_allclose(np.linalg.norm(np.diff(path, axis=0), axis=1), 20 / 7)


def shaft(sign=1.0):
    """(H, W) darkness of one straight shaft, 8 px wide, at row 40."""
    darkness = np.zeros((80, 200), np.float32)
    darkness[36:45, 20:180] = 0.5 * sign
    return darkness


@pytest.mark.parametrize(("sign", "is_light"), [(1.0, False), (-1.0, True)])
def test_a_drawn_path_is_moved_onto_the_shaft_and_its_root_stays(sign, is_light):
    drawn = np.array([[42.0, 30.0], [44.0, 90.0], [37.0, 170.0]])
    hair = fit_drawn(drawn, shaft(sign), um_per_px=6.0)
    assert hair.is_seen
    assert hair.is_light == is_light
    np.testing.assert_array_equal(hair.path_px[0], drawn[0])
    assert np.abs(hair.path_px[8:, 0] - 40).max() < 1.0


def test_a_path_on_bare_skin_stays_as_it_was_drawn():
    drawn = np.array([[10.0, 30.0], [12.0, 90.0]])
    noise = np.random.default_rng(0).normal(0, 0.02, (80, 200)).astype(np.float32)
    hair = fit_drawn(drawn, noise, um_per_px=6.0)
    assert not hair.is_seen
    np.testing.assert_allclose(hair.path_px, resampled(drawn, 10 / 6))
