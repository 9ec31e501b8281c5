"""Centerlines from the network's maps: a hair begins at every root and is followed to its tip.

What is left of the centerline map when every root has been followed belongs to hairs that come into the picture from
outside, or to loose pieces without a root, which are no hairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.flags import HairFlag
from hairdensity.segmentation.maps import NetworkMaps
from hairdensity.tracing.centerlines import Centerlines
from hairdensity.tracing.doubles import is_single
from hairdensity.tracing.following import (
    Field,
    FollowingSettings,
    Trails,
    center_trails,
    follow,
    initial_headings,
    sample_map,
)
from hairdensity.tracing.orienting import OrientingSettings, find_root_odds, with_region
from hairdensity.tracing.root_peaks import find_root_peaks
from hairdensity.tracing.roots import RootSettings, buried_evidence
from hairdensity.tracing.skeleton import Branches, find_branches

__all__ = ["NetworkTracingSettings", "trace_network"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BORDER_PX = 3.0
"""Working px from the picture's edge within which a shaft goes on outside."""

UNSURE_LOG_ODDS = 1.0
"""Below this the two ends look alike: the better one is right less than three times in four."""

CROSSING_INSIDE_UM = 40.0
"""Half of a hair's width: nearer to its end a hair only leans on another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkTracingSettings:
    """What the network's maps must say for a hair to be there.

    Parameters
    ----------
    min_end_probability : float
        Lowest peak of the root map from which a shaft is followed.
    min_root_probability : float
        Of the root map at the likelier end of a shaft: below it, the shaft is no hair.
    root_distance_um : float
        Of two roots nearer than this, the likelier one stands.
    min_first_evidence : float
        Mean probability of a shaft of one direction over the first stretch from the root.
    min_length_um : float
        Shortest visible shaft.
    double_distance : float
        Two paths nearer than this share of the shaft's width run on the same shaft.
    double_share : float
        Share of a path's points on another one's shaft for it to be dropped.
    min_entering_um : float
        Shortest shaft that is taken to come in from outside.
    min_line_probability : float
        Of the centerline on a shaft that comes in from outside.
    orienting : OrientingSettings
    roots : RootSettings
        Of the buried shaft's evidence.
    following : FollowingSettings
    """

    min_end_probability: float = 0.05
    min_root_probability: float = 0.2
    root_distance_um: float = 25.0
    min_first_evidence: float = 0.15
    min_length_um: float = 90.0
    double_distance: float = 0.45
    double_share: float = 0.75
    min_entering_um: float = 100.0
    min_line_probability: float = 0.5
    orienting: OrientingSettings = field(default_factory=OrientingSettings)
    roots: RootSettings = field(default_factory=RootSettings)
    following: FollowingSettings = field(default_factory=FollowingSettings)


def trace_network(maps: NetworkMaps, *, unreadable: Mask | None, settings: NetworkTracingSettings) -> Centerlines:
    """Follow every shaft from its root to its tip.

    Parameters
    ----------
    maps : NetworkMaps
    unreadable : (H, W) bool ndarray or None
        Pixels, at the picture's resolution, on which no shaft can be seen.
    settings : NetworkTracingSettings

    Returns
    -------
    Centerlines
        N hairs in px of the picture.
    """
    line, root = _readable(maps.centerline, unreadable), _readable(maps.root, unreadable)
    shafts = Field.from_heading(line, maps.heading, maps.um_per_map_px)
    paths, log_odds = _rooted_paths(shafts, root, maps, settings)
    entering = _entering_paths(shafts, maps, paths, settings)
    flags = np.where(log_odds < UNSURE_LOG_ODDS, int(HairFlag.ROOT_UNSURE), 0)
    flags = np.concatenate([flags, np.full(len(entering), int(HairFlag.ROOT_UNSURE))])
    every = paths + entering
    flags |= np.where(_touches_border(every, line.shape), int(HairFlag.TOUCHES_BORDER), 0)
    flags |= np.where(_is_crossed(every, maps.um_per_map_px), int(HairFlag.CROSSING), 0)
    edge = np.array(maps.darkness.shape) - 0.5
    in_picture = [np.clip(maps.to_image_px(path), -0.5, edge) for path in every]
    flags |= np.where(_is_light(in_picture, maps.darkness), int(HairFlag.LIGHT_HAIR), 0)
    confidence = np.concatenate([1 / (1 + np.exp(-log_odds)), np.full(len(entering), 0.5)])
    return Centerlines.from_paths(in_picture, root_confidence=confidence, flags=flags)


def _rooted_paths(
    shafts: Field, root: NDArray[np.float32], maps: NetworkMaps, settings: NetworkTracingSettings
) -> tuple[list[Array], Array]:
    """Paths from every root that a shaft leaves from, root first, and the log odds that the first point is the root.

    An end of a shaft is followed even where the map hardly takes it for a root: which end is the root is decided when
    both ends, the whole shaft and the hairs around have been heard.
    """
    um = maps.um_per_map_px
    peaks = find_root_peaks(
        root, min_probability=settings.min_end_probability, distance_px=settings.root_distance_um / um
    )
    headings, evidence = initial_headings(shafts, peaks.places, settings.following)
    leaves = evidence >= settings.min_first_evidence
    trails = center_trails(shafts, follow(shafts, peaks.places[leaves], headings[leaves], settings.following))
    trails = _kept(trails, (trails.n_points - 1) * settings.following.step_um >= settings.min_length_um)
    odds = find_root_odds(trails, root, maps.heading, um_per_px=um, settings=settings.orienting)
    rooted = odds.likeliest >= settings.min_root_probability
    trails = _kept(trails, rooted)
    own = odds.own[rooted] + _buried_odds(trails, maps, settings.roots)
    # Of two trails that are as sure, the longer one.
    likelihood = own + 1e-3 * trails.n_points
    single = is_single(
        trails, likelihood, maps.width_px, distance=settings.double_distance, share=settings.double_share
    )
    trails, own = _kept(trails, single), own[single]
    log_odds = with_region(own, trails, um_per_px=um, settings=settings.orienting)
    paths = [trails.path(hair) if log_odds[hair] >= 0 else trails.path(hair)[::-1] for hair in range(len(log_odds))]
    return paths, np.abs(log_odds)


def _buried_odds(trails: Trails, maps: NetworkMaps, settings: RootSettings) -> Array:
    """(N,) log odds from the skin beyond both ends, where a buried shaft shines through behind the root."""
    paths = [trails.path(hair) for hair in range(len(trails.n_points))]
    if not paths:
        return np.zeros(0)
    odds = buried_evidence(
        Branches.from_paths(paths),
        maps.contrast.astype(np.float32),
        maps.red_contrast.astype(np.float32),
        um_per_px=maps.um_per_map_px,
        settings=settings,
    )
    # A shaft without pigment leaves no known sign under the skin.
    return np.where(_is_light(paths, maps.contrast), 0.0, odds)


def _kept(trails: Trails, chosen: Mask) -> Trails:
    return Trails(trails.points[chosen], trails.n_points[chosen])


def _entering_paths(
    shafts: Field, maps: NetworkMaps, paths: list[Array], settings: NetworkTracingSettings
) -> list[Array]:
    """Shafts that come into the picture from outside, from the border on."""
    left = shafts.centerline >= settings.min_line_probability
    left &= ~_claimed(paths, maps, left.shape)
    branches = find_branches(left)
    branches = branches.keep(branches.lengths * maps.um_per_map_px >= settings.min_entering_um)
    return [path for path in map(_from_border, _paths(branches), [left.shape] * len(branches)) if path is not None]


def _paths(branches: Branches) -> list[Array]:
    return [branches.path(branch) for branch in range(len(branches))]


def _from_border(path: Array, shape: tuple[int, ...]) -> Array | None:
    """The path with its end at the border first; None when neither end lies there."""
    at_border = _near_border(path[[0, -1]], shape)
    if not at_border.any():
        return None
    return path if at_border[0] else path[::-1]


def _claimed(paths: list[Array], maps: NetworkMaps, shape: tuple[int, ...]) -> Mask:
    """(h, w) True on the shafts of the paths."""
    drawn = np.zeros(shape, np.uint8)
    for path in paths:
        width = float(np.median(sample_map(maps.width_px, (path - 0.5) / 2)))
        points = np.rint(path[:, ::-1] * 16).astype(np.int32)
        cv2.polylines(drawn, [points], False, 1, max(5, round(width)), shift=4)
    return np.asarray(drawn > 0)


def _readable(values: NDArray[np.floating], unreadable: Mask | None) -> NDArray[np.float32]:
    """(h, w) float32, 0 where nothing can be read."""
    readable = np.array(values, dtype=np.float32)
    if unreadable is not None and unreadable.any():
        size = (values.shape[1], values.shape[0])
        readable[cv2.resize(unreadable.view(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0] = 0
    return readable


def _near_border(points: Array, shape: tuple[int, ...]) -> Mask:
    last = np.array(shape) - 1
    return np.asarray(((points <= BORDER_PX) | (points >= last - BORDER_PX)).any(axis=1))


def _touches_border(paths: list[Array], shape: tuple[int, ...]) -> Mask:
    """(N,) True where an end lies at the picture's edge."""
    return np.array([_near_border(path[[0, -1]], shape).any() for path in paths], dtype=bool)


def _is_crossed(paths: list[Array], um_per_px: float) -> Mask:
    """(N,) True where two axes meet well inside both shafts."""
    crossed = np.zeros(len(paths), dtype=bool)
    step_px = 2.0
    inner = [_inner(path, CROSSING_INSIDE_UM / um_per_px) for path in paths]
    owner = np.repeat(np.arange(len(paths)), [len(part) for part in inner])
    points = np.concatenate([np.zeros((0, 2)), *inner])
    if len(points):
        first, second = owner[cKDTree(points).query_pairs(step_px, output_type="ndarray")].T
        crossed[first[first != second]] = crossed[second[first != second]] = True
    return crossed


def _inner(path: Array, reach_px: float) -> Array:
    """The points further than a reach from both ends of a path."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    inner: Array = path[(along > reach_px) & (along < along[-1] - reach_px)]
    return inner


def _is_light(paths: list[Array], darkness: NDArray[np.floating]) -> Mask:
    """(N,) True for shafts lighter than the skin."""
    return np.array([np.median(sample_map(darkness, path)) < 0 for path in paths], dtype=bool)
