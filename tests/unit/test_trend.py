"""Trends against hand-worked lines."""

import math

import numpy as np
import pytest

from hairdensity.comparison.differences import ChangeVerdict, difference
from hairdensity.comparison.following.trend import DAYS_PER_MONTH, trend_of

ROOT_2 = math.sqrt(2.0)


def changes(values, sd=ROOT_2, baseline=100.0):
    return [
        difference(baseline=baseline, follow_up=baseline + value, sd=sd, site_sd=sd, n=100)
        if value is not None
        else None
        for value in values
    ]


def test_three_visits_on_a_line():
    """Errors of sqrt(2) in each difference are errors of 1 at each visit: the slope's is 1 / sqrt(2)."""
    trend = trend_of(100.0, changes([4.0, 8.0]))

    assert trend.slope == pytest.approx(4.0)
    assert trend.low == pytest.approx(4.0 - 1.96 / math.sqrt(2))
    assert trend.high == pytest.approx(4.0 + 1.96 / math.sqrt(2))
    assert trend.relative == pytest.approx(0.04)
    assert (trend.per, trend.n_visits, trend.verdict) == ("visit", 3, ChangeVerdict.INCREASE)


def test_two_visits_give_the_difference_itself():
    trend = trend_of(100.0, changes([-10.0]))

    assert trend.slope == pytest.approx(-10.0)
    assert trend.high - trend.slope == pytest.approx(1.96 * math.sqrt(2))
    assert math.isnan(trend.scatter)


def test_with_days_it_is_a_rate_for_each_month_and_year():
    days = [100.0, 100.0 + 6 * DAYS_PER_MONTH, 100.0 + 12 * DAYS_PER_MONTH]
    trend = trend_of(100.0, changes([-6.0, -12.0]), days=days)

    assert (trend.slope, trend.per) == (pytest.approx(-1.0), "month")
    year = trend.per_year()
    assert (year.slope, year.per) == (pytest.approx(-12.0), "year")
    assert year.relative == pytest.approx(-0.12)
    assert year.per_year() == year


def test_visits_have_no_year():
    with pytest.raises(ValueError, match="days"):
        trend_of(100.0, changes([1.0])).per_year()


def test_scatter_beyond_the_errors_widens_the_interval():
    still, wild = trend_of(100.0, changes([4.0, 8.0, 12.0])), trend_of(100.0, changes([14.0, -2.0, 12.0]))

    assert still.scatter == pytest.approx(0.0, abs=1e-9)
    assert wild.scatter > 3
    assert wild.high - wild.low == pytest.approx(wild.scatter * (still.high - still.low))
    assert wild.verdict is ChangeVerdict.WITHIN_NOISE


def test_a_visit_without_a_difference_is_left_out():
    trend = trend_of(100.0, changes([None, 8.0]))

    assert (trend.slope, trend.n_visits) == (pytest.approx(4.0), 2)


def test_without_errors_there_is_a_slope_but_no_verdict():
    trend = trend_of(100.0, changes([4.0, 8.0], sd=math.nan))

    assert trend.slope == pytest.approx(4.0)
    assert math.isnan(trend.low) and math.isnan(trend.scatter) and trend.verdict is None


@pytest.mark.parametrize("baseline, values", [(math.nan, [1.0]), (100.0, [None, None]), (100.0, [])])
def test_nothing_to_draw_a_line_through(baseline, values):
    trend = trend_of(baseline, changes(values))

    assert math.isnan(trend.slope) and trend.verdict is None and trend.n_visits == 0


def test_the_interval_holds_the_true_slope_in_19_of_20_series():
    """Differences share the baseline's error, as those of a series do."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(600):
        errors = rng.normal(0, 1.0, 5)
        trend = trend_of(100.0, changes(list(0.5 * np.arange(1, 5) + errors[1:] - errors[0])))
        held += trend.low <= 0.5 <= trend.high
    assert 0.93 < held / 600 < 0.99
