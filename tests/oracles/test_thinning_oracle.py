"""Thinning on a list of pixels against thinning over the picture, and what a thinned line must be."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import pytest
from scipy import ndimage
from skimage.morphology import skeletonize

from hairdensity.tracing.thinning import thin_pixels

RING = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def tangle(seed: int) -> np.ndarray:
    """Lines and rings of 1-3 px, and specks."""
    rng = np.random.default_rng(seed)
    canvas = np.zeros((70, 90), dtype=np.uint8)
    for _ in range(12):
        start, end = (tuple(rng.integers(0, 90, 2).tolist()) for _ in range(2))
        cv2.line(canvas, start, end, 1, int(rng.integers(1, 4)))
    for _ in range(4):
        cv2.circle(canvas, tuple(rng.integers(0, 90, 2).tolist()), int(rng.integers(2, 12)), 1, 1)
    canvas[rng.integers(0, 70, 20), rng.integers(0, 90, 20)] = 1
    return canvas > 0


def thinned(mask: np.ndarray) -> np.ndarray:
    found = np.zeros_like(mask)
    found[tuple(thin_pixels(mask).T)] = True
    return found


def slow_thinning(mask: np.ndarray) -> np.ndarray:
    """The same passes over the whole picture, pixel by pixel, as they are stated in words."""
    image = np.pad(mask, 1)
    changed = True
    while changed:
        changed = False
        for rule in (*(partial(is_stair, turn=turn) for turn in range(4)), is_first_border, is_second_border):
            leaving = [
                (row, col) for row, col in np.argwhere(image) if rule(image[row - 1 : row + 2, col - 1 : col + 2])
            ]
            for row, col in leaving:
                image[row, col] = False
            changed |= bool(leaving)
    return image[1:-1, 1:-1]


def is_stair(around: np.ndarray, *, turn: int) -> bool:
    """The sides above and to the right are set, nothing between them or opposite, and not both of the other sides."""
    (_, up, between), (left, _, right), (opposite, down, _) = np.rot90(around, turn)
    return bool(up and right and not between and not opposite and not (left and down))


def rises_and_sum(around: np.ndarray) -> tuple[int, int]:
    ring = [int(around[1 + dr, 1 + dc]) for dr, dc in RING]
    return [*zip(ring, ring[1:] + ring[:1], strict=True)].count((0, 1)), sum(ring)


def is_first_border(around: np.ndarray) -> bool:
    rises, total = rises_and_sum(around)
    (_, up, _), (left, _, right), (_, down, _) = around
    return 2 <= total <= 6 and rises == 1 and not (up and right and down) and not (right and down and left)


def is_second_border(around: np.ndarray) -> bool:
    rises, total = rises_and_sum(around)
    (_, up, _), (left, _, right), (_, down, _) = around
    return 2 <= total <= 6 and rises == 1 and not (up and right and left) and not (up and down and left)


@pytest.mark.parametrize("seed", range(4))
def test_the_list_gives_what_passing_over_the_picture_gives(seed: int) -> None:
    mask = tangle(seed)
    assert np.array_equal(thinned(mask), slow_thinning(mask))


@pytest.mark.parametrize("seed", range(6))
def test_lines_stay_whole_and_become_thin(seed: int) -> None:
    mask = tangle(seed)
    thin = thinned(mask)
    everywhere = np.ones((3, 3))
    # 2x2 squares of a speck may vanish under Zhang and Suen; whatever is left of a part stays in one piece.
    parts, n_parts = ndimage.label(mask, everywhere)
    for part in range(1, n_parts + 1):
        assert ndimage.label(thin & (parts == part), everywhere)[1] <= 1
    assert not (thin[:-1, :-1] & thin[1:, :-1] & thin[:-1, 1:] & thin[1:, 1:]).any()
    assert np.array_equal(thinned(thin), thin)


@pytest.mark.parametrize("seed", range(6))
def test_it_lies_where_the_usual_skeleton_lies_and_has_no_stairs(seed: int) -> None:
    mask = tangle(seed)
    thin, usual = thinned(mask), skeletonize(mask)
    assert 0.9 < np.count_nonzero(thin) / np.count_nonzero(usual) <= 1
    for one, other in ((thin, usual), (usual, thin)):
        assert np.mean(ndimage.distance_transform_edt(~other)[one] < 1.5) > 0.98


def test_a_stair_along_a_diagonal_becomes_a_diagonal() -> None:
    stair = np.zeros((6, 6), dtype=bool)
    for k in range(5):
        stair[k, k] = stair[k, k + 1] = True
    thin = thinned(stair)
    assert ndimage.convolve(thin.astype(int), np.ones((3, 3)), mode="constant")[thin].max() == 3
    assert np.count_nonzero(thin) >= 5


def test_nothing_gives_nothing() -> None:
    assert thin_pixels(np.zeros((4, 5), dtype=bool)).shape == (0, 2)
