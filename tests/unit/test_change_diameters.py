import numpy as np
import pytest

from hairdensity.comparison.differencing.shared_diameters import UNKNOWN_SPREAD, common_change, share_diameters


def test_without_own_changes_both_measurements_count_by_their_precision():
    before = np.log([50.0, 60.0, 70.0, 40.0, 55.0, 65.0, 45.0, 80.0])
    variance = np.full(8, 0.01**2)

    shared, errors = share_diameters((before, before + 0.05), (variance, 3 * variance))

    assert shared[1] - shared[0] == pytest.approx(np.full(8, 0.05))
    assert shared[0] == pytest.approx(before)
    assert errors[0] == pytest.approx(np.full(8, 0.75e-4))  # 1 / (1 / 1e-4 + 1 / 3e-4)


def test_a_measurement_that_is_off_moves_both_visits_alike():
    before = np.log([50.0, 60.0, 70.0, 40.0, 55.0, 65.0, 45.0, 80.0, 52.0])
    after = before.copy()
    after[0] += 0.02
    variance = np.full(9, 0.01**2)

    shared, _ = share_diameters((before, after), (variance, variance))

    assert shared[0][0] == pytest.approx(before[0] + 0.01, abs=0.002)
    # What is left is the mean change: the measurement counts as one of nine.
    assert shared[1] - shared[0] == pytest.approx(np.full(9, 0.02 / 9))


def test_hairs_that_truly_changed_keep_their_change():
    rng = np.random.default_rng(5)
    change = rng.normal(0.0, 0.3, 60)
    before, variance = np.log(rng.uniform(30, 90, 60)), np.full(60, 0.01**2)

    shared, _ = share_diameters((before, before + change), (variance, variance))

    assert shared[1] - shared[0] == pytest.approx(change, abs=0.01)


def test_a_hair_that_one_visit_measured_changes_as_the_others_did():
    before = np.log([50.0, 60.0, 70.0, 40.0, 55.0, 65.0, 45.0, 80.0])
    after = before + 0.1
    after[3] = np.nan
    variance = np.full(8, 0.01**2)

    shared, errors = share_diameters((before, after), (variance, variance))

    assert shared[1][3] == pytest.approx(before[3] + 0.1)
    assert errors[1][3] > errors[1][0]


def test_a_hair_that_no_visit_measured_stays_unknown():
    unknown = np.array([np.nan, np.log(50.0)])

    shared, errors = share_diameters((unknown, unknown), (np.full(2, 1e-4), np.full(2, 1e-4)))

    assert np.isnan(shared[0][0]) and np.isnan(errors[1][0])
    assert np.isfinite(shared[0][1])


def test_the_common_change_forgives_one_hair_measured_with_its_neighbor():
    change = np.array([0.04, 0.05, 0.06, 0.05, 0.05, 0.04, 0.06, 0.05, 0.05, 0.9])

    common = common_change(change, np.full(10, 0.01**2))

    assert common.mean == pytest.approx(0.05, abs=0.005)
    assert common.spread == pytest.approx(0.0, abs=0.01)


def test_too_few_pairs_do_not_tell_how_differently_hairs_change():
    assert common_change(np.zeros(0), np.zeros(0)) == (0.0, UNKNOWN_SPREAD)
    assert common_change(np.array([0.1, 0.2, 0.3]), np.full(3, 1e-4)) == (pytest.approx(0.2), UNKNOWN_SPREAD)
