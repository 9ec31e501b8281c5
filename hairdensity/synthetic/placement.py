"""Where units and lone hairs stand: neither on a grid nor on top of each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError

__all__ = ["scatter_apart", "scatter_units"]

Array = NDArray[np.float64]

HARD_CORE = 0.55
"""Least distance of units as a share of their mean spacing: follicular units keep clear of each other."""

TRIES = 300


def scatter_units(n: int, extent_um: tuple[float, ...], rng: np.random.Generator) -> Array:
    """(n, 2) centers inside the extent, each clear of the others while there is room.

    Of a handful of places the first that keeps the least distance is taken; when none does, the most distant one.
    """
    core = HARD_CORE * np.sqrt(extent_um[0] * extent_um[1] / max(n, 1))
    centers = np.zeros((n, 2))
    for i in range(n):
        places = rng.uniform(0, 1, (12, 2)) * extent_um
        distance = np.linalg.norm(places[:, None] - centers[None, :i], axis=2).min(axis=1, initial=np.inf)
        free = np.flatnonzero(distance >= core)
        centers[i] = places[free[0] if len(free) else int(np.argmax(distance))]
    return centers


def scatter_apart(propose: Callable[[int], Array], diameter_um: Array, *, gap_um: float) -> list[Array]:
    """N axes whose shafts keep a gap to each other.

    Parameters
    ----------
    propose : callable
        Gives a random (K, 2) axis in um for shaft i.
    diameter_um : (N,) float ndarray
    gap_um : float
        Least distance between the surfaces of two shafts.

    Raises
    ------
    InputError
        If there is no room.
    """
    paths: list[Array] = []
    taken, radius = np.zeros((0, 2)), np.zeros(0)
    for shaft, diameter in enumerate(diameter_um):
        for _ in range(TRIES):
            path = propose(shaft)
            points = _dense(path)
            distance = np.linalg.norm(points[:, None] - taken[None], axis=2) - radius
            if distance.min(initial=np.inf) >= gap_um + diameter / 2:
                break
        else:
            raise InputError(
                f"no room for {len(diameter_um)} hairs with gaps of {gap_um:g} um: lower density_per_cm2 or apart_um"
            )
        paths.append(path)
        taken = np.concatenate([taken, points])
        radius = np.concatenate([radius, np.full(len(points), diameter / 2)])
    return paths


def _dense(path: Array, per_step: int = 3) -> Array:
    """The axis with points every 30 um or so."""
    share = np.arange(per_step)[:, None, None] / per_step
    between = path[:-1] * (1 - share) + path[1:] * share
    return np.concatenate([between.reshape(-1, 2), path[-1:]])
