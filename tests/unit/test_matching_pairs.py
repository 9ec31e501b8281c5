"""Which hair is which: place, ends, direction and width, on hairs placed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hairdensity.comparison.matching_settings import MatchingSettings
from hairdensity.comparison.pairing.likeness import Spread, expected_spread, find_candidates, learned_spread
from hairdensity.comparison.pairing.partners import Pairing, pair_hairs
from hairdensity.comparison.pairing.sightings import Sightings
from hairdensity.errors import InputError

SETTINGS = MatchingSettings()
DOWN = np.array([400.0, 0.0])


def hairs(*roots_um: tuple[float, float], along: np.ndarray = DOWN, diameter_um: float | None = None) -> Sightings:
    """Hairs of 0.4 mm that all run the same way."""
    roots = np.array(roots_um, dtype=np.float64).reshape(-1, 2)
    width = None if diameter_um is None else np.full(len(roots), diameter_um)
    return Sightings.of_roots(roots, roots + along, width)


def paired(before: Sightings, after: Sightings, *, residual_um: float = 10.0) -> Pairing:
    return pair_hairs(before, after, residual_um=residual_um, density_per_cm2=150.0, settings=SETTINGS)


def partners(found: Pairing) -> list[tuple[int, int]]:
    return list(zip(found.before.tolist(), found.after.tolist(), strict=True))


def test_near_roots_are_one_hair_far_ones_are_not() -> None:
    found = paired(hairs((0, 0), (1000, 0)), hairs((1000, 15), (0, 900)))
    assert partners(found) == [(1, 0)]
    assert found.kept_before[0] < 0.01 and found.kept_before[1] > 0.99


def test_no_hairs_at_one_visit() -> None:
    found = paired(hairs(), hairs((0, 0)))
    assert partners(found) == [] and found.kept_after.tolist() == [0.0]
    assert partners(paired(hairs((0, 0)), hairs())) == []


def test_a_crowded_unit_that_the_skin_moved_as_a_whole() -> None:
    """Hairs 60 um apart, all displaced by 45 um: the nearest root alone would be the neighbor's."""
    unit = [(0.0, 0.0), (0.0, 60.0), (0.0, 120.0)]
    around = [(float(row), float(col)) for row in (-500, 500) for col in (-500, 0, 500)]
    before = hairs(*unit, *around)
    moved = np.array([0.0, 45.0])
    after = replace(before, roots_um=before.roots_um + moved, tips_um=before.tips_um + moved)
    found = paired(before, after, residual_um=40.0)
    assert partners(found) == [(hair, hair) for hair in range(9)]
    assert found.drift_um[0] == pytest.approx([0, 45], abs=12)


def test_root_and_tip_taken_for_each_other() -> None:
    before = replace(hairs((0, 0)), root_confidence=np.array([0.55]))
    after = hairs((400, 0), along=-DOWN)
    assert partners(paired(before, after)) == [(0, 0)]
    sure = hairs((0, 0))
    assert paired(sure, after).kept_before[0] < paired(before, after).kept_before[0]


def test_a_root_set_further_along_the_shaft_is_nearer_than_one_beside_it() -> None:
    along, beside = hairs((100, 0)), hairs((0, 100))
    kept = [paired(hairs((0, 0)), after).kept_before[0] for after in (along, beside)]
    assert kept[0] > kept[1]


def test_of_two_hairs_at_one_place_the_width_decides() -> None:
    before = Sightings.of_roots(np.array([[0.0, 0.0]]), np.array([DOWN]), np.array([80.0]))
    after = Sightings.of_roots(
        np.array([[0.0, 14.0], [0.0, -14.0]]), np.array([[400.0, 14.0], [400.0, -14.0]]), np.array([30.0, 84.0])
    )
    assert partners(paired(before, after)) == [(0, 1)]


def test_what_is_hardly_a_hair_goes_without_a_partner_when_a_hair_wants_it() -> None:
    before = replace(hairs((0, 0), (0, 24)), probability=np.array([0.3, 1.0]))
    assert partners(paired(before, hairs((0, 12)))) == [(1, 0)]


