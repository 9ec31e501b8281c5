"""Which of many trails are the hairs: those that most of the others agree with, until every shaft is explained.

A trail that was followed from one place of a shaft and one from another place agree where the way is clear. One that
strayed onto another hair at a crossing stands alone: hardly any other goes the same way from end to end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from hairdensity.tracing.shaft_field import sample_map
from hairdensity.tracing.skeleton import Branches

__all__ = ["ChoosingSettings", "choose"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

LEAST_WIDTH_PX = 4.0
"""Thinner shafts are blurred to this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingSettings:
    """Which trails run on the same shaft, and what speaks for one.

    Parameters
    ----------
    alike_um : float
        Trails whose ends and middles lie this near to each other are one.
    distance : float
        A point this share of a shaft's width from its axis lies on it,
    course_deg : float
        when both run the same way within this angle.
    agreement : float
        Two trails agree when this share of each lies on the other.
    few_votes : float
        Trails that agree with one and count half of what very many would.
    vote_weight, root_weight, length_weight : float
        What very many votes, a root and a length of ``full_length_um`` count beside the mean evidence along a trail.
    full_length_um : float
    covered : float
        Share of a trail that lies on others, chosen before, for it to be no hair of its own.
    """

    alike_um: float = 40.0
    distance: float = 0.45
    course_deg: float = 25.0
    agreement: float = 0.8
    few_votes: float = 2.0
    vote_weight: float = 0.9
    root_weight: float = 0.2
    length_weight: float = 0.1
    full_length_um: float = 1000.0
    covered: float = 0.65


class Coverage(NamedTuple):
    """Which points lie on which trails.

    ``on`` is (P, N), 1 where a point lies on a trail other than its own; ``owner`` is (P,).
    """

    on: csr_array
    owner: Integers


def choose(
    trails: Branches,
    evidence: Array,
    is_rooted: NDArray[np.bool_],
    width_px: NDArray[np.floating],
    *,
    um_per_px: float,
    settings: ChoosingSettings,
) -> Integers:
    """Numbers of the trails that are hairs, the surest first.

    Parameters
    ----------
    trails : Branches
        N trails.
    evidence : (N,) float ndarray
        Mean probability of a shaft along each.
    is_rooted : (N,) bool ndarray
    width_px : (h / 2, w / 2) ndarray
        Diameter of the shafts.
    um_per_px : float
    settings : ChoosingSettings
    """
    if not len(trails):
        return np.zeros(0, dtype=np.int64)
    length = np.minimum(trails.lengths * um_per_px / settings.full_length_um, 1.0)
    sureness = evidence + settings.root_weight * is_rooted + settings.length_weight * length
    best, n_alike = _best_of_alike(trails, sureness, settings.alike_um / um_per_px)
    few = trails.keep(np.isin(np.arange(len(trails)), best))
    coverage = _coverage(few, width_px, settings)
    of_trail = coo_array((np.ones(len(coverage.owner)), (coverage.owner, np.arange(len(coverage.owner)))))
    share = (of_trail.tocsr() @ coverage.on).toarray() / np.diff(few.offsets)[:, None]
    agrees = np.minimum(share, share.T) >= settings.agreement
    votes = agrees @ n_alike + n_alike - 1
    sureness = sureness[best] + settings.vote_weight * votes / (votes + settings.few_votes)
    return best[_greedy(np.argsort(-sureness, kind="stable"), coverage, few, settings.covered)]


def _best_of_alike(trails: Branches, sureness: Array, reach_px: float) -> tuple[Integers, Integers]:
    """Numbers of the surest of each set of trails that run from the same place to the same, and the sets' sizes."""
    first, last = trails.ends
    middle = trails.points[(trails.offsets[:-1] + trails.offsets[1:] - 1) // 2]
    turned = (first @ (1.0, 0.3) > last @ (1.0, 0.3))[:, None]
    place = np.concatenate([np.where(turned, last, first), middle, np.where(turned, first, last)], axis=1)
    pairs = cKDTree(place).query_pairs(reach_px, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(place), len(place)))
    n_sets, member = connected_components(links, directed=False)
    order = np.lexsort((-sureness, member))
    best = order[np.searchsorted(member[order], np.arange(n_sets))]
    by_number = np.argsort(best)
    return best[by_number].astype(np.int64), np.bincount(member)[by_number].astype(np.int64)


def _greedy(order: Integers, coverage: Coverage, trails: Branches, limit: float) -> Integers:
    """The surest trail, then each next one that is not explained by those before it."""
    explained = np.zeros(len(coverage.owner), dtype=bool)
    on = coverage.on.tocsc()
    chosen = []
    for trail in order.tolist():
        if explained[trails.offsets[trail] : trails.offsets[trail + 1]].mean() < limit:
            chosen.append(trail)
            explained[on.indices[on.indptr[trail] : on.indptr[trail + 1]]] = True
    return np.array(chosen, dtype=np.int64)


def _coverage(trails: Branches, width_px: NDArray[np.floating], settings: ChoosingSettings) -> Coverage:
    points, owner, direction = trails.points, trails.owner, trails.directions
    width = trails.mean_of(sample_map(width_px, (points - 0.5) / 2))
    reach = settings.distance * np.maximum(width, LEAST_WIDTH_PX)
    spacing = float(np.linalg.norm(np.diff(points, axis=0), axis=1)[np.diff(owner) == 0].max(initial=0.0))
    pairs = cKDTree(points).query_pairs(float(np.hypot(reach.max(), 0.6 * spacing)), output_type="ndarray")
    pairs = pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]]
    pairs = pairs[np.abs((direction[pairs[:, 0]] * direction[pairs[:, 1]]).sum(axis=1)) >= _cos(settings.course_deg)]
    mine, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    offset, along = points[mine] - points[other], direction[other]
    ahead = np.abs((offset * along).sum(axis=1))
    aside = np.abs(offset[:, 0] * along[:, 1] - offset[:, 1] * along[:, 0])
    # Points stand apart: a trail is a line between them.
    near = (aside <= reach[owner[other]]) & (ahead <= 0.6 * spacing)
    shape = (len(points), len(trails))
    on = coo_array((np.ones(near.sum()), (mine[near], owner[other[near]])), shape=shape).tocsr()
    on.data[:] = 1.0
    return Coverage(on, owner)


def _cos(angle_deg: float) -> float:
    return float(np.cos(np.deg2rad(angle_deg)))
