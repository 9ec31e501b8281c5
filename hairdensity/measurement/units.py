"""Follicular units: roots so close, and hairs so alike in direction, that they leave the scalp together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.measurement.profiles import arc_positions, points_at
from hairdensity.measurement.settings import MeasurementSettings
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["group_roots", "leaving_directions"]

DIRECTION_UM = 150.0
"""The direction in which a hair leaves is that of its first 0.15 mm: longer hairs bend."""

SURE_ROOT = 0.7
"""Below this confidence a root may be the tip: the hair's direction says nothing."""


def leaving_directions(centerlines: Centerlines, *, um_per_px: float) -> NDArray[np.float64]:
    """(N, 2) unit vectors (row, col) from each root along its hair; NaN where root and tip are not told apart."""
    arc = arc_positions(centerlines)
    start = arc[centerlines.offsets[:-1]]
    ahead = points_at(centerlines, arc, start + np.minimum(centerlines.lengths_px, DIRECTION_UM / um_per_px))
    chord = ahead - centerlines.roots_px
    norm = np.linalg.norm(chord, axis=1)
    known = (centerlines.root_confidence >= SURE_ROOT) & (norm > 0)
    return np.where(known[:, None], chord / np.where(norm > 0, norm, 1.0)[:, None], np.nan)


def group_roots(
    roots_px: NDArray[np.float64],
    directions: NDArray[np.float64],
    *,
    um_per_px: float,
    settings: MeasurementSettings,
) -> NDArray[np.int64]:
    """Number the follicular unit of every root.

    The closest pair joins first. Two groups join when a root of one lies within the gap of a root of the other and
    every pair across them stays within the extent and the angle. Connected components alone would chain neighboring
    units; complete linkage on the gap alone would cut a row of three thick hairs, whose outer roots lie further apart.

    Parameters
    ----------
    roots_px : (N, 2) float64 ndarray
    directions : (N, 2) float64 ndarray
        Unit vectors; a NaN row agrees with every direction.
    um_per_px : float
    settings : MeasurementSettings

    Returns
    -------
    unit : (N,) int64 ndarray
        Numbers from 0, in the order of each unit's first root.
    """
    near = cKDTree(roots_px).query_pairs(settings.unit_extent_um / um_per_px, output_type="ndarray").reshape(-1, 2)
    cosine = np.einsum("qc,qc->q", directions[near[:, 0]], directions[near[:, 1]])
    near = near[~(cosine < np.cos(np.radians(settings.unit_angle_deg)))]
    distance = np.linalg.norm(roots_px[near[:, 0]] - roots_px[near[:, 1]], axis=1)
    order = np.lexsort((near[:, 1], near[:, 0], distance))
    links = near[order][distance[order] <= settings.unit_gap_um / um_per_px]
    return _join(len(roots_px), links.tolist(), {(i, j) for i, j in near.tolist()})


def _join(n: int, links: list[list[int]], compatible: set[tuple[int, int]]) -> NDArray[np.int64]:
    """(N,) group numbers after joining along ``links`` in turn, where every pair across both groups is compatible."""
    members = {i: [i] for i in range(n)}
    home = list(range(n))
    for i, j in links:
        a, b = sorted((home[i], home[j]))
        if a != b and all((min(p, q), max(p, q)) in compatible for p in members[a] for q in members[b]):
            for q in members[b]:
                home[q] = a
            members[a] += members.pop(b)
    return np.unique(np.asarray(home, dtype=np.int64), return_inverse=True)[1].astype(np.int64)
