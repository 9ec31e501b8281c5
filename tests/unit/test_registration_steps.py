"""The steps of a registration: votes, partners, fits, the weight of evidence, and the skin's texture."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.registering.evidence import EvidenceSettings, weigh
from hairdensity.comparison.registering.refining import (
    fit_affine,
    inverse,
    moved,
    one_to_one,
    refine_similarities,
    shared_um2,
)
from hairdensity.comparison.registering.searching import SearchSettings, search
from hairdensity.comparison.registering.stretching import StretchSettings, align_roots
from hairdensity.comparison.registering.texture import SkinTexture, TextureSettings, compare_textures
from hairdensity.comparison.registering.voting import VotingSettings, vote
from hairdensity.errors import InputError
from tests.constellations import FRAME_UM, along, constellation, scalp, seen_again, similarity, without_diameters

ZOOM = (0.88, 1.13)
SAME = np.eye(2, 3)


def test_three_units_turned_by_a_quarter_propose_that_turn() -> None:
    triangle = np.array([[1000.0, 1000.0], [1000.0, 4000.0], [3000.0, 1000.0]])
    turned = np.array([[1000.0, 5000.0], [4000.0, 5000.0], [1000.0, 3000.0]])  # (row, col) -> (col, 6000 - row)
    sides = [constellation(points, np.arange(3), np.full(3, 60.0)) for points in (triangle, turned)]
    candidates = vote(*sides, zoom=ZOOM, settings=VotingSettings(longest_edge_um=5000.0))
    # Three edges of different lengths: each is like one other, both ways round.
    assert candidates.n_trials == 6
    assert candidates.votes[0] == 3
    assert np.allclose(candidates.matrix[0], [[0, 1, 0], [-1, 0, 6000]], atol=1e-6)


def test_no_more_edges_than_asked_for() -> None:
    few = vote(scalp(1), scalp(1), zoom=ZOOM, settings=VotingSettings(max_edges=20))
    assert few.n_trials <= 2 * 21 * 30
    assert np.allclose(few.matrix[0], SAME, atol=30)


def test_nothing_to_vote_on() -> None:
    alone = constellation(np.array([[1000.0, 1000.0]]), [0], np.array([60.0]))
    assert vote(alone, scalp(1), zoom=ZOOM, settings=VotingSettings()).matrix.shape == (0, 2, 3)
    assert search(alone, scalp(1), zoom=ZOOM, settings=SearchSettings()) is None


def test_partners_are_each_others_nearest() -> None:
    places = np.array([[0.0, 0], [0, 30], [500, 500]])
    goals = np.array([[0.0, 10], [0, 200]])
    pairs = one_to_one(places, goals, 100)
    assert (pairs.first.tolist(), pairs.second.tolist(), pairs.distance_um.tolist()) == ([0], [0], [10.0])
    assert len(one_to_one(np.zeros((0, 2)), goals, 100).first) == 0
    assert len(one_to_one(places, goals, 5).first) == 0


def test_refining_finds_the_exact_way_and_puts_it_first() -> None:
    before = scalp(2)
    true = similarity(30, 1.04, (200, 100))
    after = seen_again(before, along(true))
    rough = true + np.array([[0, 0.02, 60], [-0.02, 0, -50]])
    wrong = similarity(200, 1.0, (0, 0))
    refined = refine_similarities(np.stack([wrong, rough]), before, after, zoom=ZOOM)
    assert np.allclose(refined[0][:, :2], true[:, :2], atol=1e-6)
    assert np.allclose(refined[0], true, atol=0.01)


def test_refining_stays_within_the_zoom() -> None:
    before = scalp(2)
    after = seen_again(before, along(similarity(0, 1.2, (0, 0))))
    refined = refine_similarities(similarity(0, 1.13, (0, 0))[None], before, after, zoom=ZOOM)
    assert math.sqrt(np.linalg.det(refined[0][:, :2])) <= ZOOM[1] + 1e-9


def test_an_affine_fit_of_many_points_is_exact_and_of_two_keeps_the_shape() -> None:
    true = np.array([[1.0, 0.05, 100.0], [0.0, 0.97, -50.0]])
    points = np.random.default_rng(0).uniform(0, 6000, (200, 2))
    fit = fit_affine(SAME, points, along(true)(points), np.ones(200))
    assert np.allclose(fit[:, :2], true[:, :2], atol=1e-3)
    near = np.array([[0.0, 0.0], [0.0, 100.0]])
    held = fit_affine(SAME, near, along(true)(near), np.ones(2))
    assert np.allclose(held[:, :2], np.eye(2), atol=1e-3)
    assert np.allclose(along(held)(near).mean(axis=0), along(true)(near).mean(axis=0))


def test_the_inverse_and_the_shared_skin() -> None:
    matrix = similarity(33, 1.07, (400, -300))
    points = np.random.default_rng(0).uniform(0, 6000, (20, 2))
    assert np.allclose(moved(inverse(matrix), moved(matrix, points)), points)
    half = similarity(0, 1.0, (0, FRAME_UM[1] / 2))
    whole = FRAME_UM[0] * FRAME_UM[1]
    assert np.allclose(shared_um2(np.stack([SAME, half]), scalp(1), scalp(2)) / whole, [1, 0.5])


def test_evidence_grows_with_what_agrees() -> None:
    before = without_diameters(scalp(3))
    ratios = [
        weigh(SAME, before, seen_again(before, along(SAME), lost=lost, new=new, jitter_um=15), EvidenceSettings())
        for lost, new in ((0.0, 0), (0.3, 15), (0.6, 30))
    ]
    values = [one.log10_ratio for one in ratios]
    assert values[0] > values[1] > values[2]
    assert values[0] > 40


def test_chance_agreements_weigh_less_than_one() -> None:
    pictures = [without_diameters(scalp(seed)) for seed in range(20, 28)]
    ratios = [
        weigh(SAME, one, two, EvidenceSettings()).log10_ratio for one in pictures for two in pictures if one != two
    ]
    assert max(ratios) < 0


def test_evidence_of_nothing_is_none() -> None:
    far = similarity(0, 1.0, (0, 50_000))
    evidence = weigh(far, scalp(3), scalp(3), EvidenceSettings())
    assert evidence.log10_ratio == -math.inf
    assert len(evidence.pairs.first) == 0


def test_diameters_speak_for_an_alignment_and_hardly_against_it() -> None:
    before = scalp(4)
    kept = seen_again(before, along(SAME), jitter_um=15)
    thicker = replace(kept, diameter_um=kept.diameter_um * 1.2)
    shuffled = replace(kept, diameter_um=np.random.default_rng(0).permutation(kept.diameter_um))
    settings = EvidenceSettings()
    silent, same, grown, mixed = (
        weigh(SAME, before, after, settings).log10_ratio for after in (without_diameters(kept), kept, thicker, shuffled)
    )
    assert same > silent + 5
    assert grown == pytest.approx(same)
    assert mixed >= silent - math.log10(2) - 1e-9


def test_roots_decide_the_last_micrometers() -> None:
    before = scalp(5)
    true = similarity(10, 1.01, (100, 50))
    rough = true + np.array([[0, 0.005, 30], [-0.005, 0, -20]])
    alignment = align_roots(rough, before, seen_again(before, along(true)), StretchSettings())
    px = np.random.default_rng(0).uniform(200, 900, (50, 2))
    expected = along(true)(px * before.um_per_px) / before.um_per_px
    assert np.abs(alignment.to_follow_up(px) - expected).max() * before.um_per_px < 6


def test_few_roots_are_not_stretched() -> None:
    before = scalp(6, n_units=5)
    assert align_roots(SAME, before, before, StretchSettings(min_pairs=30)).warp is None


def skin(seed: int, shape: tuple[int, int] = (190, 230)) -> SkinTexture:
    """Blotches of about five px; every tenth px hidden."""
    rng = np.random.default_rng(seed)
    blotches = np.kron(rng.normal(0, 1, (shape[0] // 5, shape[1] // 5)), np.ones((5, 5)))[: shape[0], : shape[1]]
    seen = rng.random(blotches.shape) > 0.1
    return SkinTexture(values=np.where(seen, blotches, 0).astype(np.float32), is_skin=seen, zoom=1.0)


def test_the_same_texture_stands_out_and_another_does_not() -> None:
    one, settings = skin(1), TextureSettings()
    moved_by = Alignment(matrix=np.array([[1.0, 0, 12], [0, 1.0, -20]]))
    shifted = SkinTexture(
        values=np.roll(one.values, (12, -20), axis=(0, 1)),
        is_skin=np.roll(one.is_skin, (12, -20), axis=(0, 1)),
        zoom=1.0,
    )
    same = compare_textures(one, shifted, moved_by, settings)
    assert same.correlation > 0.95 and same.sigmas > 12
    for way in (moved_by, Alignment(matrix=SAME)):
        other = compare_textures(one, skin(2), way, settings)
        assert abs(other.correlation) < 0.2 and other.sigmas < 5
    beside = compare_textures(one, shifted, Alignment(matrix=SAME), settings)
    assert beside.sigmas < 5


def test_too_little_skin_says_nothing() -> None:
    hidden = replace(skin(1), is_skin=np.zeros((190, 230), dtype=bool), values=np.zeros((190, 230), np.float32))
    for pair in ((skin(1), hidden), (hidden, skin(1))):
        match = compare_textures(*pair, Alignment(matrix=SAME), TextureSettings())
        assert math.isnan(match.correlation) and math.isnan(match.sigmas)
    far = Alignment(matrix=np.array([[1.0, 0, 5000], [0, 1.0, 0]]))
    assert math.isnan(compare_textures(skin(1), skin(1), far, TextureSettings()).sigmas)


def test_settings_are_checked() -> None:
    with pytest.raises(InputError, match="edges"):
        VotingSettings(shortest_edge_um=9000.0)
    with pytest.raises(InputError, match="found_again"):
        EvidenceSettings(found_again=(1.0,))
    with pytest.raises(InputError, match="finest_um"):
        TextureSettings(finest_um=200.0)
    with pytest.raises(InputError, match="must rise"):
        TextureSettings(apart_um=50.0)
    with pytest.raises(InputError, match="node_spacing_um"):
        StretchSettings(node_spacing_um=0.0)
    with pytest.raises(InputError, match="max_weighed"):
        SearchSettings(max_weighed=1)
