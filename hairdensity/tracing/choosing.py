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

__all__ = ["Choice", "ChoosingSettings", "choose"]

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
    between : float
        A point this share from the axes of two shafts lies on one of them: no third one fits in between.
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
    between: float = 0.75
    agreement: float = 0.8
    few_votes: float = 2.0
    vote_weight: float = 0.9
    root_weight: float = 0.2
    length_weight: float = 0.1
    full_length_um: float = 1000.0
    covered: float = 0.65


class Choice(NamedTuple):
    """``numbers`` of the M trails that are hairs, the surest first; ``covered`` is (M,), the share on surer ones."""

    numbers: Integers
    covered: Array


class Coverage(NamedTuple):
    """Which points lie on which trails.

    ``on`` is (P, N), 1 where a point lies on a trail other than its own; ``beside`` is the same for points that lie on
    a trail or beside it; ``owner`` is (P,).
    """

    on: csr_array
    beside: csr_array
    owner: Integers


def choose(
    trails: Branches,
    evidence: Array,
    is_rooted: NDArray[np.bool_],
    width_px: NDArray[np.floating],
    *,
    um_per_px: float,
    settings: ChoosingSettings,
) -> Choice:
    """The trails that explain all shafts.

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
        return Choice(np.zeros(0, dtype=np.int64), np.zeros(0))
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
    choice = _greedy(np.argsort(-sureness, kind="stable"), coverage, few, settings.covered)
    return Choice(best[choice.numbers], choice.covered)


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


def _greedy(order: Integers, coverage: Coverage, trails: Branches, limit: float) -> Choice:
    """The surest trail, then each next one that is not explained by those before it."""
    # On one trail or beside two.
    explained = np.zeros(len(coverage.owner))
    on, beside = coverage.on.tocsc(), coverage.beside.tocsc()
    chosen, shares = [], []
    for trail in order.tolist():
        share = float((explained[trails.offsets[trail] : trails.offsets[trail + 1]] >= 1.0).mean())
        if share < limit:
            chosen.append(trail)
            shares.append(share)
            for points in (on, beside):
                explained[points.indices[points.indptr[trail] : points.indptr[trail + 1]]] += 0.5
    return Choice(np.array(chosen, dtype=np.int64), np.array(shares))


def _coverage(trails: Branches, width_px: NDArray[np.floating], settings: ChoosingSettings) -> Coverage:
    points, owner, direction = trails.points, trails.owner, trails.directions
    width = trails.mean_of(sample_map(width_px, (points - 0.5) / 2))
    width = np.maximum(width, LEAST_WIDTH_PX)
    spacing = float(np.linalg.norm(np.diff(points, axis=0), axis=1)[np.diff(owner) == 0].max(initial=0.0))
    widest = max(settings.distance, settings.between)
    pairs = cKDTree(points).query_pairs(float(np.hypot(widest * width.max(), 0.6 * spacing)), output_type="ndarray")
    pairs = pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]]
    pairs = pairs[np.abs((direction[pairs[:, 0]] * direction[pairs[:, 1]]).sum(axis=1)) >= _cos(settings.course_deg)]
    mine, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    offset, along = points[mine] - points[other], direction[other]
    ahead = np.abs((offset * along).sum(axis=1))
    aside = np.abs(offset[:, 0] * along[:, 1] - offset[:, 1] * along[:, 0]) / width[owner[other]]
    # Points stand apart: a trail is a line between them.
    near = ahead <= 0.6 * spacing

    def within(distance: float) -> csr_array:
        pair = near & (aside <= distance)
        entries = (mine[pair], owner[other[pair]])
        lies = coo_array((np.ones(pair.sum()), entries), shape=(len(points), len(trails))).tocsr()
        lies.data[:] = 1.0
        return lies

    return Coverage(within(settings.distance), within(settings.between), owner)


def _cos(angle_deg: float) -> float:
    return float(np.cos(np.deg2rad(angle_deg)))
