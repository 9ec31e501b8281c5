"""Shafts as bars under a Gaussian PSF, anti-aliased exactly: differences of the normal distribution function."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

__all__ = ["Bar", "Profile", "blurred_bar", "mix"]

Array = NDArray[np.float64]
Map = NDArray[np.float32]

REACH_SIGMA = 3.5
"""Beyond this many sigma a blurred edge is below 1/4000, a sixteenth of a grey level."""

LEAST = 1e-3
"""A share of a pixel that nobody sees, a quarter of a grey level."""

LEAST_SIGMA = 3.1
"""So many sigma beyond an edge less than that is left."""

PER_PX = 3
"""Places per px along a shaft for which its profile is known."""

NORMAL_STEPS = 2048
NORMAL = ndtr(np.arange(-4 * NORMAL_STEPS, 4 * NORMAL_STEPS + 1) / NORMAL_STEPS).astype(np.float32)


class Bar(NamedTuple):
    """One blurred bar: the M pixels that it touches.

    ``pixels`` are flat indices into the picture; ``coverage`` is 0-1; ``along_px`` and ``across_px`` are the place of
    each pixel in the bar's own frame.
    """

    pixels: NDArray[np.int64]
    coverage: Map
    along_px: Map
    across_px: Map


class Profile(NamedTuple):
    """Width and blur that change along a bar, each at K even steps from its first point to its last.

    ``left_px`` and ``right_px`` are the distances of the edges from the axis, on the sides of negative and positive
    ``across_px``.
    """

    left_px: Array
    right_px: Array
    sigma_px: Array


def blurred_bar(
    path_px: Array,
    *,
    width_px: float,
    sigma_px: float,
    shape: tuple[int, int],
    start_sigma_px: float | None = None,
    cut_px: ArrayLike = (0.0,),
    profile: Profile | None = None,
) -> Bar | None:
    """Share of each pixel that a bar around an axis covers after blur.

    Exact for a straight bar; on a curve it holds while the radius is large against width and blur.

    Parameters
    ----------
    path_px : (K, 2) float ndarray
        (row, col) of the axis, root first.
    width_px : float
        Across which the cuts are spread.
    sigma_px : float
        Gaussian PSF, pixel aperture included.
    shape : (int, int)
        H, W of the picture.
    start_sigma_px : float, optional
        Blur of the root's end along the axis, where it differs.
    cut_px : (C,) or (2, C) array, optional
        How far the far end reaches beyond the last point, at C even steps across the width: a ragged or slanted cut.
        With two rows, the second is the same of the near end.
    profile : Profile, optional
        Instead of an even width and blur.

    Returns
    -------
    Bar or None
        None when the bar does not touch the picture.
    """
    start_sigma = sigma_px if start_sigma_px is None else start_sigma_px
    cut = np.atleast_2d(np.asarray(cut_px, dtype=np.float64))
    reach = _reach(width_px, max(sigma_px, start_sigma), float(np.abs(cut).max()), profile)
    window = _window(path_px, reach, shape)
    if window is None:
        return None
    pixels, t, d = _bar_frame(path_px, *window, reach, shape)
    length = float(np.linalg.norm(np.diff(path_px, axis=0), axis=1).sum())
    spread = np.linspace(-width_px / 2, width_px / 2, cut.shape[1])
    end = length + np.interp(d, spread, cut[0])
    begin = t + np.interp(d, spread, cut[1]).astype(np.float32) if len(cut) > 1 else t
    if profile is not None:
        left, right, sigma = _at(t, length, profile)
        side = _normal((d + left) / sigma) - _normal((d - right) / sigma)
        coverage = side * (_normal(begin / np.float32(start_sigma)) - _normal((t - end.astype(np.float32)) / sigma))
        seen = np.flatnonzero(coverage > LEAST)
        return Bar(pixels[seen], coverage[seen], t[seen], d[seen])
    side = ndtr((d + width_px / 2) / sigma_px) - ndtr((d - width_px / 2) / sigma_px)
    ends = ndtr(begin / start_sigma) - ndtr((t - end) / sigma_px)
    return Bar(pixels, np.clip(side * ends, 0.0, 1.0).astype(np.float32), t, d)


def mix(canvas: Map, bar: Bar, opacity: ArrayLike, color: ArrayLike) -> None:
    """Lay a bar over the canvas, in place: canvas + opacity * coverage * (color - canvas).

    Parameters
    ----------
    canvas : (H, W, 3) float32 ndarray
        Contiguous.
    bar : Bar
    opacity : float or (M,) array
    color : (3,) or (M, 3) array
    """
    alpha = np.asarray(opacity, dtype=np.float32) * bar.coverage
    flat, tone = canvas.reshape(-1, 3), np.asarray(color, dtype=np.float32)
    below = flat[bar.pixels]
    flat[bar.pixels] = below + alpha[:, None] * (tone - below)


def _reach(width_px: float, sigma_px: float, cut_px: float, profile: Profile | None) -> float:
    """Distance from the axis beyond which nothing shows."""
    if profile is None:
        return width_px / 2 + REACH_SIGMA * sigma_px + cut_px
    widest = max(float(profile.left_px.max()), float(profile.right_px.max()))
    return widest + LEAST_SIGMA * max(float(profile.sigma_px.max()), sigma_px) + cut_px


def _at(t: Map, length: float, profile: Profile) -> tuple[Map, Map, Map]:
    """Distance of both edges from the axis, and the blur, beside each pixel."""
    fine = np.linspace(0.0, 1.0, max(int(PER_PX * length), 2))
    step = np.clip(t * np.float32((len(fine) - 1) / length) + np.float32(0.5), 0, len(fine) - 1).astype(np.int32)
    steps = np.linspace(0.0, 1.0, len(profile.left_px))
    left, right, sigma = (np.interp(fine, steps, values).astype(np.float32)[step] for values in profile)
    return left, right, sigma


def _normal(z: Map) -> Map:
    """Distribution function from a table: a hundredth of a grey level off, ten times as fast."""
    place = np.clip(z * np.float32(NORMAL_STEPS) + np.float32(len(NORMAL) // 2 + 0.5), 0, len(NORMAL) - 1)
    return np.asarray(NORMAL[place.astype(np.int32)], dtype=np.float32)


def _window(path_px: Array, reach: float, shape: tuple[int, int]) -> tuple[slice, slice] | None:
    """Rows and columns of the picture within ``reach`` of the axis."""
    low = np.maximum(np.floor(path_px.min(axis=0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(path_px.max(axis=0) + reach) + 1, shape).astype(int)
    if (low >= high).any():
        return None
    return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))


def _bar_frame(
    path_px: Array, rows: slice, cols: slice, reach: float, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], Map, Map]:
    """Flat indices of the pixels near an axis, their arc length and their signed distance from the nearest segment.

    The first and the last segment count as endless, so that the ends are cut square.
    """
    size = (rows.stop - rows.start, cols.stop - cols.start)
    along, across = np.empty(size, np.float32), np.empty(size, np.float32)
    nearest = np.full(size, np.inf, np.float32)
    heads = path_px[:-1] - np.array([rows.start, cols.start])
    moves = np.diff(path_px, axis=0)
    lengths = np.linalg.norm(moves, axis=1)
    directions = moves / lengths[:, None]
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    last = len(lengths) - 1
    for i, part in enumerate(_windows(heads, directions * lengths[:, None], reach, size)):
        if part is None:
            continue
        (head_row, head_col), (d_row, d_col) = heads[i].astype(np.float32), directions[i].astype(np.float32)
        grid_row = np.arange(part[0].start, part[0].stop, dtype=np.float32)[:, None] - head_row
        grid_col = np.arange(part[1].start, part[1].stop, dtype=np.float32)[None] - head_col
        t = grid_row * d_row + grid_col * d_col
        d = grid_row * d_col - grid_col * d_row
        over = t - np.minimum(np.maximum(t, 0), np.float32(lengths[i]))
        squared = d * d + over * over
        closer = squared < nearest[part]
        bent, place = np.copysign(np.sqrt(squared), d), t - over
        if i in (0, last):
            ends = ((t < 0) & (i == 0)) | ((over > 0) & (i == last))
            bent, place = np.where(ends, d, bent), np.where(ends, t, place)
        np.copyto(nearest[part], squared, where=closer)
        np.copyto(along[part], starts[i] + place, where=closer, casting="same_kind")
        np.copyto(across[part], bent, where=closer)
    touched = np.flatnonzero(nearest < np.inf)
    touched = touched[np.abs(across.ravel()[touched]) <= reach]
    row, col = np.divmod(touched, size[1])
    return (row + rows.start) * shape[1] + col + cols.start, along.ravel()[touched], across.ravel()[touched]


def _windows(heads: Array, moves: Array, reach: float, size: tuple[int, int]) -> list[tuple[slice, slice] | None]:
    """The part of a patch within ``reach`` of each segment; None where there is nothing."""
    ends = heads + moves
    low = np.maximum(np.floor(np.minimum(heads, ends) - reach), 0).astype(int)
    high = np.minimum(np.ceil(np.maximum(heads, ends) + reach) + 1, size).astype(int)
    return [
        (slice(r0, r1), slice(c0, c1)) if r0 < r1 and c0 < c1 else None
        for (r0, c0), (r1, c1) in zip(low.tolist(), high.tolist(), strict=True)
    ]
