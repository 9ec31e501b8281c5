"""A study whose arms were measured on different target areas: densities are refused, all else is analyzed."""

from __future__ import annotations

import pandas as pd
import pytest

from hairdensity.study.folder import StudyTables
from hairdensity.study.outcomes import Outcomes, analyze_outcomes
from hairdensity.study.plan import Plan
from hairdensity.study.simulation import TrialSettings, simulate_trial

PLAN = Plan(reference_arm="minoxidil", secondary_figures=("mean_diameter_um",), dose_columns=())


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    """The active arm on circles of 0.785 cm2, the other on rectangles of 1 cm2; three in ten pairs not registered."""
    tables = simulate_trial(TrialSettings(patients_per_arm=12, refused=0.3), seed=1).tables
    images = tables.images.copy()
    is_active = images["arm"] != "minoxidil"
    images.loc[is_active, "area_kind"] = "circle"
    images.loc[is_active, "area_cm2"] = 0.785
    return analyze_outcomes(StudyTables(images=images, changes=tables.changes), PLAN)


def rows(outcomes: Outcomes, table: str, figure: str) -> pd.DataFrame:
    found = pd.DataFrame(outcomes.tables[table])
    return found[found["figure"] == figure]


def test_the_refusal_names_both_areas(outcomes: Outcomes) -> None:
    reasons = [item["reason"] for item in outcomes.refused if "densities of different arms" in item["what"]]
    assert len(reasons) == 1
    assert "circle and rectangle" in reasons[0]
    assert "0.785 cm2 and 1 cm2" in reasons[0]


def test_what_follows_from_the_refusal_is_no_refusal_of_its_own(outcomes: Outcomes) -> None:
    assert not [item for item in outcomes.refused if "fewer than" in item["reason"]]
    assert not [item for item in outcomes.refused if "mixed model" in item["what"]]


def test_no_model_compares_densities_of_the_areas(outcomes: Outcomes) -> None:
    sets = set(rows(outcomes, "ancova", "density_per_cm2")["analysis_set"])
    assert sets == {"intention to treat; hair-to-hair change where registered, HC3"}
    assert rows(outcomes, "mixed", "density_per_cm2").empty


def test_changes_on_common_skin_are_compared_and_no_others(outcomes: Outcomes) -> None:
    matched = rows(outcomes, "matched", "density_per_cm2").query("week == 24").set_index("arm")
    combined = rows(outcomes, "ancova", "density_per_cm2").set_index("arm")
    assert (matched["n_not_registered"] > 0).all()
    assert (combined["n"] <= matched["n"].reindex(combined.index)).all()


def test_diameters_are_compared_whatever_the_area(outcomes: Outcomes) -> None:
    last = rows(outcomes, "ancova", "mean_diameter_um").query("week == 24").set_index("arm")
    assert (last["n"] == 12).all()
