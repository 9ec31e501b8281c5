from __future__ import annotations

import numpy as np
import pytest

from hairdensity.tracing.roots import RootEvidence
from hairdensity.tracing.selection import (
    SelectionSettings,
    drop_doubles,
    is_colored_like_hair,
    is_loose_fragment,
    long_and_strong,
)
from hairdensity.tracing.skeleton import Branches

UM_PER_PX = 5.0
SETTINGS = SelectionSettings()


def level(row: float, start: float, stop: float) -> np.ndarray:
    cols = np.arange(start, stop + 1)
    return np.stack([np.full(len(cols), row), cols], axis=1)


def passes(length_px: float = 60, width_px: float = 8.0, strength: float = 0.4, darkness: float = 0.5) -> bool:
    (kept,) = long_and_strong(
        Branches.from_paths([level(0, 0, length_px)]),
        np.array([width_px]),
        np.array([strength]),
        np.array([darkness]),
        um_per_px=UM_PER_PX,
        settings=SETTINGS,
    )
    return bool(kept)


def test_a_long_dark_slender_path_passes() -> None:
    assert passes()


@pytest.mark.parametrize(("length_px", "expected"), [(21, False), (22, True)])
def test_a_path_below_110_um_is_too_short(length_px: int, expected: bool) -> None:
    assert passes(length_px=length_px) is expected


@pytest.mark.parametrize(("strength", "expected"), [(0.129, False), (0.13, True)])
def test_a_weak_ridge_is_dropped(strength: float, expected: bool) -> None:
    assert passes(strength=strength) is expected


@pytest.mark.parametrize(("darkness", "expected"), [(0.39, False), (0.4, True)])
def test_a_furrow_that_is_paler_than_its_ridge_response_is_dropped(darkness: float, expected: bool) -> None:
    assert passes(strength=0.4, darkness=darkness) is expected


@pytest.mark.parametrize(("width_px", "expected"), [(41.0, False), (40.0, True)])
def test_a_blob_is_dropped(width_px: float, expected: bool) -> None:
    assert passes(length_px=60, width_px=width_px) is expected


def test_the_answer_is_one_for_each_path() -> None:
    paths = Branches.from_paths([level(0, 0, 60), level(9, 0, 15), level(20, 0, 60)])
    ones = np.ones(3)
    kept = long_and_strong(paths, 8 * ones, 0.4 * ones, 0.5 * ones, um_per_px=UM_PER_PX, settings=SETTINGS)
    assert kept.tolist() == [True, False, True]


def test_what_is_dark_in_green_but_not_in_red_is_a_vessel() -> None:
    green, red = np.array([0.5, 0.5, 0.5]), np.array([0.45, 0.21, 0.19])
    assert is_colored_like_hair(green, red, SETTINGS).tolist() == [True, True, False]


def undoubled(*paths: np.ndarray, widths: list[float], strengths: list[float]) -> list[bool]:
    kept = drop_doubles(Branches.from_paths(list(paths)), np.array(widths), np.array(strengths), SETTINGS)
    return [bool(x) for x in kept]


def test_the_weaker_of_two_ridges_of_one_shaft_is_dropped() -> None:
    paths = level(10, 0, 60), level(16, 0, 60)
    assert undoubled(*paths, widths=[10, 10], strengths=[0.5, 0.4]) == [True, False]
    assert undoubled(*paths, widths=[10, 10], strengths=[0.4, 0.5]) == [False, True]


def test_a_short_ridge_beside_a_long_one_is_the_double() -> None:
    assert undoubled(level(10, 0, 100), level(16, 40, 60), widths=[10, 10], strengths=[0.4, 0.5]) == [True, False]


def test_neighbors_farther_apart_than_the_stronger_one_is_wide_are_both_kept() -> None:
    assert undoubled(level(10, 0, 60), level(18, 0, 60), widths=[10, 10], strengths=[0.5, 0.4]) == [True, True]


def test_the_stronger_path_s_width_decides() -> None:
    paths = level(10, 0, 60), level(16, 0, 60)
    assert undoubled(*paths, widths=[5, 20], strengths=[0.5, 0.4]) == [True, True]
    assert undoubled(*paths, widths=[20, 5], strengths=[0.5, 0.4]) == [True, False]


def test_crossing_hairs_are_both_kept() -> None:
    crossing = level(30, 0, 60)[:, ::-1]
    assert undoubled(level(30, 0, 60), crossing, widths=[10, 10], strengths=[0.5, 0.4]) == [True, True]


@pytest.mark.parametrize(("n_beside", "kept"), [(59, True), (60, False)])
def test_six_points_in_ten_beside_a_stronger_path_are_too_many(n_beside: int, kept: bool) -> None:
    weak = level(12, 0, 99)
    weak[n_beside:, 0] = 80
    strong = level(10, -20, n_beside - 1)
    assert undoubled(strong, weak, widths=[4, 4], strengths=[0.9, 0.4]) == [True, kept]


def test_one_path_and_no_path_have_no_double() -> None:
    assert undoubled(level(10, 0, 60), widths=[10], strengths=[0.5]) == [True]
    assert undoubled(widths=[], strengths=[]) == []


def fragment(*, angle_deg: float = 90.0, region: float = 0.9, length_px: float = 60, width_px: float = 10.0) -> bool:
    """Whether a path at an angle to a region that runs along the columns is a loose fragment."""
    turn = np.deg2rad(angle_deg)
    evidence = RootEvidence(
        own=np.zeros(1),
        region=np.array([[0.0, region]]),
        along=np.array([[np.sin(turn), np.cos(turn)]]),
        region_weight=6.0,
    )
    (found,) = is_loose_fragment(
        Branches.from_paths([level(0, 0, length_px)]),
        evidence,
        np.array([width_px]),
        um_per_px=UM_PER_PX,
        settings=SETTINGS,
    )
    return bool(found)


def test_a_short_thick_path_across_a_uniform_region_is_a_fragment() -> None:
    assert fragment()


@pytest.mark.parametrize(("angle_deg", "expected"), [(34.0, False), (36.0, True), (144.0, True), (146.0, False)])
def test_a_path_along_its_region_is_a_hair_in_both_directions(angle_deg: float, expected: bool) -> None:
    assert fragment(angle_deg=angle_deg) is expected


@pytest.mark.parametrize(("region", "expected"), [(0.69, False), (0.71, True)])
def test_where_hairs_lie_every_way_nothing_is_a_fragment(region: float, expected: bool) -> None:
    assert fragment(region=region) is expected


@pytest.mark.parametrize(("length_px", "expected"), [(119, True), (120, False)])
def test_a_path_of_600_um_is_no_fragment(length_px: int, expected: bool) -> None:
    assert fragment(length_px=length_px) is expected


@pytest.mark.parametrize(("width_px", "expected"), [(5.9, False), (6.0, True)])
def test_a_vellus_hair_is_no_fragment(width_px: float, expected: bool) -> None:
    assert fragment(width_px=width_px) is expected
