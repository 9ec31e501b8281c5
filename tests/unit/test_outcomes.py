from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hairdensity.errors import InputError
from hairdensity.study.columns import CHANGES, PAIR_KEYS
from hairdensity.study.outcomes import analyze_outcomes, outcome_frames, outcomes_document
from hairdensity.study.outcomes.analyzing import Outcomes
from hairdensity.study.outcomes.columns import OUTCOME_TABLES
from hairdensity.study.outcomes.wording import grouped_refusals, headline
from hairdensity.study.plan import Plan, Responder
from hairdensity.tables import MATCHES, UNIT_MATCHES, make_table
from tests.outcome_trials import ONE_FIGURE, images_of, tables_of, trial

Row = dict[str, Any]

# Changes: A 1, 2, 3 (mean 2), B 9, 10, 11 (mean 10).
SIX = trial({"A": [(100, 101), (110, 112), (120, 123)], "B": [(100, 109), (110, 120), (120, 131)]})


# Changes: A 1, 5, -1, B 9, 10, 13.
SCATTERED = trial({"A": [(100, 101), (110, 115), (120, 119)], "B": [(100, 109), (110, 120), (120, 133)]})


def analyze(images: pd.DataFrame, plan: Plan = ONE_FIGURE, **tables: pd.DataFrame) -> Outcomes:
    return analyze_outcomes(tables_of(images, **tables), plan)


def rows_of(outcomes: Outcomes, table: str, **cells: Any) -> list[Row]:
    return [row for row in outcomes.tables[table] if all(row.get(name) == value for name, value in cells.items())]


def one(outcomes: Outcomes, table: str, **cells: Any) -> Row:
    found = rows_of(outcomes, table, **cells)
    assert len(found) == 1, found
    return found[0]


class TestDescriptives:
    def test_an_arm_by_hand(self) -> None:
        row = one(analyze(SIX), "descriptives", figure="density_per_cm2", arm="A", visit="week 12")
        assert (row["n"], row["n_missing"], row["mean"]) == (3, 0, 112.0)
        assert row["sd"] == pytest.approx(11.0)
        assert (row["median"], row["q1"], row["q3"]) == (112.0, 106.5, 117.5)
        assert (row["change_n"], row["change_mean"], row["change_sd"]) == (3, 2.0, 1.0)
        # t of 2 degrees of freedom: 4.302653.
        assert row["change_low"] == pytest.approx(2 - 4.302653 / math.sqrt(3), abs=1e-5)

    def test_an_inch2_is_6_4516_cm2_and_no_other_analysis(self) -> None:
        outcomes = analyze(SCATTERED)
        for table, name in (("descriptives", "change_mean"), ("ancova", "difference")):
            per_cm2 = one(outcomes, table, figure="density_per_cm2", arm="B", visit="week 12")
            per_inch2 = one(outcomes, table, figure="density_per_inch2", arm="B", visit="week 12")
            assert per_inch2[name] == pytest.approx(6.4516 * per_cm2[name])
            assert per_inch2["unit"] == "/inch2"
        assert per_inch2["p_holm"] == per_cm2["p_holm"]

    def test_who_is_missing_is_counted(self) -> None:
        images = trial({"A": [(100, 101), (110, None)], "B": [(100, 109), (110, 120)]})
        row = one(analyze(images), "descriptives", figure="density_per_cm2", arm="A", visit="week 12")
        assert (row["n"], row["n_missing"], row["change_n"]) == (1, 1, 1)
        assert math.isnan(row["sd"])


