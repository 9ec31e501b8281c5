"""Which traced paths are hairs: long and dark enough, no second ridge of one shaft, no loose cut fragment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.tracing.roots import RootEvidence
from hairdensity.tracing.skeleton import Branches

__all__ = ["SelectionSettings", "drop_doubles", "is_colored_like_hair", "is_loose_fragment", "long_and_strong"]

Float = NDArray[np.float64]

UNIFORM_REGION = 0.7
"""Length of the mean direction above which hairs lie one way: 45 degrees around it hold nearly all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionSettings:
    """What a path needs to be a hair.

    Parameters
    ----------
    min_length_um : float
        Shortest visible shaft; shorter ones are pores, dust and cut crumbs.
    min_strength : float
        Least mean ridge response, in the units of darkness.
    min_darkness_ratio : float
        Least ratio of the path's darkness, against the skin around, to its ridge response. A bar's response never
        exceeds its darkness; a furrow between bright flakes answers strongly and is no darker than skin.
    min_red_ratio : float
        Least ratio of the darkness in red to that in green: hair absorbs both, blood vessels only green.
    min_ridge_share : float
        Least share of a settled path that was ridge; what is mostly prolongation follows something else.
    min_aspect : float
        Least ratio of length to width.
    double_distance : float
        Two paths nearer than this share of the stronger one's width are the same shaft.
    double_share : float
        Share of a path's points that must be that near for it to be dropped.
    fragment_length_um : float
        Longest cut fragment.
    fragment_deviation_deg : float
        Angle to the common direction of a region above which a short, thick path without a buried root is a fragment.
    fragment_width_um : float
        Thinner paths are kept: vellus hairs lie as they like.
    """

    min_length_um: float = 110.0
    min_strength: float = 0.13
    min_darkness_ratio: float = 1.0
    min_red_ratio: float = 0.4
    min_ridge_share: float = 0.4
    min_aspect: float = 1.5
    double_distance: float = 0.7
    double_share: float = 0.6
    fragment_length_um: float = 600.0
    fragment_deviation_deg: float = 35.0
    fragment_width_um: float = 30.0


def long_and_strong(
    branches: Branches, widths: Float, strengths: Float, levels: Float, *, um_per_px: float, settings: SelectionSettings
) -> NDArray[np.bool_]:
    """(N,) True for paths that are long, strong, dark and slender enough."""
    lengths = branches.lengths
    return np.asarray(
        (lengths * um_per_px >= settings.min_length_um)
        & (strengths >= settings.min_strength)
        & (levels >= settings.min_darkness_ratio * strengths)
        & (lengths >= settings.min_aspect * widths)
    )


def is_colored_like_hair(levels: Float, red_levels: Float, settings: SelectionSettings) -> NDArray[np.bool_]:
    """(N,) False for paths that are dark in green but not in red: vessels."""
    return np.asarray(red_levels >= settings.min_red_ratio * levels)


def drop_doubles(branches: Branches, widths: Float, strengths: Float, settings: SelectionSettings) -> NDArray[np.bool_]:
    """(N,) False for paths most of whose points lie on a stronger path's shaft."""
    owner = branches.owner
    if len(branches) < 2:
        return np.ones(len(branches), dtype=bool)
    rank = strengths * np.sqrt(branches.lengths)
    reach = settings.double_distance * widths
    pairs = cKDTree(branches.points).query_pairs(float(reach.max()), output_type="ndarray")
    pairs = pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]]
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    weak, strong = owner[pairs[:, 0]], owner[pairs[:, 1]]
    distance = np.linalg.norm(branches.points[pairs[:, 0]] - branches.points[pairs[:, 1]], axis=1)
    hit = (distance <= reach[strong]) & (rank[weak] < rank[strong])
    covered = np.zeros(len(branches.points), dtype=bool)
    covered[pairs[hit, 0]] = True
    return np.asarray(branches.mean_of(covered.astype(np.float64)) < settings.double_share)


def is_loose_fragment(
    branches: Branches, evidence: RootEvidence, widths: Float, *, um_per_px: float, settings: SelectionSettings
) -> NDArray[np.bool_]:
    """(N,) True for short thick paths that lie across a region in which hairs lie one way: cut hair on the skin."""
    uniform = np.linalg.norm(evidence.region, axis=1) > UNIFORM_REGION
    return np.asarray(
        uniform
        & (evidence.deviation_deg > settings.fragment_deviation_deg)
        & (branches.lengths * um_per_px < settings.fragment_length_um)
        & (widths * um_per_px >= settings.fragment_width_um)
    )
