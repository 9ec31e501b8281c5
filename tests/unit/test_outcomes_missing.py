"""What nobody measured is no result: responders, comparisons that failed, arms that cannot be told from centers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hairdensity.study.columns import CHANGES
from hairdensity.study.outcomes import analyze_outcomes
from hairdensity.study.outcomes.analyzing import Outcomes
from hairdensity.study.plan import Plan, Responder
from hairdensity.tables import make_table
from tests.outcome_trials import ONE_FIGURE, images_of, tables_of, trial

Arms = dict[str, list[tuple[float | None, ...]]]

PAIRS: Arms = {"A": [(100, 101), (110, 115), (120, 119)], "B": [(100, 109), (110, 120), (120, 133)]}
RESPONDERS = replace(
    ONE_FIGURE, responders=(Responder(figure="density_per_cm2", threshold=10.0, stated_in="protocol"),)
)


def rows_of(outcomes: Outcomes, table: str, **cells: Any) -> list[dict[str, Any]]:
    return [row for row in outcomes.tables[table] if all(row.get(name) == value for name, value in cells.items())]


def pairs_of(images: pd.DataFrame, *, registered: tuple[str, ...], failed: tuple[str, ...] = ()) -> pd.DataFrame:
    """A comparison of each patient at week 12, hair to hair with a change of 50 where registered."""
    before, after = (images[images["week"] == week].set_index("patient") for week in (0, 12))
    names = [name for name in after.index if name in before.index]
    change = (after["density_per_cm2"] - before["density_per_cm2"])[names].to_numpy()
    is_matched = np.array([name in registered for name in names])
    is_failed = np.array([name in failed for name in names])
    columns: dict[str, Any] = {column.name: [""] * len(names) for column in CHANGES if column.dtype == "object"}
    columns |= {column.name: [np.nan] * len(names) for column in CHANGES if column.dtype in ("float64", "Int64")}
    columns |= {
        "patient": names,
        "site": ["vertex"] * len(names),
        "replicate": [1] * len(names),
        "visit": ["week 12"] * len(names),
        "week": [12.0] * len(names),
        "baseline_row": before.loc[names, "row"],
        "row": after.loc[names, "row"],
        "status": np.where(is_failed, "failed", "ok"),
        "registered": is_matched & ~is_failed,
        "figure": np.where(is_failed, "", "density_per_cm2"),
        "baseline": np.where(is_failed, np.nan, before.loc[names, "density_per_cm2"]),
        "value": np.where(is_failed, np.nan, np.where(is_matched, 50.0, change)),
        "unmatched_value": np.where(is_failed, np.nan, change),
    }
    return make_table(CHANGES, columns)


class TestResponders:
    def test_a_visit_that_nobody_of_an_arm_had_has_no_responders(self) -> None:
        arms: Arms = {"A": [(100, 115, 120), (110, 112, 130)], "B": [(100, 115, None), (110, 112, None)]}
        outcomes = analyze_outcomes(tables_of(trial(arms, weeks=(0, 12, 24))), replace(RESPONDERS, primary_week=12))
        assert {row["visit"] for row in rows_of(outcomes, "responders")} == {"week 12"}
        (refused,) = [item for item in outcomes.refused if item["what"].startswith("responders")]
        assert "week 24" in refused["what"]
        assert "B" in refused["reason"]

    def test_who_is_missing_fails_where_others_were_seen(self) -> None:
        arms: Arms = {"A": [(100, 115), (110, None)], "B": [(100, 115), (None, 112)]}
        rows = rows_of(analyze_outcomes(tables_of(trial(arms)), RESPONDERS), "responders", arm="B")
        assert [(row["n_responders"], row["n"]) for row in rows] == [(1, 2), (1, 1)]


class TestMatched:
    def test_who_was_compared_in_vain_counts_with_the_difference_of_the_pictures(self) -> None:
        images = trial(PAIRS)
        plan = replace(ONE_FIGURE, primary_change="matched", sensitivity=())
        changes = pairs_of(images, registered=("A0", "B0"), failed=("B2",))
        rows = rows_of(analyze_outcomes(tables_of(images, changes=changes), plan), "ancova", family="primary")
        of_pictures = pairs_of(images, registered=("A0", "B0"))
        other = rows_of(analyze_outcomes(tables_of(images, changes=of_pictures), plan), "ancova", family="primary")
        assert [row["n"] for row in rows if row["unit"] == "/cm2"] == [3, 3]
        assert [row["difference"] for row in rows] == pytest.approx([row["difference"] for row in other], nan_ok=True)

    @pytest.mark.parametrize(("registered", "is_told"), [((), True), (("A0",), False)])
    def test_matched_changes_without_any_registered_pair_are_told_to_be_of_pictures(
        self, registered: tuple[str, ...], is_told: bool
    ) -> None:
        images = trial(PAIRS)
        tables = tables_of(images, changes=pairs_of(images, registered=registered))
        notes = analyze_outcomes(tables, replace(ONE_FIGURE, primary_change="matched")).notes
        assert any("was registered at week 12" in note for note in notes) == is_told
        assert not any("was registered" in note for note in analyze_outcomes(tables, ONE_FIGURE).notes)


class TestArms:
    def test_arms_of_one_patient_are_not_compared_anywhere(self) -> None:
        rows = [
            {"patient": f"P{n}", "site": site, "arm": arm, "week": week, "density_per_cm2": 100.0 + n + week}
            for n in range(4)
            for site, arm in (("left", "A"), ("right", "B"))
            for week in (0, 12)
        ]
        images = images_of(rows).assign(erythema_index=np.arange(16.0) ** 2 % 7)
        changes = pairs_of(images[images["site"] == "left"], registered=("P0", "P1", "P2", "P3"))
        outcomes = analyze_outcomes(tables_of(images, changes=changes.assign(site="left")), ONE_FIGURE)
        assert any("split scalp" in item["reason"] for item in outcomes.refused)
        for table in ("matched", "safety"):
            assert not [row for row in outcomes.tables[table] if np.isfinite(row.get("difference", np.nan))]

    def test_an_arm_to_each_center_is_said_to_be_no_comparison_of_arms(self) -> None:
        images = trial(PAIRS)
        alone = images.assign(center=np.where(images["arm"] == "A", "north", "south"))
        outcomes = analyze_outcomes(tables_of(alone), ONE_FIGURE)
        assert any("centers and arms cannot be told apart" in note for note in outcomes.notes)
        crossed = images.assign(center=np.where(images["patient"].isin(["A0", "B0"]), "north", "south"))
        notes = analyze_outcomes(tables_of(crossed), ONE_FIGURE).notes
        assert not any("cannot be told apart" in note for note in notes)


def test_a_share_is_said_to_be_analyzed_as_a_plain_number() -> None:
    images = trial(PAIRS).assign(vellus_fraction_30um=np.linspace(0.1, 0.3, 12))
    plan = Plan(secondary_figures=("vellus_fraction_30um",), sensitivity=(), dose_columns=())
    said = "Shares and ratios"
    assert any(note.startswith(said) for note in analyze_outcomes(tables_of(images), plan).notes)
    assert not any(note.startswith(said) for note in analyze_outcomes(tables_of(images), ONE_FIGURE).notes)
