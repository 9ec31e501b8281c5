"""Each estimator of the outcomes against a published example or a second way to compute it, to 4 digits and more."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower

from hairdensity.study.outcomes.ancova import ModelSettings, fit_ancova
from hairdensity.study.outcomes.multiplicity import adjust_holm
from hairdensity.study.outcomes.proportions import compare_shares, wilson_interval
from hairdensity.study.outcomes.random_intercept import fit_random_intercept
from hairdensity.study.outcomes.repeated import fit_repeated
from hairdensity.study.outcomes.sample_size import patients_per_arm, power_of, solve_per_arm

# Bacilli before and after treatment with two antibiotics (A, D) and a control (F): Snedecor and Cochran (1967),
# Statistical Methods, 6th edition, p. 422; the example of SAS's PROC GLM.
LEPROSY = {
    "A": [(11, 6), (8, 0), (5, 2), (14, 8), (19, 11), (6, 4), (10, 13), (6, 1), (11, 8), (3, 0)],
    "D": [(6, 0), (6, 2), (7, 3), (8, 1), (18, 18), (8, 4), (19, 14), (8, 9), (5, 1), (15, 9)],
    "F": [(16, 13), (13, 10), (11, 18), (9, 5), (21, 23), (16, 12), (12, 5), (12, 16), (7, 1), (12, 20)],
}

# Average reaction times of 18 persons on 10 days of sleep deprivation: Belenky et al. (2003), J. Sleep Res. 12, 1-12,
# as the data set sleepstudy of lme4.
SLEEP = """
249.56 258.7047 250.8006 321.4398 356.8519 414.6901 382.2038 290.1486 430.5853 466.3535
222.7339 205.2658 202.9778 204.707 207.7161 215.9618 213.6303 217.7272 224.2957 237.3142
199.0539 194.3322 234.32 232.8416 229.3074 220.4579 235.4208 255.7511 261.0125 247.5153
321.5426 300.4002 283.8565 285.133 285.7973 297.5855 280.2396 318.2613 305.3495 354.0487
287.6079 285 301.8206 320.1153 316.2773 293.3187 290.075 334.8177 293.7469 371.5811
234.8606 242.8118 272.9613 309.7688 317.4629 309.9976 454.1619 346.8311 330.3003 253.8644
283.8424 289.555 276.7693 299.8097 297.171 338.1665 332.0265 348.8399 333.36 362.0428
265.4731 276.2012 243.3647 254.6723 279.0244 284.1912 305.5248 331.5229 335.7469 377.299
241.6083 273.9472 254.4907 270.8021 251.4519 254.6362 245.4523 235.311 235.7541 237.2466
312.3666 313.8058 291.6112 346.1222 365.7324 391.8385 404.2601 416.6923 455.8643 458.9167
236.1032 230.3167 238.9256 254.922 250.7103 269.7744 281.5648 308.102 336.2806 351.6451
256.2968 243.4543 256.2046 255.5271 268.9165 329.7247 379.4445 362.9184 394.4872 389.0527
250.5265 300.0576 269.8939 280.5891 271.8274 304.6336 287.7466 266.5955 321.5418 347.5655
221.6771 298.1939 326.8785 346.8555 348.7402 352.8287 354.4266 360.4326 375.6406 388.5417
271.9235 268.4369 257.2424 277.6566 314.8222 317.2135 298.1353 348.1229 340.28 366.5131
225.264 234.5235 238.9008 240.473 267.5373 344.1937 281.1481 347.5855 365.163 372.2288
269.8804 272.4428 277.8989 281.7895 279.1705 284.512 259.2658 304.6306 350.7807 369.4692
269.4117 273.474 297.5968 310.6316 287.1726 329.6076 334.4818 343.2199 369.1417 364.1236
"""


def leprosy() -> pd.DataFrame:
    rows = [(arm, before, after) for arm, pairs in LEPROSY.items() for before, after in pairs]
    table = pd.DataFrame(rows, columns=["arm", "baseline", "response"])
    return table.assign(center="")


def people(n: int, *, seed: int) -> pd.DataFrame:
    """A made-up trial: three arms, four centers, a covariate, spread that grows with the arm."""
    rng = np.random.default_rng(seed)
    arm = rng.choice(["A", "B", "C"], n)
    baseline = rng.normal(200, 30, n)
    center = rng.choice(["north", "south", "east", "west"], n)
    age = rng.normal(45, 10, n)
    spread = np.select([arm == "A", arm == "B"], [10.0, 20.0], 30.0)
    response = 5 * (arm == "B") - 0.3 * (baseline - 200) + 3 * (center == "east") + 0.2 * age + rng.normal(0, spread)
    return pd.DataFrame({"arm": arm, "baseline": baseline, "center": center, "x_age": age, "response": response})


class TestAncova:
    def test_the_published_example_of_leprosy_bacilli(self) -> None:
        # SAS/STAT User's Guide, The GLM Procedure, Example "Analysis of Covariance": LSMEANS and their tests; R's
        # coefficients of the same data: psiaims.github.io/CAMIS/R/ancova.html, drugD and drugF with A as reference.
        fit = fit_ancova(leprosy(), ModelSettings(arms=("A", "D", "F")))
        means = {arm.arm: round(arm.mean.value, 7) for arm in fit.arms}
        assert means == {"A": 6.7149635, "D": 6.8239348, "F": 10.1611017}
        _, second, third = fit.arms
        assert second.difference.value == pytest.approx(0.1089713, abs=5e-8)
        assert second.difference.se == pytest.approx(1.7951351, abs=5e-8)
        assert second.difference.p == pytest.approx(0.9520594, abs=5e-8)
        assert third.difference.value == pytest.approx(3.4461383, abs=5e-8)
        assert third.difference.p == pytest.approx(0.0792846, abs=5e-8)
        assert fit.residual_sd == pytest.approx(4.005778, abs=5e-7)

    @pytest.mark.parametrize("is_robust", [False, True])
    def test_the_normal_equations(self, is_robust: bool) -> None:
        patients = people(90, seed=1)
        fit = fit_ancova(
            patients, ModelSettings(arms=("A", "B", "C"), covariates=("x_age",), is_robust=is_robust, level=0.9)
        )
        # Uncentered columns, and all centers' shares for the adjusted means: another way to the same numbers.
        centers = ["east", "north", "south", "west"]
        x = np.column_stack(
            [
                *((patients["arm"] == arm).to_numpy(float) for arm in "ABC"),
                patients["baseline"],
                patients["x_age"],
                *((patients["center"] == center).to_numpy(float) for center in centers[1:]),
            ]
        )
        y = patients["response"].to_numpy()
        bread = np.linalg.inv(x.T @ x)
        beta = bread @ x.T @ y
        residuals = y - x @ beta
        df = len(y) - x.shape[1]
        leverage = np.diag(x @ bread @ x.T)
        meat = x.T @ np.diag((residuals / (1 - leverage)) ** 2) @ x
        covariance = bread @ meat @ bread if is_robust else bread * (residuals @ residuals) / df
        shares = [float((patients["center"] == center).mean()) for center in centers[1:]]
        for place, arm in enumerate(fit.arms):
            at_mean = np.r_[np.eye(3)[place], patients["baseline"].mean(), patients["x_age"].mean(), shares]
            assert arm.mean.value == pytest.approx(at_mean @ beta, rel=1e-9)
            assert arm.mean.se == pytest.approx(math.sqrt(at_mean @ covariance @ at_mean), rel=1e-9)
        weights = np.r_[-1.0, 0.0, 1.0, np.zeros(5)]
        found = fit.arms[2].difference
        se = math.sqrt(weights @ covariance @ weights)
        assert found.value == pytest.approx(weights @ beta, rel=1e-9)
        assert found.se == pytest.approx(se, rel=1e-9)
        assert (found.low, found.high) == pytest.approx(stats.t.interval(0.9, df, loc=weights @ beta, scale=se))
        assert found.p == pytest.approx(2 * stats.t.sf(abs(weights @ beta) / se, df), rel=1e-9)

    def test_change_or_value_makes_no_odds_for_the_difference(self) -> None:
        patients = people(60, seed=2)
        settings = ModelSettings(arms=("A", "B", "C"))
        change = fit_ancova(patients, settings).arms[1].difference
        value = fit_ancova(patients.assign(response=patients["response"] + patients["baseline"]), settings)
        assert value.arms[1].difference == pytest.approx(change)


class TestRandomIntercept:
    def test_the_published_example_of_sleep_deprivation(self) -> None:
        # lmer(Reaction ~ Days + (1 | Subject)), as printed by lme4: 251.4051 (9.7467), 10.4673 (0.8042), standard
        # deviations 37.12 and 30.99; Bates et al. (2015), J. Stat. Softw. 67(1), the same data.
        reaction = np.array(SLEEP.split(), dtype=float)
        day = np.tile(np.arange(10.0), 18)
        person = np.repeat(np.arange(18), 10)
        fit = fit_random_intercept(reaction, np.column_stack([np.ones(180), day]), person)
        assert fit.params == pytest.approx([251.4051, 10.4673], abs=5e-5)
        assert np.sqrt(np.diag(fit.covariance)) == pytest.approx([9.7467, 0.8042], abs=5e-5)
        assert math.sqrt(fit.var_patient) == pytest.approx(37.12, abs=5e-3)
        assert math.sqrt(fit.var_residual) == pytest.approx(30.99, abs=5e-3)
        # As printed by lmerTest for the same model: 22.8102 and 161.0000 degrees of freedom.
        df = [fit.contrast(weights).df for weights in np.eye(2)]
        assert df == pytest.approx([22.8102, 161.0], abs=1e-4)

    def test_a_balanced_layout_is_the_analysis_of_variance(self) -> None:
        rng = np.random.default_rng(3)
        n, visits = 14, 4
        group = np.repeat([0.0, 1.0], n // 2)
        y = rng.normal(0, 2, (n, 1)) + rng.normal(0, 1, (n, visits)) + group[:, None]
        matrix = np.column_stack([np.ones(n * visits), np.repeat(group, visits)])
        fit = fit_random_intercept(y.ravel(), matrix, np.repeat(np.arange(n), visits))
        means = y.mean(axis=1)
        within = ((y - means[:, None]) ** 2).sum() / (n * (visits - 1))
        groups = [means[group == g] for g in (0.0, 1.0)]
        between = visits * sum(((m - m.mean()) ** 2).sum() for m in groups) / (n - 2)
        assert fit.var_residual == pytest.approx(within, rel=1e-6)
        assert fit.var_patient == pytest.approx((between - within) / visits, rel=1e-6)
        # The comparison of groups is the t test of the patients' means, with its degrees of freedom.
        found = fit.contrast(np.array([0.0, 1.0]))
        t = stats.ttest_ind(groups[1], groups[0])
        assert found.value / found.se == pytest.approx(float(t.statistic), rel=1e-6)
        assert found.df == pytest.approx(n - 2, rel=1e-3)
        assert found.p == pytest.approx(float(t.pvalue), rel=1e-3)

    def test_an_unbalanced_layout_is_that_of_whole_matrices_and_of_statsmodels(self) -> None:
        rng = np.random.default_rng(4)
        patient = np.repeat(np.arange(30), rng.integers(1, 6, 30))
        n = len(patient)
        x = np.column_stack([np.ones(n), rng.normal(size=n), rng.normal(size=30)[patient]])
        y = x @ [1.0, 2.0, -1.0] + rng.normal(0, 1.5, 30)[patient] + rng.normal(0, 1, n)
        fit = fit_random_intercept(y, x, patient)

        def parts(variances: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
            """-2 log restricted likelihood, coefficients and covariance, from the (N, N) covariance of all visits."""
            v = variances[0] * (patient[:, None] == patient) + variances[1] * np.eye(n)
            inverse = np.linalg.inv(v)
            bread = np.linalg.inv(x.T @ inverse @ x)
            beta = bread @ x.T @ inverse @ y
            rest = y - x @ beta
            deviance = np.linalg.slogdet(v)[1] - np.linalg.slogdet(bread)[1] + rest @ inverse @ rest
            return float(deviance), beta, bread

        settings = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 2000}
        best = optimize.minimize(
            lambda logs: parts(np.exp(logs))[0], [0.0, 0.0], method="Nelder-Mead", options=settings
        )
        variances = np.exp(best.x)
        _, beta, covariance = parts(variances)
        assert [fit.var_patient, fit.var_residual] == pytest.approx(variances, rel=1e-5)
        assert fit.params == pytest.approx(beta, rel=1e-6)
        assert fit.covariance == pytest.approx(covariance, rel=1e-5)
        other = MixedLM(y, x, groups=patient).fit(reml=True, method="bfgs", gtol=1e-8)
        assert fit.params == pytest.approx(other.fe_params, rel=1e-4)
        assert fit.var_patient == pytest.approx(float(other.cov_re[0, 0]), rel=1e-4)
        assert fit.var_residual == pytest.approx(other.scale, rel=1e-4)

    def test_satterthwaite_follows_the_drawn_variances(self) -> None:
        # Degrees of freedom say how much an estimated variance scatters: 2 mean^2 / variance over many trials.
        rng = np.random.default_rng(9)
        patient = np.repeat(np.arange(12), [1, 2, 3, 4] * 3)
        x = np.column_stack([np.ones(len(patient)), np.repeat([0.0, 1.0], 15)])
        weights = np.array([0.0, 1.0])
        fits = [
            fit_random_intercept(rng.normal(0, 2, 12)[patient] + rng.normal(0, 1, len(patient)), x, patient)
            for _ in range(400)
        ]
        variances = np.array([weights @ fit.covariance @ weights for fit in fits])
        scatter = 2 * variances.mean() ** 2 / variances.var()
        assert np.median([fit.contrast(weights).df for fit in fits]) == pytest.approx(scatter, rel=0.25)

    def test_complete_visits_give_the_differences_of_each_visits_ancova(self) -> None:
        patients = people(60, seed=5).assign(patient=[f"p{i}" for i in range(60)])
        rng = np.random.default_rng(6)
        visits = [
            patients.assign(visit_index=index, response=patients["response"] + rng.normal(0, 5, 60)) for index in (1, 2)
        ]
        settings = ModelSettings(arms=("A", "B", "C"), with_center=False)
        repeated = fit_repeated(pd.concat(visits), settings)
        for index, visit in zip((1, 2), visits, strict=True):
            alone = fit_ancova(visit, settings)
            for together, by_itself in zip(repeated.by_visit[index].arms, alone.arms, strict=True):
                assert together.mean.value == pytest.approx(by_itself.mean.value)
                assert together.difference.value == pytest.approx(by_itself.difference.value, nan_ok=True)


class TestShares:
    @pytest.mark.parametrize(
        ("counts", "low", "high"),
        [
            # Newcombe (1998), Statist. Med. 17, 873-890, Table II: method 10 of examples (a) to (h), as other programs'
            # tests quote them; `test_newcombe_by_solving` finds the same ends another way.
            ((56, 70, 48, 80), 0.0524, 0.3339),
            ((9, 10, 3, 10), 0.1705, 0.8090),
            ((6, 7, 2, 7), 0.0582, 0.8062),
            ((5, 56, 0, 29), -0.0381, 0.1926),
            ((0, 10, 0, 20), -0.1611, 0.2775),
            ((0, 10, 0, 10), -0.2775, 0.2775),
            ((10, 10, 0, 20), 0.6791, 1.0),
            ((10, 10, 0, 10), 0.6075, 1.0),
        ],
    )
    def test_newcombes_examples(self, counts: tuple[int, int, int, int], low: float, high: float) -> None:
        found = compare_shares(*counts)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)

    @pytest.mark.parametrize(
        "counts", [(56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (0, 10, 0, 20), (10, 10, 0, 10)]
    )
    def test_newcombe_by_solving(self, counts: tuple[int, int, int, int]) -> None:
        """Both score intervals by solving the score test, then the squares of their arms added."""

        def ends(k: int, n: int) -> tuple[float, float]:
            def score(share: float) -> float:
                return (k / n - share) ** 2 - 1.959963985**2 * share * (1 - share) / n

            return (
                0.0 if k == 0 else optimize.brentq(score, 1e-12, min(k / n, 1 - 1e-9)),
                1.0 if k == n else optimize.brentq(score, max(k / n, 1e-9), 1 - 1e-12),
            )

        k, n, other_k, other_n = counts
        (low, high), (other_low, other_high) = ends(k, n), ends(other_k, other_n)
        difference = k / n - other_k / other_n
        below = math.sqrt((k / n - low) ** 2 + (other_high - other_k / other_n) ** 2)
        above = math.sqrt((high - k / n) ** 2 + (other_k / other_n - other_low) ** 2)
        found = compare_shares(*counts)
        assert (found.low, found.high) == pytest.approx((difference - below, difference + above), abs=1e-7)

    def test_wilsons_interval_is_where_the_score_test_rejects(self) -> None:
        for k, n in ((0, 12), (3, 12), (12, 12), (81, 263)):
            for end in wilson_interval(k, n):
                if 0 < end < 1:
                    assert abs(k / n - end) / math.sqrt(end * (1 - end) / n) == pytest.approx(1.959964, abs=1e-5)

    def test_fishers_tea(self) -> None:
        # Fisher (1935), The Design of Experiments: 3 of 4 cups right; two-sided 34/70.
        assert compare_shares(3, 4, 1, 4).p == pytest.approx(34 / 70)


class TestHolm:
    def test_by_hand(self) -> None:
        # Sorted .005, .01, .03, .04 times 4, 3, 2, 1; .04 rises to .06.
        assert adjust_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])

    def test_statsmodels(self) -> None:
        p = np.random.default_rng(7).uniform(size=40) ** 3
        assert adjust_holm(p) == pytest.approx(multipletests(p, method="holm")[1])


class TestSampleSize:
    @pytest.mark.parametrize(("difference", "sd", "power"), [(10, 26, 0.8), (20, 26, 0.9), (3, 26, 0.8), (40, 26, 0.8)])
    def test_statsmodels(self, difference: float, sd: float, power: float) -> None:
        other = TTestIndPower().solve_power(effect_size=difference / sd, alpha=0.05, power=power)
        assert solve_per_arm(difference, sd, power=power) == pytest.approx(other, rel=1e-6)

    def test_a_published_table(self) -> None:
        # Cohen (1988), Statistical Power Analysis, Table 2.4.1: two-sided .05, power .80, d = .2, .5, .8, rounded.
        assert [round(solve_per_arm(d, 1.0)) for d in (0.2, 0.5, 0.8)] == [393, 64, 26]
        assert patients_per_arm(0.2, 1.0) == 394

    def test_the_normal_approximation_asks_for_one_patient_less(self) -> None:
        # By hand, SD 26, power .80: 2 (1.959964 + .841621)^2 26^2 / d^2 = 106.1 and 26.5 for d = 10 and 20, rounded up
        # 107 and 27. Student's t, which the trial will be analyzed by, asks for 108 and 28.
        normal = [2 * (1.959964 + 0.841621) ** 2 * 26**2 / d**2 for d in (10, 20)]
        assert [round(n, 1) for n in normal] == [106.1, 26.5]
        assert [patients_per_arm(d, 26) for d in (10, 20)] == [108, 28]

    def test_the_power_is_that_of_drawn_trials(self) -> None:
        rng = np.random.default_rng(8)
        a, b = rng.normal(0, 26, (4000, 40)), rng.normal(15, 26, (4000, 40))
        share = float((stats.ttest_ind(a, b, axis=1).pvalue < 0.05).mean())
        assert power_of(40, 15, 26) == pytest.approx(share, abs=0.03)
