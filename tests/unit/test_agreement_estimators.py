import numpy as np
import pytest

from hairdensity.study.agreement.bland_altman import bland_altman, limits_of_agreement
from hairdensity.study.agreement.concordance import concordance
from hairdensity.study.agreement.icc import intraclass_correlations
from hairdensity.study.agreement.intervals import Link, jackknife, sd_interval
from hairdensity.study.agreement.kappa import WEIGHTS, kappa
from hairdensity.study.agreement.mean_squares import mean_squares
from hairdensity.study.agreement.repeatability import CHANGE, between_raters, within_rater

PLAIN = Link(forward=lambda value: value, back=lambda value: value)

DEGENERATE = {
    "nobody": np.empty((0, 2)),
    "one": np.array([[1.0, 2.0]]),
    "two": np.array([[1.0, 2.0], [3.0, 5.0]]),
    "one number": np.full((5, 2), 7.0),
    "exact agreement": np.column_stack([np.arange(1.0, 7.0)] * 2),
    "constant bias": np.column_stack([np.arange(1.0, 7.0), np.arange(1.0, 7.0) + 0.1]),
    "one rater constant": np.column_stack([np.arange(1.0, 7.0), np.full(6, 3.0)]),
}


def noisy(n=24, k=2, *, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(100, 20, (n, 1)) + rng.normal(0, 5, (n, k))


def test_mean_squares_of_a_table_worked_by_hand():
    # Subjects' means 2, 4, 6; raters' means 3, 5; every reading is their sum less the grand mean 4.
    squares = mean_squares(np.array([[1.0, 3.0], [3.0, 5.0], [5.0, 7.0]]))
    assert (squares.subjects, squares.raters, squares.error, squares.within) == (8.0, 6.0, 0.0, 2.0)


def test_a_constant_bias_lowers_agreement_but_not_consistency():
    icc = {found.type: found.value for found in intraclass_correlations(np.array([[1.0, 3.0], [3.0, 5.0], [5.0, 7.0]]))}
    # (8 - 0) / (8 + 0 + 2 (6 - 0) / 3) and (8 - 2) / (8 + 2).
    assert icc["ICC(2,1)"] == pytest.approx(8 / 12)
    assert icc["ICC(1,1)"] == pytest.approx(0.6)
    assert icc["ICC(3,1)"] == 1.0


def test_correlations_do_not_know_units_and_errors_do():
    values = noisy()
    inches = values * 6.4516
    for one, other in zip(intraclass_correlations(values), intraclass_correlations(inches), strict=True):
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), rel=1e-9)
    assert concordance(inches).low == pytest.approx(concordance(values).low, rel=1e-9)
    assert between_raters(inches).mdc.high == pytest.approx(between_raters(values).mdc.high * 6.4516, rel=1e-9)
    assert between_raters(inches).cv.value == pytest.approx(between_raters(values).cv.value, rel=1e-9)


def test_limits_are_mirrored_when_raters_change_places():
    values = noisy()
    one, other = bland_altman(values), bland_altman(values[:, ::-1])
    assert one.difference.upper.high == pytest.approx(-other.difference.lower.low)
    assert one.difference.bias.value == pytest.approx(-other.difference.bias.value)
    assert one.ratio is not None and other.ratio is not None
    assert one.ratio.lower.value == pytest.approx(1 / other.ratio.upper.value)


def test_limits_of_four_differences_worked_by_hand():
    limits = limits_of_agreement(np.array([-1.0, 1.0, 3.0, 5.0]))
    assert limits.bias.value == 2.0
    assert limits.sd == pytest.approx(np.sqrt(20 / 3))
    assert limits.upper.value == pytest.approx(2 + 1.96 * np.sqrt(20 / 3))
    assert limits.upper.low < limits.upper.value < limits.upper.high
    # An exact interval reaches farther outward than inward.
    assert limits.upper.high - limits.upper.value > limits.upper.value - limits.upper.low


def test_patients_with_one_picture_each_are_independent():
    differences = np.diff(noisy(), axis=1)[:, 0]
    one, other = limits_of_agreement(differences, clusters=np.arange(24)), limits_of_agreement(differences)
    assert (one.bias, one.lower, one.upper, one.method) == (other.bias, other.lower, other.upper, "exact")