class TestPatients:
    def test_replicates_are_averaged_and_no_patients(self) -> None:
        more = SIX[SIX["patient"] == "A0"].assign(density_per_cm2=[102.0, 107.0], replicate=2)
        images = pd.concat([SIX, more], ignore_index=True).assign(row=range(1, 15))
        outcomes = analyze(images)
        row = one(outcomes, "descriptives", figure="density_per_cm2", arm="A", visit="week 12")
        # A0: baseline 101, week 12 104.
        assert (row["n"], row["change_mean"]) == (3, pytest.approx((3 + 2 + 3) / 3))
        assert any("2 of 12 visits rest on several pictures" in note for note in outcomes.notes)

    def test_sites_are_averaged_each_against_its_own_baseline(self) -> None:
        # The second site has no week 12: its high density must not look like a change.
        second = SIX[(SIX["patient"] == "A0") & (SIX["week"] == 0)].assign(site="frontal", density_per_cm2=300.0)
        images = pd.concat([SIX, second], ignore_index=True).assign(row=range(1, 14))
        row = one(analyze(images), "descriptives", figure="density_per_cm2", arm="A", visit="week 12")
        assert row["change_mean"] == 2.0
        named = analyze(images, replace(ONE_FIGURE, site="vertex"))
        assert one(named, "descriptives", figure="density_per_cm2", arm="A", visit="week 0")["mean"] == 110.0

    def test_control_sites_are_no_part_of_the_arm(self) -> None:
        control = SIX[SIX["arm"] == "B"].assign(site="occiput", density_per_cm2=500.0)
        images = pd.concat([SIX.assign(control_site="occiput"), control], ignore_index=True).assign(row=range(1, 19))
        outcomes = analyze(images)
        assert one(outcomes, "descriptives", figure="density_per_cm2", arm="B", visit="week 0")["mean"] == 110.0
        assert any("6 images of control sites" in note for note in outcomes.notes)

    def test_a_patient_without_the_planned_baseline_has_no_change(self) -> None:
        images = trial({"A": [(None, 50, 100), (10, 11, 12), (20, 22, 21)], "B": [(10, 20, 20)] * 3}, weeks=(0, 12, 24))
        row = one(analyze(images), "descriptives", figure="density_per_cm2", arm="A", visit="week 24")
        assert (row["n"], row["change_n"], row["change_mean"]) == (3, 2, 1.5)

    def test_failed_and_unreadable_pictures_are_counted_with_their_reasons(self) -> None:
        images = SIX.copy()
        images.loc[images.index[1], ["status", "error_code", "density_per_cm2"]] = ["failed", "truncated", np.nan]
        images.loc[images.index[3], "quality"] = "unreadable"
        images.loc[images.index[5], "quality"] = "caution"
        outcomes = analyze(images)
        lost = one(outcomes, "flow", arm="A", stage="not analyzed", visit="week 12")
        assert (lost["n_patients"], lost["note"]) == (2, "1 x failed: truncated; 1 x quality unreadable")
        analyzed = one(outcomes, "flow", arm="A", stage="analyzed", visit="week 12")
        assert (analyzed["n_patients"], analyzed["n_images"]) == (1, 1)
        excluded = {row["note"]: row["n_images"] for row in rows_of(outcomes, "flow", stage="images excluded")}
        assert excluded == {"failed: truncated": 1, "quality unreadable": 1}

    def test_densities_of_unlike_areas_are_not_pooled(self) -> None:
        images = SIX.assign(area_cm2=np.where(SIX["arm"] == "A", 1.0, 6.4516), median_diameter_um=50.0)
        outcomes = analyze(images, replace(ONE_FIGURE, secondary_figures=("median_diameter_um",)))
        assert any(item["what"].startswith("pooling densities of different arms") for item in outcomes.refused)
        assert not rows_of(outcomes, "ancova", figure="density_per_cm2")
        assert one(outcomes, "descriptives", figure="density_per_cm2", arm="A", visit="week 12")["n"] == 0
        assert one(outcomes, "descriptives", figure="median_diameter_um", arm="A", visit="week 12")["n"] == 3

    def test_matched_changes_of_unlike_areas_are_those_of_the_common_skin(self) -> None:
        images = SIX.assign(area_cm2=np.where(SIX["arm"] == "A", 1.0, 6.4516))
        plan = replace(ONE_FIGURE, primary_change="matched")
        outcomes = analyze(images, plan, changes=changes_of(images, values=MATCHED, refused=("B2",)))
        row = one(outcomes, "ancova", figure="density_per_cm2", arm="B", family="primary")
        assert row["n"] == 2


