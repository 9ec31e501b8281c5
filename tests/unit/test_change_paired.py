"""Differences of two visits with the same hairs, from figures set by hand."""

import math

import pytest

from hairdensity.comparison.differences import TWO_SIDED_95
from hairdensity.comparison.differencing.hair_to_hair import restated_metrics
from hairdensity.comparison.differencing.paired import Errors, paired_differences
from hairdensity.comparison.differencing.unmatched import unmatched_difference
from hairdensity.metrics import METRICS, Estimate, Metrics

NO_COUNTS = {"n_hairs": 0.0, "n_units": 0.0}


def metrics(**figures):
    """Metrics that state these figures and nothing else."""
    empty = {info.name: 0 if info.kind == "number" else None for info in METRICS}
    return Metrics(**(empty | {"diameter_histogram": None} | figures))


def figure(value, low=math.nan, high=math.nan, n=40):
    return Estimate(value=value, low=low, high=high, n=n, site_low=low, site_high=high)


def paired(before, after, **relative_sd):
    errors = Errors(relative_sd=relative_sd, site_sd=dict.fromkeys(relative_sd, 0.0), scale_moved={})
    return paired_differences((before, after), (NO_COUNTS, NO_COUNTS), errors, area_cm2=0.5, zoom=1.0)


def test_a_ratio_and_its_interval_follow_from_the_shares_that_both_visits_know():
    # Restated shares are 0.25 and 0.2; the ratios that each visit found by itself are of no account.
    before = metrics(vellus_fraction_30um=figure(0.25), terminal_vellus_ratio_30um=figure(9.0))
    after = metrics(vellus_fraction_30um=figure(0.2), terminal_vellus_ratio_30um=figure(1.0))

    change = paired(before, after, vellus_fraction_30um=0.01)["terminal_vellus_ratio_30um"]

    # 0.8 / 0.2 less 0.75 / 0.25; slopes 1 / 0.25^2 = 16 and 1 / 0.2^2 = 25.
    assert change.value == pytest.approx(4 - 3)
    assert change.relative == pytest.approx(1 / 3)
    assert change.high - change.value == pytest.approx(TWO_SIDED_95 * 0.01 * 20.5)


@pytest.mark.parametrize("share", [0.0, 1e-200, 0.012])
def test_of_less_than_half_a_vellus_hair_there_is_no_ratio_and_no_difference_of_one(share):
    # 40 hairs: 0.012 of them are 0.48.
    before, after = metrics(vellus_fraction_30um=figure(share)), metrics(vellus_fraction_30um=figure(0.2))

    change = paired(before, after, vellus_fraction_30um=0.01)["terminal_vellus_ratio_30um"]
    both = restated_metrics(after, NO_COUNTS | {"vellus_fraction_30um": share})

    assert math.isnan(change.value) and change.verdict is None
    assert math.isnan(both.terminal_vellus_ratio_30um.value)
    assert both.vellus_fraction_30um.value == share


def test_what_is_derived_is_restated_with_what_it_is_derived_from():
    own = metrics(
        vellus_fraction_30um=figure(0.5, 0.4, 0.6),
        terminal_vellus_ratio_30um=figure(1.0),
        density_per_cm2=figure(100.0, 90.0, 110.0),
        density_per_inch2=figure(645.16),
    )

    both = restated_metrics(own, NO_COUNTS | {"vellus_fraction_30um": 0.2, "density_per_cm2": 110.0})

    assert both.terminal_vellus_ratio_30um.value == pytest.approx(4.0)
    assert both.terminal_vellus_ratio_30um.high == pytest.approx(1 / both.vellus_fraction_30um.low - 1)
    assert both.density_per_inch2.value == pytest.approx(110 * 6.4516)
    assert both.density_per_cm2.high == pytest.approx(121)


def test_the_interval_of_a_restated_share_stays_a_share():
    # Odds of 1 to 49 become 1 to 19: a factor of 49 / 19 on odds. Upper end: odds of 1.5 become 1.5 * 49 / 19.
    own = metrics(vellus_fraction_30um=figure(0.02, 0.0, 0.6))

    both = restated_metrics(own, NO_COUNTS | {"vellus_fraction_30um": 0.05}).vellus_fraction_30um

    odds = 1.5 * 49 / 19
    assert both.value == 0.05
    assert both.low == both.site_low == 0
    assert both.high == both.site_high == pytest.approx(odds / (1 + odds))


@pytest.mark.parametrize(
    ("own", "value", "ends"),
    [
        (figure(0.0, 0.0, 0.1), 0.2, (0.0, 0.2)),
        (figure(0.05, 0.01, 0.1), 0.0, (0.0, 0.1)),
        (figure(1.0, 0.95, 1.0), 0.9, (0.9, 1.0)),
    ],
)
def test_from_or_to_the_end_of_a_range_the_interval_reaches_to_the_value(own, value, ends):
    both = restated_metrics(metrics(vellus_fraction_30um=own), NO_COUNTS | {"vellus_fraction_30um": value})

    assert (both.vellus_fraction_30um.low, both.vellus_fraction_30um.high) == ends


def test_a_difference_rests_on_the_hairs_of_the_visit_that_has_fewer():
    before = metrics(median_diameter_um=figure(50.0, n=12), n_hairs=13)
    after = metrics(median_diameter_um=figure(55.0, n=9), n_hairs=10)

    there_and_back = paired(before, after), paired(after, before)

    for changes in there_and_back:
        assert (changes["median_diameter_um"].n, changes["n_hairs"].n) == (9, 10)
    # Of unmatched samples too.
    assert unmatched_difference(before.median_diameter_um, after.median_diameter_um).n == 9
