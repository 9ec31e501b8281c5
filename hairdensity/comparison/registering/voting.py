"""Voting: where the baseline may lie on the follow-up, by pairs of units that stand equally far apart in both.

A pair of units and its like in the other picture give rotation, zoom and shift at once. Right ones agree, and pile up
in one bin of (rotation, place of the baseline's center); wrong ones scatter over all bins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.comparison.registering.constellation import Constellation
from hairdensity.errors import InputError

__all__ = ["Candidates", "VotingSettings", "vote"]

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


LEAST_VOTES = 2
"""One pair of units is like many others."""

BINS_A_PEAK = 12
"""Bins that are looked at for each candidate: most stand beside a higher one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VotingSettings:
    """How candidates are found.

    Parameters
    ----------
    shortest_edge_um, longest_edge_um : float
        Distance of the units of a pair. Short ones say little about the rotation, long ones suffer from stretched skin.
    max_edges : int
        The longest distance is lowered until no more pairs are left: it keeps the time in bounds.
    rotation_step_deg, shift_step_um : float
        Width of the bins; neighbors are added in pairs.
    far_shift : float
        Widens the shift's bins by this share of the distance from the middle of a frame to its corner.
    max_candidates : int
    """

    shortest_edge_um: float = 900.0
    longest_edge_um: float = 3500.0
    max_edges: int = 1000
    rotation_step_deg: float = 3.0
    shift_step_um: float = 100.0
    far_shift: float = 0.02
    max_candidates: int = 60

    def __post_init__(self) -> None:
        if not 0 < self.shortest_edge_um < self.longest_edge_um:
            raise InputError(
                "edges must be longer than 0 and have a range, "
                f"got {self.shortest_edge_um:g}-{self.longest_edge_um:g} um"
            )
        if min(self.max_edges, self.max_candidates, self.rotation_step_deg, self.shift_step_um) <= 0:
            raise InputError("max_edges, max_candidates and both steps must be above 0")


class Candidates(NamedTuple):
    """K similarities from baseline to follow-up um.

    Parameters
    ----------
    matrix : (K, 2, 3) float64 ndarray
    votes : (K,) float64 ndarray
        Pairs that spoke for it, best first.
    n_trials : float
        Pairs of pairs that were tried: how often chance had an opportunity.
    """

    matrix: Array
    votes: Array
    n_trials: float


class _Votes(NamedTuple):
    turn: Complex
    """(V,) rotation and zoom, acting on row + i col."""
    center: Complex
    """(V,) where the baseline's center would lie on the follow-up."""


def vote(
    baseline: Constellation, follow_up: Constellation, *, zoom: tuple[float, float], settings: VotingSettings
) -> Candidates:
    """The best distinct candidates for the way from baseline to follow-up.

    Parameters
    ----------
    baseline, follow_up : Constellation
    zoom : (float, float)
        Least and greatest factor from baseline um to follow-up um.
    settings : VotingSettings
    """
    before, after = _points(baseline), _points(follow_up)
    longest = min(_longest(points, settings) for points in (before, after))
    edges = _edges(before, settings.shortest_edge_um, longest)
    # The other picture's edges may be longer or shorter by the zoom.
    others = _edges(after, settings.shortest_edge_um * zoom[0], longest * zoom[1])
    first, second = _alike(np.abs(edges[1]), np.abs(others[1]), zoom)
    votes = _votes(edges, others, (first, second), center=_complex(baseline.center_um))
    return _piles(votes, baseline, follow_up, settings)


def _complex(points: Array) -> Complex:
    return np.asarray(points[..., 0] + 1j * points[..., 1])


def _points(constellation: Constellation) -> Complex:
    return _complex(constellation.units_um)


def _longest(points: Complex, settings: VotingSettings) -> float:
    """Length of the longest edges that are used: such that no more than ``max_edges`` are."""
    lengths = np.abs(_edges(points, settings.shortest_edge_um, settings.longest_edge_um)[1])
    if len(lengths) <= settings.max_edges:
        return settings.longest_edge_um
    return float(np.partition(lengths, settings.max_edges)[settings.max_edges])


def _edges(points: Complex, shortest: float, longest: float) -> tuple[Complex, Complex]:
    """(E,) middles of and (E,) vectors between points that stand this far apart."""
    if len(points) < 2:
        return np.zeros(0, complex), np.zeros(0, complex)
    tree = cKDTree(np.stack([points.real, points.imag], axis=1))
    pairs = tree.query_pairs(longest, output_type="ndarray")
    one, two = points[pairs[:, 0]], points[pairs[:, 1]]
    is_long = np.abs(two - one) >= shortest
    return (one[is_long] + two[is_long]) / 2, two[is_long] - one[is_long]


