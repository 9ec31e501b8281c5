"""From cross-sections to hairs."""

import numpy as np
import pytest

from hairdensity.measurement.summary import summarize, taper_of


def test_median_spread_and_number_by_hand():
    found = summarize(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 9.0]), np.array([0, 0, 0, 0, 0, 2]), np.ones(3))
    assert found.median[[0, 2]] == pytest.approx([3.0, 9.0])
    assert found.spread[[0, 2]] == pytest.approx([2.0, 0.0])
    assert found.n_profiles.tolist() == [5, 0, 1]
    assert np.isnan(found.median[1])
    assert np.isnan(found.se[1])


def test_standard_error_is_that_of_a_median():
    rng = np.random.default_rng(0)
    width, hair = rng.normal(10, 1, 400 * 24), np.repeat(np.arange(400), 24)
    found = summarize(width, hair, np.ones(400))
    assert np.median(found.se) == pytest.approx(found.median.std(), rel=0.15)


def test_cross_sections_that_are_worth_half_make_the_error_larger_by_the_root_of_two():
    rng = np.random.default_rng(0)
    width, hair = rng.normal(10, 1, 100 * 24), np.repeat(np.arange(100), 24)
    whole, half = summarize(width, hair, np.ones(100)), summarize(width, hair, np.full(100, 0.5))
    assert np.median(half.se / whole.se) == pytest.approx(np.sqrt(2), rel=0.05)


def test_taper_is_the_slope_and_an_outlier_does_not_move_it():
    along = np.tile(np.arange(8.0), 2)
    width = np.concatenate([10 - 0.5 * along[:8], 5 + 0.25 * along[:8]])
    width[3] = 40.0
    assert taper_of(width, along, np.repeat([0, 2], 8), 3)[[0, 2]] == pytest.approx([-0.5, 0.25])


def test_taper_of_one_cross_section_is_missing():
    assert np.isnan(taper_of(np.array([3.0]), np.array([0.0]), np.array([1]), 2)).all()
