"""Axes of the timeline: round ticks, days as px."""

from datetime import date

import pytest

from hairdensity.web.timeline.axes import time_axis, value_axis


def labels(axis):
    return [tick.label for tick in axis.ticks]


def test_values_have_round_ticks_around_them():
    axis = value_axis([88.2, 131.4], start=200.0, end=0.0)
    assert labels(axis) == ["80", "100", "120", "140"]
    assert axis.at(80) == 200.0
    assert axis.at(140) == 0.0
    assert axis.at(110) == 100.0


def test_decimals_are_those_of_the_steps():
    assert labels(value_axis([0.12, 0.3], start=100, end=0)) == ["0.10", "0.15", "0.20", "0.25", "0.30"]
    assert labels(value_axis([10, 20], start=100, end=0)) == ["10.0", "12.5", "15.0", "17.5", "20.0"]


def test_one_value_stands_in_the_middle_of_its_axis():
    axis = value_axis([5.0], start=100.0, end=0.0)
    assert axis.at(5.0) == 50.0


def test_no_tick_below_what_can_be():
    assert labels(value_axis([0.3, 19.0], start=100, end=0, least=0.0))[0] == "0"
    assert value_axis([1.02, 1.4], start=100, end=0, least=1.0).low == pytest.approx(1.0)


def test_what_lies_beyond_an_axis_stands_at_its_end():
    axis = value_axis([10, 20], start=100.0, end=0.0)
    assert (axis.at(-500), axis.at(500)) == (100.0, 0.0)


def test_months_are_ticks_and_the_year_is_said_once():
    axis = time_axis([date(2026, 1, 5), date(2026, 4, 7)], start=0.0, end=1000.0, most_ticks=9)
    assert labels(axis) == ["Jan 2026", "Feb", "Mar", "Apr"]
    places = [tick.at for tick in axis.ticks]
    assert places == sorted(places)
    # 5 January lies four days after the first tick, on an axis of 132 days.
    assert axis.at(date(2026, 1, 5).toordinal()) - places[0] == pytest.approx(4 / 132 * 1000, abs=0.2)


def test_long_series_have_few_ticks():
    axis = time_axis([date(2015, 3, 1), date(2026, 9, 1)], start=0.0, end=700.0, most_ticks=4)
    assert labels(axis) == ["Jan 2015", "Jan 2020", "Jan 2025"]


def test_a_single_day_has_an_axis():
    axis = time_axis([date(2026, 1, 15)], start=0.0, end=100.0, most_ticks=9)
    assert axis.at(date(2026, 1, 15).toordinal()) == 50.0
    assert labels(axis)
