"""The same shafts on two pictures, measured from a common root on a common scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.flags import HairFlag
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["Shafts", "baseline_shafts", "follow_up_shafts", "growth_of", "passed_over"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]

DIRECTION_UM = 150.0
"""A shaft's direction at its root is that of its first part."""

ROOT_NOISE_UM = 9.0
"""Deviation of the distance along the shaft between the roots that both visits find: rendered pairs, true alignment."""

ALIGNMENT_NOISE_UM = 9.0
"""What registration adds to it."""

STRAY_ROOT_SHARE, STRAY_ROOT_UM = 0.1, 80.0
"""Roots that were found at clearly other places of the shaft, and how far off."""

APART_UM = 80.0
"""Roots nearer than this to a shaft's own root do not show that it runs over another hair."""

PASSING_UM = 45.0
"""A shaft that passes a root at this distance runs over it: half a hair and the error of a root."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shafts:
    """The N shafts of one visit, in um of the baseline's frame.

    Parameters
    ----------
    lines : Centerlines
        Points in um.
    length_um : (N,) float64 ndarray
    is_cut : (N,) bool ndarray
        The tip lies at the edge of the picture or of what cannot be read: the length is a lower bound.
    is_tangled : (N,) bool ndarray
        It crosses another hair, or its tip lies on one: the length may be wrong.
    """

    lines: Centerlines
    length_um: Array
    is_cut: Mask
    is_tangled: Mask


def baseline_shafts(visit: Analysis, um_per_px: float, *, edge_um: float, touch_um: float) -> Shafts:
    """The shafts of the baseline."""
    return _shafts(visit, visit.centerlines.points_px * um_per_px, edge_um=edge_um, touch_um=touch_um)


def follow_up_shafts(
    visit: Analysis, alignment: Alignment, um_per_px: float, *, edge_um: float, touch_um: float
) -> Shafts:
    """The shafts of the follow-up where they lie at baseline; ``um_per_px`` is the baseline's."""
    points = alignment.to_baseline(visit.centerlines.points_px) * um_per_px
    return _shafts(visit, points, edge_um=edge_um, touch_um=touch_um)


def _shafts(visit: Analysis, points_um: Array, *, edge_um: float, touch_um: float) -> Shafts:
    own = visit.centerlines
    lines = Centerlines(
        points_px=points_um,
        offsets=own.offsets,
        root_confidence=own.root_confidence,
        hair_probability=own.hair_probability,
        flags=own.flags,
    )
    diameter_um = np.nan_to_num(visit.hairs["diameter_px"].to_numpy() * visit.working_um_per_px, nan=0.0)
    crosses = (visit.hairs["flags"].to_numpy() & int(HairFlag.CROSSING)) > 0
    return Shafts(
        lines=lines,
        length_um=lines.lengths_px,
        is_cut=_is_cut(visit, edge_um / visit.working_um_per_px),
        is_tangled=crosses | _tip_touches(lines, diameter_um, touch_um),
    )


def _is_cut(visit: Analysis, reach_px: float) -> Mask:
    """(N,) True where unreadable pixels or the picture's edge lie within reach of the tip."""
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    ring = np.concatenate([np.zeros((1, 2)), reach_px * np.stack([np.sin(angle), np.cos(angle)], axis=1)])
    hidden = _hidden(visit)
    pixel = np.floor(visit.centerlines.tips_px[:, None] + ring + 0.5).astype(np.int64)  # (N, 9, 2)
    outside = ((pixel < 0) | (pixel >= hidden.shape)).any(axis=2)
    row, col = np.clip(pixel, 0, np.array(hidden.shape) - 1).transpose(2, 0, 1)
    return np.asarray((outside | hidden[row, col]).any(axis=1))


def _hidden(visit: Analysis) -> Mask:
    """(H, W) pixels that cannot be read, as far as the analysis kept them."""
    hidden = visit.quality.unreadable
    if visit.target_area.kind != "whole":
        return hidden
    margin = int(np.ceil(visit.settings.margin_um / visit.working_um_per_px)) + 1
    inner = np.zeros_like(hidden)
    inner[margin:-margin, margin:-margin] = True
    return np.asarray(hidden | (inner & ~visit.target_area.mask))


