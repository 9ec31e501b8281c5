"""Where shafts are followed from: every likely root, and the middle of every clean piece of an axis."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hairdensity.tracing.following import FollowingSettings, center_trails, follow, initial_headings
from hairdensity.tracing.gaps import GapSettings, follow_on
from hairdensity.tracing.root_peaks import find_root_peaks
from hairdensity.tracing.shaft_field import Field
from hairdensity.tracing.skeleton import Branches, find_branches

__all__ = ["SeedSettings", "find_trails"]

Array = NDArray[np.float64]

TANGENT_UM = 25.0
"""Length before and after the middle of a piece over which its direction is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedSettings:
    """Where shafts are followed from.

    Parameters
    ----------
    min_root_probability : float
        Lowest peak of the root map.
    root_distance_um : float
        Of two roots nearer than this, the likelier one stands.
    min_first_evidence : float
        Mean probability of a shaft of one direction over the first stretch from a root.
    min_line_probability : float
        Of the centerline on a clean piece.
    min_piece_um : float
        Shortest piece between two junctions whose direction is to be trusted.
    min_length_um : float
        Shortest trail.
    following : FollowingSettings
    gaps : GapSettings
    """

    min_root_probability: float = 0.05
    root_distance_um: float = 25.0
    min_first_evidence: float = 0.15
    min_line_probability: float = 0.4
    min_piece_um: float = 80.0
    min_length_um: float = 90.0
    following: FollowingSettings = field(default_factory=FollowingSettings)
    gaps: GapSettings = field(default_factory=GapSettings)


def find_trails(shafts: Field, root: NDArray[np.float32], settings: SeedSettings) -> Branches:
    """All trails, several along most shafts.

    Parameters
    ----------
    shafts : Field
    root : (h, w) float32 ndarray
    settings : SeedSettings
    """
    trails = [*_from_roots(shafts, root, settings), *_from_pieces(shafts, settings)]
    every = center_trails(shafts, Branches.from_paths(trails))
    return every.keep(every.lengths * shafts.um_per_px >= settings.min_length_um)


def _from_roots(shafts: Field, root: NDArray[np.float32], settings: SeedSettings) -> list[Array]:
    peaks = find_root_peaks(
        root, min_probability=settings.min_root_probability, distance_px=settings.root_distance_um / shafts.um_per_px
    )
    headings, evidence = initial_headings(shafts, peaks.places, settings.following)
    leaves = evidence >= settings.min_first_evidence
    trails = follow(shafts, peaks.places[leaves], headings[leaves], settings.following)
    further = follow_on(shafts, trails, settings.following, settings.gaps)
    longer = further.keep(np.diff(further.offsets) != np.diff(trails.offsets))
    return [*_paths(trails), *_paths(longer)]


def _from_pieces(shafts: Field, settings: SeedSettings) -> list[Array]:
    """From the middle of each piece both ways."""
    pieces = find_branches(shafts.centerline >= settings.min_line_probability)
    pieces = pieces.keep(pieces.lengths * shafts.um_per_px >= settings.min_piece_um)
    if not len(pieces):
        return []
    middle = (pieces.offsets[:-1] + pieces.offsets[1:] - 1) // 2
    reach = max(1, round(TANGENT_UM / shafts.um_per_px))
    after, before = np.minimum(middle + reach, pieces.offsets[1:] - 1), np.maximum(middle - reach, pieces.offsets[:-1])
    tangent = pieces.points[after] - pieces.points[before]
    angle = np.arctan2(tangent[:, 0], tangent[:, 1])
    starts = pieces.points[middle]
    both = follow(shafts, np.tile(starts, (2, 1)), np.concatenate([angle, angle + np.pi]), settings.following)
    further = follow_on(shafts, both, settings.following, settings.gaps)
    is_longer = (np.diff(further.offsets) != np.diff(both.offsets)).reshape(2, -1).any(axis=0)
    return [*_joined(both), *(path for path, longer in zip(_joined(further), is_longer, strict=True) if longer)]


def _joined(both: Branches) -> list[Array]:
    """The N trails from the middles of N pieces, joined to the N that run the other way."""
    n = len(both) // 2
    return [np.concatenate([both.path(n + piece)[:0:-1], both.path(piece)]) for piece in range(n)]


def _paths(trails: Branches) -> list[Array]:
    return [trails.path(trail) for trail in range(len(trails))]
