"""Thin lines to one pixel, on the list of their pixels alone.

Axis pixels are a few percent of a picture and their lines at most a few px wide: working on the list instead of on the
picture is several times faster than a thinning that passes over every pixel (``skimage.morphology.skeletonize``).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["thin_pixels"]

_RING = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
"""The neighbors P2 ... P9 of [1], clockwise from the one above."""


def thin_pixels(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(M, 2) row and col, in reading order, of the pixels that are left when lines are thinned.

    Parameters
    ----------
    mask : (h, w) bool ndarray

    References
    ----------
    .. [1] Zhang & Suen (1984). A fast parallel algorithm for thinning digital patterns. CACM 27(3), 236-239.
    .. [2] Holt et al. (1987). An improved parallel thinning algorithm. CACM 30(2), 156-160.
    """
    width = mask.shape[1] + 2
    image = np.pad(mask, 1).reshape(-1)
    steps = [row * width + col for row, col in _RING]
    pixels = np.flatnonzero(image)
    before = len(pixels) + 1
    while len(pixels) < before:
        before = len(pixels)
        # Zhang and Suen leave some stairs along diagonals, whose corners would look like junctions, and eat up others.
        for removable in (*_STAIRS, *_BORDERS):
            pixels = _without(pixels, image, steps, removable)
    row, col = np.divmod(pixels, width)
    return np.stack([row - 1, col - 1], axis=1)


def _without(
    pixels: NDArray[np.int64], image: NDArray[np.bool_], steps: list[int], removable: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The pixels that stay when those with a removable neighborhood leave, all at once; the image follows."""
    code = np.zeros(len(pixels), dtype=np.uint8)
    for bit, step in enumerate(steps):
        code |= image[pixels + step].view(np.uint8) << np.uint8(bit)
    leaving = removable[code]
    image[pixels[leaving]] = False
    return pixels[~leaving]


def _rings() -> Iterator[tuple[int, ...]]:
    """The 256 neighborhoods P2 ... P9, in the order of their codes."""
    return (bits[::-1] for bits in itertools.product((0, 1), repeat=8))


def _is_border(ring: tuple[int, ...], *, second: bool) -> bool:
    """Whether the middle leaves in the first or the second half of a pass of [1]."""
    above, _, right, _, below, _, left, _ = ring
    rises = sum(a < b for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
    sides = (above * right * left, above * below * left) if second else (above * right * below, right * below * left)
    return 2 <= sum(ring) <= 6 and rises == 1 and not any(sides)


def _is_stair(ring: tuple[int, ...], *, side: int) -> bool:
    """Whether the middle is a stair's corner between two sides, ``side`` and the next, which touch without it [2].

    None of its neighbors can be such a corner for the same two sides, so that all may leave at once.
    """
    first, between, second, _, third, opposite, fourth, _ = (ring[(side + k) % 8] for k in range(8))
    return bool(first and second and not between and not opposite and not (third and fourth))


_BORDERS = [np.array([_is_border(ring, second=second) for ring in _rings()]) for second in (False, True)]
_STAIRS = [np.array([_is_stair(ring, side=side) for ring in _rings()]) for side in (0, 2, 4, 6)]