def _tip_touches(lines: Centerlines, diameter_um: Array, touch_um: float) -> Mask:
    """(N,) True where a tip lies on another shaft, or nearly."""
    touches = np.zeros(len(lines), dtype=bool)
    if len(lines) < 2:
        return touches
    owner = lines.hair_of_point
    reach = touch_um + diameter_um.max() + 1.0
    near = cKDTree(lines.tips_px).sparse_distance_matrix(cKDTree(lines.points_px), reach, output_type="ndarray")
    hair, other = near["i"], owner[near["j"]]
    contact = touch_um + (diameter_um[hair] + diameter_um[other]) / 2
    touches[hair[(hair != other) & (near["v"] < contact)]] = True
    return touches


def passed_over(shafts: Shafts, roots_um: Array) -> Mask:
    """(N,) True for the shafts that run over one of these roots, which no shaft of theirs claims.

    A trace that goes on from one hair into the next one passes the other's root, and that hair is then missing.
    """
    passed = np.zeros(len(shafts.lines), dtype=bool)
    if not len(roots_um) or not len(shafts.lines):
        return passed
    near = cKDTree(roots_um).sparse_distance_matrix(cKDTree(shafts.lines.points_px), PASSING_UM, output_type="ndarray")
    hair = shafts.lines.hair_of_point[near["j"]]
    apart = np.linalg.norm(shafts.lines.roots_px[hair] - roots_um[near["i"]], axis=1)
    passed[hair[apart > APART_UM]] = True
    return passed


def growth_of(before: Shafts, after: Shafts, pairs: Ids) -> Array:
    """How far the tips moved along the shafts.

    Lengths are compared from a common root: where the roots were found at different places, their distance along the
    shaft is taken out of the difference, as far as it is an error of the roots and not of the registration.

    Parameters
    ----------
    before, after : Shafts
    pairs : (K, 2) int64 ndarray
        Numbers of the shafts at baseline and at follow-up.

    Returns
    -------
    (K,) float64 ndarray
        In um.
    """
    first, second = pairs.T
    moved = before.lines.roots_px[first] - after.lines.roots_px[second]
    ahead, ahead_before = _root_directions(after.lines)[second], _root_directions(before.lines)[first]
    # Taken for root and tip the other way round at one visit: the roots are its two ends, and only lengths compare.
    is_reversed = (ahead * ahead_before).sum(axis=1) < 0
    offset = np.where(is_reversed, 0.0, (moved * ahead).sum(axis=1))
    longer = after.length_um[second] - before.length_um[first]
    return np.asarray(longer - _root_share(offset) * offset)


def _root_directions(lines: Centerlines) -> Array:
    """(N, 2) unit vectors from the root over the first part of each shaft."""
    owner = lines.hair_of_point
    away = np.linalg.norm(lines.points_px - lines.roots_px[owner], axis=1)
    place = np.arange(len(owner))
    # The last point of the first part: shafts shorter than it end within.
    beyond = np.where(away > DIRECTION_UM, place, len(owner))
    first_beyond = np.minimum.reduceat(beyond, lines.offsets[:-1]) if len(lines) else np.zeros(0, np.int64)
    chosen = np.minimum(first_beyond, lines.offsets[1:] - 1)
    move = lines.points_px[chosen] - lines.roots_px
    return np.asarray(move / np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9))


def _root_share(offset_um: Array) -> Array:
    """(K,) share of an offset that is expected to be an error of the roots: the larger, the surer."""
    align, root = ALIGNMENT_NOISE_UM**2, ROOT_NOISE_UM**2
    sharp, wide = root + align, STRAY_ROOT_UM**2 + align
    density = [
        weight * np.exp(-0.5 * offset_um**2 / variance) / np.sqrt(variance)
        for weight, variance in ((1 - STRAY_ROOT_SHARE, sharp), (STRAY_ROOT_SHARE, wide))
    ]
    stray = density[1] / (density[0] + density[1])
    return np.asarray((1 - stray) * root / sharp + stray * STRAY_ROOT_UM**2 / wide)
