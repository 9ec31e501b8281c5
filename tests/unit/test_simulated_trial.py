"""Simulated trials: the columns of a study folder, the truth that was asked for, and what gets lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hairdensity.errors import InputError
from hairdensity.study.columns import CHANGES
from hairdensity.study.outcomes import analyze_outcomes
from hairdensity.study.plan import Plan
from hairdensity.study.simulation import ArmSettings, TrialSettings, simulate_trial
from hairdensity.study.tables import are_registered, columns_of, images_columns

ARMS = (
    ArmSettings(name="a", effect_per_cm2=5.0),
    ArmSettings(name="b", effect_per_cm2=25.0, needle_depths_mm=(0.5, 1.5), sessions=10, redness=2.0),
)
LARGE = TrialSettings(arms=ARMS, patients_per_arm=2000, weeks=(0.0, 12.0, 24.0))


def test_tables_have_the_columns_of_a_study() -> None:
    trial = simulate_trial(TrialSettings(patients_per_arm=3, unreadable=0.3, refused=0.3), seed=2)
    assert {name: str(dtype) for name, dtype in trial.images.dtypes.items()} == {
        column.name: column.dtype for column in images_columns()
    }
    assert {name: str(dtype) for name, dtype in trial.changes.dtypes.items()} == {
        column.name: column.dtype for column in CHANGES
    }


def test_a_seed_decides_everything() -> None:
    settings = TrialSettings(patients_per_arm=5, dropout=0.2, unreadable=0.1)
    first, again, other = (simulate_trial(settings, seed=seed) for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(first.images, again.images)
    pd.testing.assert_frame_equal(first.changes, again.changes)
    assert not first.images["density_per_cm2"].equals(other.images["density_per_cm2"])


def test_the_mean_change_is_the_effect_that_was_asked_for() -> None:
    trial = simulate_trial(LARGE, seed=1)
    last = trial.visits[trial.visits["week"] == 24.0]
    mean = last.groupby("arm")["true_change_per_cm2"].mean()
    # Standard error: sqrt(8^2 + 4^2) / sqrt(2000) = 0.2.
    assert mean["a"] == pytest.approx(5.0, abs=0.8)
    assert mean["b"] == pytest.approx(25.0, abs=0.8)
    truth = trial.true_effects.set_index(["arm", "week"])["true_difference_per_cm2"]
    assert truth["b", 24.0] == pytest.approx(20.0)
    # (1 - exp(-1)) / (1 - exp(-2)) = 0.7311 of the effect after half of the time.
    assert truth["b", 12.0] == pytest.approx(14.621, abs=1e-3)


def test_matched_changes_err_less_than_unmatched_ones() -> None:
    trial = simulate_trial(LARGE, seed=3)
    changes = trial.changes[(trial.changes["figure"] == "density_per_cm2") & (trial.changes["week"] == 24.0)]
    true = trial.visits[trial.visits["week"] == 24.0].set_index("patient")["true_change_per_cm2"]
    lined_up = changes["patient"].map(true)
    assert (changes["value"] - lined_up).std() == pytest.approx(5.0, rel=0.1)
    # sqrt(2) * 200 * hypot(0.08, 0.02) = 23.3.
    assert (changes["unmatched_value"] - lined_up).std() == pytest.approx(23.3, rel=0.1)


def test_refused_comparisons_carry_the_unmatched_difference() -> None:
    trial = simulate_trial(replace(LARGE, patients_per_arm=200, refused=0.25), seed=3)
    refused = trial.changes[~trial.changes["registered"]]
    assert len(refused) / len(trial.changes) == pytest.approx(0.25, abs=0.05)
    np.testing.assert_allclose(refused["value"], refused["unmatched_value"])
    assert (refused["reason"] != "").all()


def test_unread_pictures_stay_as_rows_without_figures() -> None:
    trial = simulate_trial(replace(LARGE, patients_per_arm=200, unreadable=0.1), seed=3)
    failed = trial.images[trial.images["status"] == "failed"]
    assert len(trial.images) == 2 * 200 * 3
    assert len(failed) / len(trial.images) == pytest.approx(0.1, abs=0.03)
    assert failed["density_per_cm2"].isna().all()
    assert (failed["error_message"] != "").all()
    assert (failed["arm"] != "").all()
    pairs = trial.changes[trial.changes["status"] == "failed"]
    later_lost = failed[failed["visit_number"] > 0]
    assert set(later_lost["row"]) <= set(pairs["row"])
    assert pairs["value"].isna().all()


def test_who_does_badly_is_gone_more_often_and_stays_away() -> None:
    trial = simulate_trial(replace(LARGE, dropout=0.1, dropout_by_change=1.0), seed=3)
    attended = trial.visits.pivot_table(index="patient", columns="visit_number", values="attended").astype(bool)
    assert attended[0].all()
    assert not (attended[2] & ~attended[1]).any()
    # The last visit is missed by those whose seen change at the visit before was small.
    images = trial.images.pivot_table(index="patient", columns="visit_number", values="density_per_cm2")
    seen = images[1] - images[0]
    assert seen[images[2].isna()].mean() < seen[images[2].notna()].mean() - 5.0


def test_doses_move_the_effect_by_their_slope() -> None:
    trial = simulate_trial(replace(LARGE, per_needle_mm_per_cm2=6.0, per_session_per_cm2=1.5), seed=3)
    needled = trial.patients[trial.patients["arm"] == "b"]
    columns = np.column_stack([needled["needle_depth_mm"], needled["sessions"], np.ones(len(needled))])
    slopes = np.linalg.lstsq(columns, needled["true_effect_per_cm2"], rcond=None)[0]
    assert slopes[0] == pytest.approx(6.0, abs=1.2)
    assert slopes[1] == pytest.approx(1.5, abs=0.8)
    # Ten sessions, a tenth missed: 1.5 hairs less than without.
    truth = trial.true_effects.set_index(["arm", "week"])["true_change_per_cm2"]
    assert truth["b", 24.0] == pytest.approx(23.5)


def test_centers_and_replicates_are_spread_evenly() -> None:
    trial = simulate_trial(TrialSettings(patients_per_arm=6, centers=3, replicates=2), seed=1)
    per_center = trial.patients.groupby(["arm", "center"]).size()
    assert (per_center == 2).all()
    assert (trial.images.groupby(["patient", "visit"])["replicate"].nunique() == 2).all()


def test_redness_rises_at_once() -> None:
    trial = simulate_trial(LARGE, seed=1)
    mean = trial.images.groupby(["arm", "visit"])["erythema_index"].mean()
    assert mean["b", "week 12"] - mean["b", "baseline"] == pytest.approx(2.0, abs=0.2)
    assert mean["a", "week 12"] - mean["a", "baseline"] == pytest.approx(0.0, abs=0.2)


def test_outcomes_find_the_true_difference() -> None:
    trial = simulate_trial(replace(LARGE, patients_per_arm=400, refused=0.1), seed=8)
    plan = Plan(primary_week=24.0, reference_arm="a", secondary_figures=(), sensitivity=(), dose_columns=())
    tables = analyze_outcomes(trial.tables, plan).tables
    last = {
        name: next(row for row in tables[name] if row["arm"] == "b" and row["week"] == 24.0)
        for name in ("ancova", "mixed", "matched")
    }
    for row in last.values():
        assert abs(row["difference"] - 20.0) < 4.0 * row["se"]
    # Deviations of the change: hypot(8, 4, 5) = 10.2 where matched; of the adjusted density, about 22 where not.
    assert last["matched"]["se"] == pytest.approx(10.2 * np.sqrt(2.0 / 360.0), rel=0.1)
    assert last["matched"]["se"] < 0.5 * last["ancova"]["se"]


class TestHairs:
    SETTINGS = replace(
        LARGE,
        arms=tuple(replace(arm, reactivated_per_cm2=rate) for arm, rate in zip(ARMS, (1.0, 6.0), strict=True)),
        patients_per_arm=60,
        weeks=(0.0, 12.0, 24.0),
        refused=0.1,
        with_hairs=True,
    )

    def test_they_have_the_columns_of_a_study_and_leave_the_other_tables_alone(self) -> None:
        small = replace(self.SETTINGS, patients_per_arm=3, unreadable=0.2)
        trial, without = (simulate_trial(replace(small, with_hairs=there), seed=2) for there in (True, False))
        for name in ("matches", "unit_matches"):
            table = getattr(trial.tables, name)
            assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
                column.name: column.dtype for column in columns_of(name)
            }
            registered = trial.changes[are_registered(trial.changes)]
            assert set(table["row"]) == set(registered["row"])
            assert getattr(without.tables, name).empty
        pd.testing.assert_frame_equal(trial.images, without.images)
        pd.testing.assert_frame_equal(trial.changes, without.changes)

    def test_new_less_lost_is_the_change_of_the_pair(self) -> None:
        trial = simulate_trial(self.SETTINGS, seed=5)
        matches = trial.tables.matches
        change = (matches["follow_up_probability"] - matches["baseline_probability"]).groupby(matches["row"]).sum()
        density = trial.changes[trial.changes["figure"] == "density_per_cm2"].set_index("row").loc[change.index]
        # A pair whose change is beyond what turns over has no more to lose.
        is_usual = density["value"].abs() < 30.0
        np.testing.assert_allclose(change[is_usual], (density["value"] * density["overlap_cm2"])[is_usual], atol=1e-9)

    def test_outcomes_find_the_true_rates(self) -> None:
        trial = simulate_trial(self.SETTINGS, seed=5)
        plan = Plan(primary_week=24.0, reference_arm="a", secondary_figures=(), sensitivity=(), dose_columns=())
        rows = {(row["arm"], row["week"]): row for row in analyze_outcomes(trial.tables, plan).tables["hairs"]}
        truth = trial.true_effects.set_index(["arm", "week"])
        # 0.7311 of the rate after half of the time; turnover of 30 and half of the change.
        assert truth.loc[("b", 12.0), "true_reactivated_per_cm2"] == pytest.approx(4.386, abs=1e-3)
        assert truth.loc[("b", 24.0), "true_new_per_cm2"] == pytest.approx(42.5)
        for key, row in rows.items():
            for fate in ("reactivated", "new"):
                se = (row[f"{fate}_per_cm2_high"] - row[f"{fate}_per_cm2_low"]) / 4.0
                assert abs(row[f"{fate}_per_cm2"] - truth.loc[key, f"true_{fate}_per_cm2"]) < 4.0 * se
        # Poisson at 0.9 cm2 with patients' own rates of a CV of a half: sqrt(6 / 0.9 + 9) = 3.96 between patients.
        last = rows["b", 24.0]
        half = (last["reactivated_per_cm2_high"] - last["reactivated_per_cm2_low"]) / 2.0
        assert half == pytest.approx(2.0 * 3.96 / np.sqrt(last["n_patients"]), rel=0.25)
        assert last["emptied_per_cm2"] == pytest.approx(1.0, abs=0.6)


@pytest.mark.parametrize(
    "wrong", [{"weeks": (4.0, 8.0)}, {"weeks": (0.0, 8.0, 4.0)}, {"arms": ()}, {"dropout": 1.0}, {"replicates": 0}]
)
def test_settings_that_make_no_trial_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        TrialSettings(**wrong)  # type: ignore[arg-type]
