"""Centerlines from the network's maps: shafts are followed from many places, and those that agree are the hairs.

A shaft that neither begins at a root nor comes in from outside is a loose piece, and no hair.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import compress
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from hairdensity.flags import HairFlag
from hairdensity.segmentation.maps import NetworkMaps
from hairdensity.tracing.acceptance import LARGEST_BURIED, AcceptanceSettings, Hearing, acceptance, hear_witnesses
from hairdensity.tracing.centerlines import Centerlines, Rejected, Traced
from hairdensity.tracing.choosing import ChoosingSettings, choose
from hairdensity.tracing.crossed import is_crossed
from hairdensity.tracing.orienting import OrientingSettings, find_root_odds, with_region
from hairdensity.tracing.roots import RootSettings, buried_evidence
from hairdensity.tracing.seeds import SeedSettings, find_trails
from hairdensity.tracing.shaft_field import Field, sample_map
from hairdensity.tracing.skeleton import Branches

__all__ = ["NetworkTracingSettings", "Shafts", "trace_network", "trace_shafts"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BORDER_UM = 30.0
"""From the picture's edge: a shaft that ends nearer to it goes on outside."""

UNSURE_LOG_ODDS = 1.0
"""Below this the two ends look alike: the better one is right less than three times in four."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkTracingSettings:
    """What the network's maps must say for a hair to be there.

    Parameters
    ----------
    min_root_probability : float
        Of the root map at the likelier end of a shaft: below it, a shaft that does not come in from outside is not even
        looked at.
    seeds : SeedSettings
    choosing : ChoosingSettings
    orienting : OrientingSettings
    roots : RootSettings
        Of the buried shaft's evidence.
    acceptance : AcceptanceSettings
    """

    min_root_probability: float = 0.05
    seeds: SeedSettings = field(default_factory=SeedSettings)
    choosing: ChoosingSettings = field(default_factory=ChoosingSettings)
    orienting: OrientingSettings = field(default_factory=OrientingSettings)
    roots: RootSettings = field(default_factory=RootSettings)
    acceptance: AcceptanceSettings = field(default_factory=AcceptanceSettings)


class Shafts(NamedTuple):
    """N traced shafts, hairs or not, the surest first.

    ``paths`` run from the root; ``log_odds`` (N,) say how sure that is; ``is_rooted`` (N,) whether there is any sign of
    a root in the picture, ``begins_outside`` (N,) whether the root's end lies at the edge; ``witnesses`` (N, W) is what
    speaks for and against a hair.
    """

    paths: list[Array]
    log_odds: Array
    is_rooted: Mask
    begins_outside: Mask
    witnesses: Array


def trace_network(maps: NetworkMaps, *, unreadable: Mask | None, settings: NetworkTracingSettings) -> Traced:
    """Follow every shaft from its root to its tip.

    Parameters
    ----------
    maps : NetworkMaps
    unreadable : (H, W) bool ndarray or None
        Pixels, at the picture's resolution, on which no shaft can be seen.
    settings : NetworkTracingSettings

    Returns
    -------
    Traced
        In px of the picture.
    """
    shafts = trace_shafts(maps, unreadable=unreadable, settings=settings)
    probability = acceptance(shafts.witnesses, settings.acceptance)
    # Of a shaft whose root lies outside, most witnesses know nothing.
    is_hair = (probability >= settings.acceptance.min_probability) | shafts.begins_outside
    paths = list(compress(shafts.paths, is_hair))
    log_odds, is_rooted = shafts.log_odds[is_hair], shafts.is_rooted[is_hair]
    flags = np.where((log_odds < UNSURE_LOG_ODDS) | ~is_rooted, int(HairFlag.ROOT_UNSURE), 0)
    leaves = np.logical_or(*_leaves(Branches.from_paths(paths), maps))
    flags |= np.where(leaves, int(HairFlag.TOUCHES_BORDER), 0)
    flags |= np.where(is_crossed(paths, maps.um_per_map_px), int(HairFlag.CROSSING), 0)
    edge = np.array(maps.darkness.shape) - 0.5
    in_picture = [np.clip(maps.to_image_px(path), -0.5, edge) for path in paths]
    flags |= np.where(_is_light(in_picture, maps.darkness), int(HairFlag.LIGHT_HAIR), 0)
    hairs = Centerlines.from_paths(
        in_picture,
        root_confidence=1 / (1 + np.exp(-log_odds)),
        hair_probability=np.where(shafts.begins_outside, np.nan, probability)[is_hair],
        flags=flags,
    )
    others = [maps.to_image_px(path[0]) for path in compress(shafts.paths, ~is_hair)]
    return Traced(hairs, Rejected(np.array(others, dtype=np.float64).reshape(-1, 2), probability[~is_hair]))


def trace_shafts(maps: NetworkMaps, *, unreadable: Mask | None, settings: NetworkTracingSettings) -> Shafts:
    """Follow every shaft, in working px, and hear what speaks for a hair.

    Which end is the root is decided when both ends, the whole shaft and the hairs around have been heard.

    Parameters
    ----------
    maps : NetworkMaps
    unreadable : (H, W) bool ndarray or None
    settings : NetworkTracingSettings
    """
    root, um = _readable(maps.root, unreadable), maps.um_per_map_px
    field = Field.from_maps(maps, _readable(maps.centerline, unreadable))
    trails, is_rooted, own, covered = _chosen(field, root, maps, settings)
    paths = [trails.path(shaft) for shaft in range(len(trails))]
    buried = _buried_odds(paths, maps, settings.roots)
    own = own + np.clip(buried, -settings.roots.max_log_odds, settings.roots.max_log_odds)
    total = with_region(own, trails, um_per_px=um, settings=settings.orienting)
    way = np.where(total >= 0, 1, -1)
    oriented = [path[::step] for path, step in zip(paths, way, strict=True)]
    hairs = Branches.from_paths(oriented)
    heard = Hearing(covered=covered, buried=buried * way, region=(total - own) * way)
    return Shafts(
        paths=oriented,
        log_odds=np.abs(total),
        is_rooted=is_rooted,
        begins_outside=_leaves(hairs, maps)[0],
        witnesses=hear_witnesses(hairs, field, root, maps, heard, settings.acceptance),
    )


def _chosen(
    field: Field, root: NDArray[np.float32], maps: NetworkMaps, settings: NetworkTracingSettings
) -> tuple[Branches, Mask, Array, Array]:
    """The trails that explain all shafts, whether each may have a root, their directions' odds and covered shares."""
    um = maps.um_per_map_px
    trails = find_trails(field, root, settings.seeds)
    leaves = _leaves(trails, maps)
    odds = find_root_odds(trails, root, maps.heading, leaves=leaves, um_per_px=um, settings=settings.orienting)
    is_rooted = odds.likeliest >= settings.min_root_probability
    valid = is_rooted | leaves[0] | leaves[1]
    trails, is_rooted, own = trails.keep(valid), is_rooted[valid], odds.own[valid]
    evidence = trails.mean_of(field.evidence(trails.points, np.arctan2(*trails.directions.T)))
    choice = choose(trails, evidence, is_rooted, maps.width_px, um_per_px=um, settings=settings.choosing)
    paths = Branches.from_paths([trails.path(shaft) for shaft in choice.numbers])
    return paths, is_rooted[choice.numbers], own[choice.numbers], choice.covered


