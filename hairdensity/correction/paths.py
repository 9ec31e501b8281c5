"""Axes of hairs as (K, 2) arrays of (row, col) px: cut, joined, given another root."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["cut", "join", "place_on", "resampled", "with_root_at"]

Array = NDArray[np.float64]


def place_on(path: Array, point: Array) -> tuple[float, float]:
    """Where on a path it comes closest to a point: px from its start, and the distance there."""
    start, step = path[:-1], np.diff(path, axis=0)
    length = np.linalg.norm(step, axis=1)
    share = np.einsum("ij,ij->i", point - start, step) / np.maximum(length**2, 1e-12)
    share = np.clip(share, 0.0, 1.0)
    distance = np.linalg.norm(start + share[:, None] * step - point, axis=1)
    nearest = int(distance.argmin())
    along = float(length[:nearest].sum() + share[nearest] * length[nearest])
    return along, float(distance[nearest])


def cut(path: Array, at_px: float) -> tuple[Array, Array]:
    """A path in two, ``at_px`` from its start; both have the point of the cut."""
    along = _arc(path)
    point = np.array([np.interp(at_px, along, path[:, axis]) for axis in (0, 1)])
    before, after = path[along < at_px - 1e-9], path[along > at_px + 1e-9]
    return np.vstack([before, point]), np.vstack([point, after])


def with_root_at(path: Array, root: Array) -> tuple[Array, bool]:
    """A path that begins at a root, and whether it runs the other way round now.

    It goes on from where it comes closest to the root. The longer part of the hair stays: a root that is set near the
    tip turns the hair round.
    """
    along, _ = place_on(path, root)
    length = _arc(path)[-1]
    is_turned = along > length / 2
    if is_turned:
        path, along = path[::-1], length - along
    _, rest = cut(path, along)
    return np.vstack([root, rest[1:] if np.allclose(rest[0], root) else rest]), is_turned


def join(first: Array, second: Array) -> tuple[Array, str]:
    """Two paths as one that runs the first one's way, joined where their ends come closest.

    Returns
    -------
    path : (K, 2) float64 ndarray
    begins : str
        ``"first"`` or ``"second"``: whose root it begins with; ``"turned"`` where it begins with the second one's tip.
    """
    ways = (
        (first[-1], second[0], (first, second), "first"),
        (first[-1], second[-1], (first, second[::-1]), "first"),
        (first[0], second[-1], (second, first), "second"),
        (first[0], second[0], (second[::-1], first), "turned"),
    )
    gaps = [float(np.linalg.norm(end - start)) for end, start, _, _ in ways]
    _, _, (before, after), begins = ways[int(np.argmin(gaps))]
    return np.vstack([before, after[1:] if np.allclose(before[-1], after[0]) else after]), begins


def resampled(path: Array, step_px: float) -> Array:
    """A path with points at even distances of about ``step_px``; both ends stay."""
    along = _arc(path)
    count = max(round(along[-1] / step_px), 1) + 1
    at = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(at, along, path[:, axis]) for axis in (0, 1)], axis=1)


def _arc(path: Array) -> Array:
    """(K,) px from the start."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
