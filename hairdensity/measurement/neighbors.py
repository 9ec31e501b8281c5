"""Where another hair enters a cross-section: how far it may be read, and where a bundle has its middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.flags import HairFlag
from hairdensity.measurement.profiles import Profiles, arc_positions, points_at
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["Surroundings", "find_surroundings"]

BLOCK = 4096
"""Cross-sections compared at once: bounds the memory where hairs are dense."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """What stands beside each of K cross-sections.

    Parameters
    ----------
    free_px : (K, 2) float64 ndarray
        Along the normal from the middle: the sample belongs to this shaft between the first (negative) and the second;
        infinite where no other hair is near.
    shift_px : (K,) float64 ndarray
        Along the normal from the axis to the middle of the shaft or bundle.
    bundle : (K,) int64 ndarray
        Hairs that share the fitted width: 1, or more where tracing split one shaft by its width.
    """

    free_px: NDArray[np.float64]
    shift_px: NDArray[np.float64]
    bundle: NDArray[np.int64]


def find_surroundings(
    profiles: Profiles, centerlines: Centerlines, *, reach_px: float, spacing_px: float
) -> Surroundings:
    """Look along every normal for other hairs.

    A cross-section is read up to half way to the next axis: the gap's middle for two shafts of equal width. Hairs that
    tracing told apart only by the width of their common shaft have no gap between them; they are fitted as one bar
    around their common middle.

    Parameters
    ----------
    profiles : Profiles
        K cross-sections.
    centerlines : Centerlines
        N hairs.
    reach_px : float
        How far to look on each side.
    spacing_px : float
        A hair crosses the normal when its axis comes this close to it.
    """
    profile, other, offset = _crossings(profiles, centerlines, reach_px, spacing_px)
    split = (centerlines.flags & int(HairFlag.SPLIT_BY_WIDTH)) != 0
    partner = split[profiles.hair[profile]] & split[other] & (np.abs(offset) <= reach_px / 2)

    # One offset for each partner: a hair may cross the normal with several of its points.
    pair, first = np.unique(profile[partner] * len(centerlines) + other[partner], return_index=True)
    members = pair // max(len(centerlines), 1)
    bundle = 1 + np.bincount(members, minlength=len(profiles))
    shift = np.bincount(members, weights=offset[partner][first], minlength=len(profiles)) / bundle

    profile, offset = profile[~partner], offset[~partner]
    middle = offset / 2 - shift[profile] / 2
    free = np.full((len(profiles), 2), [-np.inf, np.inf])
    right = middle >= 0
    np.minimum.at(free[:, 1], profile[right], middle[right])
    np.maximum.at(free[:, 0], profile[~right], middle[~right])
    return Surroundings(free_px=free, shift_px=shift, bundle=bundle)


def _crossings(
    profiles: Profiles, centerlines: Centerlines, reach_px: float, spacing_px: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """(Q,) cross-section, (Q,) other hair and (Q,) signed place on the normal where that hair's axis meets it."""
    points, hair = _even_points(centerlines, spacing_px)
    tree = cKDTree(points)
    normal = profiles.normal
    found = []
    for start in range(0, len(profiles), BLOCK):
        block = cKDTree(profiles.center_px[start : start + BLOCK])
        pairs = block.sparse_distance_matrix(tree, reach_px, output_type="coo_matrix")
        profile, point = pairs.row.astype(np.int64) + start, pairs.col
        away = points[point] - profiles.center_px[profile]
        meets = np.abs(np.einsum("qc,qc->q", away, profiles.tangent[profile])) <= spacing_px
        meets &= hair[point] != profiles.hair[profile]
        profile, point, away = profile[meets], point[meets], away[meets]
        found.append((profile, hair[point], np.einsum("qc,qc->q", away, normal[profile])))
    empty = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    profile, other, offset = (np.concatenate(parts) for parts in zip(empty, *found, strict=True))
    return profile, other, offset


def _even_points(centerlines: Centerlines, spacing_px: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(Q, 2) points at most ``spacing_px`` apart on every axis, ends included, and (Q,) their hairs."""
    length = centerlines.lengths_px
    count = np.ceil(length / spacing_px).astype(np.int64) + 1
    hair = np.repeat(np.arange(len(centerlines)), count)
    rank = np.arange(len(hair)) - np.repeat(np.cumsum(count) - count, count)
    arc = arc_positions(centerlines)
    position = arc[centerlines.offsets[:-1]][hair] + length[hair] * rank / np.maximum(count[hair] - 1, 1)
    return points_at(centerlines, arc, position), hair