def test_balanced_clusters_have_the_limits_of_the_variance_components():
    differences = np.array([1.0, 3.0, 5.0, 7.0, 2.0, 6.0])
    limits = limits_of_agreement(differences, clusters=np.array([0, 0, 1, 1, 2, 2]))
    # Means 2, 6, 4: between 2 * 8 / 2 = 8; within (2 + 2 + 8) / 3 = 4; total (8 - 4) / 2 + 4 = 6.
    assert (limits.sd_within**2, limits.sd_between**2, limits.sd**2) == pytest.approx((4.0, 2.0, 6.0))
    # The error of the mean of three patients' means: root of 8 / 6; Student's t of 2 degrees of freedom.
    assert limits.bias.high - limits.bias.value == pytest.approx(4.30265 * np.sqrt(8 / 6), rel=1e-5)
    assert limits.method == "variance components"


def test_scatter_that_grows_with_the_size_asks_for_ratios():
    rng = np.random.default_rng(2)
    size = np.linspace(20, 400, 60)[:, np.newaxis]
    found = bland_altman(size * np.exp(rng.normal(0, 0.1, (60, 2))))
    assert found.use == "ratio"
    assert found.ratio is not None
    assert found.ratio.upper.value == pytest.approx(np.exp(1.96 * 0.1 * np.sqrt(2)), rel=0.2)
    assert bland_altman(noisy(60)).use == "difference"


def test_ratios_need_positive_readings():
    values = noisy()
    values[3, 1] = 0.0
    assert bland_altman(values).ratio is None
    found = between_raters(values)
    assert np.isnan(found.cv.value)
    assert np.isnan(found.mdc_factor.value)


def test_a_bias_that_grows_is_found():
    size = np.linspace(50, 300, 30)
    wobble = np.tile([1.0, -1.0], 15)
    trend = bland_altman(np.column_stack([size * 1.1 + wobble, size])).proportional_bias
    # Difference 0.1 of the size, mean 1.05 of it.
    assert trend.slope.value == pytest.approx(0.1 / 1.05, abs=0.002)
    assert trend.p < 1e-6


def test_repeats_worked_by_hand_with_a_missing_one():
    values = np.array([[10.0, 12.0, np.nan], [20.0, 20.0, 23.0], [31.0, np.nan, np.nan]])
    found = within_rater(values)
    # Squares within: 2 of one degree of freedom, 6 of two; the third subject says nothing.
    assert found.df == 3
    assert found.sem.value == pytest.approx(np.sqrt(8 / 3))
    assert found.mdc.value == pytest.approx(1.96 * np.sqrt(2) * np.sqrt(8 / 3))
    assert found.cv.value == pytest.approx(np.sqrt((2 / 11**2 + 3 / 21**2) / 2))


def test_the_factor_of_a_detectable_change_is_that_of_the_logarithms():
    values = noisy()
    logs = within_rater(np.log(values)).sem
    assert within_rater(values).mdc_factor.high == pytest.approx(np.exp(CHANGE * logs.high))


def test_raters_bias_counts_in_agreement_alone():
    values = noisy()
    biased = values + np.array([0.0, 12.0])
    assert between_raters(biased).sem.high == pytest.approx(between_raters(values).sem.high, rel=1e-9)
    assert between_raters(biased).sem_agreement.value > between_raters(values).sem_agreement.value + 2
    # Errors of two readings by raters whose bias is as good as none.
    assert between_raters(values).sem_agreement.value >= between_raters(values).sem.value


def test_the_jackknife_of_a_mean_is_students_interval_of_the_clusters_means():
    values = np.array([[1.0], [3.0], [4.0], [6.0], [10.0], [12.0]])
    clusters = np.array([0, 0, 1, 1, 2, 2])
    found = jackknife(lambda rows: float(rows.mean()), values, clusters, link=PLAIN)
    means = np.array([2.0, 5.0, 11.0])
    half = 4.30265 * means.std(ddof=1) / np.sqrt(3)
    assert (found.value, found.low, found.high) == pytest.approx((6.0, 6.0 - half, 6.0 + half), rel=1e-5)


@pytest.mark.parametrize("k", [2, 3])
def test_clustered_intervals_hold_the_estimates_of_all_pictures(k):
    values, clusters = noisy(24, k), np.arange(24) // 3
    for one, other in zip(
        intraclass_correlations(values), intraclass_correlations(values, clusters=clusters), strict=True
    ):
        assert one.value == other.value
        assert other.low < other.value < other.high
    assert between_raters(values, clusters=clusters).sem.value == between_raters(values).sem.value
    assert within_rater(values, clusters=clusters).sem.low < within_rater(values).sem.value


