from __future__ import annotations

import numpy as np
import pytest

from hairdensity.synthetic.motion import Motion, draw_stretch, rotation

FRAME_UM = (5000.0, 7000.0)


def places(n: int = 200) -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 1, (n, 2)) * FRAME_UM


def test_a_quarter_turn_takes_columns_to_rows_upward() -> None:
    motion = Motion(turn=rotation(np.pi / 2), shift_um=np.array([100.0, 0.0]))
    assert motion.forth(np.array([[1.0, 2.0]])) == pytest.approx(np.array([[98.0, 1.0]]))


@pytest.mark.parametrize("strength", [0.0, 0.03, 0.1])
def test_the_way_back_ends_where_the_way_forth_began(strength: float) -> None:
    stretch = draw_stretch(strength, FRAME_UM, np.random.default_rng(2))
    first = Motion(turn=rotation(1.0), shift_um=np.array([300.0, -50.0]), stretch=stretch)
    both = Motion(turn=rotation(-0.3), shift_um=np.array([0.0, 80.0]), stretch=stretch).after(first)
    for motion in (first, both):
        assert motion.back(motion.forth(places())) == pytest.approx(places(), abs=1e-6)


def test_one_motion_after_another_is_the_one_and_then_the_other() -> None:
    first = Motion(turn=rotation(0.4), stretch=draw_stretch(0.05, FRAME_UM, np.random.default_rng(3)))
    second = Motion(turn=rotation(2.0), shift_um=np.array([5.0, 9.0]))
    assert second.after(first).forth(places()) == pytest.approx(second.forth(first.forth(places())))


def test_the_largest_strain_on_the_frame_is_the_strength() -> None:
    for seed in range(5):
        stretch = draw_stretch(0.04, FRAME_UM, np.random.default_rng(seed))
        assert stretch is not None
        rows, cols = (np.linspace(0, side, 30) for side in FRAME_UM)
        grid = np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).reshape(-1, 2)
        strain = np.linalg.norm(stretch.gradient(grid), ord=2, axis=(1, 2)).max()
        assert strain == pytest.approx(0.04, rel=0.03)


def test_a_stretch_leaves_nothing_that_a_camera_does() -> None:
    """Neither shift nor turn nor zoom fits its displacements."""
    stretch = draw_stretch(0.04, FRAME_UM, np.random.default_rng(4))
    assert stretch is not None
    rows, cols = (np.linspace(0, side, 9) for side in FRAME_UM)
    grid = np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).reshape(-1, 2)
    moves, away = stretch.at(grid), grid - grid.mean(axis=0)
    turned = np.stack([-away[:, 1], away[:, 0]], axis=1)
    scale = (away**2).sum()
    assert moves.mean(axis=0) == pytest.approx(0, abs=1e-6)
    assert (moves * away).sum() / scale == pytest.approx(0, abs=1e-9)
    assert (moves * turned).sum() / scale == pytest.approx(0, abs=1e-9)
    assert 20 < np.sqrt((moves**2).sum(axis=1).mean()) < 200


def test_the_gradient_is_the_slope_of_the_displacement() -> None:
    stretch = draw_stretch(0.05, FRAME_UM, np.random.default_rng(5))
    assert stretch is not None
    here, step = np.array([[2000.0, 3000.0]]), np.array([[1.0, 0.0]])
    slope = (stretch.at(here + step) - stretch.at(here - step)) / 2
    assert stretch.gradient(here)[0, :, 0] == pytest.approx(slope[0], abs=1e-9)


def test_the_local_change_of_a_turn_is_the_turn() -> None:
    motion = Motion(turn=rotation(0.7), shift_um=np.array([3.0, 4.0]))
    assert motion.local(np.array([10.0, 20.0])) == pytest.approx(rotation(0.7))
