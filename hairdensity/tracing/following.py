"""Following shafts through the network's maps, all at once, one step of a few um at a time.

At each step every shaft looks ahead along a fan of arcs and goes on along the one that has most centerline of its own
direction on it and bends as the shaft has bent so far: a crossing hair has another direction, and one that joins at a
small angle another bend. No graph has to be cut apart and joined again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.tracing.shaft_field import Field, sample_map
from hairdensity.tracing.skeleton import Branches

__all__ = ["FollowingSettings", "arcs", "center_trails", "follow", "initial_headings"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

N_FIRST_HEADINGS = 48
"""Directions tried at a root: every 7.5 degrees."""

UNIT_TURN_DEG = 16.0
"""Turn over the reach at which the penalties below apply in full: 130 degrees per mm, the bend of a tight curl."""

END_STEP_UM = 2.5
"""A shaft's end is set to this."""

CENTERING_UM = 12.0
"""Half of a thin terminal hair: what is further aside is another axis."""


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
        Odd: the middle one goes straight on. They are closer together near it.
    bend_penalty, change_penalty : float
        What an arc must have more of its reach on a shaft when it turns by ``UNIT_TURN_DEG``, and when it turns by so
        much otherwise than the shaft so far.
    memory : float
        Share of the bend so far that stays at each step.
    start_um : float
        Length over which a shaft finds its bend; there, changing costs nothing.
    min_evidence : float
        Mean probability along the best arc below which a shaft has ended.
    end_probability : float
        Probability of the centerline where a shaft's end is set.
    max_length_um : float
    """

    step_um: float = 15.0
    look_um: float = 120.0
    fan_deg: float = 30.0
    n_arcs: int = 11
    bend_penalty: float = 0.1
    change_penalty: float = 0.4
    memory: float = 0.7
    start_um: float = 60.0
    min_evidence: float = 0.16
    end_probability: float = 0.3
    max_length_um: float = 20_000.0


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
    reach = _reaches(settings.look_um, settings) / field.um_per_px
    places = roots[:, None, None] + reach[None, None, :, None] * _away(angles)[None, :, None]
    directions = np.broadcast_to(angles[None, :, None], places.shape[:3])
    evidence = field.evidence(places, directions).mean(axis=2)
    best = evidence.argmax(axis=1)
    return angles[best], evidence[np.arange(len(roots)), best].astype(np.float64)


def follow(field: Field, starts: Array, headings: Array, settings: FollowingSettings) -> Branches:
    """Follow shafts from some places on them to their ends.

    Parameters
    ----------
    field : Field
    starts : (N, 2) float ndarray
        Working px.
    headings : (N,) float ndarray
        Radians, 0 along increasing column, pi / 2 along increasing row.
    settings : FollowingSettings

    Returns
    -------
    Branches
        N trails; one that ends at once has its start alone.
    """
    step = settings.step_um / field.um_per_px
    place, angle, bend = starts.astype(np.float64), headings.astype(np.float64), np.zeros(len(starts))
    places, n_points = [place.copy()], np.ones(len(starts), dtype=np.int64)
    active = np.arange(len(starts))
    for n_steps in range(int(settings.max_length_um / settings.step_um)):
        active = active[_inside(place[active], field.centerline.shape)]
        if not len(active):
            break
        is_young = n_steps * settings.step_um < settings.start_um
        turn, goes_on = _next_turn(field, place[active], angle[active], bend[active], settings, is_young=is_young)
        active, turn = active[goes_on], turn[goes_on]
        bend[active] += (1 - settings.memory) * (turn - bend[active])
        angle[active] += turn * settings.step_um / settings.look_um
        place[active] = _centered(field, place[active] + step * _away(angle[active]), angle[active])
        n_points[active] += 1
        places.append(place.copy())
    return _ended(field, np.stack(places, axis=1), n_points, settings)


def center_trails(field: Field, trails: Branches, *, reach_um: float = 15.0) -> Branches:
    """Trails moved across onto the ridge of the centerline.

    Parameters
    ----------
    field : Field
    trails : Branches
    reach_um : float, optional
        Looked at on either side.
    """
    normal = _normals(trails.directions)
    offsets = np.linspace(-reach_um, reach_um, 13) / field.um_per_px
    places = trails.points[:, None] + offsets[None, :, None] * normal[:, None]
    weight = sample_map(field.centerline, places) ** 2 * np.exp(-0.5 * (offsets / (0.5 * offsets[-1])) ** 2)
    shift = (weight * offsets).sum(axis=1) / np.maximum(weight.sum(axis=1), 0.05)
    moved = trails.points + _smooth_along(shift, trails)[:, None] * normal
    return Branches(points=moved, offsets=trails.offsets)


def _smooth_along(values: Array, trails: Branches) -> Array:
    """(P,) running mean over five points of the same trail."""
    owner, n = trails.owner, len(values)
    total, number = values.copy(), np.ones(n)
    for lag in range(1, min(3, n)):
        same = owner[lag:] == owner[:-lag]
        total[lag:][same] += values[:-lag][same]
        total[:-lag][same] += values[lag:][same]
        number[lag:][same] += 1
        number[:-lag][same] += 1
    smooth: Array = total / number
    return smooth


def _next_turn(
    field: Field, place: Array, angle: Array, bend: Array, settings: FollowingSettings, *, is_young: bool
) -> tuple[Array, Mask]:
    """(N,) turn of the best arc in radians over the reach, and (N,) whether there is a shaft to go on along."""
    turns, unit = _fan(settings), np.deg2rad(UNIT_TURN_DEG)
    fan = np.broadcast_to(turns, (len(place), len(turns)))
    gain = field.evidence(*arcs(field, place, angle, fan, settings.look_um, settings)).mean(axis=2)
    score = gain - settings.bend_penalty * (turns / unit)[None] ** 2
    if not is_young:
        score -= settings.change_penalty * ((turns[None] - bend[:, None]) / unit) ** 2
    best = score.argmax(axis=1)
    return turns[best], gain[np.arange(len(place)), best] >= settings.min_evidence


def arcs(
    field: Field, place: Array, angle: Array, turns: Array, reach_um: float, settings: FollowingSettings
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, A, S, 2) places along arcs, and (N, A, S) their directions there.

    Parameters
    ----------
    field : Field
    place : (N, 2) float ndarray
    angle : (N,) float ndarray
    turns : (N, A) float ndarray
        Radians over ``look_um``.
    reach_um : float
    settings : FollowingSettings
    """
    lengths = _reaches(reach_um, settings).astype(np.float32)
    bend = turns.astype(np.float32)[..., None] * (lengths / np.float32(settings.look_um))
    start = angle.astype(np.float32)[:, None, None]
    # The chord to a point of an arc turns half as much as the arc itself.
    places = _away(start + bend / 2) * (lengths / np.float32(field.um_per_px))[:, None]
    return places + place.astype(np.float32)[:, None, None], start + bend


