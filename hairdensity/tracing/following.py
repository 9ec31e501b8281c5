"""Following shafts through the network's maps, all hairs at once, one step of a few um at a time.

At each step every hair looks ahead along a fan of arcs and goes on along the one that has most centerline of its own
direction on it. A crossing hair has another direction, a hair that merges with others is followed by each of them, and
no graph has to be cut apart and joined again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Field", "FollowingSettings", "Trails", "center_trails", "follow", "initial_headings", "sample_map"]

Array = NDArray[np.float64]
Map = NDArray[np.float32]

N_FIRST_HEADINGS = 48
"""Directions tried at a root: every 7.5 degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowingSettings:
    """How shafts are followed, in um and degrees.

    Parameters
    ----------
    step_um : float
    look_um : float
        Reach of the arcs.
    fan_deg : float
        Largest turn of an arc over its reach.
    n_arcs : int
        Odd: the middle one goes straight on.
    bend_penalty : float
        What an arc at the edge of the fan must have more of its reach on a shaft than the straight one.
    min_evidence : float
        Mean probability along the best arc below which a shaft has ended.
    end_probability : float
        Probability of the centerline where a shaft's end is set.
    max_length_um : float
    """

    step_um: float = 10.0
    look_um: float = 90.0
    fan_deg: float = 32.0
    n_arcs: int = 9
    bend_penalty: float = 0.12
    min_evidence: float = 0.16
    end_probability: float = 0.3
    max_length_um: float = 20_000.0


class Field(NamedTuple):
    """What is followed: maps of the network at the working scale.

    ``centerline`` is (h, w); ``orientation`` is (K, h / 2, w / 2), the probability that a shaft here has the direction
    k * 180 / K degrees, either way round; ``um_per_px`` is the working scale.
    """

    centerline: Map
    orientation: Map
    um_per_px: float

    @classmethod
    def from_heading(cls, centerline: Map, heading: NDArray[np.floating], um_per_px: float) -> Field:
        """The field of a (2 K, h / 2, w / 2) distribution over directions from root to tip."""
        half = len(heading) // 2
        return cls(
            np.asarray(centerline, np.float32), np.asarray(heading[:half] + heading[half:], np.float32), um_per_px
        )


class Trails(NamedTuple):
    """N paths: ``points`` are (N, T, 2) working px, of which hair i owns the first ``n_points[i]``."""

    points: Array
    n_points: NDArray[np.int64]

    def path(self, hair: int) -> Array:
        """The (K, 2) points of one hair, root first."""
        return self.points[hair, : self.n_points[hair]]


def initial_headings(field: Field, roots: Array, settings: FollowingSettings) -> tuple[Array, Array]:
    """(N,) direction in which each root's shaft leaves, and (N,) the evidence for it.

    Parameters
    ----------
    field : Field
    roots : (N, 2) float ndarray
        Working px.
    settings : FollowingSettings
    """
    angles = np.arange(N_FIRST_HEADINGS) * 2 * np.pi / N_FIRST_HEADINGS
    reach = _arc_lengths(settings) / field.um_per_px
    away = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    samples = roots[:, None, None] + reach[None, None, :, None] * away[None, :, None]
    directions = np.broadcast_to(angles[None, :, None], samples.shape[:3])
    evidence = _evidence(field, samples, directions).mean(axis=2)
    best = evidence.argmax(axis=1)
    return angles[best], evidence[np.arange(len(roots)), best]


def follow(field: Field, roots: Array, headings: Array, settings: FollowingSettings) -> Trails:
    """Follow shafts from their roots to their tips.

    Parameters
    ----------
    field : Field
    roots : (N, 2) float ndarray
        Working px.
    headings : (N,) float ndarray
        Radians, 0 along increasing column, pi / 2 along increasing row.
    settings : FollowingSettings
    """
    step = settings.step_um / field.um_per_px
    place, angle = roots.astype(np.float64), headings.astype(np.float64)
    rows = [place.copy()]
    n_points = np.ones(len(roots), dtype=np.int64)
    active = np.arange(len(roots))
    turns, penalty = _fan(settings)
    for _ in range(int(settings.max_length_um / settings.step_um)):
        if not len(active):
            break
        gain = _look_ahead(field, place[active], angle[active], turns, settings)
        scores = gain - penalty[None]
        best = scores.argmax(axis=1)
        on = gain[np.arange(len(active)), best] >= settings.min_evidence
        on &= _inside(place[active], field.centerline.shape)
        active, best = active[on], best[on]
        # The turn of an arc is that over its whole reach; a step takes its share.
        angle[active] += turns[best] * settings.step_um / settings.look_um
        place[active] += step * np.stack([np.sin(angle[active]), np.cos(angle[active])], axis=1)
        n_points[active] += 1
        rows.append(place.copy())
    trails = Trails(np.stack(rows, axis=1), n_points)
    return _ended(field, trails, settings)


