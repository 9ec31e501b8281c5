import math

import numpy as np
import pytest

from hairdensity.errors import InputError
from hairdensity.metrics import Estimate, FigureErrors, Histogram
from hairdensity.metrics.figures import info_of
from hairdensity.metrics.intervals import Finding, estimate, no_estimate
from hairdensity.metrics.links import from_link, slope, to_link

DENSITY, SHARE, REDNESS = (info_of(n) for n in ("density_per_cm2", "single_hair_unit_fraction", "erythema_index"))


def errors(name, sd):
    return FigureErrors(source="made up", sd={name: sd})


@pytest.mark.parametrize("link", ["log", "logit", "identity"])
def test_a_link_and_its_inverse_give_the_value_back(link):
    assert from_link(to_link(0.2, link), link) == pytest.approx(0.2)
    step = 1e-6
    assert slope(0.2, link) == pytest.approx((to_link(0.2 + step, link) - to_link(0.2, link)) / step, rel=1e-4)


def test_links_end_at_the_end_of_the_range():
    assert [to_link(x, "logit") for x in (0.0, 1.0)] == [-math.inf, math.inf]
    assert [from_link(x, "logit") for x in (-1e4, 1e4)] == [0.0, 1.0]
    assert from_link(1e4, "log") == math.inf
    assert math.isnan(from_link(math.nan, "log"))


def test_the_picture_s_interval_adds_error_and_scale_on_the_link():
    finding = Finding(value=100.0, n=100, sampling_sd=10.0)
    found = estimate(DENSITY, finding, scale_error=0.03, errors=errors("density_per_cm2", 0.08))
    assert found.low == pytest.approx(100 * math.exp(-1.96 * 0.1))  # sqrt(0.08^2 + (2 * 0.03)^2)
    assert found.high == pytest.approx(100 * math.exp(1.96 * 0.1))
    sampling = 2 * math.asinh(0.098)
    assert found.site_high == pytest.approx(100 * math.exp(math.hypot(0.196, sampling)))


def test_the_error_of_a_count_holds_half_of_one():
    finding = Finding(value=4.0, n=2, sampling_sd=2.0, one=2.0)
    found = estimate(DENSITY, finding, scale_error=0.0, errors=errors("density_per_cm2", 1.0))
    assert found.high == pytest.approx(5 * math.exp(1.96) - 1)
    assert found.low == 0.0, "5 exp(-1.96) is less than half a hair: there may be none"


def test_where_nothing_was_found_more_may_have_been_missed_than_three():
    nothing = Finding(value=0.0, n=0, sampling_sd=0.0, one=2.0)
    sure, unsure = (
        estimate(DENSITY, nothing, scale_error=0.0, errors=errors("density_per_cm2", sd)) for sd in (0.1, 2.0)
    )
    assert sure.high == pytest.approx(6.0)
    assert unsure.high == pytest.approx(math.exp(1.96 * 2.0) - 1)


def test_a_picture_shows_whole_hairs():
    thin = Finding(value=0.01, n=40, sampling_sd=0.02, noise_sd=0.008, grain=1 / 40)  # 0.4 hairs
    found = estimate(SHARE, thin, scale_error=0.0, errors=None)
    assert found.low == found.site_low == 0.0
    assert 1 / 40 < found.high < 2.5 / 40
    assert found.site_high >= found.high