class TestComparisons:
    def test_arms_with_equal_baselines_differ_by_their_mean_changes(self) -> None:
        outcomes = analyze(SIX)
        row = one(outcomes, "ancova", figure="density_per_cm2", arm="B")
        assert (row["reference"], row["family"], row["analysis_set"]) == ("A", "primary", "intention to treat")
        assert row["difference"] == pytest.approx(8.0)
        assert row["adjusted_mean"] == pytest.approx(10.0)
        assert row["df"] == 3
        # Baseline explains all: change is 1 more for each 10 of baseline, in both arms.
        assert row["se"] == 0.0
        assert math.isnan(row["p"])

    def test_the_headline(self) -> None:
        images = SCATTERED
        (sentence,) = headline(outcomes_document(analyze(images)))
        assert sentence.startswith("At week 12, hair density changed by 9 per cm² more with B than with A (95 % CI ")
        (fall,) = headline(outcomes_document(analyze(images, replace(ONE_FIGURE, reference_arm="B"))))
        assert "changed by 9 per cm² less with A than with B (difference -9, 95 % CI -" in fall
        (refused,) = headline(outcomes_document(analyze(images[images["arm"] == "A"])))
        assert refused.startswith("No comparison of arms was made")

    def test_a_center_with_one_patient_and_one_that_is_the_arm(self) -> None:
        rng = np.random.default_rng(0)
        arms = {arm: [(100 + rng.normal(0, 9), 110 + rng.normal(0, 9)) for _ in range(6)] for arm in "AB"}
        images = trial(arms)
        lone = analyze(images.assign(center=np.where(images["patient"] == "A0", "far", "near")))
        assert any("one analyzed patient each, analyzed with 'near'" in note for note in lone.notes)
        assert one(lone, "ancova", figure="density_per_cm2", arm="B")["df"] == 9
        same = analyze(images.assign(center=images["arm"]))
        assert any("center=B: centers and arms cannot be told apart" in note for note in same.notes)
        assert one(same, "ancova", figure="density_per_cm2", arm="B")["df"] == 9

    def test_what_holds_for_many_models_is_said_once(self) -> None:
        images = trial({"A": [(100, 101, 103)] * 3, "B": [(100, 109, 100)]}, weeks=(0, 12, 24))
        outcomes = analyze(images)
        refused = [item for item in outcomes.refused if "fewer than 2 patients" in item["reason"]]
        assert len({item["what"] for item in refused}) == len(refused) == 3
        assert {"ANCOVA, Hair density, week 12, intention to treat"} <= {item["what"] for item in refused}
        said = [(what, reason) for what, reason in grouped_refusals(outcomes.refused) if "fewer than 2" in reason]
        assert len(said) == 1
        assert said[0][0].endswith("; and 1 more analysis")

    def test_holm_within_families_only(self) -> None:
        rng = np.random.default_rng(1)
        arms = {arm: [tuple(100 + rng.normal(0, 9, 3)) for _ in range(8)] for arm in "ABC"}
        images = trial(arms, weeks=(0, 12, 24))
        images = images.assign(hairs_per_unit=rng.normal(2, 0.1, len(images)))
        outcomes = analyze(images, Plan(secondary_figures=("hairs_per_unit",), dose_columns=()))
        primary = rows_of(outcomes, "ancova", family="primary", figure="density_per_cm2")
        p = [row["p"] for row in primary if row["arm"] != "A"]
        # Two arms against the reference: two tests.
        smaller = next(row for row in primary if row["p"] == min(p))
        assert smaller["p_holm"] == pytest.approx(min(2 * min(p), 1.0))
        secondary = rows_of(outcomes, "ancova", family="secondary")
        assert {(row["figure"], row["visit"]) for row in secondary} == {("hairs_per_unit", "week 24")}
        assert all(math.isnan(row["p_holm"]) for row in rows_of(outcomes, "ancova", visit="week 12"))

    def test_sets_and_sensitivities(self) -> None:
        rng = np.random.default_rng(2)
        patients = [[tuple(100 + rng.normal(0, 9, 3)) for _ in range(6)] for _ in "AB"]
        patients[0][0] = (*patients[0][0][:2], None)
        images = trial(dict(zip("AB", patients, strict=True)), weeks=(0, 12, 24))
        images = images.assign(x_pp=np.where(images["patient"] == "B1", "no", "yes"))
        plan = replace(ONE_FIGURE, sensitivity=("hc3", "locf"), per_protocol="x_pp")
        at_24 = rows_of(analyze(images, plan), "ancova", figure="density_per_cm2", visit="week 24")
        sizes = {(row["analysis_set"], row["arm"]): row["n"] for row in at_24}
        assert sizes == {
            ("intention to treat", "A"): 5,
            ("intention to treat", "B"): 6,
            ("per protocol", "A"): 5,
            ("per protocol", "B"): 5,
            ("intention to treat; HC3 standard errors", "A"): 5,
            ("intention to treat; HC3 standard errors", "B"): 6,
            ("intention to treat; last visit carried forward", "A"): 6,
            ("intention to treat; last visit carried forward", "B"): 6,
        }

    @pytest.mark.parametrize(
        ("images", "reason"),
        [
            (SIX.assign(arm=""), "0 named arm"),
            (SIX[SIX["arm"] == "A"], "1 named arm"),
            (SIX.assign(arm=np.where(SIX["week"] == 12, "A", "B")), "patients have more than one arm"),
        ],
    )
    def test_what_cannot_be_compared_is_refused_and_the_rest_is_there(self, images: pd.DataFrame, reason: str) -> None:
        outcomes = analyze(images)
        assert any(reason in item["reason"] for item in outcomes.refused)
        assert outcomes_document(outcomes)["ancova"] == []
        assert outcomes.tables["descriptives"]

    def test_an_arm_of_one_patient_is_refused_with_its_number(self) -> None:
        outcomes = analyze(SIX[~SIX["patient"].isin(["B0", "B1"])])
        assert any("fewer than 2 patients" in item["reason"] and "B (1)" in item["reason"] for item in outcomes.refused)

    def test_without_any_result_there_is_nothing_to_analyze(self) -> None:
        with pytest.raises(InputError, match="no image with a result"):
            analyze(SIX.assign(status="failed"))


