import numpy as np
import pytest

from hairdensity.measurement.ostium_scores import BIAS, KINDS, WEIGHTS, score_spots
from hairdensity.measurement.ostium_witnesses import WITNESSES


def test_every_witness_has_a_weight_for_every_kind_in_order():
    assert tuple(WEIGHTS) == WITNESSES
    assert {len(row) for row in WEIGHTS.values()} == {len(BIAS)} == {len(KINDS)}


def test_probabilities_by_hand():
    weights, bias = np.array([[1.0, 0.0, -1.0]]), np.array([0.0, np.log(2), 0.0])
    # Odds against "none of them": e, 2 and 1/e.
    found = score_spots(np.array([[1.0]]), weights=weights, bias=bias)
    odds = np.array([np.e, 2.0, 1 / np.e])
    assert found[0] == pytest.approx(odds / (1 + odds.sum()))


@pytest.mark.parametrize("size", [-1e6, 1e6])
def test_extreme_witnesses_do_not_overflow(size):
    found = score_spots(np.full((2, 1), size), weights=np.ones((1, 3)), bias=np.zeros(3))
    assert np.isfinite(found).all()
    assert found.sum(axis=1) == pytest.approx(1.0 if size > 0 else 0.0)


def test_no_spots_have_no_probabilities():
    assert score_spots(np.zeros((0, len(WITNESSES)))).shape == (0, 3)
