"""Registration of constellations: the same skin is found and proven, other skin is refused with a reason."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.registering.constellation import Constellation
from hairdensity.comparison.registering.texture import NO_MATCH, TextureMatch
from hairdensity.comparison.registration import Registration, RegistrationSettings, register_constellations
from hairdensity.errors import InputError
from tests.constellations import UM_PER_PX, along, constellation, scalp, seen_again, similarity, without_diameters

Array = np.ndarray[Any, np.dtype[np.float64]]


def error_um(found: Registration, matrix: Array, before: Constellation) -> float:
    """Median distance from the truth where both frames show the skin."""
    assert found.alignment is not None
    spots = np.random.default_rng(0).uniform(0, 1, (300, 2)) * before.frame_um
    true = along(matrix)(spots)
    shown = before.shows(true)
    apart = found.alignment.to_follow_up(spots[shown] / UM_PER_PX) * UM_PER_PX - true[shown]
    return float(np.median(np.linalg.norm(apart, axis=1)))


@pytest.mark.parametrize("turn_deg", [0, 3, 45, 90, 137, 180, -101])
def test_skin_is_found_at_any_rotation(turn_deg: float) -> None:
    before = scalp(1)
    matrix = similarity(turn_deg, 1.0, (300, -200))
    found = register_constellations(before, seen_again(before, along(matrix), jitter_um=15))
    assert found.accepted and found.reason == ""
    assert error_um(found, matrix, before) < 15


@pytest.mark.parametrize("zoom", [0.9, 1.1])
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_zoom_shift_and_turnover(zoom: float, seed: int) -> None:
    before = scalp(seed, n_units=50)
    matrix = similarity(70, zoom, (900, 1500))
    found = register_constellations(before, seen_again(before, along(matrix), lost=0.2, new=12, jitter_um=15))
    assert found.accepted
    assert error_um(found, matrix, before) < 25
    assert found.residual_um < 40


def test_what_is_stated_about_identical_pictures() -> None:
    before = scalp(5)
    found = register_constellations(before, before)
    assert found.accepted
    assert found.residual_um < 1
    assert found.n_inliers == len(before.roots_um)
    assert found.overlap_fraction == pytest.approx(1.0, abs=0.01)
    assert found.overlap_cm2 == pytest.approx(0.57 * 0.71, rel=0.01)
    assert found.log10_false_alarms < -50


def test_the_overlap_of_a_shift_is_that_of_two_rectangles() -> None:
    before = scalp(6)
    found = register_constellations(before, seen_again(before, along(similarity(0, 1.0, (0, 1775)))))  # a quarter
    assert found.overlap_fraction == pytest.approx(0.75, abs=0.03)


def test_the_way_back_is_the_inverse() -> None:
    before = scalp(7)
    after = seen_again(before, along(similarity(20, 1.05, (200, 300))), lost=0.1, jitter_um=10)
    forth, back = register_constellations(before, after), register_constellations(after, before)
    assert forth.accepted and back.accepted and forth.alignment is not None and back.alignment is not None
    points = np.random.default_rng(0).uniform(300, 900, (50, 2))
    apart = np.linalg.norm(back.alignment.to_follow_up(forth.alignment.to_follow_up(points)) - points, axis=1)
    assert np.median(apart) * UM_PER_PX < 15


def test_a_smooth_stretch_is_followed() -> None:
    before = scalp(8, n_units=50)

    def way(points: Array) -> Array:
        return np.asarray(points + 120 * np.sin(points[:, ::-1] / 2200))

    found = register_constellations(before, seen_again(before, way, jitter_um=10))
    assert found.accepted and found.alignment is not None and found.alignment.warp is not None
    spots = np.random.default_rng(0).uniform(800, 4800, (200, 2))
    apart = np.linalg.norm(found.alignment.to_follow_up(spots / UM_PER_PX) * UM_PER_PX - way(spots), axis=1)
    affine = Alignment(matrix=found.alignment.matrix)
    stiff = np.linalg.norm(affine.to_follow_up(spots / UM_PER_PX) * UM_PER_PX - way(spots), axis=1)
    assert np.median(apart) < 20
    assert np.median(apart) < 0.6 * np.median(stiff)


def test_other_skin_is_refused() -> None:
    pictures = [scalp(seed) for seed in range(100, 106)]
    found = [register_constellations(one, two) for i, one in enumerate(pictures) for two in pictures[:i]]
    assert not any(one.accepted for one in found)
    assert min(one.log10_false_alarms for one in found) > -3
    assert "other skin" in found[0].reason and "overlap" in found[0].reason


def test_a_mirror_image_is_refused_and_named() -> None:
    before = scalp(9)
    found = register_constellations(before, before.mirrored())
    assert not found.accepted
    assert "mirror" in found.reason


def test_a_wrong_scale_is_refused_and_named() -> None:
    before = scalp(10)
    found = register_constellations(before, seen_again(before, along(similarity(15, 1.35, (0, 0)))))
    assert not found.accepted
    assert "1.35 times" in found.reason and "scale" in found.reason


def test_without_a_scale_the_zoom_is_free_and_no_um_is_stated() -> None:
    before = scalp(11)
    matrix = similarity(15, 1.3, (0, 0))
    found = register_constellations(before, seen_again(before, along(matrix)), has_scale=False)
    assert found.accepted
    assert math.isnan(found.residual_um) and math.isnan(found.overlap_cm2) and math.isnan(found.placement_sd_um)
    assert found.n_inliers > 20
    assert error_um(found, matrix, before) < 15


def test_a_pattern_that_is_its_own_half_turn_is_refused() -> None:
    rows, cols = np.meshgrid(np.arange(6), np.arange(7), indexing="ij")
    lattice = np.array([600, 850]) + 900 * np.stack([rows, cols], axis=-1).reshape(-1, 2).astype(float)
    before = constellation(lattice, np.arange(len(lattice)), np.full(len(lattice), 60.0))
    found = register_constellations(before, before)
    assert not found.accepted
    assert "two different places" in found.reason


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_too_few_units(n: int) -> None:
    few = constellation(
        np.array([[1000.0, 900], [4000, 1000], [2000, 3000], [3000, 6000]])[:n], np.arange(n), np.full(n, 60.0)
    )
    for pair in ((few, scalp(12)), (scalp(12), few), (few, few)):
        found = register_constellations(*pair)
        assert not found.accepted and found.alignment is None
        assert f"{len(pair[0].units_um)} and {len(pair[1].units_um)} follicular units" in found.reason
        assert math.isnan(found.residual_um) and found.n_inliers == 0


def test_units_on_one_spot_are_refused() -> None:
    spot = constellation(np.full((8, 2), 2000.0), np.arange(8), np.full(8, 60.0))
    found = register_constellations(spot, scalp(12))
    assert not found.accepted and found.reason


def test_little_overlap_is_no_proof() -> None:
    before = scalp(13)
    settings = RegistrationSettings(min_overlap=0.6)
    after = seen_again(before, along(similarity(0, 1.0, (0, 3500))))
    found = register_constellations(before, after, settings=settings)
    assert not found.accepted
    assert "at least 60%" in found.reason


def test_a_place_that_is_not_known_well_enough_is_refused() -> None:
    before = scalp(14, n_units=20)
    after = seen_again(before, along(similarity(40, 1.0, (100, 100))), jitter_um=15)
    known = register_constellations(before, after)
    assert known.accepted and 4 < known.placement_sd_um < 20
    strict = RegistrationSettings(max_placement_sd_um=0.9 * known.placement_sd_um)
    found = register_constellations(before, after, settings=strict)
    assert not found.accepted and found.alignment is not None
    assert found.placement_sd_um == known.placement_sd_um
    assert f"only to {known.placement_sd_um:.0f} um" in found.reason and "more overlap" in found.reason


def test_the_texture_carries_what_units_alone_do_not() -> None:
    before = without_diameters(scalp(14))
    after = without_diameters(seen_again(before, along(similarity(40, 1.0, (100, 100))), lost=0.3, jitter_um=15))
    alone = register_constellations(before, after)
    limit = alone.log10_false_alarms
    settings = RegistrationSettings(
        log10_false_alarms_against_texture=limit - 1,
        log10_false_alarms=limit - 0.5,
        log10_false_alarms_with_texture=limit + 1,
    )
    asked: list[Alignment] = []

    def look(alignment: Alignment, *, sigmas: float) -> TextureMatch:
        asked.append(alignment)
        return TextureMatch(0.6, sigmas)

    refused = register_constellations(before, after, look=lambda way: look(way, sigmas=3), settings=settings)
    carried = register_constellations(before, after, look=lambda way: look(way, sigmas=12), settings=settings)
    assert len(asked) == 2
    assert not refused.accepted and carried.accepted
    assert "too few to exclude chance:" in refused.reason
    assert carried.texture_agreement == 0.6


def test_a_texture_that_disagrees_asks_for_more() -> None:
    before = scalp(14)
    after = seen_again(before, along(similarity(40, 1.0, (100, 100))), lost=0.3, jitter_um=15)
    limit = register_constellations(before, after).log10_false_alarms
    settings = RegistrationSettings(
        log10_false_alarms_against_texture=limit - 1,
        log10_false_alarms=limit + 0.5,
        log10_false_alarms_with_texture=limit + 1,
    )
    found = [
        register_constellations(before, after, look=lambda _, s=sigmas: TextureMatch(0.1, s), settings=settings)
        for sigmas in (0.5, 4.0)
    ]
    assert [one.accepted for one in found] == [False, True]
    assert "the skin between the hairs does not agree" in found[0].reason


def test_a_texture_that_sees_nothing_changes_nothing() -> None:
    before = scalp(15)
    after = seen_again(before, along(similarity(40, 1.0, (100, 100))), lost=0.1)
    assert register_constellations(before, after, look=lambda _: NO_MATCH).accepted


def test_the_same_pictures_give_the_same_answer_and_stay_as_they_are() -> None:
    before = scalp(16)
    after = seen_again(before, along(similarity(25, 1.02, (100, 100))), lost=0.1)
    copies = before.roots_um.copy(), after.roots_um.copy()
    one, two = register_constellations(before, after), register_constellations(before, after)
    assert one.alignment is not None and two.alignment is not None
    assert np.array_equal(one.alignment.matrix, two.alignment.matrix)
    assert np.array_equal(copies[0], before.roots_um) and np.array_equal(copies[1], after.roots_um)


def test_settings_and_constellations_are_checked() -> None:
    with pytest.raises(InputError, match="zoom tolerances"):
        RegistrationSettings(zoom_tolerance=0.7)
    with pytest.raises(InputError, match="texture"):
        RegistrationSettings(log10_false_alarms_with_texture=-9)
    with pytest.raises(InputError, match="max_placement_sd_um"):
        RegistrationSettings(max_placement_sd_um=0.0)
    with pytest.raises(InputError, match="min_units"):
        RegistrationSettings(min_units=2)
    with pytest.raises(InputError, match="finite"):
        replace(scalp(0), units_um=np.full((3, 2), np.nan))
    with pytest.raises(InputError, match="one value for each"):
        replace(scalp(0), diameter_um=np.zeros(2))
    with pytest.raises(InputError, match="frame_um"):
        replace(scalp(0), um_per_px=0.0)
