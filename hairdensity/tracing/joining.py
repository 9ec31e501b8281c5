"""Which branches continue each other: across junctions, crossings and gaps, one shaft from end to end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.tracing.skeleton import Branches, values_at

__all__ = ["JoiningSettings", "join_branches"]

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoiningSettings:
    """When two branches are one shaft.

    Parameters
    ----------
    max_gap_um : float
        Longest gap (glare, a crossing hair) that is bridged.
    skip_um, tangent_um : float
        An end's direction is taken over ``tangent_um``, ``skip_um`` away from it: at a junction ridges are drawn to
        each other.
    max_bend_deg : float
        Sum of the turns into and out of the bridge at which the cost reaches 1.
    max_width_ratio : float
        Ratio of widths at which half of the cost is reached.
    pale_bridge_cost : float
        Cost of a bridge over bare skin.
    """

    max_gap_um: float = 500.0
    skip_um: float = 30.0
    tangent_um: float = 80.0
    max_bend_deg: float = 55.0
    max_width_ratio: float = 4.0
    pale_bridge_cost: float = 2.5


def join_branches(
    branches: Branches,
    widths: Float,
    strengths: Float,
    contrast: NDArray[np.float32],
    *,
    um_per_px: float,
    settings: JoiningSettings,
) -> Branches:
    """Join branches end to end where one straight shaft explains both.

    Parameters
    ----------
    branches : Branches
        B branches.
    widths, strengths : (B,) float64 ndarray
        Mean width in px and mean response of each branch.
    contrast : (h, w) float32 ndarray
        Positive on shafts (``RidgeMaps.contrast``): a shaft that goes on under another leaves its bridge dark.
    um_per_px : float
    settings : JoiningSettings
    """
    position, outward = _ends(branches, settings.skip_um / um_per_px, settings.tangent_um / um_per_px)
    first, second, cost = _candidates(position, outward, widths, strengths, settings, um_per_px)
    levels = branches.mean_of(values_at(contrast, branches.points))
    cost = cost + settings.pale_bridge_cost * _paleness(contrast, position, levels, first, second)
    good = cost < 1
    first, second, cost = first[good], second[good], cost[good]
    partner = _best_pairs(first, second, cost, len(position))
    return _chains(branches, partner)


def _ends(branches: Branches, skip_px: float, reach_px: float) -> tuple[Float, Float]:
    """Position and outward direction of the 2 B ends; branch b has ends 2 b (first point) and 2 b + 1 (last)."""
    start, stop = branches.offsets[:-1], branches.offsets[1:] - 1
    # Short branches skip a quarter of themselves at most.
    skip = np.minimum((stop - start) // 4, round(skip_px))
    reach = np.minimum(stop - start, skip + max(2, round(reach_px)))
    points = branches.points
    position = np.stack([points[start], points[stop]], axis=1).reshape(-1, 2)
    outer = np.stack([points[start + skip], points[stop - skip]], axis=1).reshape(-1, 2)
    inner = np.stack([points[start + reach], points[stop - reach]], axis=1).reshape(-1, 2)
    outward = outer - inner
    return position, outward / np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)


def _candidates(
    position: Float, outward: Float, widths: Float, strengths: Float, settings: JoiningSettings, um_per_px: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], Float]:
    """Pairs of ends that could meet, with the cost of their geometry; only costs below 1 are returned."""
    gap_px = settings.max_gap_um / um_per_px
    pairs = cKDTree(position).query_pairs(gap_px, output_type="ndarray") if len(position) else np.zeros((0, 2), int)
    first, second = pairs[pairs[:, 0] // 2 != pairs[:, 1] // 2].T.astype(np.int64)
    bridge = position[second] - position[first]
    gap = np.linalg.norm(bridge, axis=1)
    toward = bridge / np.maximum(gap, 1e-9)[:, None]
    turn_through = _angle_deg(outward[first], -outward[second])
    turn_in = _angle_deg(outward[first], toward)
    turn_out = _angle_deg(toward, -outward[second])
    # Ends lie anywhere on their shafts' width: the direction of a bridge no longer than that is noise, and only the
    # turn from shaft to shaft counts.
    width = np.maximum((widths[first // 2] + widths[second // 2]) / 2, 4.0)
    certain = np.clip(gap / width - 0.5, 0, 1)
    bend = turn_through + certain * np.maximum(turn_in + turn_out - turn_through, 0)
    width_step = np.abs(np.log(widths[first // 2] / widths[second // 2]))
    strength_step = np.abs(np.log(strengths[first // 2] / strengths[second // 2]))
    cost = (
        bend / settings.max_bend_deg
        + 0.5 * width_step / np.log(settings.max_width_ratio)
        + 0.3 * strength_step / np.log(settings.max_width_ratio)
        + 0.5 * gap / gap_px
    )
    good = cost < 1
    return first[good], second[good], cost[good]


def _paleness(
    contrast: NDArray[np.float32],
    position: Float,
    levels: Float,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> Float:
    """(N,) how much paler than its two branches each bridge is on average: 0 as dark, 1 bare skin."""
    share = np.linspace(0.1, 0.9, 9)[None, :, None]
    along = position[first][:, None] * (1 - share) + position[second][:, None] * share  # (N, 9, 2)
    bridge = values_at(contrast, along.reshape(-1, 2)).reshape(-1, 9).mean(axis=1)
    own = np.minimum(levels[first // 2], levels[second // 2])
    return np.asarray(1 - np.clip(bridge / np.maximum(own, 1e-6), 0, 1))


def _angle_deg(a: Float, b: Float) -> Float:
    """(N,) angle between directions, 0-180."""
    return np.asarray(np.degrees(np.arccos(np.clip(np.einsum("ij,ij->i", a, b), -1, 1))))


def _best_pairs(first: NDArray[np.int64], second: NDArray[np.int64], cost: Float, n_ends: int) -> NDArray[np.int64]:
    """(n_ends,) partner of each end or -1: repeatedly, pairs that are the cheapest for both of their ends."""
    partner = np.full(n_ends, -1, dtype=np.int64)
    while len(first):
        cheapest = np.full(n_ends, np.inf)
        np.minimum.at(cheapest, first, cost)
        np.minimum.at(cheapest, second, cost)
        mutual = np.flatnonzero((cost <= cheapest[first]) & (cost <= cheapest[second]))
        # Equal costs could claim one end twice: keep one pair for each end.
        mutual = mutual[np.unique(first[mutual], return_index=True)[1]]
        mutual = mutual[np.unique(second[mutual], return_index=True)[1]]
        mutual = mutual[~np.isin(second[mutual], first[mutual])]
        partner[first[mutual]], partner[second[mutual]] = second[mutual], first[mutual]
        free = (partner[first] < 0) & (partner[second] < 0)
        first, second, cost = first[free], second[free], cost[free]
    return partner


def _chains(branches: Branches, partner: NDArray[np.int64]) -> Branches:
    """Walk from free end to free end over the joined branches; a closed ring is opened at its first branch."""
    done = np.zeros(len(branches), dtype=bool)
    paths: list[Float] = []
    for start in [*np.flatnonzero(partner < 0).tolist(), *range(2 * len(branches))]:
        parts: list[Float] = []
        end = start
        while end >= 0 and not done[end // 2]:
            done[end // 2] = True
            path = branches.path(end // 2)
            parts.append(path if end % 2 == 0 else path[::-1])
            end = int(partner[end ^ 1])
        if parts:
            paths.append(np.concatenate(parts))
    return Branches.from_paths(paths)
