from __future__ import annotations

import numpy as np
import pytest

from hairdensity.errors import InputError
from hairdensity.evaluation import (
    HairScore,
    HairSet,
    RootScore,
    diameter_agreement,
    inside_margin,
    match_roots,
    pool_roots,
    pool_scores,
    score_hairs,
    score_vectors,
)
from hairdensity.tracing.centerlines import Centerlines

SHAPE = (400, 400)
UM_PER_PX = 5.0

A = [[100, 50], [100, 150]]
B = [[200, 50], [200, 150]]
C = [[300, 50], [300, 150]]


def hairs(*paths: list[list[float]], diameter_um: float = 50.0, counted: list[bool] | None = None) -> HairSet:
    lines = Centerlines.from_paths([np.array(path, dtype=float) for path in paths])
    return HairSet(
        lines=lines,
        diameter_um=np.full(len(paths), diameter_um),
        counted=np.ones(len(paths), bool) if counted is None else np.array(counted),
    )


def tallies(truth: HairSet, found: HairSet) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Hit roots (true, found, directed) and lines (hit, splits, merges)."""
    score = score_hairs(truth, found, um_per_px=UM_PER_PX, shape=SHAPE)
    roots, lines = score.roots, score.hairs
    return (roots.n_true_hit, roots.n_found_hit, roots.n_directed_hit), (lines.n_hit, lines.n_splits, lines.n_merges)


def test_a_perfect_answer_is_right_in_every_figure() -> None:
    score = score_hairs(hairs(A, B, C), hairs(C, A, B), um_per_px=UM_PER_PX, shape=SHAPE)
    assert (score.roots.count_error, score.roots.f1, score.roots.directed_recall, score.hairs.f1) == (0, 1, 1, 1)
    assert (score.hairs.n_splits, score.hairs.n_merges) == (0, 0)


def test_one_split_hair() -> None:
    halves = ([[200, 50], [200, 98]], [[200, 102], [200, 150]])
    # The second half's root is 52 px from B's, beyond the 40 px of 0.2 mm.
    assert tallies(hairs(A, B, C), hairs(A, *halves, C)) == ((3, 3, 3), (2, 1, 0))


def test_one_merge_of_two_hairs_end_to_end() -> None:
    next_to_b = [[200, 155], [200, 255]]
    joined = [[200, 50], [200, 255]]
    assert tallies(hairs(A, B, next_to_b), hairs(A, joined)) == ((2, 2, 2), (1, 0, 1))


def test_a_split_and_a_merge_cancel_in_the_count_only() -> None:
    next_to_b = [[200, 155], [200, 255]]
    found = hairs([[100, 50], [100, 98]], [[100, 102], [100, 150]], [[200, 50], [200, 255]])
    score = score_hairs(hairs(A, B, next_to_b), found, um_per_px=UM_PER_PX, shape=SHAPE)
    assert score.roots.count_error == 0
    assert (score.hairs.n_hit, score.hairs.n_splits, score.hairs.n_merges) == (0, 1, 1)
    assert score.hairs.f1 == 0


def test_one_swapped_direction_keeps_the_hair_and_loses_root_and_direction() -> None:
    assert tallies(hairs(A, B, C), hairs(A, B[::-1], C)) == ((2, 2, 2), (3, 0, 0))


def test_a_short_swapped_hair_keeps_its_root_and_loses_its_direction() -> None:
    short = [[200, 50], [200, 80]]
    assert tallies(hairs(A, short, C), hairs(A, short[::-1], C)) == ((3, 3, 2), (3, 0, 0))


def test_a_missed_and_a_false_hair() -> None:
    score = score_hairs(
        hairs(A, B, C), hairs(A, B, [[30, 300], [60, 300]], [[380, 300], [350, 300]]), um_per_px=5, shape=SHAPE
    )
    assert score.roots.count_error == pytest.approx(1 / 3)
    assert (score.roots.precision, score.roots.recall) == (0.5, pytest.approx(2 / 3))
    assert score.roots.f1 == pytest.approx(4 / 7)
    assert score.hairs.f1 == pytest.approx(4 / 7)


def test_two_found_roots_cannot_share_a_true_one() -> None:
    assert tallies(hairs(A), hairs(A, [[102, 50], [102, 150]]))[0] == (1, 1, 1)


def test_as_many_roots_as_possible_are_matched() -> None:
    # The near pair of the first alone would leave the second true root without a partner.
    truth, found = (
        hairs([[100, 100], [100, 110]], [[100, 130], [100, 140]]),
        hairs([[100, 120], [100, 130]], [[100, 65], [100, 75]]),
    )
    assert tallies(truth, found)[0] == (2, 2, 2)


def test_two_parallel_hairs_within_each_others_tolerance_are_neither_split_nor_merged() -> None:
    pair = ([[100, 50], [100, 150]], [[106, 50], [106, 150]])
    assert tallies(hairs(*pair, diameter_um=70), hairs(*pair))[1] == (2, 0, 0)


def test_the_tolerance_of_a_line_is_half_the_diameter_but_two_px_at_least() -> None:
    aside = [[104, 50], [104, 150]]
    assert tallies(hairs(A, diameter_um=50), hairs(aside))[1][0] == 1
    assert tallies(hairs(A, diameter_um=30), hairs(aside))[1][0] == 0
    assert tallies(hairs(A, diameter_um=5), hairs([[101.9, 50], [101.9, 150]]))[1][0] == 1


def test_parts_outside_the_frame_are_not_asked_for() -> None:
    leaving = [[100, 350], [100, 600]]
    assert tallies(hairs(leaving), hairs([[100, 350], [100, 399]]))[1] == (1, 0, 0)


def test_a_match_may_lie_outside_what_counts() -> None:
    score = score_hairs(hairs(A, counted=[True]), hairs(A, counted=[False]), um_per_px=UM_PER_PX, shape=SHAPE)
    assert (score.roots.n_true, score.roots.n_found, score.roots.n_true_hit, score.roots.n_found_hit) == (1, 0, 1, 0)


def test_nothing_true_and_nothing_found() -> None:
    score = score_hairs(hairs(), hairs(), um_per_px=UM_PER_PX, shape=SHAPE)
    assert np.isnan(score.roots.count_error)
    assert (score.roots.f1, score.hairs.f1, score.hairs.n_splits) == (0, 0, 0)
    assert tallies(hairs(A), hairs()) == ((0, 0, 0), (0, 0, 0))
    assert tallies(hairs(), hairs(A)) == ((0, 0, 0), (0, 0, 0))


def test_diameters_are_compared_on_right_hairs_only() -> None:
    found = HairSet(
        lines=hairs(A, B, [[300, 50], [300, 90]]).lines,
        diameter_um=np.array([55.0, np.nan, 70.0]),
        counted=np.ones(3, bool),
    )
    score = score_hairs(hairs(A, B, C), found, um_per_px=UM_PER_PX, shape=SHAPE)
    assert (score.true_diameter_um.tolist(), score.found_diameter_um.tolist()) == ([50.0], [55.0])


def test_agreement_of_diameters_by_band() -> None:
    bands = diameter_agreement(
        np.array([20.0, 45.0, 50.0, 55.0]), np.array([22.0, 46.0, 52.0, 58.0]), ((15, 30), (40, 60), (60, 80))
    )
    assert [band.n for band in bands] == [1, 3, 0]
    assert bands[0].bias_um == 2.0 and np.isnan(bands[0].lower_limit_um)
    assert bands[1][3:] == pytest.approx((2.0, 2.0 - 1.96, 2.0 + 1.96))
    assert np.isnan(bands[2].bias_um)


def test_pooled_pictures_add_up() -> None:
    one = score_hairs(hairs(A, B), hairs(A), um_per_px=UM_PER_PX, shape=SHAPE)
    two = score_hairs(hairs(C), hairs(C), um_per_px=UM_PER_PX, shape=SHAPE)
    both = pool_scores([one, two])
    assert both.roots == RootScore(n_true=3, n_found=2, n_true_hit=2, n_found_hit=2, n_directed_hit=2)
    assert both.roots == pool_roots([one.roots, two.roots])
    assert (both.hairs.recall, both.hairs.precision, len(both.true_diameter_um)) == (pytest.approx(2 / 3), 1, 2)


def test_vectors_count_within_the_margin_and_match_across_it() -> None:
    truth = np.array([[70.0, 200, 100, 200], [200, 200, 230, 200], [10, 10, 40, 10]])
    found = np.array([[60.0, 200, 90, 200], [200, 210, 170, 210]])
    score = score_vectors(truth, found, um_per_px=UM_PER_PX, shape=SHAPE, margin_px=64)
    assert score == RootScore(n_true=2, n_found=1, n_true_hit=2, n_found_hit=1, n_directed_hit=1)


def test_vectors_without_any_found() -> None:
    score = score_vectors(np.array([[100.0, 100, 120, 100]]), np.zeros((0, 4)), um_per_px=UM_PER_PX, shape=SHAPE)
    assert (score.n_true, score.n_found, score.recall) == (1, 0, 0.0)


def test_the_margin_includes_its_lower_bound_only() -> None:
    points = np.array([[64.0, 64.0], [63.9, 100.0], [335.9, 100.0], [336.0, 100.0]])
    assert inside_margin(points, SHAPE, 64.0).tolist() == [True, False, True, False]


def test_a_set_with_a_missing_diameter_is_refused() -> None:
    with pytest.raises(InputError, match="diameter_um must have one value for each of 1 hairs"):
        HairSet(lines=hairs(A).lines, diameter_um=np.zeros(2), counted=np.ones(1, bool))


def test_splits_and_merges_in_100_true_hairs() -> None:
    lines = HairScore(n_true=40, n_found=43, n_hit=30, n_splits=4, n_merges=1)
    assert (lines.splits_per_100, lines.merges_per_100) == (10.0, 2.5)


def test_the_bias_of_diameters_is_their_mean_error() -> None:
    found = HairSet(lines=hairs(A, B).lines, diameter_um=np.array([55.0, 48.0]), counted=np.ones(2, bool))
    score = score_hairs(hairs(A, B), found, um_per_px=UM_PER_PX, shape=SHAPE)
    assert score.diameter_bias_um == pytest.approx(1.5)
    assert np.isnan(score_hairs(hairs(A), hairs(), um_per_px=UM_PER_PX, shape=SHAPE).diameter_bias_um)


def test_a_score_holds_the_crossings() -> None:
    across = [[50, 100.5], [150, 100.5]]
    score = score_hairs(hairs(A, across), hairs(A, across), um_per_px=UM_PER_PX, shape=SHAPE)
    assert (score.crossings.n_true, score.crossings.n_right) == ((0, 0, 1), (0, 0, 1))


def test_matched_roots_are_pairs_of_numbers() -> None:
    truth = np.array([[10.0, 10, 20, 10], [50, 50, 60, 50]])
    found = np.array([[52.0, 50, 40, 50], [90, 90, 95, 90]])
    assert match_roots(truth, found, tolerance_px=5).tolist() == [[1, 0]]
    assert match_roots(truth, found, tolerance_px=5, tolerance_deg=30).shape == (0, 2)