def _alike(lengths: Array, others: Array, zoom: tuple[float, float]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every two edges whose lengths differ by no more than the zoom."""
    order = np.argsort(others)
    low = np.searchsorted(others[order], lengths * zoom[0])
    high = np.searchsorted(others[order], lengths * zoom[1])
    count = np.maximum(high - low, 0)
    first = np.repeat(np.arange(len(lengths)), count)
    start = np.repeat(low - np.concatenate([[0], np.cumsum(count)[:-1]]), count) if len(count) else low
    return first, order[np.arange(len(first)) + start]


def _votes(
    edges: tuple[Complex, Complex],
    others: tuple[Complex, Complex],
    alike: tuple[NDArray[np.intp], NDArray[np.intp]],
    *,
    center: Complex,
) -> _Votes:
    """The similarity of every two edges, both ways round."""
    turn = others[1][alike[1]] / edges[1][alike[0]]
    place, lever = others[0][alike[1]], (center - edges[0])[alike[0]]
    return _Votes(np.concatenate([turn, -turn]), np.concatenate([place + turn * lever, place - turn * lever]))


def _piles(votes: _Votes, baseline: Constellation, follow_up: Constellation, settings: VotingSettings) -> Candidates:
    """Where votes pile up."""
    corner = max(math.hypot(*side.frame_um) / 2 for side in (baseline, follow_up))
    step = settings.shift_step_um + settings.far_shift * corner
    # A center that lies further outside leaves too little skin to share.
    reach = 0.4 * math.hypot(*baseline.frame_um)
    n_turns = round(360 / settings.rotation_step_deg)
    shape = (n_turns, *(math.ceil((side + 2 * reach) / step) + 1 for side in follow_up.frame_um))
    place = np.stack(
        [
            np.angle(votes.turn) / (2 * np.pi) % 1.0 * n_turns,
            (votes.center.real + reach) / step,
            (votes.center.imag + reach) / step,
        ]
    )
    inside = np.flatnonzero((place[1:] >= 0).all(axis=0) & (place[1] < shape[1] - 1) & (place[2] < shape[2] - 1))
    bins = place[:, inside].astype(np.int64)
    bins[0] %= n_turns
    flat = (bins[0] * shape[1] + bins[1]) * shape[2] + bins[2]
    piles = _paired(np.bincount(flat, minlength=math.prod(shape)).astype(np.int32).reshape(shape))
    peaks = _peaks(piles, settings.max_candidates)
    pile = _pile_of_bin(peaks, shape)[flat]
    chosen = pile >= 0
    turn, center = (_means(part[inside[chosen]], pile[chosen], len(peaks)) for part in (votes.turn, votes.center))
    matrix = _matrices(turn, center, baseline.center_um)
    return Candidates(matrix, piles[tuple(peaks.T)].astype(np.float64), float(len(votes.turn)))


def _paired(counts: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each bin with its next neighbors along every axis: 8 bins; the rotation closes on itself."""
    total = counts + np.roll(counts, -1, axis=0)
    total[:, :-1] += total[:, 1:]
    total[:, :, :-1] += total[:, :, 1:]
    return total


def _peaks(piles: NDArray[np.int32], n: int) -> NDArray[np.intp]:
    """(K, 3) bins of the highest piles, none beside a higher one."""
    # How many bins are at least so high; a sort of all bins would take longer than all else.
    at_least = np.cumsum(np.bincount(piles.ravel())[::-1])[::-1]
    level = max(LEAST_VOTES, int(np.searchsorted(-at_least, -BINS_A_PEAK * n)))
    best = np.flatnonzero(piles >= level)
    best = best[np.argsort(-piles.flat[best], kind="stable")]
    place = np.stack(np.unravel_index(best, piles.shape), axis=1)
    free = np.ones(len(place), dtype=bool)
    chosen: list[NDArray[np.intp]] = []
    while free.any() and len(chosen) < n:
        top = int(np.argmax(free))
        chosen.append(place[top])
        away = np.abs(place - place[top])
        away[:, 0] = np.minimum(away[:, 0], piles.shape[0] - away[:, 0])
        free &= (away > 1).any(axis=1)
    return np.array(chosen, dtype=np.intp).reshape(-1, 3)


def _pile_of_bin(peaks: NDArray[np.intp], shape: tuple[int, ...]) -> NDArray[np.int64]:
    """(bins,) number of the pile that a bin belongs to, -1 for none: piles never share a bin."""
    corners = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(-1, 3)
    index = peaks[:, None] + corners
    index[..., 0] %= shape[0]
    is_bin = (index < np.array(shape)).all(axis=-1)
    owner = np.broadcast_to(np.arange(len(peaks))[:, None], is_bin.shape)
    pile = np.full(shape, -1)
    pile[tuple(index[is_bin].T)] = owner[is_bin]
    return pile.ravel()


def _means(values: Complex, group: NDArray[np.int64], n: int) -> Complex:
    count = np.maximum(np.bincount(group, minlength=n), 1)
    real, imag = (np.bincount(group, weights=part, minlength=n) for part in (values.real, values.imag))
    return np.asarray((real + 1j * imag) / count)


def _matrices(turn: Complex, center: Complex, center_um: Array) -> Array:
    """(K, 2, 3) of z -> turn (z - baseline's center) + center."""
    shift = center - turn * _complex(center_um)
    rows = np.stack([turn.real, -turn.imag, shift.real], axis=1), np.stack([turn.imag, turn.real, shift.imag], axis=1)
    return np.stack(rows, axis=1)
