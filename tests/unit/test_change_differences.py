import math

import pytest

from hairdensity.comparison.differences import ChangeVerdict, difference
from hairdensity.comparison.differencing.control import has_changed, widen_by_control
from hairdensity.comparison.differencing.unmatched import unmatched_difference
from hairdensity.metrics import Estimate


def test_a_difference_is_follow_up_less_baseline():
    change = difference(baseline=100.0, follow_up=110.0, sd=2.0, site_sd=1.5, n=40)

    assert change.value == 10.0
    assert change.relative == pytest.approx(0.1)
    assert (change.low, change.high) == pytest.approx((10 - 3.92, 10 + 3.92))
    assert change.detectable == pytest.approx(3.92)
    assert change.standard_error == pytest.approx(2.0)
    # sqrt(2^2 + 1.5^2) = 2.5
    assert (change.site_low, change.site_high) == pytest.approx((10 - 4.9, 10 + 4.9))
    assert change.verdict is ChangeVerdict.INCREASE


@pytest.mark.parametrize(
    ("follow_up", "verdict"),
    [(110.0, ChangeVerdict.INCREASE), (90.0, ChangeVerdict.DECREASE), (103.0, ChangeVerdict.WITHIN_NOISE)],
)
def test_the_verdict_goes_by_the_pictures_interval_and_not_by_the_sites(follow_up, verdict):
    change = difference(baseline=100.0, follow_up=follow_up, sd=2.0, site_sd=100.0, n=40)

    assert change.verdict is verdict
    assert change.site_low < 0 < change.site_high


def test_an_error_that_nobody_measured_gives_a_value_without_a_verdict():
    change = difference(baseline=1.0, follow_up=2.0, sd=math.nan, site_sd=0.1, n=3)

    assert change.value == 1.0
    assert change.verdict is None
    assert math.isnan(change.low) and math.isnan(change.detectable) and math.isnan(change.site_high)


def test_of_a_count_the_interval_reaches_to_the_next_whole_hair():
    change = difference(baseline=100.0, follow_up=110.0, sd=2.0, site_sd=0.0, n=40, grain=1.0)

    assert (change.low, change.high) == pytest.approx((10 - 4.42, 10 + 4.42))


def test_of_a_baseline_of_zero_there_is_no_share():
    assert math.isnan(difference(baseline=0.0, follow_up=2.0, sd=1.0, site_sd=1.0, n=3).relative)


def test_widening_adds_in_quadrature_and_can_take_the_verdict_back():
    change = difference(baseline=100.0, follow_up=110.0, sd=3.0, site_sd=0.0, n=40)

    widened = change.widened(4.0)

    assert widened.standard_error == pytest.approx(5.0)
    assert (widened.low, widened.high) == pytest.approx((10 - 9.8, 10 + 9.8))
    assert widened.value == change.value
    assert change.widened(10.0).verdict is ChangeVerdict.WITHIN_NOISE
    assert change.widened(0.0) is change


def test_another_unit_changes_all_but_share_and_verdict():
    change = difference(baseline=100.0, follow_up=110.0, sd=3.0, site_sd=1.0, n=40)

    other = change.times(6.4516)

    assert other.low == pytest.approx(change.low * 6.4516)
    assert other.detectable == pytest.approx(change.detectable * 6.4516)
    assert (other.relative, other.verdict) == (change.relative, change.verdict)


def test_unmatched_visits_add_the_distances_to_their_own_bounds():
    before = Estimate(value=100.0, low=99.0, high=101.0, n=50, site_low=94.0, site_high=108.0)
    after = Estimate(value=120.0, low=119.0, high=121.0, n=60, site_low=112.0, site_high=126.0)

    change = unmatched_difference(before, after)

    assert change.value == 20.0
    assert change.low == pytest.approx(20 - 8 * math.sqrt(2))  # 120 - 112 and 108 - 100
    assert change.high == pytest.approx(20 + 6 * math.sqrt(2))  # 126 - 120 and 100 - 94
    assert (change.site_low, change.site_high) == (change.low, change.high)
    assert change.n == 50
    assert change.verdict is ChangeVerdict.INCREASE


def test_unmatched_figures_whose_error_nobody_measured_get_no_verdict():
    before = Estimate(value=5.0, low=math.nan, high=math.nan, n=9, site_low=4.0, site_high=6.0)
    after = Estimate(value=9.0, low=math.nan, high=math.nan, n=9, site_low=8.0, site_high=10.0)

    change = unmatched_difference(before, after)

    assert change.verdict is None and math.isnan(change.low)
    assert change.site_low == pytest.approx(4 - math.sqrt(2))


CONTROL_SE = 3.0


def control(value):
    return {"density_per_cm2": difference(baseline=200.0, follow_up=200.0 + value, sd=CONTROL_SE, site_sd=0.0, n=90)}


def treated():
    return {"density_per_cm2": difference(baseline=100.0, follow_up=110.0, sd=1.5, site_sd=0.0, n=40)}


def test_a_control_that_moved_less_than_its_own_error_adds_nothing():
    assert widen_by_control(treated(), control(2.9)) == treated()


def test_a_control_that_moved_widens_by_what_its_own_error_does_not_explain():
    # 5 of 200 with an error of 3: sqrt(25 - 9) = 4 of 200 is 2 %, of 100 it is 2; with 1.5 that makes 2.5
    widened = widen_by_control(treated(), control(5.0))["density_per_cm2"]

    assert widened.standard_error == pytest.approx(2.5)
    assert widened.value == 10.0


def test_a_share_is_widened_by_points_and_not_by_parts():
    share = difference(baseline=0.1, follow_up=0.2, sd=0.03, site_sd=0.0, n=40)
    moved = difference(baseline=0.5, follow_up=0.55, sd=0.03, site_sd=0.0, n=40)

    widened = widen_by_control({"vellus_fraction_30um": share}, {"vellus_fraction_30um": moved})

    assert widened["vellus_fraction_30um"].standard_error == pytest.approx(0.05)


def test_figures_that_the_control_does_not_have_stay():
    assert widen_by_control(treated(), {}) == treated()


def test_the_control_changed_when_its_density_is_beyond_its_noise():
    assert not has_changed(control(5.8))
    assert has_changed(control(6.0))
    assert has_changed(control(-6.0))
    assert not has_changed({})


def test_a_site_that_did_not_change_at_all_is_widened_too():
    still = {"density_per_cm2": difference(baseline=100.0, follow_up=100.0, sd=3.0, site_sd=0.0, n=40)}

    assert widen_by_control(still, control(5.0))["density_per_cm2"].standard_error == pytest.approx(5.0)
