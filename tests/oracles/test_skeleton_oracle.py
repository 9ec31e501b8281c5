"""The walk of all pieces at once against a walk of one pixel after the other."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hairdensity.tracing.skeleton import Branches, find_branches
from hairdensity.tracing.thinning import thin_pixels

Pixel = tuple[int, int]
Path = tuple[Pixel, ...]


def neighbors(pixel: Pixel, among: set[Pixel]) -> list[Pixel]:
    row, col = pixel
    near = [(row + dr, col + dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1) if (dr, dc) != (0, 0)]
    return [p for p in near if p in among]


def slow_branches(axis: np.ndarray) -> set[Path]:
    """Every path between ends and junctions, by sets of pixels."""
    thin = set(map(tuple, thin_pixels(axis).tolist()))
    left = {pixel for pixel in thin if len(neighbors(pixel, thin)) <= 2}
    found = set()
    while left:
        ends = sorted(pixel for pixel in left if len(neighbors(pixel, left)) <= 1)
        here = ends[0] if ends else min(left)
        path = [here]
        left.discard(here)
        while following := neighbors(here, left):
            # Two only at the start of a ring.
            here = following[0]
            path.append(here)
            left.discard(here)
        found.add(canonical(tuple(path)))
    return found


def canonical(path: Path) -> Path:
    """The same path for both directions; rings begin at their first pixel in both."""
    is_ring = len(path) > 2 and max(abs(a - b) for a, b in zip(path[0], path[-1], strict=True)) <= 1
    return min(path, (path[0], *path[:0:-1])) if is_ring else min(path, path[::-1])


def fast_branches(branches: Branches) -> list[Path]:
    paths = [branches.path(i).astype(int).tolist() for i in range(len(branches))]
    return [canonical(tuple((row, col) for row, col in path)) for path in paths]


def tangle(seed: int) -> np.ndarray:
    """Lines, rings and specks that cross each other."""
    rng = np.random.default_rng(seed)
    canvas = np.zeros((70, 90), dtype=np.uint8)
    for _ in range(12):
        start, end = (tuple(rng.integers(0, 90, 2).tolist()) for _ in range(2))
        cv2.line(canvas, start, end, 1, int(rng.integers(1, 4)))
    for _ in range(4):
        cv2.circle(canvas, tuple(rng.integers(0, 90, 2).tolist()), int(rng.integers(2, 12)), 1, 1)
    canvas[rng.integers(0, 70, 20), rng.integers(0, 90, 20)] = 1
    return canvas > 0


@pytest.mark.parametrize("seed", range(6))
def test_both_walks_give_the_same_branches(seed: int) -> None:
    axis = tangle(seed)
    fast = fast_branches(find_branches(axis))
    assert len(set(fast)) == len(fast) > 20
    assert set(fast) == slow_branches(axis)


def test_both_walks_agree_on_noise() -> None:
    axis = np.random.default_rng(1).random((50, 50)) > 0.7
    assert set(fast_branches(find_branches(axis))) == slow_branches(axis)
