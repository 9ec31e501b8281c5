"""The documents of a study against the schemas that are shipped with them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from hairdensity.cli import app
from hairdensity.study.agreement.analysis import analyze_agreement
from hairdensity.study.agreement.comparisons import Comparison
from hairdensity.study.agreement.document import agreement_document
from hairdensity.study.folder import RUN, RUN_SCHEMA
from hairdensity.study.outcomes import analyze_outcomes, outcomes_document
from hairdensity.study.plan import Plan, Responder
from hairdensity.study.schemas import KINDS, file_name, schema_text
from hairdensity.study.simulation import TrialSettings, simulate_trial
from hairdensity.study.tables import TABLE_NAMES
from tests.outcome_trials import tables_of, trial

Document = dict[str, Any]

PLAN = Plan(
    primary_change="matched",
    secondary_figures=("mean_diameter_um",),
    responders=(Responder(figure="density_per_cm2", threshold=10.0, stated_in="protocol"),),
    sample_size_differences=(10.0,),
)


def schema(kind: str) -> Document:
    found: Document = json.loads(resources.files("hairdensity.study").joinpath(file_name(kind)).read_text())
    return found


def errors(kind: str, document: Document) -> list[str]:
    jsonschema = pytest.importorskip("jsonschema")
    found = jsonschema.Draft202012Validator(schema(kind)).iter_errors(json.loads(json.dumps(document)))
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


@pytest.fixture(scope="module")
def outcomes() -> Document:
    settings = TrialSettings(patients_per_arm=6, centers=2, dropout=0.1, refused=0.2, unreadable=0.05)
    return outcomes_document(analyze_outcomes(simulate_trial(settings, seed=1).tables, PLAN))


def comparison(values: Sequence[Sequence[float]], **more: Any) -> Comparison:
    facts: dict[str, Any] = {"figure": "density_per_cm2", "unit": "/cm2", "kind": "readers", "raters": ("A", "B")}
    facts |= {"patients": tuple(f"P{row}" for row in range(len(values)))}
    return Comparison(subjects=facts["patients"], values=np.array(values, dtype=np.float64), **(facts | more))


@pytest.fixture(scope="module")
def agreement() -> Document:
    pairs = [[100, 104], [120, 119], [140, 149], [160, 158], [90, 95]]
    grades = comparison([[0, 1], [1, 1], [2, 1], [0, 0]], figure="quality", unit="", is_grade=True)
    clustered = comparison(pairs, patients=("P1", "P1", "P2", "P3", "P4"))
    three = comparison([[*pair, 110] for pair in pairs], raters=("A", "B", "C"))
    compared = (comparison(pairs), clustered, comparison(pairs[:2]), grades, three)
    sources = {"readings": [{"file": "a.csv", "sha256": "0" * 64}], "images_sha256": None}
    return agreement_document([analyze_agreement(one) for one in compared], (), sources=sources)


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_is_the_one_that_code_makes(kind: str) -> None:
    assert schema(kind) == json.loads(schema_text(kind)), f"run python -m hairdensity.study.schemas {kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_no_object_lets_in_what_is_not_stated(kind: str) -> None:
    pytest.importorskip("jsonschema").Draft202012Validator.check_schema(schema(kind))
    assert all("additionalProperties" in part for part in parts(schema(kind)) if part.get("type") == "object")


def parts(node: Any) -> Iterator[Document]:
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(part)


def test_every_number_of_a_table_says_what_it_is(outcomes: Document) -> None:
    of_tables = schema("outcomes")["properties"]
    for name in ("ancova", "hairs", "sample_size"):
        cells = of_tables[name]["items"]["properties"]
        assert all(cell["description"] for cell in cells.values())
    assert of_tables["hairs"]["items"]["properties"]["reactivated_per_cm2"]["description"].endswith("/cm2")


def test_outcomes_of_a_simulated_trial(outcomes: Document) -> None:
    assert outcomes["matched"]
    assert outcomes["responders"]
    assert outcomes["safety"]
    assert errors("outcomes", outcomes) == []


@pytest.mark.parametrize(
    "images",
    [
        trial({"A": [(100, 101), (110, 112)]}),
        trial({"": [(100, 101), (110, None)]}),
        trial({"A": [(100,)], "B": [(110,)]}, weeks=(0,)),
    ],
    ids=["one arm", "no arm", "baseline only"],
)
def test_outcomes_of_small_studies(images: pd.DataFrame) -> None:
    document = outcomes_document(analyze_outcomes(tables_of(images), Plan(secondary_figures=())))
    assert document["ancova"] == []
    assert errors("outcomes", document) == []


def test_sources_of_outcomes_name_the_run(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    tables = tables_of(trial({"A": [(100, 101), (110, 112)], "B": [(100, 105), (110, 121)]}))
    for name in TABLE_NAMES:
        getattr(tables, name).to_parquet(tmp_path / f"{name}.parquet")
    run = {"schema": RUN_SCHEMA, "versions": {"hairdensity": "9.9"}, "manifest_sha256": "abc"}
    (tmp_path / RUN).write_text(json.dumps(run))
    document = json.loads(CliRunner().invoke(app, ["study", "outcomes", str(tmp_path), "--json"]).stdout)
    assert document["sources"]["run_version"] == "9.9"
    assert errors("outcomes", document) == []


def test_agreement_with_and_without_comparisons(agreement: Document) -> None:
    assert {bool(one["kappa"]) for one in agreement["analyses"]} == {True, False}
    assert errors("agreement", agreement) == []
    assert errors("agreement", {**agreement, "analyses": []}) == []


def test_the_check_of_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("image,patient,visit,week\na.jpg,P1,baseline,0\n")
    for source in (path, tmp_path / "nothing.csv"):
        done = CliRunner().invoke(app, ["study", "check", str(source), "--json"])
        if source is path:
            assert errors("manifest-check", json.loads(done.stdout)) == []
        assert done.exit_code == 2


def _without(name: str) -> Callable[[Document], object]:
    return lambda document: document.pop(name)


@pytest.mark.parametrize(
    "spoil",
    [
        _without("flow"),
        lambda document: document.update(more=1),
        lambda document: document.update(schema="hairdensity/outcomes-2"),
        lambda document: document["ancova"][0].pop("df"),
        lambda document: document["ancova"][0].update(difference="9"),
        lambda document: document["descriptives"][0].update(n=1.5),
        lambda document: document["plan"].update(alpah=0.05),
        lambda document: document["sources"].update(images_sha256="abc"),
    ],
)
def test_wrong_outcomes_are_found(outcomes: Document, spoil: Callable[[Document], object]) -> None:
    document = copy.deepcopy(outcomes)
    spoil(document)
    assert errors("outcomes", document)


@pytest.mark.parametrize(
    "spoil",
    [
        _without("sources"),
        lambda document: document["analyses"][0]["icc"][0].pop("df1"),
        lambda document: document["analyses"][0]["bland_altman"].update(use="both"),
        lambda document: document["analyses"][0].update(kind="people"),
    ],
)
def test_wrong_agreement_is_found(agreement: Document, spoil: Callable[[Document], object]) -> None:
    document = copy.deepcopy(agreement)
    spoil(document)
    assert errors("agreement", document)
