from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hairdensity.errors import InputError
from hairdensity.study.outcomes import default_plan
from hairdensity.study.outcomes.settling import settle_plan
from hairdensity.study.outcomes.visits import order_images
from hairdensity.study.plan import Plan, PlanError, Responder
from hairdensity.study.plan_reading import parse_plan, read_plan
from hairdensity.study.plan_template import plan_template
from tests.outcome_trials import images_of, trial

IMAGES = trial({"minoxidil": [(100, 110, 120)] * 3, "needles + minoxidil": [(90, 110, 130)] * 3}, weeks=(0, 12, 24))


def test_a_plan_keeps_what_it_states_and_the_hash_of_its_file(tmp_path: Path) -> None:
    text = b"""
primary_figure = "median_diameter_um"
primary_week = 12
alpha = 0.1
[[responders]]
figure = "density_per_cm2"
threshold = 20
stated_in = "protocol, section 8"
"""
    path = tmp_path / "plan.toml"
    path.write_bytes(text)
    plan = read_plan(path)
    assert (plan.primary_figure, plan.primary_week, plan.alpha) == ("median_diameter_um", 12.0, 0.1)
    assert plan.responders == (Responder(figure="density_per_cm2", threshold=20.0, stated_in="protocol, section 8"),)
    assert plan.sha256 == hashlib.sha256(text).hexdigest()
    assert plan.is_stated
    assert not Plan().is_stated


def test_every_fault_stands_in_one_list() -> None:
    text = b"""
primary_figur = "density_per_cm2"
primary_figure = "density_cm2"
alpha = 2
primary_week = 12
primary_visit = "week 12"
covariates = ["age"]
sensitivity = ["lofc"]
use_center = "yes"
[[responders]]
figure = "density_per_cm2"
threshold = 20
"""
    with pytest.raises(PlanError) as caught:
        parse_plan(text, source="plan.toml")
    faults = caught.value.faults
    expected = (
        "'primary_figur' is not known; did you mean 'primary_figure'?",
        "did you mean 'density_per_cm2'?",
        "alpha must be a number between 0 and 0.5, got 2",
        "primary_week and primary_visit: state one",
        "'age' must be a column of the manifest that begins with x_",
        "did you mean 'locf'?",
        "use_center must be true or false",
        "responders: stated_in is missing",
    )
    assert [any(words in fault for fault in faults) for words in expected] == [True] * len(expected)
    assert len(faults) == len(expected)
    assert all(fault in str(caught.value) for fault in faults)


@pytest.mark.parametrize("text", [b"= 3", b"\xff\xfe"])
def test_what_is_no_toml(text: bytes) -> None:
    with pytest.raises(PlanError, match="it is no TOML"):
        parse_plan(text)


def test_a_plan_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the plan"):
        read_plan(tmp_path / "none.toml")


def test_gaps_get_defaults_that_are_told() -> None:
    settled = settle_plan(Plan(), order_images(IMAGES))
    assert settled.plan.primary_week == 24
    assert settled.plan.primary_visit == "week 24"
    # All arms have minoxidil: it is what they are compared with.
    assert settled.arms == ("minoxidil", "needles + minoxidil")
    assert settled.plan.level == 0.95
    assert settled.plan.secondary_figures == ()
    assert any("no plan was stated" in note for note in settled.notes)
    assert any("reference arm not stated" in note for note in settled.notes)


@pytest.mark.parametrize(
    ("arms", "reference"),
    [(("A", "B"), "A"), (("active", "sham"), "sham"), (("x + y", "y"), "y"), (("A", "placebo"), "placebo")],
)
def test_the_reference_that_is_taken(arms: tuple[str, str], reference: str) -> None:
    assert default_plan(trial({arm: [(1, 2)] for arm in arms})).reference_arm == reference


def test_what_the_study_does_not_have_is_a_fault() -> None:
    plan = Plan(
        primary_figure="hairs_per_unit",
        primary_week=48,
        reference_arm="minoxidl",
        site="occiput",
        covariates=("x_age",),
        per_protocol="x_pp",
    )
    with pytest.raises(PlanError) as caught:
        settle_plan(plan, order_images(IMAGES))
    text = "\n".join(caught.value.faults)
    assert "primary_week 48: no such visit after the baseline; there are 12, 24" in text
    assert "did you mean 'minoxidil'?" in text
    assert "the study has no 'occiput'; there are vertex" in text
    assert "'hairs_per_unit'" in text
    assert "'x_age'" in text
    assert "'x_pp'" in text
    assert len(caught.value.faults) == 6


def test_the_baseline_is_the_planned_one_for_all() -> None:
    images = images_of(
        [
            {"patient": "a", "arm": "A", "week": -2.0, "density_per_cm2": 1.0},
            {"patient": "a", "arm": "A", "week": 0.0, "density_per_cm2": 1.0},
            {"patient": "b", "arm": "A", "week": 12.0, "density_per_cm2": 1.0},
        ]
    )
    study = order_images(images)
    assert study.rows["visit_index"].tolist() == [-1, 0, 1]


def test_visits_without_weeks_go_by_name_and_number() -> None:
    images = IMAGES.assign(week=float("nan"))
    study = order_images(images)
    assert study.visits["visit"].tolist() == ["week 0", "week 12", "week 24"]


def test_the_template_is_the_plan_that_would_be_followed() -> None:
    plan = default_plan(IMAGES)
    stated = parse_plan(plan_template(plan, IMAGES).encode())
    again = settle_plan(stated, order_images(IMAGES))
    assert again.notes == ()
    assert again.plan.primary_week == plan.primary_week
    assert again.plan.reference_arm == plan.reference_arm
    assert again.plan.level == plan.level
    assert 'stated_in = "protocol' in plan_template(plan, IMAGES)
    assert stated.responders == ()