def test_pixels_that_show_bare_skin_speak_against_a_pair() -> None:
    far = hairs((0, 60))
    bare = replace(far, presence=np.array([-5.0]))
    before = hairs((0, 0))
    assert paired(replace(before, presence=np.array([-5.0])), bare).kept_before[0] < 0.1
    assert paired(before, far).kept_before[0] > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_order_does_not_matter_and_swapping_the_visits_gives_the_same_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    roots = rng.uniform(0, 3000, (40, 2))
    before = hairs(*map(tuple, roots[:35]))
    after = hairs(*map(tuple, roots[5:] + rng.normal(0, 8, (35, 2))))
    found = set(partners(paired(before, after)))
    order = rng.permutation(35)
    shuffled = {(int(order[i]), j) for i, j in partners(paired(before.take(order), after))}
    assert shuffled == found
    back = paired(after, before)
    # Drift is asked at the hairs of the follow-up: a doubtful pair may fall the other way.
    sure = {pair for pair, chance in zip(partners(back), back.probability, strict=True) if chance > 0.9}
    assert {(i, j) for j, i in sure} <= found and len(sure) >= 28


def test_true_roots_are_matched_by_name() -> None:
    """300 roots in units of up to 3, an eighth lost, as many new, 10 um of error: 99 % right."""
    rng = np.random.default_rng(1)
    units = rng.uniform(0, 10_000, (150, 2))
    roots = np.concatenate([units, units[:100] + rng.normal(0, 60, (100, 2)), units[:50] + rng.normal(0, 60, (50, 2))])
    stays = rng.uniform(size=300) > 0.125
    fresh = rng.uniform(0, 10_000, (37, 2))
    now = np.concatenate([roots[stays] + rng.normal(0, 10, (stays.sum(), 2)), fresh])
    name = np.concatenate([np.flatnonzero(stays), np.full(37, -1)])
    found = dict(partners(paired(Sightings.of_roots(roots), Sightings.of_roots(now))))
    right = sum((hair in found) == bool(stays[hair]) for hair in range(300))
    right += sum(after not in found.values() for after in range(len(now) - 37, len(now)))
    assert right / 337 > 0.95
    assert np.mean([name[after] == before for before, after in found.items()]) > 0.95


def test_the_spread_of_roots_is_learned_from_pairs() -> None:
    expected = Spread(10.0, 20.0)
    axis = np.tile([1.0, 0.0], (1000, 1))
    rng = np.random.default_rng(0)
    moved = rng.standard_t(4, (1000, 2)) * [10.0, 5.0]
    found = learned_spread(moved, axis, expected)
    assert found.along_um / found.across_um == pytest.approx(2.0)
    assert 4.0 < found.across_um < 7.0
    assert learned_spread(np.zeros((0, 2)), np.zeros((0, 2)), expected) == expected


def test_the_expected_spread_adds_registration_to_both_roots_errors() -> None:
    found = expected_spread(0.0, MatchingSettings(root_across_um=3.0, root_along_um=4.0))
    assert found == pytest.approx((3 * 2**0.5, 4 * 2**0.5))
    assert expected_spread(117.74, MatchingSettings(root_across_um=1e-9)).across_um == pytest.approx(100.0, rel=1e-3)


def test_candidates_are_sorted_and_within_reach() -> None:
    found = find_candidates(
        hairs((0, 0), (0, 150)), hairs((0, 100), (0, 900)), spread=Spread(10.0, 10.0), settings=SETTINGS
    )
    assert list(zip(found.before, found.after, strict=True)) == [(0, 0), (1, 0)]
    assert found.log_likelihood[1] > found.log_likelihood[0]


@pytest.mark.parametrize("wrong", [{"reach_um": 0.0}, {"buried_share": 1.0}, {"usual_turnover": -0.1}])
def test_settings_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        MatchingSettings(**wrong)
