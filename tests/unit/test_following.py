"""Shafts followed through maps drawn by hand: straight, curved, crossing, side by side, with gaps."""

from __future__ import annotations

import numpy as np
import pytest

from hairdensity.flags import HairFlag
from hairdensity.tracing import trace
from hairdensity.tracing.following import FollowingSettings, center_trails, follow, initial_headings
from hairdensity.tracing.root_peaks import find_root_peaks, highest_near
from hairdensity.tracing.shaft_field import Field, sample_map
from tests.drawn_maps import SHAPE, drawn


def field_of(maps):
    return Field.from_maps(maps, maps.centerline)


def test_samples_between_pixels_and_nothing_outside():
    ramp = np.add.outer(np.arange(4.0), 10 * np.arange(5.0)).astype(np.float32)
    points = np.array([[1.5, 2.25], [3.0, 4.0], [-0.5, 1.0], [1.0, 4.5]])
    np.testing.assert_allclose(sample_map(ramp, points), [24.0, 43.0, 0.0, 0.0], atol=0.05)


def test_root_peaks_are_refined_and_apart():
    rows, cols = np.mgrid[:40, :60]
    peak = np.exp(-0.5 * ((rows - 20.3) ** 2 + (cols - 30.4) ** 2) / 16)
    near = 0.8 * np.exp(-0.5 * ((rows - 20) ** 2 + (cols - 34) ** 2) / 16)
    far = 0.6 * np.exp(-0.5 * ((rows - 10) ** 2 + (cols - 50) ** 2) / 16)
    peaks = find_root_peaks(np.maximum.reduce([peak, near, far]).astype(np.float32), min_probability=0.3, distance_px=5)
    assert len(peaks.probability) == 2
    np.testing.assert_allclose(peaks.places[1], [20.3, 30.4], atol=0.2)
    np.testing.assert_allclose(peaks.probability, [0.6, 1.0], atol=0.02)


def test_the_highest_value_near_a_point_is_found_also_at_the_edge():
    root = np.zeros((20, 30), np.float32)
    root[4, 6], root[0, 29] = 0.7, 0.9
    points = np.array([[4.0, 10.0], [4.0, 12.0], [-2.0, 31.0], [15.0, 5.0]])
    np.testing.assert_allclose(highest_near(root, points, 4.0), [0.7, 0.0, 0.9, 0.0], atol=1e-6)


def test_weak_peaks_are_no_roots():
    assert len(find_root_peaks(np.full((9, 9), 0.1, np.float32), min_probability=0.2, distance_px=3).places) == 0


@pytest.mark.parametrize("angle_deg", [0, 37, 90, 141, 215, 333])
def test_first_heading_follows_the_shaft(angle_deg):
    angle = np.deg2rad(angle_deg)
    tip = (80 + round(50 * np.sin(angle)), 120 + round(50 * np.cos(angle)))
    headings, evidence = initial_headings(
        field_of(drawn([(80, 120), tip])), np.array([[80.0, 120.0]]), FollowingSettings()
    )
    assert abs(np.angle(np.exp(1j * (headings[0] - angle)))) < np.deg2rad(12)
    assert evidence[0] > 0.3


def test_a_straight_shaft_is_followed_to_its_tip():
    field = field_of(drawn([(60, 40), (60, 180)]))
    trails = center_trails(field, follow(field, np.array([[61.0, 40.0]]), np.zeros(1), FollowingSettings()))
    path = trails.path(0)
    assert abs(path[-1, 1] - 180) <= 3
    assert np.abs(path[3:-3, 0] - 60).max() < 0.5


def test_two_crossing_shafts_keep_their_ways():
    hairs = trace(drawn([(20, 40), (140, 200)], [(140, 40), (20, 200)]))
    assert len(hairs) == 2
    for root, tip in zip(hairs.roots_px, hairs.tips_px, strict=True):
        np.testing.assert_allclose(root[1], 40, atol=3)
        np.testing.assert_allclose(tip, [160 - root[0], 200], atol=5)
    assert (hairs.flags & int(HairFlag.CROSSING)).all()


