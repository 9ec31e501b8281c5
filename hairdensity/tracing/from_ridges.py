"""Centerlines from ridge maps: axis pixels become branches, branches shafts, and one end of each the root."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.flags import HairFlag
from hairdensity.segmentation.maps import RidgeMaps
from hairdensity.tracing.centerlines import Centerlines
from hairdensity.tracing.ends import EndSettings, settle_ends
from hairdensity.tracing.joining import JoiningSettings, join_branches
from hairdensity.tracing.roots import RootEvidence, RootSettings, find_root_evidence
from hairdensity.tracing.selection import (
    SelectionSettings,
    drop_doubles,
    is_colored_like_hair,
    is_loose_fragment,
    long_and_strong,
)
from hairdensity.tracing.skeleton import Branches, BranchSettings, cut_at_bends, find_branches, values_at

__all__ = ["RidgeTracingSettings", "trace_ridges"]

Float = NDArray[np.float64]

CROSSING_INSIDE_PX = 8
"""Working px, about 40 um: half of a hair's width from its end."""

UNSURE_LOG_ODDS = 1.0
"""Below this the two ends look alike: the better one is right less than three times in four."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RidgeTracingSettings:
    """The settings of each step of tracing.

    Light hairs have their own: glints and scales are light too, but short and ragged.
    """

    branches: BranchSettings = field(default_factory=BranchSettings)
    joining: JoiningSettings = field(default_factory=JoiningSettings)
    ends: EndSettings = field(default_factory=EndSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    roots: RootSettings = field(default_factory=RootSettings)
    light_branches: BranchSettings = field(
        default_factory=lambda: BranchSettings(min_pixel_strength=0.12, min_mean_strength=0.15)
    )
    light_selection: SelectionSettings = field(
        default_factory=lambda: SelectionSettings(min_length_um=300.0, min_strength=0.15, min_aspect=6.0)
    )
    highlight_distance_um: float = 60.0

    def for_polarity(self, polarity: int) -> RidgeTracingSettings:
        """The settings with which shafts darker (1) or lighter (-1) than the skin are traced."""
        if polarity > 0:
            return self
        # A shaft without pigment leaves no known sign under the skin: its ends are not told apart, and flagged.
        roots = replace(self.roots, max_log_odds=0.0)
        return replace(self, branches=self.light_branches, selection=self.light_selection, roots=roots)


def trace_ridges(
    maps: RidgeMaps, *, unreadable: NDArray[np.bool_] | None = None, settings: RidgeTracingSettings
) -> Centerlines:
    """Follow every shaft from its root to its tip.

    Axis pixels become branches; branches that continue each other across junctions, crossings and gaps become shafts;
    each shaft's own darkness settles where it ends; what is short, weak, no darker than skin, a second ridge of another
    shaft or a loose cut fragment is dropped; and the end that is the root is told from the tip.

    Parameters
    ----------
    maps : RidgeMaps
    unreadable : (H, W) bool ndarray, optional
        Pixels, at the picture's resolution, on which no shaft can be seen.
    settings : RidgeTracingSettings

    Returns
    -------
    Centerlines
        N hairs in px of the picture.
    """
    settings = settings.for_polarity(maps.polarity)
    um = maps.um_per_map_px
    shafts = _shafts(maps, _at_map_scale(unreadable, maps), settings)
    evidence = find_root_evidence(shafts, maps.contrast, maps.red_contrast, um_per_px=um, settings=settings.roots)
    hairs = ~is_loose_fragment(shafts, evidence, _widths(maps, shafts), um_per_px=um, settings=settings.selection)
    return _centerlines(maps, shafts, hairs, evidence)


def _shafts(maps: RidgeMaps, blocked: NDArray[np.bool_] | None, settings: RidgeTracingSettings) -> Branches:
    """Paths of everything that looks like a shaft, each from end to end."""
    um = maps.um_per_map_px
    axis = maps.axis if blocked is None else maps.axis & ~blocked
    branches = _strong_branches(maps, axis, settings.branches)
    joined = join_branches(
        branches,
        _widths(maps, branches),
        _strengths(maps, branches),
        maps.contrast,
        um_per_px=um,
        settings=settings.joining,
    )
    joined = joined.keep(joined.lengths * um >= settings.branches.min_ridge_um)
    widths, strengths = _widths(maps, joined), _strengths(maps, joined)
    shafts = settle_ends(joined, maps.contrast, um_per_px=um, settings=settings.ends)
    levels = shafts.mean_of(values_at(maps.contrast, shafts.points))
    red_levels = shafts.mean_of(values_at(maps.red_contrast, shafts.points))
    good = long_and_strong(shafts, widths, strengths, levels, um_per_px=um, settings=settings.selection)
    good &= is_colored_like_hair(levels, red_levels, settings.selection)
    good &= joined.lengths >= settings.selection.min_ridge_share * shafts.lengths
    shafts, widths, strengths = shafts.keep(good), widths[good], strengths[good]
    return shafts.keep(drop_doubles(shafts, widths, strengths, settings.selection))


def _strong_branches(maps: RidgeMaps, axis: NDArray[np.bool_], settings: BranchSettings) -> Branches:
    """Branches of the axis map that are worth joining, cut where they bend as no shaft does."""
    um = maps.um_per_map_px
    branches = find_branches(axis & (maps.strength >= settings.min_pixel_strength))
    branches = branches.keep(branches.lengths * um >= settings.min_branch_um)
    branches = cut_at_bends(branches, reach_px=settings.bend_reach_px(um), max_turn_deg=settings.max_turn_deg)
    branches = branches.keep(branches.lengths * um >= settings.min_branch_um)
    return branches.keep(_strengths(maps, branches) >= settings.min_mean_strength)


def _at_map_scale(mask: NDArray[np.bool_] | None, maps: RidgeMaps) -> NDArray[np.bool_] | None:
    """A mask of the picture, at the scale of the maps."""
    if mask is None or mask.shape == maps.strength.shape:
        return mask
    height, width = maps.strength.shape
    reduced = cv2.resize(mask.view(np.uint8) * np.uint8(255), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(reduced > 0)


def _widths(maps: RidgeMaps, branches: Branches) -> Float:
    return branches.mean_of(values_at(maps.width_px, branches.points))


def _strengths(maps: RidgeMaps, branches: Branches) -> Float:
    return branches.mean_of(values_at(maps.strength, branches.points))


def _centerlines(maps: RidgeMaps, shafts: Branches, hairs: NDArray[np.bool_], evidence: RootEvidence) -> Centerlines:
    """The chosen shafts as centerlines in px of the picture, root first, with their flags."""
    log_odds = evidence.log_odds
    paths = [
        maps.to_image_px(shafts.path(i) if log_odds[i] >= 0 else shafts.path(i)[::-1])
        for i in np.flatnonzero(hairs).tolist()
    ]
    sureness = np.abs(log_odds[hairs])
    flags = np.where(sureness < UNSURE_LOG_ODDS, int(HairFlag.ROOT_UNSURE), 0)
    flags |= np.where(_touches_border(maps, shafts)[hairs], int(HairFlag.TOUCHES_BORDER), 0)
    flags |= np.where(_is_crossed(shafts.keep(hairs)), int(HairFlag.CROSSING), 0)
    if maps.polarity < 0:
        flags |= int(HairFlag.LIGHT_HAIR)
    return Centerlines.from_paths(paths, root_confidence=1 / (1 + np.exp(-sureness)), flags=flags)


def _touches_border(maps: RidgeMaps, shafts: Branches) -> NDArray[np.bool_]:
    """(N,) True where an end lies within 2 px of the map's border."""
    height, width = maps.strength.shape
    last = np.array([height - 1, width - 1])
    ends = np.stack(shafts.ends)
    return np.asarray(((ends <= 2) | (ends >= last - 2)).any(axis=(0, 2)))


def _is_crossed(shafts: Branches) -> NDArray[np.bool_]:
    """(N,) True where two axes meet well inside both shafts; where one of them ends, it may only lean on the other."""
    index = np.arange(len(shafts.points))
    owner = shafts.owner
    to_end = np.minimum(index - shafts.offsets[owner], shafts.offsets[owner + 1] - 1 - index)
    inner = np.flatnonzero(to_end >= CROSSING_INSIDE_PX)
    crossed = np.zeros(len(shafts), dtype=bool)
    if len(inner):
        # Points are 1 px apart: two lines that cross have points nearer than that.
        first, second = owner[inner][cKDTree(shafts.points[inner]).query_pairs(1.0, output_type="ndarray")].T
        crossed[first[first != second]] = crossed[second[first != second]] = True
    return crossed
