from __future__ import annotations

import numpy as np
import pytest

from hairdensity.tracing.roots import RootEvidence, RootSettings, find_root_evidence
from hairdensity.tracing.skeleton import Branches

UM_PER_PX = 5.0  # the buried shaft is looked for 12-36 px beyond an end, region: 400 px
SHAPE = (200, 300)
SETTINGS = RootSettings()


def level(row: float, start: float, stop: float) -> np.ndarray:
    cols = np.arange(start, stop + 1)
    return np.stack([np.full(len(cols), row), cols], axis=1)


def shadow(*places: tuple[int, int], depth: float = 0.3) -> np.ndarray:
    """A map that is dark 12-36 px to the left of each (row, column)."""
    contrast = np.zeros(SHAPE, dtype=np.float32)
    for row, col in places:
        contrast[row - 12 : row + 13, col - 36 : col - 11] = depth
    return contrast


def evidence(paths: list[np.ndarray], contrast: np.ndarray, red: np.ndarray | None = None) -> RootEvidence:
    return find_root_evidence(
        Branches.from_paths(paths),
        contrast,
        contrast if red is None else red,
        um_per_px=UM_PER_PX,
        settings=SETTINGS,
    )


PATH = level(100, 100, 180)


def test_the_root_is_at_the_end_beyond_which_the_skin_is_darker() -> None:
    found = evidence([PATH, PATH[::-1]], shadow((100, 100)))
    assert found.own[0] > 1
    assert found.own[1] == pytest.approx(-found.own[0])


def test_between_two_equal_ends_nothing_speaks() -> None:
    both = shadow((100, 100)) + shadow((100, 228))  # columns 192-216 lie 12-36 px beyond the tip
    assert evidence([PATH], both).own == pytest.approx([0.0], abs=0.05)
    assert evidence([PATH], np.zeros(SHAPE, np.float32)).log_odds.tolist() == [0.0]


def test_a_shift_from_red_weighs_more_than_darkness() -> None:
    beyond_root = shadow((100, 100), depth=0.1)
    contrast = 0.1 * (beyond_root > 0).astype(np.float32) + shadow((100, 228), depth=0.1)
    # Equally dark in green at both ends; in red the shaft under the skin is darker still, a vessel hardly dark.
    red = 1.2 * shadow((100, 100), depth=0.1) + 0.2 * shadow((100, 228), depth=0.1)
    darker_in_both = evidence([PATH], contrast, red).own[0]
    assert darker_in_both > evidence([PATH], red, red).own[0] > 0


def test_dirt_beyond_a_tip_is_bounded() -> None:
    assert evidence([PATH], shadow((100, 100), depth=5.0)).own.tolist() == [SETTINGS.max_log_odds]


def test_directions_point_from_the_first_to_the_last_point() -> None:
    diagonal = np.stack([np.arange(50.0, 81), np.arange(100.0, 131)], axis=1)
    along = evidence([PATH, diagonal], np.zeros(SHAPE, np.float32)).along
    assert along == pytest.approx(np.array([[0, 1], [np.sqrt(0.5), np.sqrt(0.5)]]))


def test_a_lone_hair_has_no_region() -> None:
    assert evidence([PATH], shadow((100, 100))).region.tolist() == [[0, 0]]


def test_the_sure_hairs_around_decide_for_one_that_shows_nothing() -> None:
    rows = [20, 60, 100, 140, 180]
    sure, unsure = [level(row, 100, 150) for row in rows], level(80, 250, 290)
    around = shadow(*((row, 100) for row in rows))
    for path, sign in ((unsure, 1), (unsure[::-1], -1)):
        found = evidence([*sure, path], around)
        assert abs(found.own[-1]) < 0.5
        assert sign * found.log_odds[-1] > 3


def test_a_sure_hair_drawn_from_its_tip_votes_for_the_same_direction() -> None:
    rows = [20, 60, 100, 140, 180]
    paths = [level(row, 100, 150) for row in rows]
    around = shadow(*((row, 100) for row in rows))
    turned = [path[::-1] if k % 2 else path for k, path in enumerate(paths)]
    assert evidence(turned, around).region == pytest.approx(evidence(paths, around).region)


def test_few_sure_hairs_make_a_weak_region() -> None:
    rows = [20, 60, 100, 140, 180]
    paths = [level(row, 100, 150) for row in rows]
    two = evidence([*paths[:2], paths[4]], shadow(*((row, 100) for row in rows[:2]))).region[-1]
    five = evidence(paths, shadow(*((row, 100) for row in rows))).region[-1]
    assert 0 < two[1] < 0.55 < five[1] <= 1


def test_no_paths_have_no_evidence() -> None:
    found = evidence([], np.zeros(SHAPE, np.float32))
    assert found.log_odds.shape == found.deviation_deg.shape == (0,)


def made(own: float, region: tuple[float, float], along: tuple[float, float]) -> RootEvidence:
    return RootEvidence(own=np.array([own]), region=np.array([region]), along=np.array([along]), region_weight=6.0)


def test_both_witnesses_are_added() -> None:
    assert made(-1.0, (0.0, 0.5), (0.0, 1.0)).log_odds.tolist() == [2.0]
    assert made(-1.0, (0.0, 0.5), (0.0, -1.0)).log_odds.tolist() == [-4.0]
    assert made(-1.0, (0.5, 0.0), (0.0, 1.0)).log_odds.tolist() == [-1.0]


@pytest.mark.parametrize(
    ("along_deg", "deviation_deg"), [(0.0, 0.0), (30.0, 30.0), (90.0, 90.0), (150.0, 30.0), (180.0, 0.0)]
)
def test_the_deviation_is_that_of_axes(along_deg: float, deviation_deg: float) -> None:
    turn = np.deg2rad(along_deg)
    found = made(0.0, (0.0, 0.4), (float(np.sin(turn)), float(np.cos(turn)))).deviation_deg
    assert found == pytest.approx([deviation_deg], abs=1e-5)


def test_without_a_region_the_deviation_is_90_degrees() -> None:
    assert made(0.0, (0.0, 0.0), (0.0, 1.0)).deviation_deg.tolist() == [90.0]
