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
    own = np.nanpercentile(np.where(inner & _not_last(profiles.valid, prolong), level, np.nan), 75, axis=1)
    on_shaft = profiles.valid & (level >= settings.end_fraction * own[:, None])
    begin, end = _longest_run(on_shaft, max_gap=round(settings.max_gap_um / um_per_px))
    chosen = (np.arange(on_shaft.shape[1]) >= begin[:, None]) & (np.arange(on_shaft.shape[1]) <= end[:, None])
    sizes = chosen.sum(axis=1)
    return Branches(points=profiles.points[chosen], offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def resample(branches: Branches, *, smooth_px: float, prolong_px: int, trim_px: int = 0) -> AxisProfiles:
    """Paths at 1 px steps, smoothed, trimmed and prolonged straight at both ends."""
    paths = [
        _prolonged(_trimmed(_smoothed(branches.path(i), smooth_px), trim_px), prolong_px) for i in range(len(branches))
    ]
    sizes = np.array([len(path) for path in paths])
    points = np.zeros((len(paths), int(sizes.max(initial=1)), 2))
    valid = np.arange(points.shape[1]) < sizes[:, None]
    points[valid] = np.concatenate(paths)
    return AxisProfiles(points=points, valid=valid)


def _smoothed(path: Float, smooth_px: float) -> Float:
    """A path at 1 px steps, each point the mean over a window that shrinks toward the ends."""
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    n = max(3, round(arc[-1]) + 1)
    at = np.linspace(0, arc[-1], n)
    even = np.stack([np.interp(at, arc, path[:, 0]), np.interp(at, arc, path[:, 1])], axis=1)
    reach = np.minimum(np.minimum(np.arange(n), np.arange(n)[::-1]), round(smooth_px / 2))
    total = np.concatenate([np.zeros((1, 2)), np.cumsum(even, axis=0)])
    index = np.arange(n)
    return np.asarray((total[index + reach + 1] - total[index - reach]) / (2 * reach + 1)[:, None])


def _trimmed(path: Float, by_px: int) -> Float:
    """A path without its last px at both ends, but never less than half of it."""
    cut = min(by_px, len(path) // 4)
    return path[cut : len(path) - cut]


def _prolonged(path: Float, by_px: int) -> Float:
    """A path with straight runs added at both ends, in the direction of its own last part."""
    reach = min(len(path) - 1, max(4, by_px))
    step = np.arange(1, by_px + 1)[:, None]
    ahead = path[-1] - path[-1 - reach]
    back = path[0] - path[reach]
    ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
    back /= max(float(np.linalg.norm(back)), 1e-9)
    return np.concatenate([path[0] + step[::-1] * back, path, path[-1] + step * ahead])


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
