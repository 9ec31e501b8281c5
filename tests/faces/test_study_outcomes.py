"""``hairdensity study outcomes`` on small folders: what it writes, prints and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from hairdensity.cli import app
from hairdensity.study.folder import RUN, RUN_SCHEMA
from hairdensity.study.tables import TABLE_NAMES
from tests.outcome_trials import tables_of, trial

PAIRS = {"A": [(100, 101), (110, 115), (120, 119)], "B": [(100, 109), (110, 120), (120, 133)]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study folder with two arms of three patients."""
    pytest.importorskip("pyarrow")
    tables = tables_of(trial(PAIRS))
    for name in TABLE_NAMES:
        getattr(tables, name).to_parquet(tmp_path / f"{name}.parquet")
    run = {"schema": RUN_SCHEMA, "versions": {"hairdensity": "0.0"}, "manifest_sha256": "abc"}
    (tmp_path / RUN).write_text(json.dumps(run))
    return tmp_path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["study", "outcomes", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_the_document_on_stdout_is_the_one_in_the_folder(folder: Path) -> None:
    code, out, _ = run(folder, "--json")
    assert code == 0
    document = json.loads(out)
    assert document == json.loads((folder / "outcomes.json").read_text())
    assert document["schema"] == "hairdensity/outcomes-1"
    assert document["sources"]["manifest_sha256"] == "abc"
    assert len(document["sources"]["images_sha256"]) == 64
    rows = pd.read_csv(folder / "outcomes" / "ancova.csv")
    assert rows["difference"].max() == pytest.approx(
        max(row["difference"] or 0 for row in document["ancova"]), rel=1e-9
    )


def test_people_read_the_result_first_and_what_it_does_not_say_last(folder: Path) -> None:
    code, out, err = run(folder)
    assert code == 0
    assert out.startswith("At week 12, hair density changed by 9 per cm² more with B than with A")
    assert "Nothing here says whether a change matters to patients" in " ".join(out.split())
    assert "outcomes written to" in err


def test_a_plan_is_written_once_and_followed(folder: Path) -> None:
    plan = folder / "plan.toml"
    code, _, err = run(folder, "--write-plan", plan)
    assert code == 0
    assert "before anybody sees a result" in err
    assert not (folder / "outcomes.json").exists()
    code, _, err = run(folder, "--write-plan", plan)
    assert code == 2
    assert "a plan is never overwritten" in err
    plan.write_text(plan.read_text().replace('reference_arm = "A"', 'reference_arm = "B"'))
    code, out, _ = run(folder, "--json")
    document = json.loads(out)
    assert document["plan"]["source"] == "plan.toml"
    assert document["plan"]["arms"] == ["B", "A"]
    assert not any("no plan was stated" in note for note in document["notes"])


def test_all_faults_of_a_plan_are_told_and_nothing_is_written(folder: Path, tmp_path: Path) -> None:
    plan = tmp_path / "wrong.toml"
    plan.write_text('primary_week = 48\nreference_arm = "C"\n')
    code, _, err = run(folder, "--plan", plan)
    assert code == 2
    assert "primary_week 48" in err
    assert "reference_arm: the study has no 'C'; there are A, B" in err
    assert not (folder / "outcomes.json").exists()


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    code, _, err = run(tmp_path)
    assert code == 2
    assert "hairdensity study run" in err
