"""One to one: the best pairs together, and how sure each is."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from hairdensity.comparison.pairing.assignment import best_assignment, marginals

NOBODY = np.zeros(0, dtype=np.int64)


def ids(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def test_the_best_pairs_together_are_not_the_best_pair_first() -> None:
    # Pairs (0, 0) 5, (0, 1) 4, (1, 0) 4: the single best pair gains 5, the other two together 8.
    chosen = best_assignment(ids(0, 0, 1), ids(0, 1, 0), np.array([5.0, 4.0, 4.0]), (2, 2))
    assert chosen.tolist() == [False, True, True]


def test_a_pair_that_gains_nothing_is_left() -> None:
    chosen = best_assignment(ids(0, 1), ids(0, 1), np.array([-1.0, 2.0]), (2, 2))
    assert chosen.tolist() == [False, True]


def test_parts_that_do_not_touch_are_solved_apart() -> None:
    before, after = ids(0, 0, 5, 5, 9), ids(3, 4, 0, 1, 2)
    chosen = best_assignment(before, after, np.array([1.0, 2.0, 3.0, 1.0, 0.5]), (10, 5))
    assert chosen.tolist() == [False, True, True, False, True]


def test_nothing_to_assign() -> None:
    assert best_assignment(NOBODY, NOBODY, np.zeros(0), (3, 0)).tolist() == []
    found = marginals(NOBODY, NOBODY, np.zeros(0), (3, 0))
    assert found.before.tolist() == [0.0, 0.0, 0.0] and found.after.tolist() == []


def test_two_rivals_for_one_partner_share_it() -> None:
    # Weights 3 and 6 against 1 for going without: 3/10 and 6/10 exactly, because the graph is a tree.
    found = marginals(ids(0, 1), ids(0, 0), np.log([3.0, 6.0]), (2, 1))
    assert found.pair == pytest.approx([0.3, 0.6], abs=1e-5)
    assert found.after == pytest.approx([0.9], abs=1e-5)


def test_a_lone_pair() -> None:
    assert marginals(ids(0), ids(0), np.log([4.0]), (1, 1)).pair == pytest.approx([0.8], abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_marginals_of_a_crowd_are_near_those_of_all_assignments(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gain = rng.normal(1.0, 2.0, (3, 3))
    before, after = (axis.ravel().astype(np.int64) for axis in np.indices((3, 3)))
    found = marginals(before, after, gain.ravel(), (3, 3)).pair.reshape(3, 3)
    assert found == pytest.approx(by_enumeration(np.exp(gain)), abs=0.1)


def by_enumeration(weight: np.ndarray) -> np.ndarray:
    """Every way to pair 3 with 3, partly or fully; the columns 3-5 stand for going without."""
    total, of_pair = 0.0, np.zeros((3, 3))
    seen = set()
    for way in permutations(range(6), 3):
        pairs = tuple((row, col) for row, col in enumerate(way) if col < 3)
        if pairs in seen:
            continue
        seen.add(pairs)
        product = float(np.prod([weight[pair] for pair in pairs]))
        total += product
        for pair in pairs:
            of_pair[pair] += product
    return of_pair / total
