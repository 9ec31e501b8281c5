"""Where a shaft begins and ends: its darkness along its own axis, prolonged at both ends."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.tracing.skeleton import Branches

__all__ = ["AxisProfiles", "EndSettings", "resample", "sample_along", "settle_ends"]

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSettings:
    """Where a shaft ends.

    Parameters
    ----------
    prolong_um : float
        How far beyond the ridge's own ends the shaft is looked for: ridges stop half a width before a cut.
    trim_um : float
        What a ridge's ends lose first: a ridge curls toward the corners of a cut end.
    smooth_um : float
        Length over which a path is smoothed.
    end_fraction : float
        Share of the shaft's own darkness at which it ends; the shaft that lies under the skin is paler than that.
    max_gap_um : float
        Longest pale stretch (glare, scale) inside a shaft.
    """

    prolong_um: float = 150.0
    trim_um: float = 30.0
    smooth_um: float = 60.0
    end_fraction: float = 0.55
    max_gap_um: float = 150.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxisProfiles:
    """N paths resampled at 1 px and prolonged, padded to one length K.

    Parameters
    ----------
    points : (N, K, 2) float64 ndarray
        (row, col).
    valid : (N, K) bool ndarray
        False in the padding.
    """

    points: Float
    valid: NDArray[np.bool_]

    def reduced(self, factor: float) -> AxisProfiles:
        """The same places on a map whose pixels are ``factor`` times as large."""
        return AxisProfiles(points=(self.points + 0.5) / factor - 0.5, valid=self.valid)


def settle_ends(
    branches: Branches, darkness: NDArray[np.float32], *, um_per_px: float, settings: EndSettings
) -> Branches:
    """Smooth paths from where each shaft really begins to where it really ends.

    Parameters
    ----------
    branches : Branches
        N paths.
    darkness : (h, w) float32 ndarray
        Positive on shafts, at the working scale.
    um_per_px : float
    settings : EndSettings

    Returns
    -------
    Branches
        N paths with points 1 px apart.
    """
    if len(branches) == 0:
        return branches
    prolong = round(settings.prolong_um / um_per_px)
    profiles = resample(
        branches,
        smooth_px=settings.smooth_um / um_per_px,
        prolong_px=prolong,
        trim_px=round(settings.trim_um / um_per_px),
    )
    level = sample_along(cv2.GaussianBlur(darkness, (0, 0), 1.0), profiles)
    inner = profiles.valid.copy()
    inner[:, :prolong] = False
    own = _upper_quartile(level, inner & _not_last(profiles.valid, prolong))
    on_shaft = profiles.valid & (level >= settings.end_fraction * own[:, None])
    begin, end = _longest_run(on_shaft, max_gap=round(settings.max_gap_um / um_per_px))
    chosen = (np.arange(on_shaft.shape[1]) >= begin[:, None]) & (np.arange(on_shaft.shape[1]) <= end[:, None])
    sizes = chosen.sum(axis=1)
    return Branches(points=profiles.points[chosen], offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def resample(branches: Branches, *, smooth_px: float, prolong_px: int, trim_px: int = 0) -> AxisProfiles:
    """Paths at 1 px steps, smoothed, trimmed and prolonged straight at both ends."""
    smooth = _smoothed(_evenly_spaced(branches), round(smooth_px / 2))
    sizes = np.diff(smooth.offsets)
    cut = np.minimum(trim_px, sizes // 4)
    first, last = smooth.offsets[:-1] + cut, smooth.offsets[1:] - 1 - cut
    n_points = last - first + 1
    place = np.arange(int(n_points.max(initial=1)) + 2 * prolong_px) - prolong_px  # (K,)
    # Beyond an end the path goes on in the direction of its own last part.
    reach = np.minimum(n_points - 1, max(4, prolong_px))
    ahead = _unit(smooth.points[last] - smooth.points[last - reach])
    back = _unit(smooth.points[first] - smooth.points[first + reach])
    beyond = np.maximum(place - (n_points - 1)[:, None], 0)
    before = np.maximum(-place, 0)
    points = smooth.points[first[:, None] + np.clip(place, 0, (n_points - 1)[:, None])]  # (N, K, 2)
    points += beyond[..., None] * ahead[:, None] + before[None, :, None] * back[:, None]
    return AxisProfiles(points=points, valid=beyond <= prolong_px)


def _evenly_spaced(branches: Branches) -> Branches:
    """The same paths with points about 1 px apart, at least three each."""
    points, offsets = branches.points, branches.offsets
    step = np.linalg.norm(np.diff(points, axis=0), axis=1)
    step[offsets[1:-1] - 1] = 1.0  # from the end of one path to the start of the next
    arc = np.concatenate([[0.0], np.cumsum(step)])
    start, length = arc[offsets[:-1]], arc[offsets[1:] - 1] - arc[offsets[:-1]]
    sizes = np.maximum(3, np.rint(length).astype(np.int64) + 1)
    new_offsets = np.concatenate([[0], np.cumsum(sizes)])
    index = np.arange(new_offsets[-1]) - np.repeat(new_offsets[:-1], sizes)
    at = np.repeat(start, sizes) + index * np.repeat(length / (sizes - 1), sizes)
    even = np.stack([np.interp(at, arc, points[:, 0]), np.interp(at, arc, points[:, 1])], axis=1)
    return Branches(points=even, offsets=new_offsets)


def _smoothed(branches: Branches, reach_px: int) -> Branches:
    """Each point replaced by the mean over ``reach_px`` points to each side; windows shrink toward the ends."""
    offsets, owner = branches.offsets, branches.owner
    index = np.arange(len(branches.points))
    reach = np.minimum(np.minimum(index - offsets[owner], offsets[owner + 1] - 1 - index), reach_px)
    total = np.concatenate([np.zeros((1, 2)), np.cumsum(branches.points, axis=0)])
    mean = (total[index + reach + 1] - total[index - reach]) / (2 * reach + 1)[:, None]
    return Branches(points=mean, offsets=offsets)


def _unit(vectors: Float) -> Float:
    """(N, 2) directions; a zero vector stays zero."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def sample_along(values: NDArray[np.float32], profiles: AxisProfiles) -> Float:
    """(N, K) values at the points of profiles; 0 outside the picture."""
    row, col = profiles.points[..., 0].astype(np.float32), profiles.points[..., 1].astype(np.float32)
    # cv2.remap takes maps of fewer than 32,768 rows and columns.
    flat_row, flat_col = _as_grid(row), _as_grid(col)
    sampled = cv2.remap(values, flat_col, flat_row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(sampled.ravel()[: row.size].reshape(row.shape), dtype=np.float64)


def _as_grid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values as a (rows, 4096) grid, padded; the padding is cut off again."""
    width = 4096
    rows = max(1, -(-values.size // width))
    grid = np.zeros(rows * width, dtype=np.float32)
    grid[: values.size] = values.ravel()
    return grid.reshape(rows, width)


def _not_last(valid: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """(N, K) True except at the last ``count`` valid places of each row."""
    sizes = valid.sum(axis=1)
    return np.asarray(np.arange(valid.shape[1]) < (sizes - count)[:, None])


def _upper_quartile(values: Float, chosen: NDArray[np.bool_]) -> Float:
    """(N,) upper quartile of the chosen values of each row; many times faster than NumPy's, which goes row by row."""
    ordered = np.sort(np.where(chosen, values, np.inf), axis=1)
    place = (chosen.sum(axis=1) - 1) * 3 // 4
    return np.take_along_axis(ordered, np.maximum(place, 0)[:, None], axis=1)[:, 0]


def _longest_run(marked: NDArray[np.bool_], *, max_gap: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last place of the longest run in each row, where gaps up to ``max_gap`` do not end a run.

    A row without a mark gets its middle place.
    """
    n, k = marked.shape
    place = np.arange(k)
    last = np.maximum.accumulate(np.where(marked, place, -1), axis=1)
    before = np.concatenate([np.full((n, 1), -1), last[:, :-1]], axis=1)
    opens = marked & ((before < 0) | (place - before - 1 > max_gap))
    start = np.maximum.accumulate(np.where(opens, place, -1), axis=1)
    length = np.where(marked, place - start + 1, 0)
    end = length.argmax(axis=1)
    begin = start[np.arange(n), end]
    empty = ~marked.any(axis=1)
    begin[empty] = end[empty] = k // 2
    return begin, end