def changes_of(images: pd.DataFrame, *, values: dict[str, float], refused: tuple[str, ...] = ()) -> pd.DataFrame:
    """A comparison of density for each patient at week 12, with a matched value."""
    first = images[images["week"] == 0].set_index("patient")
    rows = []
    for _, later in images[images["week"] > 0].iterrows():
        patient, before = later["patient"], first.loc[later["patient"]]
        difference = later["density_per_cm2"] - before["density_per_cm2"]
        registered = patient not in refused
        row = dict.fromkeys((column.name for column in CHANGES), np.nan)
        row |= {
            "patient": patient,
            "site": "vertex",
            "replicate": 1,
            "baseline_visit": "week 0",
            "visit": later["visit"],
        }
        row |= {"week": later["week"], "baseline_row": before["row"], "row": later["row"], "status": "ok"}
        row |= {"registered": registered, "reason": "" if registered else "too few landmarks", "overlap_cm2": 0.5}
        row |= {"flags": "", "figure": "density_per_cm2", "unit": "/cm2", "verdict": ""}
        row |= {"baseline": before["density_per_cm2"], "value": values[patient] if registered else difference}
        rows.append(row | {"unmatched_value": difference})
    return make_table(CHANGES, {column.name: [row[column.name] for row in rows] for column in CHANGES})


MATCHED = {"A0": 1.0, "A1": 3.0, "A2": 2.0, "B0": 6.0, "B1": 8.0, "B2": 9.0}