def center_trails(field: Field, trails: Trails, *, reach_um: float = 15.0) -> Trails:
    """Trails moved across onto the ridge of the centerline.

    Parameters
    ----------
    field : Field
    trails : Trails
    reach_um : float, optional
        Looked at on either side.
    """
    n, longest = trails.points.shape[:2]
    if not n or longest < 3:
        return trails
    direction = np.gradient(trails.points, axis=1)
    norm = np.linalg.norm(direction, axis=2, keepdims=True)
    direction = direction / np.maximum(norm, 1e-9)
    normal = np.stack([direction[..., 1], -direction[..., 0]], axis=-1)
    reach = reach_um / field.um_per_px
    offsets = np.linspace(-reach, reach, 13)
    samples = trails.points[:, :, None] + offsets[None, None, :, None] * normal[:, :, None]
    weight = sample_map(field.centerline, samples) ** 2 * np.exp(-0.5 * (offsets / (0.5 * reach)) ** 2)
    shift = (weight * offsets).sum(axis=2) / np.maximum(weight.sum(axis=2), 0.05)
    owned = np.arange(longest)[None] < trails.n_points[:, None]
    shift = _smooth_along(np.where(owned, shift, 0.0), owned)
    return Trails(trails.points + shift[..., None] * normal, trails.n_points)


def _smooth_along(values: Array, owned: NDArray[np.bool_]) -> Array:
    """(N, T) running mean over five points of the same trail."""
    padded = np.pad(values * owned, ((0, 0), (2, 2)))
    counts = np.pad(owned.astype(np.float64), ((0, 0), (2, 2)))
    length = values.shape[1]
    total = sum(padded[:, k : k + length] for k in range(5))
    number = sum(counts[:, k : k + length] for k in range(5))
    return np.asarray(total / np.maximum(number, 1), dtype=np.float64)


def _fan(settings: FollowingSettings) -> tuple[Array, Array]:
    """(A,) turns of the arcs over their reach, in radians, and (A,) what each is handicapped by."""
    share = np.linspace(-1, 1, settings.n_arcs)
    return np.deg2rad(settings.fan_deg) * share, settings.bend_penalty * share**2


def _arc_lengths(settings: FollowingSettings) -> Array:
    return np.arange(settings.step_um, settings.look_um + 1e-6, settings.step_um)


def _look_ahead(field: Field, place: Array, angle: Array, turns: Array, settings: FollowingSettings) -> Array:
    """(N, A) mean evidence along each arc of the fan."""
    lengths = _arc_lengths(settings)
    bend = turns[None, :, None] * (lengths / settings.look_um)[None, None]
    directions = angle[:, None, None] + bend
    # The chord to a point of an arc turns half as much as the arc itself.
    chord = angle[:, None, None] + bend / 2
    reach = (lengths / field.um_per_px)[None, None]
    samples = np.stack([np.sin(chord) * reach, np.cos(chord) * reach], axis=-1) + place[:, None, None]
    return np.asarray(_evidence(field, samples, directions).mean(axis=2))


def _evidence(field: Field, samples: Array, directions: Array) -> Array:
    """Probability of a centerline of this direction at each sample."""
    n_bins, rows, cols = field.orientation.shape
    # (h / 2, w / 2) pixels hold two fine ones: nearest neighbour is within a quarter of a hair.
    row = np.clip(np.rint((samples[..., 0] - 0.5) / 2).astype(np.intp), 0, rows - 1)
    col = np.clip(np.rint((samples[..., 1] - 0.5) / 2).astype(np.intp), 0, cols - 1)
    position = directions / np.pi * n_bins
    low = np.floor(position)
    share = position - low
    lower = low.astype(np.intp) % n_bins
    upper = (lower + 1) % n_bins
    likely = (1 - share) * field.orientation[lower, row, col] + share * field.orientation[upper, row, col]
    # Between two bins a sure direction gives 0.5 at least.
    evidence: Array = sample_map(field.centerline, samples) * np.minimum(2 * likely, 1.0)
    return evidence


def sample_map(field: NDArray[np.floating], points: Array) -> Array:
    """Values of a map at (..., 2) points, interpolated; 0 outside."""
    rows, cols = field.shape
    row, col = points[..., 0], points[..., 1]
    inside = (row >= 0) & (row <= rows - 1) & (col >= 0) & (col <= cols - 1)
    row, col = np.clip(row, 0, rows - 1.001), np.clip(col, 0, cols - 1.001)
    r, c = row.astype(np.intp), col.astype(np.intp)
    u, v = row - r, col - c
    upper = field[r, c] * (1 - v) + field[r, c + 1] * v
    lower = field[r + 1, c] * (1 - v) + field[r + 1, c + 1] * v
    return np.asarray((upper * (1 - u) + lower * u) * inside, dtype=np.float64)


def _inside(points: Array, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    return np.asarray(((points >= 0) & (points <= np.array(shape) - 1)).all(axis=1))


def _ended(field: Field, trails: Trails, settings: FollowingSettings) -> Trails:
    """Trails cut after their last point on a shaft: the last arcs reach beyond the tip."""
    on_shaft = sample_map(field.centerline, trails.points) >= settings.end_probability
    index = np.arange(trails.points.shape[1])
    on_shaft &= index[None] < trails.n_points[:, None]
    last = np.where(on_shaft, index[None], 0).max(axis=1)
    n_points = np.maximum(last + 1, 1)
    return Trails(trails.points[:, : int(n_points.max(initial=1))], n_points)
