"""Where other hairs enter a cross-section, and where a bundle has its middle."""

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
    """What stands beside each of K cross-sections: Q meetings of a normal with the axis of another hair.

    Parameters
    ----------
    shift_px : (K,) float64 ndarray
        Along the normal from the axis to the middle of the shaft or bundle.
    bundle : (K,) int64 ndarray
        Hairs that share the fitted width: 1, or more where tracing split one shaft by its width.
    profile, hair : (Q,) int64 ndarray
        Which cross-section meets which other hair; members of the same bundle are not listed.
    offset_px : (Q,) float64 ndarray
        Where on the normal, from the middle.
    slant : (Q,) float64 ndarray
        Cosine of the angle between the two hairs: 1 is side by side, 0 a right angle.
    """

    shift_px: NDArray[np.float64]
    bundle: NDArray[np.int64]
    profile: NDArray[np.int64]
    hair: NDArray[np.int64]
    offset_px: NDArray[np.float64]
    slant: NDArray[np.float64]

    def free_px(self, limit_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """(K, 2) part of each normal before the first limit on either side; infinite where there is none.

        ``limit_px`` (Q,) is how far the hair's own part goes towards each meeting; negative beyond the middle.
        """
        free = np.full((len(self.bundle), 2), [-np.inf, np.inf])
        right = self.offset_px >= 0
        np.minimum.at(free[:, 1], self.profile[right], limit_px[right])
        np.maximum.at(free[:, 0], self.profile[~right], -limit_px[~right])
        return free


def find_surroundings(
    profiles: Profiles, centerlines: Centerlines, *, reach_px: float, spacing_px: float
) -> Surroundings:
    """Look along every normal for other hairs.

    Hairs that tracing told apart only by the width of their common shaft have no gap between them: they are one bundle,
    fitted as one bar around their common middle.

    Parameters
    ----------
    profiles : Profiles
        K cross-sections.
    centerlines : Centerlines
        N hairs.
    reach_px : float
        How far to look on each side.
    spacing_px : float
        A hair meets the normal when its axis comes this close to it.
    """
    profile, hair, offset, slant = _meetings(profiles, centerlines, reach_px, spacing_px)
    split = (centerlines.flags & int(HairFlag.SPLIT_BY_WIDTH)) != 0
    partner = split[profiles.hair[profile]] & split[hair] & (np.abs(offset) <= reach_px / 2)
    bundle = 1 + np.bincount(profile[partner], minlength=len(profiles))
    shift = np.bincount(profile[partner], weights=offset[partner], minlength=len(profiles)) / bundle
    other = ~partner
    return Surroundings(
        shift_px=shift,
        bundle=bundle,
        profile=profile[other],
        hair=hair[other],
        offset_px=offset[other] - shift[profile[other]],
        slant=slant[other],
    )


def _meetings(
    profiles: Profiles, centerlines: Centerlines, reach_px: float, spacing_px: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """(Q,) cross-section, other hair, place on the normal and slant: once a pair, where the axis comes closest."""
    points, direction, hair = _even_points(centerlines, spacing_px)
    tree = cKDTree(points)
    found = []
    for start in range(0, len(profiles), BLOCK):
        block = cKDTree(profiles.center_px[start : start + BLOCK])
        near = block.sparse_distance_matrix(tree, reach_px, output_type="coo_matrix")
        profile, point = near.row.astype(np.int64) + start, near.col.astype(np.int64)
        away = points[point] - profiles.center_px[profile]
        along = np.abs(np.einsum("qc,qc->q", away, profiles.tangent[profile]))
        meets = (along <= spacing_px) & (hair[point] != profiles.hair[profile])
        order = np.flatnonzero(meets)[np.argsort(along[meets], kind="stable")]
        pair = profile[order] * len(centerlines) + hair[point[order]]
        found.append(np.stack([profile[order], point[order]])[:, np.unique(pair, return_index=True)[1]])
    profile, point = np.concatenate([np.zeros((2, 0), np.int64), *found], axis=1)
    offset = np.einsum("qc,qc->q", points[point] - profiles.center_px[profile], profiles.normal[profile])
    slant = np.abs(np.einsum("qc,qc->q", direction[point], profiles.tangent[profile]))
    return profile, hair[point], offset, slant


def _even_points(
    centerlines: Centerlines, spacing_px: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """(R, 2) points at most ``spacing_px`` apart on every axis, (R, 2) unit directions there, (R,) hairs."""
    length = centerlines.lengths_px
    count = np.ceil(length / spacing_px).astype(np.int64) + 1
    hair = np.repeat(np.arange(len(centerlines)), count)
    rank = np.arange(len(hair)) - np.repeat(np.cumsum(count) - count, count)
    arc = arc_positions(centerlines)
    start = arc[centerlines.offsets[:-1]][hair]
    along = length[hair] * rank / np.maximum(count[hair] - 1, 1)
    ahead, behind = np.minimum(along + 3 * spacing_px, length[hair]), np.maximum(along - 3 * spacing_px, 0.0)
    chord = points_at(centerlines, arc, start + ahead) - points_at(centerlines, arc, start + behind)
    norm = np.linalg.norm(chord, axis=1, keepdims=True)
    return points_at(centerlines, arc, start + along), chord / np.maximum(norm, 1e-9), hair