class TestMatched:
    def test_matched_beside_unmatched_with_the_refused_counted(self) -> None:
        outcomes = analyze(SIX, changes=changes_of(SIX, values=MATCHED, refused=("B2",)))
        row = one(outcomes, "matched", arm="B")
        assert (row["n"], row["n_not_registered"], row["mean"]) == (2, 1, 7.0)
        assert row["not_registered"] == "1 x too few landmarks"
        assert row["unmatched_mean"] == 9.5
        assert one(outcomes, "matched", arm="A")["unmatched_mean"] == 2.0

    def test_who_was_not_registered_counts_with_the_difference_of_the_pictures(self) -> None:
        plan = replace(ONE_FIGURE, primary_change="matched", use_center=False)
        outcomes = analyze(SIX, plan, changes=changes_of(SIX, values=MATCHED, refused=("B2",)))
        row = one(outcomes, "ancova", figure="density_per_cm2", arm="B", family="primary")
        # Equal baselines: B is (6 + 8 + 11) / 3, A is 2.
        assert row["n"] == 3
        assert row["difference"] == pytest.approx(25 / 3 - 2)
        assert "hair-to-hair" in row["analysis_set"]
        other = one(outcomes, "ancova", figure="density_per_cm2", arm="B", family="")
        assert other["difference"] == pytest.approx(8.0)

    def test_a_comparison_with_another_baseline_is_left_out(self) -> None:
        changes = changes_of(SIX, values=MATCHED)
        changes.loc[changes["patient"] == "B2", "baseline_row"] = changes["row"].iloc[0]
        assert one(analyze(SIX, changes=changes), "matched", arm="B")["n"] == 2

    def test_fates_per_cm2_of_common_skin(self) -> None:
        changes = changes_of(SIX, values=MATCHED, refused=("A0", "A1", "A2", "B1", "B2"))
        keys = {column.name: changes.loc[changes["patient"] == "B0", column.name].iloc[0] for column in PAIR_KEYS}

        def of_pair(columns: Any, rows: list[Row]) -> pd.DataFrame:
            blank = {column.name: {"object": "", "bool": False}.get(column.dtype, 0) for column in columns}
            cells = [{**blank, **keys, **row} for row in rows]
            every = (*PAIR_KEYS, *columns)
            return make_table(every, {column.name: [cell[column.name] for cell in cells] for column in every})

        def hair(before: float, after: float, thickness: str = "", *, in_area: bool = True) -> Row:
            sure = {"fate_probability": 1.0, "in_area": in_area, "thickness": thickness}
            return {"baseline_probability": before, "follow_up_probability": after, **sure}

        matches = of_pair(
            MATCHES, [hair(1, 1, "thicker"), hair(1, 0.5), hair(0, 1), hair(0, 1), hair(1, 0, in_area=False)]
        )
        units = of_pair(UNIT_MATCHES, [{"fate": "re-activated", "fate_probability": 0.9, "in_area": True}])
        row = one(analyze(SIX, changes=changes, matches=matches, unit_matches=units), "hairs", arm="B")
        # Over 0.5 cm2: kept 1.5, lost 0.5, new 2, thicker 1, re-activated 1.
        assert row["n_patients"] == 1
        found = {name: row[f"{name}_per_cm2"] for name in ("kept", "lost", "new", "thicker", "reactivated", "emptied")}
        assert found == {"kept": 3.0, "lost": 1.0, "new": 4.0, "thicker": 2.0, "reactivated": 2.0, "emptied": 0.0}


class TestResponders:
    def test_only_by_a_stated_threshold(self) -> None:
        assert any(item["what"] == "responders" for item in analyze(SIX).refused)

    def test_the_missing_are_no_responders_and_the_complete_stand_beside(self) -> None:
        images = SIX[~((SIX["patient"] == "B2") & (SIX["week"] == 12))]
        plan = replace(
            ONE_FIGURE, responders=(Responder(figure="density_per_cm2", threshold=10, stated_in="protocol"),)
        )
        outcomes = analyze(images, plan)
        all_patients, complete = rows_of(outcomes, "responders", arm="B")
        assert (all_patients["n"], all_patients["n_responders"]) == (3, 1)
        assert (complete["n"], complete["n_responders"]) == (2, 1)
        assert all_patients["stated_in"] == "protocol"
        assert all_patients["difference"] == pytest.approx(1 / 3)

    def test_a_negative_threshold_is_a_fall(self) -> None:
        plan = replace(ONE_FIGURE, responders=(Responder(figure="density_per_cm2", threshold=-1, stated_in="p"),))
        falling = trial({"A": [(100, 98), (100, 99.5)], "B": [(100, 100), (100, 101)]})
        assert rows_of(analyze(falling, plan), "responders", arm="A")[0]["n_responders"] == 1


