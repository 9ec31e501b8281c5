"""Shafts as bars under a Gaussian PSF, anti-aliased exactly: differences of the normal distribution function."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

__all__ = ["Bar", "blurred_bar", "mix"]

REACH_SIGMA = 3.5
"""Beyond this many sigma a blurred edge is below 1/4000, a sixteenth of a grey level."""


class Bar(NamedTuple):
    """One blurred bar on the patch of the picture that it touches.

    ``coverage`` is (h, w), 0-1; ``along_px`` and ``across_px`` are the place of each pixel in the bar's own frame.
    """

    rows: slice
    cols: slice
    coverage: NDArray[np.float32]
    along_px: NDArray[np.float32]
    across_px: NDArray[np.float32]


def blurred_bar(
    path_px: NDArray[np.float64],
    *,
    width_px: float,
    sigma_px: float,
    shape: tuple[int, int],
    start_sigma_px: float | None = None,
    cut_px: ArrayLike = (0.0,),
) -> Bar | None:
    """Share of each pixel that a bar around an axis covers after blur.

    Exact for a straight bar; on a curve it holds while the radius is large against width and blur.

    Parameters
    ----------
    path_px : (K, 2) float ndarray
        (row, col) of the axis, root first.
    width_px : float
    sigma_px : float
        Gaussian PSF, pixel aperture included.
    shape : (int, int)
        H, W of the picture.
    start_sigma_px : float, optional
        Blur of the root's end along the axis, where it differs.
    cut_px : (C,) array, optional
        How far the far end reaches beyond the last point, at C even steps across the width: a ragged or slanted cut.

    Returns
    -------
    Bar or None
        None when the bar does not touch the picture.
    """
    cut = np.asarray(cut_px, dtype=np.float64)
    start_sigma = sigma_px if start_sigma_px is None else start_sigma_px
    reach = width_px / 2 + REACH_SIGMA * max(sigma_px, start_sigma) + float(np.abs(cut).max())
    window = _window(path_px, reach, shape)
    if window is None:
        return None
    rows, cols = window
    along, across = _bar_frame(path_px, rows, cols, reach)
    # A long shaft touches few pixels of its window.
    near = np.abs(across) <= reach
    t, d = along[near], across[near]
    length = np.linalg.norm(np.diff(path_px, axis=0), axis=1).sum()
    end = length + np.interp(d, np.linspace(-width_px / 2, width_px / 2, len(cut)), cut)
    side = ndtr((d + width_px / 2) / sigma_px) - ndtr((d - width_px / 2) / sigma_px)
    ends = ndtr(t / start_sigma) - ndtr((t - end) / sigma_px)
    coverage = np.zeros(along.shape, np.float32)
    coverage[near] = np.clip(side * ends, 0.0, 1.0)
    return Bar(rows, cols, coverage, along, across)


def mix(canvas: NDArray[np.float32], bar: Bar, opacity: ArrayLike, color: ArrayLike) -> None:
    """Lay a bar over the canvas, in place: canvas + opacity * coverage * (color - canvas)."""
    patch = canvas[bar.rows, bar.cols]
    alpha = np.asarray(opacity, dtype=np.float32) * bar.coverage
    touched = alpha > 0
    below = patch[touched]
    patch[touched] = below + alpha[touched, None] * (np.asarray(color, dtype=np.float32) - below)


def _window(path_px: NDArray[np.float64], reach: float, shape: tuple[int, int]) -> tuple[slice, slice] | None:
    """Rows and columns of the picture within ``reach`` of the axis."""
    low = np.maximum(np.floor(path_px.min(axis=0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(path_px.max(axis=0) + reach) + 1, shape).astype(int)
    if (low >= high).any():
        return None
    return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))


def _bar_frame(
    path_px: NDArray[np.float64], rows: slice, cols: slice, reach: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Arc length and signed distance of each pixel from the nearest segment; far pixels keep a distance of 1e6.

    The first and the last segment count as endless, so that the ends are cut square.
    """
    size = (rows.stop - rows.start, cols.stop - cols.start)
    along, across = np.zeros(size, np.float32), np.full(size, 1e6, np.float32)
    nearest = np.full(size, np.inf, np.float32)
    origin = np.array([rows.start, cols.start])
    lengths = np.linalg.norm(np.diff(path_px, axis=0), axis=1)
    start = 0.0
    for i, length in enumerate(lengths):
        head, direction = path_px[i] - origin, (path_px[i + 1] - path_px[i]) / length
        part = _window(np.stack([head, head + direction * length]), reach, size)
        if part is not None:
            grid_row = np.arange(part[0].start, part[0].stop, dtype=np.float32)[:, None] - np.float32(head[0])
            grid_col = np.arange(part[1].start, part[1].stop, dtype=np.float32)[None] - np.float32(head[1])
            t = grid_row * np.float32(direction[0]) + grid_col * np.float32(direction[1])
            d = grid_row * np.float32(direction[1]) - grid_col * np.float32(direction[0])
            over = t - np.clip(t, 0, np.float32(length))
            squared = d * d + over * over
            closer = squared < nearest[part]
            ends = ((t < 0) & (i == 0)) | ((t > length) & (i == len(lengths) - 1))
            bent = np.where(ends, d, np.copysign(np.sqrt(squared), d))
            nearest[part][closer] = squared[closer]
            along[part][closer] = (start + np.where(ends, t, t - over))[closer]
            across[part][closer] = bent[closer]
        start += length
    return along, across
