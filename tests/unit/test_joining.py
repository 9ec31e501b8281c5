from __future__ import annotations

import numpy as np
import pytest

from hairdensity.tracing.joining import JoiningSettings, join_branches
from hairdensity.tracing.skeleton import Branches

UM_PER_PX = 5.0  # gaps up to 100 px are looked at
DARK = np.full((300, 300), 0.5, dtype=np.float32)


def ray(start: tuple[float, float], angle_deg: float, length: int) -> np.ndarray:
    """Points 1 px apart; 0 degrees runs along increasing columns, 90 along increasing rows."""
    along = np.array([np.sin(np.deg2rad(angle_deg)), np.cos(np.deg2rad(angle_deg))])
    return np.array(start, dtype=float) + np.arange(length + 1)[:, None] * along


def joined(
    *paths: np.ndarray,
    widths: list[float] | None = None,
    strengths: list[float] | None = None,
    contrast: np.ndarray = DARK,
    um_per_px: float = UM_PER_PX,
) -> Branches:
    return join_branches(
        Branches.from_paths(list(paths)),
        np.array(widths or [8.0] * len(paths)),
        np.array(strengths or [0.5] * len(paths)),
        contrast,
        um_per_px=um_per_px,
        settings=JoiningSettings(),
    )


LEFT, RIGHT = ray((100, 20), 0, 60), ray((100, 100), 0, 60)  # columns 20-80 and 100-160


def test_two_halves_of_a_shaft_are_joined_over_a_dark_gap() -> None:
    whole = joined(LEFT, RIGHT)
    assert len(whole) == 1
    assert whole.path(0).tolist() in ([*LEFT.tolist(), *RIGHT.tolist()], [*LEFT.tolist(), *RIGHT.tolist()][::-1])


@pytest.mark.parametrize("turned", ["left", "right", "both"])
def test_the_direction_of_the_halves_does_not_matter(turned: str) -> None:
    left = LEFT[::-1] if turned != "right" else LEFT
    right = RIGHT[::-1] if turned != "left" else RIGHT
    cols = joined(left, right).path(0)[:, 1]
    assert len(cols) == 122
    assert (np.diff(cols) > 0).all() or (np.diff(cols) < 0).all()


def test_bare_skin_between_two_halves_keeps_them_apart() -> None:
    contrast = DARK.copy()
    contrast[:, 81:100] = 0
    assert len(joined(LEFT, RIGHT, contrast=contrast)) == 2


@pytest.mark.parametrize("levels", [(0.4, 0.8), (0.8, 0.4)])
@pytest.mark.parametrize(("gap_level", "n_shafts"), [(0.35, 1), (0.05, 2)])
def test_a_gap_must_be_nearly_as_dark_as_the_paler_half(
    levels: tuple[float, float], gap_level: float, n_shafts: int
) -> None:
    contrast = DARK.copy()
    contrast[:, :81], contrast[:, 81:100], contrast[:, 100:] = levels[0], gap_level, levels[1]
    assert len(joined(LEFT, RIGHT, contrast=contrast)) == n_shafts


@pytest.mark.parametrize(("gap_px", "n_shafts"), [(95, 1), (105, 2)])
def test_a_gap_above_500_um_is_not_bridged(gap_px: int, n_shafts: int) -> None:
    assert len(joined(LEFT, ray((100, 80 + gap_px), 0, 60))) == n_shafts


def test_the_longest_gap_is_stated_in_um() -> None:
    assert len(joined(LEFT, ray((100, 140), 0, 60), um_per_px=10.0)) == 2


@pytest.mark.parametrize(("bend_deg", "n_shafts"), [(0.0, 1), (20.0, 1), (70.0, 2), (150.0, 2)])
def test_a_sharp_bend_is_no_shaft(bend_deg: float, n_shafts: int) -> None:
    assert len(joined(LEFT, ray((100, 82), bend_deg, 60))) == n_shafts


def test_parallel_neighbors_are_not_joined() -> None:
    assert len(joined(ray((100, 20), 0, 60), ray((112, 20), 0, 60))) == 2


def test_a_parallel_step_sideways_is_not_joined() -> None:
    assert len(joined(LEFT, ray((120, 90), 0, 60))) == 2


@pytest.mark.parametrize(("width", "n_shafts"), [(8.0, 1), (16.0, 1), (130.0, 2)])
def test_halves_of_very_different_widths_are_not_one_shaft(width: float, n_shafts: int) -> None:
    assert len(joined(LEFT, RIGHT, widths=[8.0, width])) == n_shafts


@pytest.mark.parametrize(("strength", "n_shafts"), [(0.25, 1), (0.002, 2)])
def test_halves_of_very_different_strength_are_not_one_shaft(strength: float, n_shafts: int) -> None:
    assert len(joined(LEFT, RIGHT, strengths=[0.5, strength])) == n_shafts


def test_two_crossing_shafts_come_out_of_four_arms() -> None:
    arms = [ray((100, 100), angle, 60)[5:] for angle in (0.0, 60.0, 180.0, 240.0)]
    shafts = joined(*arms)
    assert len(shafts) == 2
    for i in range(2):
        first, last = shafts.path(i)[[0, -1]] - [100, 100]
        assert first == pytest.approx(-last, abs=1e-6)


def test_a_fork_goes_on_along_the_straighter_arm() -> None:
    shafts = joined(LEFT, ray((100, 84), 4.0, 60), ray((100, 84), 30.0, 60))
    assert len(shafts) == 2
    longest = shafts.path(int(np.argmax(shafts.lengths)))
    ends = sorted(longest[[0, -1]].tolist(), key=lambda end: end[1])
    assert ends[0] == [100, 20]
    assert ends[1] == pytest.approx(ray((100, 84), 4.0, 60)[-1].tolist())


def test_an_end_between_two_equally_good_arms_takes_one_of_them() -> None:
    for arms in ((LEFT, RIGHT, RIGHT), (RIGHT, RIGHT, LEFT)):
        assert sorted(np.diff(joined(*arms).offsets).tolist()) == [61, 122]


def test_a_chain_of_pieces_becomes_one_shaft_in_order() -> None:
    pieces = [ray((100, col), 0, 30) for col in (130, 10, 90, 50)]
    cols = joined(*pieces).path(0)[:, 1]
    assert len(cols) == 4 * 31
    assert (np.diff(cols) > 0).all() or (np.diff(cols) < 0).all()


def test_a_closed_ring_keeps_all_its_points_once() -> None:
    angles = [np.deg2rad(np.linspace(start, start + 82, 90)) for start in (0, 90, 180, 270)]
    arcs = [150 + 60 * np.stack([np.sin(a), np.cos(a)], axis=1) for a in angles]
    ring = joined(*arcs)
    assert len(ring) == 1
    assert len(np.unique(ring.points.round(6), axis=0)) == len(ring.points) == 4 * 90


def test_a_single_branch_and_no_branch_stay_as_they_are() -> None:
    assert np.array_equal(joined(LEFT).points, LEFT)
    assert len(joined()) == 0