@pytest.mark.parametrize("rise", [16, 26, 44])
def test_shafts_that_cross_at_a_small_angle_keep_their_ways(rise):
    hairs = trace(drawn([(80 - rise, 20), (80 + rise, 220)], [(80 + rise, 20), (80 - rise, 220)]))
    assert len(hairs) == 2
    np.testing.assert_allclose(hairs.roots_px[:, 1], 20, atol=3)
    np.testing.assert_allclose(hairs.tips_px, np.stack([160 - hairs.roots_px[:, 0], [220, 220]], axis=1), atol=4)


def test_a_shaft_hidden_by_others_is_found_again_beyond_them():
    crossing = [[(20, 100 + 8 * k), (140, 100 + 8 * k)] for k in range(5)]
    hairs = trace(drawn([(80, 20), (80, 220)], *crossing, gap=np.s_[78:83, 98:136]))
    long = hairs.lengths_px.argmax()
    np.testing.assert_allclose([hairs.roots_px[long], hairs.tips_px[long]], [[80, 20], [80, 220]], atol=4)


def test_a_shaft_is_not_sought_across_bare_skin():
    hairs = trace(drawn([(60, 20), (60, 100)], [(60, 140), (60, 220)]))
    assert len(hairs) == 2
    assert sorted(hairs.tips_px[:, 1].round(-1).tolist()) == [100, 220]


def test_of_two_shafts_that_enter_from_outside_both_are_kept():
    hairs = trace(drawn([(0, 40), (120, 160)], [(0, 160), (120, 40)], roots=False))
    assert len(hairs) == 2
    np.testing.assert_allclose(hairs.tips_px[:, 0], 120, atol=4)
    np.testing.assert_allclose(hairs.tips_px[:, 1], 200 - hairs.roots_px[:, 1], atol=6)


def test_neighbors_side_by_side_are_two_hairs():
    hairs = trace(drawn([(80, 40), (80, 140)], [(90, 44), (90, 150)]))
    assert sorted(hairs.tips_px[:, 1].round(-1).tolist()) == [140, 150]


def test_a_curve_is_followed():
    turn = np.linspace(0, np.pi / 2, 12)
    curve = np.stack([20 + 100 * np.sin(turn), 40 + 100 * (1 - np.cos(turn))], axis=1).round().astype(int)
    hairs = trace(drawn(curve))
    np.testing.assert_allclose(hairs.tips_px[0], curve[-1], atol=5)


def test_a_gap_under_glare_is_bridged():
    hairs = trace(drawn([(60, 40), (60, 180)], gap=np.s_[:, 95:103]))
    assert len(hairs) == 1
    np.testing.assert_allclose(hairs.tips_px[0], [60, 180], atol=4)


def test_a_piece_without_a_root_is_no_hair():
    assert len(trace(drawn([(60, 40), (60, 120)], roots=False))) == 0


def test_a_shaft_that_enters_from_outside_is_kept_and_flagged():
    hairs = trace(drawn([(60, 0), (60, 120)], roots=False))
    assert hairs.flags.tolist() == [int(HairFlag.ROOT_UNSURE | HairFlag.TOUCHES_BORDER)]
    np.testing.assert_allclose(hairs.roots_px[0], [60, 0], atol=3)


def test_two_roots_on_one_shaft_are_one_hair():
    maps = drawn([(60, 40), (60, 180)])
    maps.root[60, 60] = np.float16(0.6)
    assert len(trace(maps)) == 1


def test_nothing_is_found_where_nothing_can_be_read():
    hidden = np.zeros(SHAPE, bool)
    hidden[:, :120] = True
    assert len(trace(drawn([(60, 40), (60, 100)]), unreadable=hidden)) == 0


def test_light_shafts_are_flagged():
    maps = drawn([(60, 40), (60, 180)])
    maps.darkness[:] = -0.3
    assert trace(maps).flags.tolist() == [int(HairFlag.LIGHT_HAIR)]


def test_an_empty_picture_has_no_hairs():
    assert len(trace(drawn())) == 0