def _reaches(reach_um: float, settings: FollowingSettings) -> Array:
    return np.arange(settings.step_um, reach_um + 1e-6, settings.step_um)


def _fan(settings: FollowingSettings) -> Array:
    """(A,) turns of the arcs over their reach, in radians."""
    share = np.linspace(-1, 1, settings.n_arcs)
    turns: Array = np.deg2rad(settings.fan_deg) * share * np.abs(share)
    return turns


def _away(angles: NDArray[np.floating]) -> NDArray[np.floating]:
    """(..., 2) unit vectors (row, col) of directions."""
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1)


def _normals(direction: NDArray[np.floating]) -> NDArray[np.floating]:
    """(..., 2) unit vectors across others."""
    return np.stack([direction[..., 1], -direction[..., 0]], axis=-1)


def _centered(field: Field, place: Array, angle: Array) -> Array:
    """(N, 2) places moved halfway onto the axis of this direction."""
    reach = CENTERING_UM / field.um_per_px
    offsets = np.linspace(-reach, reach, 9)
    normal = _normals(_away(angle))
    places = place[:, None] + offsets[None, :, None] * normal[:, None]
    evidence = field.evidence(places, np.broadcast_to(angle[:, None], places.shape[:2]))
    weight = evidence**2 * np.exp(-0.5 * (offsets / (0.5 * reach)) ** 2)
    shift = (weight * offsets).sum(axis=1) / np.maximum(weight.sum(axis=1), 0.05)
    centered: Array = place + 0.5 * shift[:, None] * normal
    return centered


def _inside(points: Array, shape: tuple[int, ...]) -> Mask:
    return np.asarray(((points >= 0) & (points <= np.array(shape) - 1)).all(axis=1))


def _ended(field: Field, places: Array, n_points: NDArray[np.int64], settings: FollowingSettings) -> Branches:
    """Trails of (N, T, 2) places, cut or drawn out to where they leave the shaft.

    The arcs see beyond a tip, or hardly anything of the last stretch before it.
    """
    index = np.arange(places.shape[1])
    on_shaft = sample_map(field.centerline, places) >= settings.end_probability
    on_shaft &= index[None] < n_points[:, None]
    last = np.where(on_shaft, index[None], 0).max(axis=1, initial=0)
    rows = np.arange(len(places))
    end = places[rows, last]
    way = end - places[rows, np.maximum(last - 1, 0)]
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    reach = np.arange(0.0, settings.min_evidence * settings.look_um + settings.step_um, END_STEP_UM) / field.um_per_px
    ahead = end[:, None] + reach[1:, None] * way[:, None]
    still = np.logical_and.accumulate(sample_map(field.centerline, ahead) >= settings.end_probability, axis=1)
    still &= last[:, None] > 0
    places = np.concatenate([places, places[:, -1:]], axis=1)
    places[rows, last + 1] = end + reach[still.sum(axis=1), None] * way
    length = last + 1 + still.any(axis=1)
    kept = np.arange(places.shape[1])[None] < length[:, None]
    offsets = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    return Branches(points=places[kept], offsets=offsets)
