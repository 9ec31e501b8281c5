"""Follicular units: roots so close, and hairs so alike in direction, that they leave the scalp together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.measurement.agglomeration import agglomerate
from hairdensity.measurement.profiles import arc_positions, points_at
from hairdensity.measurement.unit_settings import UnitSettings
from hairdensity.measurement.unit_spacing import UnitSpacing, learn_spacing
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["UnitGrouping", "group_roots", "leaving_directions", "nearest_distances"]

Array = NDArray[np.float64]

DIRECTION_UM = 150.0
"""The direction in which a hair leaves is that of its first 0.15 mm: longer hairs bend."""

SURE_ROOT = 0.7
"""Below this confidence a root may be the tip: the hair's direction says nothing."""

REACH_IN_GAPS = 2.0
"""Pairs further apart than this are of two units, whatever stands between them."""

HALF_NORMAL = np.sqrt(np.pi / 2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitGrouping:
    """The follicular unit of each of N roots, and how it was decided.

    Parameters
    ----------
    unit : (N,) int64 ndarray
        Numbers from 0, in the order of each unit's first root.
    spacing : UnitSpacing
        What the picture's own pairs of roots showed; ``spacing.gap_um`` is the distance that parts units.
    """

    unit: NDArray[np.int64]
    spacing: UnitSpacing

    @property
    def gap_um(self) -> float:
        """A pair this far apart is as likely of one unit as of two."""
        return self.spacing.gap_um

    @property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.unit.max(initial=-1)) + 1


def leaving_directions(centerlines: Centerlines, *, um_per_px: float) -> Array:
    """(N, 2) unit vectors (row, col) from each root along its hair; NaN where root and tip are not told apart."""
    if len(centerlines) == 0:
        return np.zeros((0, 2))
    arc = arc_positions(centerlines)
    start = arc[centerlines.offsets[:-1]]
    ahead = points_at(centerlines, arc, start + np.minimum(centerlines.lengths_px, DIRECTION_UM / um_per_px))
    chord = ahead - centerlines.roots_px
    norm = np.linalg.norm(chord, axis=1)
    known = (centerlines.root_confidence >= SURE_ROOT) & (norm > 0)
    return np.where(known[:, None], chord / np.where(norm > 0, norm, 1.0)[:, None], np.nan)


def group_roots(
    roots_px: Array, directions: Array, *, um_per_px: float, settings: UnitSettings | None = None
) -> UnitGrouping:
    """Find the follicular unit of every root.

    Each pair of neighbors gets log odds of being of one unit, by its distance against the spacing of this picture and
    by the angle between its hairs. The groups for which all pairs across speak most join first. Connected components
    would chain neighboring units; complete linkage would cut a row of three thick hairs, whose outer roots lie further
    apart.

    Parameters
    ----------
    roots_px : (N, 2) float64 ndarray
    directions : (N, 2) float64 ndarray
        Unit vectors; a NaN row says nothing.
    um_per_px : float
    settings : UnitSettings, optional
    """
    settings = settings or UnitSettings()
    tree = cKDTree(roots_px)
    near = tree.query_pairs(settings.reach_um / um_per_px, output_type="ndarray").reshape(-1, 2)
    # Sorted, because a tree lists its pairs in the order of its nodes.
    near = near[np.lexsort((near[:, 1], near[:, 0]))]
    distance_um = np.linalg.norm(roots_px[near[:, 0]] - roots_px[near[:, 1]], axis=1) * um_per_px
    n_far = _n_pairs(tree, settings.far_um[1] / um_per_px) - _n_pairs(tree, settings.far_um[0] / um_per_px)
    spacing = learn_spacing(distance_um, n_far=n_far, n_roots=len(roots_px), settings=settings)
    within = distance_um < REACH_IN_GAPS * spacing.gap_um
    near, distance_um = near[within], distance_um[within]
    cosine = np.einsum("qc,qc->q", directions[near[:, 0]], directions[near[:, 1]])
    evidence = np.maximum(spacing.log_odds(distance_um), -settings.doubt) + _by_angle(cosine, settings)
    unit = agglomerate(len(roots_px), near, evidence, otherwise=-settings.apart)
    return UnitGrouping(unit=unit, spacing=spacing)


def nearest_distances(places_px: Array) -> Array:
    """(U,) distance from each place to the nearest other one, in px; NaN where there is no other."""
    if len(places_px) < 2:
        return np.full(len(places_px), np.nan)
    distance = np.asarray(cKDTree(places_px).query(places_px, k=2)[0], dtype=np.float64)
    return distance[:, 1]


def _n_pairs(tree: cKDTree, distance_px: float) -> int:
    """Pairs of two roots up to a distance."""
    return (int(tree.count_neighbors(tree, distance_px)) - tree.n) // 2 if tree.n else 0


def _by_angle(cosine: Array, settings: UnitSettings) -> Array:
    """(Q,) log odds of one unit by the angle between two hairs; 0 where a direction is not known."""
    angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))

    def density(spread_deg: float) -> Array:
        peak = np.exp(-0.5 * (angle / spread_deg) ** 2) / (HALF_NORMAL * spread_deg)
        return np.asarray(settings.stray_share / 180.0 + (1 - settings.stray_share) * peak)

    odds = np.log(density(settings.spread_deg)) - np.log(density(settings.spread_apart_deg))
    return np.asarray(np.nan_to_num(odds, nan=0.0))
