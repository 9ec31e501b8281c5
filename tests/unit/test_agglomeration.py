from itertools import combinations

import numpy as np
import pytest

from hairdensity.measurement.agglomeration import agglomerate


def groups(n, odds, otherwise=-4.0):
    pairs = np.array(list(odds), dtype=np.int64).reshape(-1, 2)
    return agglomerate(n, pairs, np.array(list(odds.values()), dtype=float), otherwise=otherwise).tolist()


@pytest.mark.parametrize("n", [0, 1, 3])
def test_without_pairs_everything_stands_alone(n):
    assert groups(n, {}) == list(range(n))


def test_pairs_that_speak_for_it_join_and_others_do_not():
    assert groups(4, {(0, 1): 1.0, (2, 3): -1.0}) == [0, 0, 1, 2]


def test_two_links_for_it_outweigh_one_against():
    assert groups(3, {(0, 1): 2.0, (1, 2): 1.5, (0, 2): -1.0}) == [0, 0, 0]
    assert groups(3, {(0, 1): 2.0, (1, 2): 1.5, (0, 2): -2.0}) == [0, 0, 1]


def test_a_pair_that_is_not_listed_counts_with_the_other_log_odds():
    assert groups(3, {(0, 1): 2.0, (1, 2): 1.5}, otherwise=-1.0) == [0, 0, 0]
    assert groups(3, {(0, 1): 2.0, (1, 2): 1.5}, otherwise=-2.0) == [0, 0, 1]


def test_pairs_of_groups_become_links_of_their_group():
    # 0-1 and 2-3 join first; across stand +1.5 - 0.2 - 0.2 and one pair that is not listed.
    odds = {(0, 1): 3.0, (2, 3): 3.0, (1, 2): 1.5, (0, 2): -0.2, (1, 3): -0.2}
    assert groups(4, odds, otherwise=-1.0) == [0, 0, 0, 0]
    assert groups(4, odds, otherwise=-1.2) == [0, 0, 1, 1]


def greedy(n, odds, otherwise):
    """The slow and obvious way: all sums anew at each step."""
    parts = [[i] for i in range(n)]
    while len(parts) > 1:
        gains = {
            (a, b): sum(odds.get((min(i, j), max(i, j)), otherwise) for i in parts[a] for j in parts[b])
            for a, b in combinations(range(len(parts)), 2)
        }
        (a, b), gain = max(gains.items(), key=lambda item: item[1])
        if gain <= 0:
            break
        parts[a] += parts.pop(b)
    return sorted(sorted(part) for part in parts)


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_the_slow_way(seed):
    rng = np.random.default_rng(seed)
    odds = {pair: float(rng.normal()) for pair in combinations(range(14), 2) if rng.random() < 0.5}
    found = np.array(groups(14, odds, otherwise=-0.8))
    assert sorted(np.flatnonzero(found == g).tolist() for g in set(found.tolist())) == greedy(14, odds, -0.8)
