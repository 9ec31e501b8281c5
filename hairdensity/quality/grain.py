"""The sensor's noise and the blocks of a strong JPEG: both are of the picture's own pixels, not of the reduced one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["measure_blocks", "measure_noise"]

STRIP_ROWS, STRIP_STEP = 24, 96
"""Noise is much the same everywhere: a quarter of the rows tells it."""

TILE_PX = 12
QUIET_QUANTILE = 0.25
"""Tiles without hairs and folds."""

BLOCK_PX = 8

LAPLACIAN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
"""Blind to planes, and of sum of squares 1 [1]_."""


def measure_noise(green: NDArray[np.uint8]) -> float:
    """Standard deviation of the noise in grey levels, from the quietest quarter of a picture.

    Parameters
    ----------
    green : (H, W) uint8 ndarray

    References
    ----------
    .. [1] Immerkaer (1996). Fast noise variance estimation. Computer Vision and Image Understanding 64(2), 300-302.
    """
    starts = range(0, max(green.shape[0] - STRIP_ROWS, 1), STRIP_STEP)
    tiles = np.concatenate([_tile_means(green[start : start + STRIP_ROWS]) for start in starts])
    # The mean size of a normal deviate is 0.80 of its deviation.
    return float(np.quantile(tiles, QUIET_QUANTILE) * np.sqrt(np.pi / 2)) if len(tiles) else 0.0


def _tile_means(strip: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(T,) mean size of the second differences of each tile of a strip."""
    size = np.abs(cv2.filter2D(strip, cv2.CV_32F, LAPLACIAN))
    rows, cols = strip.shape[0] // TILE_PX, strip.shape[1] // TILE_PX
    tiles = size[: rows * TILE_PX, : cols * TILE_PX].reshape(rows, TILE_PX, cols, TILE_PX)
    return np.asarray(tiles.mean(axis=(1, 3)).ravel(), np.float32)


def measure_blocks(green: NDArray[np.uint8]) -> float:
    """How much higher the steps between blocks of 8 x 8 px are than those within; 1 without compression.

    Parameters
    ----------
    green : (H, W) uint8 ndarray
    """
    if min(green.shape) < 4 * BLOCK_PX:
        return 1.0
    return min(_step_excess(green[::3]), _step_excess(np.ascontiguousarray(green[:, ::3].T)))


def _step_excess(rows: NDArray[np.uint8]) -> float:
    """The highest mean step among the eight places of a block against the middle one."""
    steps = cv2.reduce(cv2.absdiff(rows[:, 1:], rows[:, :-1]), 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
    whole = steps[: len(steps) // BLOCK_PX * BLOCK_PX].reshape(-1, BLOCK_PX)
    # The median over the blocks: a hair or a drawn line is no block's border.
    places = np.median(whole, axis=0) + np.float32(0.05)
    return float(places.max() / np.median(places))