def test_the_sampling_of_a_share_gives_wilson_s_interval():
    n, value = 20, 0.1
    finding = Finding(value=value, n=n, sampling_sd=math.sqrt(value * (1 - value) / n))
    found = estimate(SHARE, finding, scale_error=0.0, errors=None)
    z = 1.96
    middle = (value + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * math.sqrt(value * (1 - value) / n + z**2 / (4 * n**2))
    assert (found.site_low, found.site_high) == (pytest.approx(middle - reach), pytest.approx(middle + reach))
    assert math.isnan(found.low)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_of_none_or_all_the_rule_of_three_holds(value):
    found = estimate(SHARE, Finding(value=value, n=30), scale_error=0.0, errors=None)
    ends = (0.0, 0.1) if value == 0.0 else (0.9, 1.0)
    assert (found.site_low, found.site_high) == (pytest.approx(ends[0]), pytest.approx(ends[1]))
    known = estimate(SHARE, Finding(value=value, n=30), scale_error=0.0, errors=errors(SHARE.name, 0.5))
    assert known.low <= value <= known.high
    assert known.high - known.low < 0.06


def test_of_two_hairs_no_bound_leaves_the_share_s_range():
    found = estimate(SHARE, Finding(value=1.0, n=2), scale_error=0.0, errors=None)
    assert (found.site_low, found.site_high) == (0.0, 1.0)


def test_of_nothing_counted_the_upper_end_is_three():
    found = estimate(DENSITY, Finding(value=0.0, n=0, one=2.0), scale_error=0.1, errors=None)
    assert (found.low, found.site_low) == (0.0, 0.0)
    assert found.high == found.site_high == pytest.approx(6.0 * math.exp(1.96 * 0.2))


def test_a_handful_of_hairs_has_bounds_near_the_exact_poisson_ones():
    found = estimate(DENSITY, Finding(value=3.0, n=3, sampling_sd=math.sqrt(3), one=1.0), scale_error=0, errors=None)
    assert (found.site_low, found.site_high) == (pytest.approx(0.62, abs=0.5), pytest.approx(8.77, abs=0.5))


def test_an_identity_figure_has_an_even_interval_and_may_be_below_zero():
    found = estimate(REDNESS, Finding(value=-3.0, n=9, sampling_sd=2.0), scale_error=0.0, errors=None)
    assert (found.site_low, found.site_high) == (pytest.approx(-6.92), pytest.approx(0.92))


def test_nothing_to_measure_gives_nothing():
    found = estimate(DENSITY, Finding(value=math.nan, n=0), scale_error=0.02, errors=None)
    assert np.isnan([found.value, found.low, found.high, found.site_low, found.site_high]).all()
    assert math.isnan(no_estimate().value)


def test_another_unit_moves_every_bound():
    found = Estimate(value=2.0, low=1.0, high=3.0, n=5, site_low=0.5, site_high=4.0).times(10.0)
    assert found == Estimate(value=20.0, low=10.0, high=30.0, n=5, site_low=5.0, site_high=40.0)


def test_a_histogram_counts_edges_up_and_keeps_the_thickest_in_the_last_bin():
    counted = Histogram.of(np.array([0.0, 9.9, 10.0, 29.0, 300.0, np.nan]), bin_um=10.0, n_bins=3)
    assert counted.counts == (2, 1, 2)
    assert counted.edges_um == (0.0, 10.0, 20.0)
    with pytest.raises(InputError, match="wider than 0"):
        Histogram(bin_um=0.0, counts=(1,))


@pytest.mark.parametrize("sd", [math.nan, math.inf, -0.1])
def test_errors_that_are_no_deviations_are_refused(sd):
    with pytest.raises(InputError, match="density_per_cm2 must have a deviation of 0 or more"):
        errors("density_per_cm2", sd)


def test_a_figure_without_any_known_error_has_no_picture_interval_whatever_is_known_of_others():
    redness = Finding(value=30.0, n=20, sampling_sd=1.0)
    for known in (None, errors("density_per_cm2", 0.1)):
        found = estimate(info_of("erythema_index"), redness, scale_error=0.0, errors=known)
        assert math.isnan(found.low)
        assert math.isnan(found.high)
        assert found.site_low < 30.0 < found.site_high


def test_a_count_that_validation_left_out_has_no_picture_interval():
    openings = Finding(value=5.0, n=2, sampling_sd=3.5, one=2.5)
    found = estimate(info_of("empty_ostia_per_cm2"), openings, scale_error=0.02, errors=errors("density_per_cm2", 0.1))
    assert math.isnan(found.low)
    assert found.site_low < 5.0 < found.site_high
