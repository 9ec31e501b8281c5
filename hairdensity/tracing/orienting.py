"""Which way a followed shaft runs: its root map at both ends, the heading all along it, and the hairs around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.tracing.region import common_direction
from hairdensity.tracing.root_peaks import highest_near
from hairdensity.tracing.skeleton import Branches

__all__ = ["OrientingSettings", "RootOdds", "find_root_odds", "log_odds", "with_region"]

Array = NDArray[np.float64]

LEAST_SHARE = 0.02
"""Added to both sides of the odds: a distribution over 16 bins is no surer than that."""

LEAST_PROBABILITY = 0.01

OUTSIDE_PROBABILITY = 0.5
"""Of a root beyond the picture's edge, where no map tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrientingSettings:
    """How roots are told from tips.

    Parameters
    ----------
    end_um : float
        A root's peak lies within this distance of the end of its shaft.
    max_log_odds : float
        Bound of one hair's own evidence: dirt at a tip must not outweigh a whole region.
    region_um : float
        Distance over which hairs lie the same way.
    region_weight : float
        Log odds that a perfectly uniform region adds.
    region_hairs : float
        Number of sure hairs around that make a region.
    """

    end_um: float = 40.0
    max_log_odds: float = 4.0
    region_um: float = 1500.0
    region_weight: float = 5.0
    region_hairs: float = 4.0


class RootOdds(NamedTuple):
    """``own`` is (N,) log odds that a trail starts at the root; ``likeliest`` is (N,) the larger root probability."""

    own: Array
    likeliest: Array


def find_root_odds(
    trails: Branches,
    root: NDArray[np.float32],
    heading: NDArray[np.floating],
    *,
    leaves: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    um_per_px: float,
    settings: OrientingSettings,
) -> RootOdds:
    """Ask the maps about both ends of every trail.

    Parameters
    ----------
    trails : Branches
        N trails with two points or more.
    root : (h, w) float32 ndarray
    heading : (16, h / 2, w / 2) ndarray
        Distribution of the direction from root to tip.
    leaves : two (N,) bool ndarray
        Whether the first and the last point lie at the picture's edge.
    um_per_px : float
    settings : OrientingSettings
    """
    seen = [highest_near(root, ends, settings.end_um / um_per_px) for ends in trails.ends]
    start, end = (
        np.where(gone, np.maximum(at, OUTSIDE_PROBABILITY), at) for at, gone in zip(seen, leaves, strict=True)
    )
    own = log_odds(start) - log_odds(end) + _direction_odds(trails, heading)
    return RootOdds(np.clip(own, -settings.max_log_odds, settings.max_log_odds), np.maximum(*seen))


def with_region(own: Array, trails: Branches, *, um_per_px: float, settings: OrientingSettings) -> Array:
    """(N,) log odds that a trail starts at the root, when the hairs around are heard as well.

    Parameters
    ----------
    own : (N,) float ndarray
    trails : Branches
    um_per_px : float
    settings : OrientingSettings
    """
    if len(own) < 2:
        return own
    first, last = trails.ends
    along = (last - first) / np.maximum(np.linalg.norm(last - first, axis=1, keepdims=True), 1e-9)
    region = common_direction(
        own,
        along,
        (first + last) / 2 * um_per_px,
        region_um=settings.region_um,
        region_hairs=settings.region_hairs,
    )
    return np.asarray(own + settings.region_weight * np.einsum("ij,ij->i", region, along))


def _direction_odds(trails: Branches, heading: NDArray[np.floating]) -> Array:
    """(N,) mean log odds that shafts run from root to tip as their trails do, not the other way."""
    angle = np.arctan2(*trails.directions.T)
    places = (trails.points - 0.5) / 2
    forth, back = (_heading_at(heading, places, angle + turn) for turn in (0.0, np.pi))
    return trails.mean_of(np.log((forth + LEAST_SHARE) / (back + LEAST_SHARE)))


def _heading_at(heading: NDArray[np.floating], places: Array, angle: Array) -> Array:
    """(P,) share of the bins on either side of an angle."""
    n_bins, rows, cols = heading.shape
    row = np.clip(np.rint(places[:, 0]).astype(np.intp), 0, rows - 1)
    col = np.clip(np.rint(places[:, 1]).astype(np.intp), 0, cols - 1)
    lower = np.floor(angle / (2 * np.pi) * n_bins).astype(np.intp)
    return np.asarray(heading[lower % n_bins, row, col] + heading[(lower + 1) % n_bins, row, col], dtype=np.float64)


def log_odds(probability: Array) -> Array:
    """(N,) log odds of probabilities; no map is surer than ``LEAST_PROBABILITY``."""
    bounded = np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return np.asarray(np.log(bounded / (1 - bounded)))
