"""``hairdensity study report`` on small folders: what it writes, says and refuses."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from hairdensity.cli import app
from hairdensity.study.reporting.sources import ReportSources
from hairdensity.study.reporting.wording import decimals_of, interval
from hairdensity.study.tables import columns_of
from hairdensity.tables import make_table
from tests.report_studies import ACTIVE, REFERENCE, sources_of, write_study

FILES = {"report.html", "report.pdf", "adam_bds.csv", "adam_bds.parquet", "adam_dictionary.csv", "mmrm.R"}
HOSTILE_ARM = "<img src=x onerror=alert(1)>"
HOSTILE_PATIENT = "=HYPERLINK(1)"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["study", "report", *map(str, arguments)])
    return result.exit_code, result.stderr


@pytest.fixture(scope="module")
def sources() -> ReportSources:
    """A simulated study whose names are hostile."""
    found = sources_of()
    study = found.study
    images = study.images.assign(
        arm=study.images["arm"].replace(ACTIVE, HOSTILE_ARM),
        patient=study.images["patient"].replace("P01", HOSTILE_PATIENT),
        error_message=study.images["error_message"].replace("simulated", "</td><script>1</script>", regex=True),
    )
    changes = study.changes.assign(patient=study.changes["patient"].replace("P01", HOSTILE_PATIENT))
    outcomes = json.loads(json.dumps(found.outcomes).replace(ACTIVE, HOSTILE_ARM))
    return replace(found, study=replace(study, images=images, changes=changes), outcomes=outcomes)


@pytest.fixture(scope="module")
def folder(sources: ReportSources, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with pictures of two patients beside its manifest, reported."""
    folder = tmp_path_factory.mktemp("trial")
    write_study(folder, _with_pictures(sources, folder / "pictures"))
    code, said = run(folder, "--title", "A <trial> & more", "--manifest", folder / "pictures" / "manifest.csv")
    assert code == 0, said
    assert {name for name in FILES if str(folder / name) in said} == FILES
    return folder


