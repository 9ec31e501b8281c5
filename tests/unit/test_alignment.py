"""Alignment and Warp: worked by hand, and there and back."""

from __future__ import annotations

import numpy as np
import pytest

from hairdensity.comparison.alignment import Alignment, Warp
from hairdensity.errors import InputError

SHIFT = np.array([[1.0, 0.0, 3.0], [0.0, 1.0, -2.0]])
QUARTER = np.array([[0.0, -1.0, 99.0], [1.0, 0.0, 0.0]])


def _bent(matrix: np.ndarray) -> Alignment:
    rows, cols = np.meshgrid(np.arange(6), np.arange(6), indexing="ij")
    moved = np.stack([4 * np.sin(rows / 2), 3 * np.cos(cols / 2)], axis=-1)
    return Alignment(matrix=matrix, warp=Warp(displacement_px=moved, spacing_px=40.0))


def test_a_shift_moves_points() -> None:
    assert Alignment(matrix=SHIFT).to_follow_up(np.array([[10.0, 20.0]])).tolist() == [[13.0, 18.0]]


def test_a_warp_is_bilinear_between_its_nodes_and_constant_beyond() -> None:
    moved = np.zeros((2, 2, 2))
    moved[1, :, 0] = 8.0
    warp = Warp(displacement_px=moved, spacing_px=10.0)
    found = warp.at(np.array([[0.0, 5.0], [5.0, 5.0], [10.0, 0.0], [90.0, -3.0]]))
    assert found.tolist() == [[0.0, 0.0], [4.0, 0.0], [8.0, 0.0], [8.0, 0.0]]


@pytest.mark.parametrize("matrix", [SHIFT, QUARTER, 1.07 * SHIFT])
def test_there_and_back_is_the_same_place(matrix: np.ndarray) -> None:
    points = np.random.default_rng(0).uniform(0, 200, (50, 2))
    alignment = _bent(matrix)
    assert np.allclose(alignment.to_baseline(alignment.to_follow_up(points)), points, atol=1e-4)


def test_the_inverse_agrees_with_the_way_back() -> None:
    alignment = _bent(SHIFT)
    points = np.random.default_rng(1).uniform(20, 180, (50, 2))
    # Between the nodes of another lattice the bilinear warp differs a little.
    assert np.allclose(alignment.inverted((200, 200)).to_follow_up(points), alignment.to_baseline(points), atol=0.35)


def test_a_quarter_turn_of_a_picture() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    turn = np.array([[0.0, -1.0, 2.0], [1.0, 0.0, 0.0]])  # baseline (4 x 3) to follow-up (3 x 4)
    seen = Alignment(matrix=turn).follow_up_as_baseline(picture, (4, 3))
    assert seen.tolist() == np.rot90(picture, -1).tolist()


def test_a_picture_moves_as_its_points_do() -> None:
    alignment = _bent(1.05 * QUARTER)
    rows = np.repeat(np.arange(300.0)[:, None], 300, axis=1)
    seen = alignment.follow_up_as_baseline(rows.astype(np.float32), (100, 90))
    place = np.array([[40.0, 50.0], [70.0, 20.0]])
    expected = alignment.to_follow_up(place)[:, 0]
    assert np.allclose(seen[[40, 70], [50, 20]], expected, atol=0.3)


def test_a_mask_stays_a_mask_and_what_is_not_shown_is_false() -> None:
    seen = Alignment(matrix=SHIFT).follow_up_as_baseline(np.ones((10, 10), dtype=bool), (10, 10))
    assert seen.dtype == np.bool_
    assert seen.sum() == 7 * 8


@pytest.mark.parametrize("matrix", [np.zeros((2, 3)), np.eye(3), np.full((2, 3), np.nan)])
def test_a_matrix_without_a_way_back_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(InputError, match="matrix"):
        Alignment(matrix=matrix)


def test_zoom_is_the_length_of_a_baseline_pixel_on_the_follow_up() -> None:
    assert Alignment(matrix=1.1 * QUARTER).zoom == pytest.approx(1.1)
