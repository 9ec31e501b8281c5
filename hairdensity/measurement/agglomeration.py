"""Groups of things from the log odds of their pairs: the strongest groups join first, while anything speaks for it."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

__all__ = ["agglomerate"]

Link = tuple[float, int]
"""Sum of the log odds of the pairs across two groups, and their number."""


def agglomerate(
    n: int, pairs: NDArray[np.integer], log_odds: NDArray[np.float64], *, otherwise: float
) -> NDArray[np.int64]:
    """Join the two groups whose pairs across speak most for it, until none speak for it.

    Parameters
    ----------
    n : int
        Number of things.
    pairs : (Q, 2) int ndarray
        Each pair at most once.
    log_odds : (Q,) float64 ndarray
        That the two belong together.
    otherwise : float
        Log odds of all other pairs; at most 0.

    Returns
    -------
    group : (n,) int64 ndarray
        Numbers from 0, in the order of each group's first thing.

    References
    ----------
    .. [1] Keuper et al. (2015). Efficient decomposition of image and mesh graphs by lifted multicuts. ICCV: greedy
       additive edge contraction.
    """
    links: list[dict[int, Link]] = [{} for _ in range(n)]
    for (i, j), value in zip(pairs.tolist(), log_odds.tolist(), strict=True):
        links[i][j] = links[j][i] = (value, 1)
    members = {i: [i] for i in range(n)}

    def gain(a: int, b: int) -> float:
        total, known = links[a][b]
        return total + otherwise * (len(members[a]) * len(members[b]) - known)

    queue = [(-gain(a, b), a, b) for a in range(n) for b in links[a] if a < b]
    heapq.heapify(queue)
    while queue and queue[0][0] < 0:
        offered, a, b = heapq.heappop(queue)
        if a in members and b in links[a] and -offered == gain(a, b):
            members[a] += members.pop(b)
            _take_over(links, a, b)
            for c in links[a]:
                heapq.heappush(queue, (-gain(a, c), min(a, c), max(a, c)))
    return _numbered(n, members)


def _take_over(links: list[dict[int, Link]], a: int, b: int) -> None:
    """Give the links of group b to group a, in place."""
    del links[a][b]
    for c, (total, known) in links[b].items():
        if c != a:
            before, count = links[a].get(c, (0.0, 0))
            links[a][c] = links[c][a] = (before + total, count + known)
            del links[c][b]
    links[b] = {}


def _numbered(n: int, members: dict[int, list[int]]) -> NDArray[np.int64]:
    group = np.zeros(n, dtype=np.int64)
    for number, things in enumerate(sorted(members.values(), key=min)):
        group[things] = number
    return group