class TestDoses:
    def test_a_slope_within_the_treated_arm(self) -> None:
        rng = np.random.default_rng(3)
        depth = {f"B{number}": 0.5 + number % 3 for number in range(9)}
        before = rng.normal(100, 10, 18)
        changes = [rng.normal(0, 1) for _ in range(9)] + [4 * depth[f"B{i}"] + 0.01 * i for i in range(9)]
        pairs = [(b, b + c) for b, c in zip(before, changes, strict=True)]
        images = trial({"A": pairs[:9], "B": pairs[9:]})
        images = images.assign(
            needle_depth_mm=images["patient"].map(depth), sessions=np.where(images["arm"] == "B", 12, 0)
        )
        plan = replace(ONE_FIGURE, dose_columns=("needle_depth_mm", "sessions", "interval_days"))
        outcomes = analyze(images, plan)
        (row,) = outcomes.tables["dose_response"]
        assert (row["dose"], row["n"]) == ("needle_depth_mm", 9)
        assert row["slope"] == pytest.approx(4.0, abs=0.05)
        assert row["p_holm"] == row["p"]
        reasons = {item["what"]: item["reason"] for item in outcomes.refused}
        assert "cannot be told from the arm's" in reasons["dose-response, sessions"]
        assert "no analyzed patient has interval_days stated" in reasons["dose-response, interval_days"]


def test_redness_with_the_share_that_rose_beyond_noise() -> None:
    images = SIX.assign(erythema_index=np.where((SIX["arm"] == "B") & (SIX["week"] == 12), 25.0, 20.0))
    changes = changes_of(images, values=MATCHED).assign(figure="erythema_index")
    changes["verdict"] = np.where(changes["patient"].isin(["B0", "B1"]), "increase", "within noise")
    row = one(analyze(images, changes=changes), "safety", arm="B", visit="week 12")
    assert (row["change_mean"], row["n_judged"], row["n_increased"]) == (5.0, 3, 2)
    assert row["share_increased"] == pytest.approx(2 / 3)
    assert row["difference"] == pytest.approx(5.0)


def test_the_next_trial_allows_for_dropout() -> None:
    rng = np.random.default_rng(4)
    arms = {arm: [(b, b + rng.normal(0, 10)) for b in rng.normal(100, 20, 30)] for arm in "AB"}
    plan = replace(ONE_FIGURE, sample_size_differences=(10.0,), dropout=0.2)
    row = one(analyze(trial(arms), plan), "sample_size", basis="stated in the plan")
    assert row["n_per_arm"] == math.ceil(row["n_analyzed_per_arm"] / 0.8)
    assert row["sd"] == pytest.approx(10, rel=0.25)
    assert 0.7 < row["correlation"] < 1


def test_the_document_is_plain_json_with_every_column_of_every_table() -> None:
    plan = replace(ONE_FIGURE, responders=(Responder(figure="density_per_cm2", threshold=10, stated_in="protocol"),))
    outcomes = analyze(SIX, plan, changes=changes_of(SIX, values=MATCHED))
    document = outcomes_document(outcomes)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    first = ["schema", "version", "plan", "sources"]
    assert list(document) == [*first, *OUTCOME_TABLES, "notes", "refused"]
    for name, columns in OUTCOME_TABLES.items():
        assert all(list(row) == [column.name for column in columns] for row in document[name])
    frames = outcome_frames(outcomes)
    assert frames["ancova"]["n"].tolist() == [row["n"] for row in document["ancova"]]


def test_the_order_of_the_images_changes_nothing() -> None:
    shuffled = SIX.sample(frac=1.0, random_state=5)
    assert outcomes_document(analyze(shuffled)) == outcomes_document(analyze(SIX))


def test_images_with_unscheduled_patients_only_are_described() -> None:
    images = images_of([{"patient": "a", "arm": "A", "week": 0.0, "density_per_cm2": 100.0}])
    outcomes = analyze(images)
    assert any("no visit after the baseline" in note for note in outcomes.notes)
    assert one(outcomes, "descriptives", figure="density_per_cm2", arm="A")["mean"] == 100.0
