"""Locks: neighboring long hairs run together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairdensity.synthetic.population import Course

__all__ = ["draw_together"]

Array = NDArray[np.float64]

FREE_UM = 400.0
"""Up to here a shaft keeps its own direction."""


def draw_together(
    paths: list[Array], course: Course, extent: tuple[float, ...], rng: np.random.Generator
) -> list[Array]:
    """Bend the hairs of each lock towards its longest one.

    Parameters
    ----------
    paths : list of (K, 2) float64 ndarray
        Axes in um, root first; the roots stay.
    course : Course
    extent : (float, float)
        Height and width of the skin in um.
    rng : Generator
    """
    if not course.lock_pull or not paths:
        return paths
    spacing = rng.uniform(*course.lock_um)
    centers = rng.uniform(0, 1, (max(round(extent[0] * extent[1] / spacing**2), 1), 2)) * extent
    roots = np.array([path[0] for path in paths])
    lock = np.argmin(((roots[:, None] - centers[None]) ** 2).sum(axis=2), axis=1)
    pull = course.lock_pull * rng.uniform(0.4, 1.0, len(paths))
    beside = 45.0 * rng.standard_normal((len(paths), 2))
    length = np.array([np.linalg.norm(np.diff(path, axis=0), axis=1).sum() for path in paths])
    leaders = {int(one): int(members[np.argmax(length[members])]) for one, members in _members(lock)}
    return [
        path if leaders[int(one)] == i else _pulled(path, paths[leaders[int(one)]], pull[i], beside[i])
        for i, (path, one) in enumerate(zip(paths, lock, strict=True))
    ]


def _members(lock: NDArray[np.int64]) -> list[tuple[int, NDArray[np.int64]]]:
    """Numbers of the hairs of each lock."""
    order = np.argsort(lock, kind="stable")
    names, starts = np.unique(lock[order], return_index=True)
    return list(zip(names.tolist(), np.split(order, starts[1:]), strict=True))


def _pulled(path: Array, leader: Array, pull: float, beside_um: Array) -> Array:
    """The axis, drawn the more to the leader the further it is from its root."""
    at, leader_at = _arc(path), _arc(leader)
    target = np.stack([np.interp(at, leader_at, leader[:, axis]) for axis in (0, 1)], axis=1) + beside_um
    share = np.clip((at - FREE_UM) / max(float(leader_at[-1]) - FREE_UM, 1.0), 0, 1)
    weight = pull * share**2 * (3 - 2 * share)
    pulled: Array = path + weight[:, None] * (target - path)
    return pulled


def _arc(path: Array) -> Array:
    """(K,) distance of each point from the root along the axis."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
