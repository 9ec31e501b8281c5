"""Agreement against published worked examples, and against slow or other implementations."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from hairdensity.study.agreement.bland_altman import limits_of_agreement
from hairdensity.study.agreement.concordance import concordance
from hairdensity.study.agreement.icc import intraclass_correlations
from hairdensity.study.agreement.intervals import variance_bounds
from hairdensity.study.agreement.kappa import kappa
from hairdensity.study.agreement.repeatability import between_raters, within_rater

# Shrout & Fleiss (1979), table 2: six subjects, four judges.
JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=np.float64
)

# Bland & Altman (1986), Lancet i, 307-310, table 1: peak expiratory flow, l/min, two readings with each meter.
WRIGHT = np.array(
    [
        [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427],
        [490, 397, 512, 401, 470, 611, 415, 431, 638, 429, 420, 633, 275, 492, 165, 372, 421],
    ],
    dtype=np.float64,
).T
MINI = np.array(
    [
        [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451],
        [525, 415, 508, 444, 500, 625, 460, 390, 642, 432, 420, 605, 227, 467, 268, 370, 443],
    ],
    dtype=np.float64,
).T
METERS = np.column_stack([WRIGHT[:, 0], MINI[:, 0]])

# Bland & Altman (2007), table 1: the heart measured by two methods (RV, IC), 60 pairs of 12 subjects.
HEARTS = [
    [(7.83, 6.57), (7.42, 5.62), (7.89, 6.90), (7.12, 6.57), (7.88, 6.35)],
    [(6.16, 4.06), (7.26, 4.29), (6.71, 4.26), (6.54, 4.09)],
    [(4.75, 4.71), (5.24, 5.50), (4.86, 5.08), (4.78, 5.02), (6.05, 6.01), (5.42, 5.67)],
    [(4.21, 4.14), (3.61, 4.20), (3.72, 4.61), (3.87, 4.68), (3.92, 5.04)],
    [(3.13, 3.03), (2.98, 2.86), (2.85, 2.77), (3.17, 2.46), (3.09, 2.32), (3.12, 2.43)],
    [(5.92, 5.90), (6.42, 5.81), (5.92, 5.70), (6.27, 5.76)],
    [(7.13, 5.09), (6.62, 4.63), (6.58, 4.61), (6.93, 5.09)],
    [(4.54, 4.72), (4.81, 4.61), (5.11, 4.36), (5.29, 4.20), (5.39, 4.36), (5.57, 4.20)],
    [(4.48, 3.17), (4.92, 3.12), (3.97, 2.96)],
    [(4.22, 4.35), (4.65, 4.62), (4.74, 3.16), (4.44, 3.53), (4.50, 3.53)],
    [(6.78, 7.20), (6.07, 6.09), (6.52, 7.00), (6.42, 7.10), (6.41, 7.40), (5.76, 6.80)],
    [(5.06, 4.50), (4.72, 4.20), (4.90, 3.80), (4.80, 3.80), (4.90, 4.20), (5.10, 4.50)],
]
HEARTS_PAIRS = np.array([pair for pairs in HEARTS for pair in pairs])
HEARTS_SUBJECTS = np.repeat(np.arange(12), [len(pairs) for pairs in HEARTS])

# SAS/STAT User's Guide, The FREQ Procedure, Agreement Study: a skin condition, two dermatologists.
SKIN = np.array([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]], dtype=np.float64)

# Agresti (1990), table 10.8, as `SexualFun` in R's vcd, whose Kappa() prints these values.
COUPLES = np.array([[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]], dtype=np.float64)

# influentialpoints.com, Coefficient of variation: packed cell volume of ten cows, read twice.
COWS = np.array(
    [[33, 35], [26, 23], [29, 29], [32, 35], [31, 28], [31, 31], [31, 34], [31, 29], [35, 33], [21, 24]],
    dtype=np.float64,
)


def test_intraclass_correlations_of_shrout_and_fleiss():
    found = {icc.type: icc for icc in intraclass_correlations(JUDGES)}
    # Their table 4.
    printed = {
        "ICC(1,1)": 0.17,
        "ICC(2,1)": 0.29,
        "ICC(3,1)": 0.71,
        "ICC(1,k)": 0.44,
        "ICC(2,k)": 0.62,
        "ICC(3,k)": 0.91,
    }
    assert {name: round(icc.value, 2) for name, icc in found.items()} == printed
    # R's psych::ICC prints for the same data: F, p and 95 % bounds.
    assert (round(found["ICC(1,1)"].f, 2), round(found["ICC(2,1)"].f, 2)) == (1.79, 11.03)
    assert (round(found["ICC(1,1)"].p, 5), round(found["ICC(3,1)"].p, 5)) == (0.16477, 0.00013)
    bounds = {name: (round(icc.low, 3), round(icc.high, 3)) for name, icc in found.items()}
    assert bounds == {
        "ICC(1,1)": (-0.133, 0.723),
        "ICC(2,1)": (0.019, 0.761),
        "ICC(3,1)": (0.342, 0.946),
        "ICC(1,k)": (-0.884, 0.912),
        "ICC(2,k)": (0.071, 0.927),
        "ICC(3,k)": (0.676, 0.986),
    }


def _sums_of_squares(values):
    """Loops over the definition: subjects, raters, error."""
    n, k = values.shape
    grand = values.mean()
    subjects = sum(k * (row.mean() - grand) ** 2 for row in values) / (n - 1)
    raters = sum(n * (column.mean() - grand) ** 2 for column in values.T) / (k - 1)
    error = sum(
        (values[i, j] - values[i].mean() - values[:, j].mean() + grand) ** 2 for i in range(n) for j in range(k)
    ) / ((n - 1) * (k - 1))
    return subjects, raters, error


def test_bounds_of_consistency_make_the_f_test_just_significant():
    subjects, _, error = _sums_of_squares(METERS)
    f = subjects / error

    def probability(rho):
        return stats.f.cdf(f / (1 + 2 * rho / (1 - rho)), 16, 16)

    low = optimize.brentq(lambda rho: probability(rho) - 0.975, -0.9, 0.9999)
    high = optimize.brentq(lambda rho: probability(rho) - 0.025, -0.9, 0.9999)
    icc = intraclass_correlations(METERS)[2]
    assert (icc.low, icc.high) == pytest.approx((low, high), rel=1e-8)


@pytest.mark.parametrize("values", [JUDGES, METERS, WRIGHT])
def test_bounds_of_agreement_are_those_of_shrout_and_fleiss(values):
    # Their own form of the approximation (1979, p. 424), with F = MS(raters) / MS(error).
    n, k = values.shape
    subjects, raters, error = _sums_of_squares(values)
    rho = (subjects - error) / (subjects + (k - 1) * error + k * (raters - error) / n)
    f = raters / error
    other = n * (1 + (k - 1) * rho) - k * rho
    df = (k - 1) * (n - 1) * (k * rho * f + other) ** 2 / ((n - 1) * k**2 * rho**2 * f**2 + other**2)
    above, below = stats.f.ppf(0.975, n - 1, df), stats.f.ppf(0.975, df, n - 1)
    rest = k * raters + (k * n - k - n) * error
    low = n * (subjects - above * error) / (above * rest + n * subjects)
    high = n * (below * subjects - error) / (rest + n * below * subjects)
    icc = intraclass_correlations(values)[1]
    assert (icc.value, icc.low, icc.high) == pytest.approx((rho, low, high), rel=1e-9)


def test_peak_flow_of_bland_and_altman_1986():
    # Printed: mean difference -2.1 l/min, SD 38.8, limits (2 SD) -79.7 and 75.5, which are of the rounded SD.
    differences = METERS[:, 0] - METERS[:, 1]
    limits = limits_of_agreement(differences, multiplier=2)
    assert (round(limits.bias.value, 1), round(limits.sd, 1)) == (-2.1, 38.8)
    assert (limits.lower.value, limits.upper.value) == pytest.approx((-79.7, 75.5), abs=0.1)
    paired = stats.ttest_rel(*METERS.T).confidence_interval(0.95)
    assert (limits.bias.low, limits.bias.high) == pytest.approx((paired.low, paired.high), rel=1e-9)


@pytest.mark.parametrize("meter", [WRIGHT, MINI])
def test_error_of_two_repeats_is_half_of_their_mean_squared_difference(meter):
    # Bland & Altman (1996), Measurement error, BMJ 313, 744.
    assert within_rater(meter).sem.value ** 2 == pytest.approx(np.mean((meter[:, 0] - meter[:, 1]) ** 2) / 2, rel=1e-12)


def test_repeated_pairs_of_bland_and_altman_2007():
    differences = HEARTS_PAIRS[:, 0] - HEARTS_PAIRS[:, 1]
    limits = limits_of_agreement(differences, clusters=HEARTS_SUBJECTS)
    # The paper's analysis of variance: residual mean square 0.1707, between subjects 4.2091, divisor 4.98, total
    # variance 0.9813, SD 0.9906, mean 0.602, limits -1.34 and 2.54.
    assert limits.sd_within**2 == pytest.approx(0.170714, abs=1e-6)
    assert limits.sd_between**2 == pytest.approx((4.2090856 - 0.1707140) / 4.9818182, abs=1e-6)
    assert limits.sd**2 == pytest.approx(0.98133606, abs=1e-6)
    assert limits.bias.value == pytest.approx(0.6021667, abs=1e-6)
    assert (round(limits.lower.value, 2), round(limits.upper.value, 2)) == (-1.34, 2.54)
    # Every pair as a subject of its own, which the paper warns of: SD 0.961.
    assert round(limits_of_agreement(differences).sd, 3) == 0.961


@pytest.mark.parametrize(("n", "factor"), [(10, 2.911), (20, 2.396), (30, 2.220)])
def test_exact_limit_is_the_tolerance_factor_of_the_tables(n, factor):
    # The upper 95 % bound of the 95th percentile of a normal population is mean + k SD, with the k of the tables of
    # one-sided tolerance limits (95 % confidence, 95 % coverage; e.g. Hahn & Meeker 1991, table A.12).
    sample = np.random.default_rng(n).normal(size=n)
    limits = limits_of_agreement(sample, multiplier=float(stats.norm.ppf(0.95)), level=0.90)
    assert round((limits.upper.high - sample.mean()) / sample.std(ddof=1), 3) == factor
    assert round((sample.mean() - limits.lower.low) / sample.std(ddof=1), 3) == factor


def test_concordance_equals_its_definition_and_the_formula_of_2000():
    x, y = METERS.T
    n, r = len(x), np.corrcoef(x, y)[0, 1]
    # Lin (1989), equation of the estimate: 1 - mean squared difference over its value were x and y independent.
    rho = 1 - ((x - y) ** 2).mean() / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    # Lin (2000), as R's epiR and Stata's concord have it.
    u = (y.mean() - x.mean()) / (x.var() * y.var()) ** 0.25
    variance = (
        (1 - r**2) * rho**2 * (1 - rho**2) / r**2 + 2 * rho**3 * (1 - rho) * u**2 / r - 0.5 * rho**4 * u**4 / r**2
    ) / (n - 2)
    half = stats.norm.ppf(0.975) * np.sqrt(variance) / (1 - rho**2)
    found = concordance(METERS)
    expected = (rho, np.tanh(np.arctanh(rho) - half), np.tanh(np.arctanh(rho) + half))
    assert (found.value, found.low, found.high) == pytest.approx(expected, rel=1e-9)
    assert found.pearson * found.bias_correction == pytest.approx(rho, rel=1e-12)


@pytest.mark.parametrize(
    ("table", "weights", "printed"),
    [
        # SAS prints kappa, its standard error and 95 % limits to four digits.
        (SKIN, "none", (0.3449, 0.0724, 0.2030, 0.4868)),
        (SKIN, "linear", (0.5082, 0.0655, 0.3798, 0.6366)),
        # vcd prints 0.1293 (0.06860) and 0.2374 (0.07832).
        (COUPLES, "none", (0.1293, 0.0686, None, None)),
        (COUPLES, "linear", (0.2374, 0.0783, None, None)),
    ],
)
def test_kappa_as_sas_and_vcd_print_it(table, weights, printed):
    found = kappa(table, weights=weights)
    for value, expected in zip((found.value, found.se, found.low, found.high), printed, strict=True):
        assert expected is None or round(value, 4) == expected


@pytest.mark.parametrize("weights", ["linear", "quadratic"])
def test_kappa_is_that_of_statsmodels(weights):
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    other = inter_rater.cohens_kappa(SKIN, wt=weights)
    found = kappa(SKIN, weights=weights)
    assert (found.value, found.se) == pytest.approx((other.kappa, other.std_kappa), rel=1e-9)


def test_mean_squares_are_those_of_an_analysis_of_variance():
    formulas = pytest.importorskip("statsmodels.formula.api")
    anova = pytest.importorskip("statsmodels.stats.anova")
    n, k = JUDGES.shape
    long = pd.DataFrame(
        {"value": JUDGES.ravel(), "subject": np.repeat(np.arange(n), k), "judge": np.tile(np.arange(k), n)}
    )
    table = anova.anova_lm(formulas.ols("value ~ C(subject) + C(judge)", data=long).fit())
    found = between_raters(JUDGES)
    assert found.sem.value**2 == pytest.approx(table.loc["Residual", "mean_sq"], rel=1e-9)
    raters, error = table.loc["C(judge)", "mean_sq"], table.loc["Residual", "mean_sq"]
    assert found.sem_agreement.value**2 == pytest.approx(error + (raters - error) / n, rel=1e-9)


def test_variation_of_the_cows():
    # Printed: root mean square of the coefficients of variation 5.96 %.
    assert round(100 * within_rater(COWS).cv.value, 2) == pytest.approx(5.96, abs=0.005)


def test_sem_bounds_hold_the_chi_square_probability():
    found = within_rater(WRIGHT).sem
    sums = found.value**2 * 17
    assert stats.chi2.sf(sums / found.low**2, 17) == pytest.approx(0.025, rel=1e-6)
    assert stats.chi2.cdf(sums / found.high**2, 17) == pytest.approx(0.025, rel=1e-6)


def test_recovered_variances_are_the_chi_square_bounds_of_a_part_alone():
    low, high = variance_bounds(np.array([3.0, 0.0]), np.array([8, 20]))
    assert low == pytest.approx(3 * 8 / stats.chi2.ppf(0.975, 8), rel=1e-9)
    assert high == pytest.approx(3 * 8 / stats.chi2.ppf(0.025, 8), rel=1e-9)