def _leaves(trails: Branches, maps: NetworkMaps) -> tuple[Mask, Mask]:
    """(N,) whether the first, and (N,) whether the last point lies at the picture's edge."""
    reach = BORDER_UM / maps.um_per_map_px
    last = np.array(maps.centerline.shape) - 1
    first, second = (np.asarray(((ends <= reach) | (ends >= last - reach)).any(axis=1)) for ends in trails.ends)
    return first, second


def _buried_odds(paths: list[Array], maps: NetworkMaps, settings: RootSettings) -> Array:
    """(N,) log odds from the skin beyond both ends, where a buried shaft shines through behind the root."""
    if not paths:
        return np.zeros(0)
    odds = buried_evidence(
        Branches.from_paths(paths),
        maps.contrast.astype(np.float32),
        maps.red_contrast.astype(np.float32),
        um_per_px=maps.um_per_map_px,
        settings=replace(settings, max_log_odds=LARGEST_BURIED),
    )
    # A shaft without pigment leaves no known sign under the skin.
    return np.where(_is_light(paths, maps.contrast), 0.0, odds)


def _readable(values: NDArray[np.floating], unreadable: Mask | None) -> NDArray[np.float32]:
    """(h, w) float32, 0 where nothing can be read."""
    readable = values.astype(np.float32)
    if unreadable is not None and unreadable.any():
        size = (values.shape[1], values.shape[0])
        readable[cv2.resize(unreadable.view(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0] = 0
    return readable


def _is_light(paths: list[Array], darkness: NDArray[np.floating]) -> Mask:
    """(N,) True for shafts lighter than the skin."""
    return np.array([np.median(sample_map(darkness, path)) < 0 for path in paths], dtype=bool)
