"""Which hairs cross others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = ["is_crossed"]

Array = NDArray[np.float64]

CROSSING_INSIDE_UM = 40.0
"""Half of a hair's width: nearer to its end a hair only leans on another."""

STEP_PX = 2.0


def is_crossed(paths: Sequence[Array], um_per_px: float) -> NDArray[np.bool_]:
    """(N,) True where two axes meet well inside both shafts.

    Parameters
    ----------
    paths : sequence of (K, 2) float ndarray
        N axes in px of the working scale.
    um_per_px : float
        Of that scale.
    """
    crossed = np.zeros(len(paths), dtype=bool)
    inner = [_inner(path, CROSSING_INSIDE_UM / um_per_px) for path in paths]
    owner = np.repeat(np.arange(len(paths)), [len(part) for part in inner])
    points = np.concatenate([np.zeros((0, 2)), *inner])
    if len(points):
        first, second = owner[cKDTree(points).query_pairs(STEP_PX, output_type="ndarray")].T
        crossed[first[first != second]] = crossed[second[first != second]] = True
    return crossed


def _inner(path: Array, reach_px: float) -> Array:
    """The points further than a reach from both ends of a path."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    inner: Array = path[(along > reach_px) & (along < along[-1] - reach_px)]
    return inner
