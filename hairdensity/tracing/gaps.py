"""Shafts that others hide for a while: followed on beyond, where the axis appears again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.tracing.following import FollowingSettings, arcs, follow
from hairdensity.tracing.shaft_field import Field, sample_map
from hairdensity.tracing.skeleton import Branches

__all__ = ["GapSettings", "follow_on"]

Array = NDArray[np.float64]

MAX_GAPS = 4
"""On one trail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapSettings:
    """Where a lost shaft is looked for, in um and degrees.

    Parameters
    ----------
    reach_um : float
        Longest stretch that is looked at,
    back_um : float
        from so far before the end,
    chord_um : float
        in the direction that the trail had over this length,
    fan_deg : float
        within this turn of it, over the reach of the follower's arcs,
    n_arcs : int
    landing_um, landing_evidence : float
        The axis is found again when this stretch of it has this mean probability,
    min_body : float
        with at least this mean probability of shafts in between: beyond a tip there is skin.
    """

    reach_um: float = 400.0
    back_um: float = 45.0
    chord_um: float = 60.0
    fan_deg: float = 8.0
    n_arcs: int = 11
    landing_um: float = 80.0
    landing_evidence: float = 0.45
    min_body: float = 0.6


def follow_on(field: Field, trails: Branches, following: FollowingSettings, gaps: GapSettings) -> Branches:
    """Trails with what lies beyond the places where others hide them; as they were where nothing does.

    Parameters
    ----------
    field : Field
    trails : Branches
    following : FollowingSettings
    gaps : GapSettings
    """
    paths = [trails.path(trail) for trail in range(len(trails))]
    for _ in range(MAX_GAPS):
        hops = _across_gaps(field, Branches.from_paths(paths), following, gaps)
        if not len(hops.trail):
            break
        onward = follow(field, hops.landing, hops.heading, following)
        for hop, trail in enumerate(hops.trail.tolist()):
            before = paths[trail][: len(paths[trail]) - hops.n_back]
            paths[trail] = np.concatenate([before, hops.ways[hop, : hops.n_points[hop]], onward.path(hop)])
    return Branches.from_paths(paths)


class Hops(NamedTuple):
    """H ways across places where an axis is hidden.

    ``trail`` is (H,), the trail that goes on, less its last ``n_back`` points; ``ways`` are (H, S, 2), of which the
    first ``n_points[i]`` count; ``landing`` is (H, 2) and ``heading`` (H,), where and how it goes on.
    """

    trail: NDArray[np.int64]
    n_back: int
    ways: Array
    n_points: NDArray[np.int64]
    landing: Array
    heading: Array


def _across_gaps(field: Field, trails: Branches, following: FollowingSettings, gaps: GapSettings) -> Hops:
    """Ways from the ends of trails to where their hidden axes appear again.

    Shafts that lie on a hair draw the follower aside before it loses the axis: the way starts a little before the end,
    in the direction that the trail had there.
    """
    n_back = max(1, round(gaps.back_um / following.step_um))
    chord = max(2, round(gaps.chord_um / following.step_um))
    long = np.flatnonzero(np.diff(trails.offsets) > n_back + 2 * chord)
    at = trails.offsets[long + 1] - 1 - n_back
    place, before, first = (trails.points[at - k * chord] for k in range(3))
    angle, earlier = (np.arctan2(*(b - a).T) for a, b in ((before, place), (first, before)))
    turned = (angle - earlier + np.pi) % (2 * np.pi) - np.pi
    # A chord lags half of its own turn behind.
    angle = angle + turned / 2
    bend = turned * following.look_um / (chord * following.step_um)
    share = np.linspace(-1, 1, gaps.n_arcs)
    turns = 0.5 * bend[:, None] + np.deg2rad(gaps.fan_deg) * share
    places, directions = arcs(field, place, angle, turns, gaps.reach_um, following)
    evidence, body = field.evidence(places, directions), sample_map(field.body, places)
    n_landing = max(1, round(gaps.landing_um / following.step_um))
    summed = np.cumsum(np.pad(evidence, ((0, 0), (0, 0), (1, 0))), axis=2)
    landing = (summed[..., n_landing:] - summed[..., :-n_landing]) / n_landing
    way = (np.cumsum(body, axis=2) / np.arange(1, body.shape[2] + 1))[..., : landing.shape[2]]
    lands = (landing >= gaps.landing_evidence) & (way >= gaps.min_body)
    lands[..., : n_back + 1] = False
    rows = np.flatnonzero(lands.any(axis=(1, 2)))
    # The nearest landing, on the straightest of the arcs that come to it.
    cost = np.where(lands[rows], np.arange(lands.shape[2]) + np.abs(share)[None, :, None], np.inf)
    arc, stop = np.divmod(cost.reshape(len(rows), lands.shape[1] * lands.shape[2]).argmin(axis=1), lands.shape[2])
    return Hops(
        trail=long[rows],
        n_back=n_back,
        ways=places[rows, arc].astype(np.float64),
        n_points=stop.astype(np.int64),
        landing=places[rows, arc, stop].astype(np.float64),
        heading=directions[rows, arc, stop].astype(np.float64),
    )
