"""Which visit is the baseline, and in which order visits come, where weeks are not known or begin before it."""

from __future__ import annotations

import pandas as pd
import pytest

from hairdensity.study.outcomes import analyze_outcomes
from hairdensity.study.outcomes.visits import order_images
from tests.outcome_trials import ONE_FIGURE, images_of, tables_of


def visits_of(*visits: tuple[str, str, float | None, int, float]) -> pd.DataFrame:
    """Pictures: patient, visit, week, number of the visit as a checked manifest gives it, density."""
    names = ("patient", "visit", "week", "visit_number", "density_per_cm2")
    rows = [dict(zip(names, visit, strict=True)) for visit in visits]
    table = images_of([{**row, "arm": "A", "week": row["week"] or 0.0} for row in rows])
    return table.assign(
        visit_number=[row["visit_number"] for row in rows],
        week=pd.Series([row["week"] for row in rows], dtype="float64"),
    )


def change_at(images: pd.DataFrame, visit: str) -> float:
    outcomes = analyze_outcomes(tables_of(images), ONE_FIGURE)
    (row,) = [row for row in outcomes.tables["descriptives"] if row["visit"] == visit and row["unit"] == "/cm2"]
    return float(row["change_mean"])


def test_a_screening_visit_without_weeks_is_no_baseline() -> None:
    images = visits_of(
        ("P1", "screening", None, -1, 90),
        ("P1", "baseline", None, 0, 100),
        ("P1", "month 6", None, 1, 110),
        # This one missed the baseline: the manifest numbers the screening 0.
        ("P2", "screening", None, 0, 90),
        ("P2", "month 6", None, 1, 190),
    )
    study = order_images(images)
    assert study.visits["visit"].to_dict() == {-1: "screening", 0: "baseline", 1: "month 6"}
    assert change_at(images, "month 6") == pytest.approx(10)


def test_the_last_week_before_treatment_is_the_baseline() -> None:
    images = visits_of(("P1", "V1", -4, -1, 90), ("P1", "V2", -1, 0, 100), ("P1", "V3", 12, 1, 130))
    assert order_images(images).visits["visit"].to_dict() == {-1: "V1", 0: "V2", 1: "V3"}
    assert change_at(images, "V3") == pytest.approx(30)


def test_a_study_that_begins_after_the_baseline_has_no_change() -> None:
    # The manifest numbers from 1 where no visit is a baseline; week 4 must not stand in for it.
    images = visits_of(("P1", "V1", 4, 1, 90), ("P1", "V2", 12, 2, 100))
    assert order_images(images).visits["visit"].to_dict() == {1: "V1", 2: "V2"}
    outcomes = analyze_outcomes(tables_of(images), ONE_FIGURE)
    assert {row["change_n"] for row in outcomes.tables["descriptives"]} == {0}


def test_missed_visits_do_not_turn_their_order() -> None:
    # Most patients of month 12 missed month 6: in their own order both are visit 1, in the alphabet 12 comes first.
    missed = [("P", "baseline", None, 0, 100.0), ("P", "month 12", None, 1, 100.0)]
    images = visits_of(
        *[(f"{row[0]}{n}", *row[1:]) for n in range(3) for row in missed],
        ("Q", "baseline", None, 0, 100.0),
        ("Q", "month 6", None, 1, 100.0),
        ("Q", "month 12", None, 2, 100.0),
    )
    assert list(order_images(images).visits["visit"]) == ["baseline", "month 6", "month 12"]