def _with_pictures(sources: ReportSources, folder: Path) -> ReportSources:
    """The pictures of all patients are files of one gray; hairs and matches of one of the pairs are known."""
    folder.mkdir()
    images = sources.study.images.copy()
    for row, number in enumerate(images["row"]):
        buffer = io.BytesIO()
        Image.new("RGB", (64, 48), (120, 100, int(number) % 256)).save(buffer, "PNG")
        (folder / f"{number}.png").write_bytes(buffer.getvalue())
        images.loc[images.index[row], "image"] = f"{number}.png"
        images.loc[images.index[row], "image_sha256"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    rows = [int(number) for number in images["row"]]
    hairs = _table("hairs", row=rows, hair_id=[0] * len(rows), root_row_px=20.0, root_col_px=20.0, tip_row_px=30.0)
    pairs = sources.study.changes.drop_duplicates(["baseline_row", "row"])
    n = len(pairs)
    matches = _table(
        "matches",
        row=pairs["row"].tolist(),
        baseline_row=pairs["baseline_row"].tolist(),
        baseline_hair_id=[0] * n,
        follow_up_hair_id=[0] * n,
        fate=["kept"] * n,
    )
    hairs.to_parquet(folder.parent / "hairs.parquet")
    matches.to_parquet(folder.parent / "matches.parquet")
    return replace(sources, study=replace(sources.study, images=images.assign(x_simulated="yes")))


def _table(name: str, **values: object) -> pd.DataFrame:
    n = len(values["row"])  # type: ignore[arg-type]
    known = {key: [value] * n if isinstance(value, float) else value for key, value in values.items()}
    columns = columns_of(name)
    empty = {"object": "", "float64": np.nan, "int64": 0, "Int64": pd.NA, "bool": True, "boolean": True}
    return make_table(columns, {c.name: known.get(c.name, [empty[c.dtype]] * n) for c in columns})


def test_the_numbers_of_the_outcomes_stand_in_the_page(folder: Path) -> None:
    text = html.unescape((folder / "report.html").read_text(encoding="utf-8"))
    outcomes = json.loads((folder / "outcomes.json").read_text())
    rows = [*outcomes["ancova"], *outcomes["mixed"], *outcomes["matched"]]
    compared = [row for row in rows if row["difference"] is not None]
    assert len(compared) >= 8
    for row in compared:
        low, high = row.get("difference_low", row["low"]), row.get("difference_high", row["high"])
        assert interval(low, high, decimals_of(row["figure"])) in text


def test_the_page_says_first_what_the_data_are_and_what_was_found(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "<h1>A &lt;trial&gt; &amp; more</h1>" in text
    assert text.index("The data of this report are simulated") < text.index(" than with ")
    assert text.index(" than with ") < text.index("Flow of patients")
    assert "not a diagnosis" in text
    headings = re.findall(r"<h2[^>]*>\d+\. (.*?)</h2>", text)
    assert headings == [
        "Flow of patients and pictures",
        "Figures",
        "Example pictures",
        "Outcomes",
        "Quality and exclusions",
        "Agreement of readings",
        "Plan of the analysis",
        "Methods",
        "Limits",
        "Versions and hashes",
    ]


def test_hashes_of_what_was_read_are_listed(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    for name in ("images.parquet", "changes.parquet", "run.json", "outcomes.json"):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() in text


def test_examples_are_picked_by_rule_and_marked(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "3 patients at evenly spaced ranks from the largest loss to the largest gain" in text
    assert text.count("data:image/jpeg") == 12
    assert "Marked hairs: 1 kept." in text


def test_the_same_study_gives_the_same_bytes(folder: Path) -> None:
    before = {name: (folder / name).read_bytes() for name in FILES}
    code, _ = run(folder, "--title", "A <trial> & more", "--manifest", folder / "pictures" / "manifest.csv")
    assert code == 0
    assert {name: (folder / name).read_bytes() for name in FILES} == before


def test_the_table_for_statisticians_is_the_same_as_csv_and_parquet(folder: Path) -> None:
    table = pd.read_parquet(folder / "adam_bds.parquet")
    csv = pd.read_csv(folder / "adam_bds.csv", keep_default_na=False, na_values={"AVAL": "", "CHG": "", "BASE": ""})
    np.testing.assert_array_equal(csv[["AVAL", "CHG", "BASE"]], table[["AVAL", "CHG", "BASE"]])
    assert set(table["TRT01P"]) == {HOSTILE_ARM, REFERENCE}
    assert 'paramcd   <- "HDCM2"' in (folder / "mmrm.R").read_text()


def test_hostile_names_stay_words(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "<img src=x" not in text
    assert "<script" not in text
    assert html.escape(HOSTILE_ARM) in text
    csv = (folder / "adam_bds.csv").read_text()
    assert f",{HOSTILE_PATIENT}" not in csv
    assert f",'{HOSTILE_PATIENT}" in csv


def test_missing_outcomes_name_the_command_that_makes_them(sources: ReportSources, tmp_path: Path) -> None:
    write_study(tmp_path, sources)
    (tmp_path / "outcomes.json").unlink()
    code, said = run(tmp_path)
    assert code == 2
    assert f"run 'hairdensity study outcomes {tmp_path}' first" in said
    assert not FILES & {path.name for path in tmp_path.iterdir()}


def test_a_folder_without_a_run_and_other_documents_are_refused(sources: ReportSources, tmp_path: Path) -> None:
    code, said = run(tmp_path)
    assert code == 2
    assert "holds no finished study run" in said
    write_study(tmp_path, replace(sources, outcomes={"schema": "another"}))
    code, said = run(tmp_path)
    assert code == 2
    assert "outcomes.json is not of the schema hairdensity/outcomes-1" in said