def test_the_same_pictures_again_add_nothing_when_patients_are_known():
    values = noisy(20)
    patients = np.arange(20)
    twice = np.vstack([values, values])
    alone = concordance(values, clusters=patients)
    again = concordance(twice, clusters=np.concatenate([patients, patients]))
    assert (again.low, again.high) == pytest.approx((alone.low, alone.high), rel=1e-9)
    # Without them the interval is too narrow by root 2.
    assert np.ptp(np.arctanh([concordance(twice).low, concordance(twice).high])) == pytest.approx(
        np.ptp(np.arctanh([concordance(values).low, concordance(values).high])) * np.sqrt(18 / 38), rel=1e-9
    )


def test_concordance_punishes_bias_and_scale():
    x = np.arange(10.0)
    assert concordance(np.column_stack([x, x])).value == pytest.approx(1.0)
    shifted = concordance(np.column_stack([x, x + 3]))
    assert shifted.pearson == pytest.approx(1.0)
    # 2 * 8.25 / (2 * 8.25 + 9).
    assert shifted.value == pytest.approx(16.5 / 25.5)
    assert concordance(np.column_stack([x, 2 * x])).scale_shift == pytest.approx(0.5)
    assert concordance(np.column_stack([x, -x + 9])).value == pytest.approx(-1.0)


def test_kappa_worked_by_hand():
    # 20 + 15 of 50 agree; by chance 0.5 * 0.6 + 0.5 * 0.4.
    found = kappa(np.array([[20.0, 5.0], [10.0, 15.0]]))
    assert (found.agreement, found.by_chance, found.value) == pytest.approx((0.7, 0.5, 0.4))


def test_weights_do_not_matter_for_two_classes():
    table = np.array([[20.0, 5.0], [10.0, 15.0]])
    assert len({round(kappa(table, weights=weights).value, 12) for weights in WEIGHTS}) == 1


def test_kappa_that_cannot_be_stated_and_bounds_within_one():
    assert np.isnan(kappa(np.array([[9.0, 0.0], [0.0, 0.0]])).value)
    assert np.isnan(kappa(np.zeros((0, 0))).value)
    # 0.9 and a half width of 0.2: no kappa is above 1.
    assert kappa(np.array([[9.0, 1.0], [0.0, 10.0]])).high == 1.0
    assert kappa(np.diag([5.0, 6.0])).value == 1.0


def test_kappa_of_clustered_pictures():
    rng = np.random.default_rng(4)
    pairs = rng.integers(0, 3, (30, 1)) + np.where(rng.random((30, 2)) < 0.3, 1, 0)
    table = np.zeros((4, 4))
    np.add.at(table, (pairs[:, 0], pairs[:, 1]), 1)
    twice = np.vstack([pairs, pairs])
    clusters = np.concatenate([np.arange(30)] * 2)
    alone = kappa(table, weights="linear")
    again = kappa(2 * table, weights="linear", pairs=twice, clusters=clusters)
    assert again.value == pytest.approx(alone.value)
    # Copies of pictures do not sharpen it: near the interval of the pictures alone, not half of it.
    assert again.high - again.low == pytest.approx(alone.high - alone.low, rel=0.15)


@pytest.mark.parametrize("name", DEGENERATE)
@pytest.mark.parametrize("clustered", [False, True])
def test_what_cannot_be_stated_is_nan_and_never_a_warning(name, clustered):
    values = DEGENERATE[name]
    clusters = np.arange(len(values)) // 2 if clustered else None
    for icc in intraclass_correlations(values, clusters=clusters):
        assert np.isnan(icc.value) or icc.value <= 1.0
    found = (
        bland_altman(values, clusters=clusters).difference.bias,
        between_raters(values, clusters=clusters).sem,
        within_rater(values, clusters=clusters).sem,
        concordance(values, clusters=clusters),
    )
    for bounded in found:
        assert not bounded.low > bounded.high


def test_exact_agreement_is_one_without_an_interval():
    for icc in intraclass_correlations(DEGENERATE["exact agreement"]):
        assert icc.value == 1.0
        assert np.isnan(icc.low)


def test_no_degree_of_freedom_is_no_standard_deviation():
    assert np.isnan(sd_interval(4.0, 0).value)
