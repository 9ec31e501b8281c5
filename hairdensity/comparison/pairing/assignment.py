"""Assignment: which pairs to believe together, one to one, and how sure each of them is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["Marginals", "best_assignment", "marginals"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

ROUNDS = 200
CONVERGED = 1e-6


class Marginals(NamedTuple):
    """How probable things are over all assignments, not in the best one alone.

    Parameters
    ----------
    pair : (K,) float64 ndarray
        That the two belong together.
    before, after : (N,) and (M,) float64 ndarray
        That each has a partner, whichever.
    """

    pair: Array
    before: Array
    after: Array


def best_assignment(before: Ids, after: Ids, gain: Array, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Choose pairs, each member at most once, with the largest sum of gains; a pair that gains nothing is left.

    Parameters
    ----------
    before, after : (K,) int64 ndarray
    gain : (K,) float64 ndarray
        Log odds of a pair against its members going without one another.
    shape : (int, int)
        N and M: how many there are on each side.

    Returns
    -------
    (K,) bool ndarray
    """
    chosen = np.zeros(len(gain), dtype=bool)
    useful = np.flatnonzero(gain > 0)
    if len(useful) == 0:
        return chosen
    graph = coo_array(
        (np.ones(len(useful)), (before[useful], shape[0] + after[useful])), shape=(sum(shape), sum(shape))
    )
    _, part = connected_components(graph, directed=False)
    order = useful[np.argsort(part[before[useful]], kind="stable")]
    cuts = np.flatnonzero(np.diff(part[before[order]])) + 1
    for group in np.split(order, cuts):
        chosen[_best_in_part(before, after, gain, group)] = True
    return chosen


def _best_in_part(before: Ids, after: Ids, gain: Array, group: Ids) -> Ids:
    """The chosen ones among the pairs of one connected part."""
    if len(group) == 1:
        return group
    rows, row = np.unique(before[group], return_inverse=True)
    cols, col = np.unique(after[group], return_inverse=True)
    table = np.zeros((len(rows), len(cols)))
    table[row, col] = gain[group]
    number = np.full(table.shape, -1, dtype=np.int64)
    number[row, col] = group
    picked = number[linear_sum_assignment(table, maximize=True)]
    return np.asarray(picked[picked >= 0])


def marginals(before: Ids, after: Ids, gain: Array, shape: tuple[int, int]) -> Marginals:
    """Probability of every pair by belief propagation, which converges for assignments and is nearly exact [1]_.

    Parameters
    ----------
    before, after : (K,) int64 ndarray
    gain : (K,) float64 ndarray
        As for `best_assignment`.
    shape : (int, int)

    References
    ----------
    .. [1] Williams & Lau (2014). Approximate evaluation of marginal association probabilities with belief propagation.
       IEEE TAES 50(4), 2942-2959: equations 22-25.
    """
    weight = np.exp(np.clip(gain, -25.0, 25.0))
    back = np.ones(len(gain))
    for _ in range(ROUNDS):
        offered = weight * back
        forth = weight / (1 + np.bincount(before, offered, shape[0])[before] - offered)
        renewed = 1 / (1 + np.bincount(after, forth, shape[1])[after] - forth)
        moved = np.abs(renewed - back).max(initial=0.0)
        back = renewed
        if moved < CONVERGED:
            break
    offered = weight * back
    pair = offered / (1 + np.bincount(before, offered, shape[0])[before])
    return Marginals(
        pair=pair,
        before=np.minimum(np.bincount(before, pair, shape[0]), 1.0),
        after=np.minimum(np.bincount(after, pair, shape[1]), 1.0),
    )
