"""``hairdensity study agreement``: what goes in, what comes out, and how it ends."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from hairdensity import cli
from hairdensity.errors import InputError
from hairdensity.study.agreement.figure import bland_altman_figure
from hairdensity.study.folder import RUN, RUN_SCHEMA

N_PATIENTS = 12


def run(*arguments):
    return CliRunner().invoke(cli.app, ["study", "agreement", *(str(argument) for argument in arguments)])


@pytest.fixture(scope="module")
def truth():
    rng = np.random.default_rng(8)
    return np.repeat(rng.normal(180, 40, N_PATIENTS), 2), rng


@pytest.fixture(scope="module")
def study(tmp_path_factory, truth):
    """Two pictures of each patient, as a run leaves them."""
    pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("study")
    values, rng = truth
    n = len(values)
    images = pd.DataFrame(
        {
            "image": [f"{row}.png" for row in range(1, n + 1)],
            "patient": [f"P{row // 2}" for row in range(n)],
            "site": "vertex",
            "visit": "baseline",
            "date": "2030-01-01",
            "replicate": np.tile([1, 2], N_PATIENTS),
            "row": np.arange(1, n + 1),
            "quality": "good",
            "density_per_cm2": values + rng.normal(0, 6, n),
        }
    )
    images.to_parquet(folder / "images.parquet")
    (folder / RUN).write_text(json.dumps({"schema": RUN_SCHEMA}))
    return folder


@pytest.fixture(scope="module")
def readings(tmp_path_factory, truth):
    values, rng = truth
    path = tmp_path_factory.mktemp("readings") / "readings.csv"
    rows = [
        (reader, reading, f"{row}.png", round(value + bias + rng.normal(0, 5), 1))
        for reader, reading, bias in (("A", 1, 0), ("A", 2, 0), ("B", 1, 8))
        for row, value in enumerate(values, start=1)
    ]
    pd.DataFrame(rows, columns=["reader", "reading", "image", "density_per_cm2"]).to_csv(path, index=False)
    return path


def test_readers_algorithm_and_repeats_in_one_call(study, readings, tmp_path):
    done = run(study, "--readings", readings, "--out", tmp_path, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["schema"] == "hairdensity/agreement-1"
    assert json.loads((tmp_path / "agreement.json").read_text()) == document
    kinds = [(analysis["kind"], analysis["raters"][0]) for analysis in document["analyses"]]
    assert kinds == [
        ("readers", "A"),
        ("repeats", "A, reading 1"),
        ("reader_algorithm", "algorithm"),
        ("reader_algorithm", "algorithm"),
        ("repeats", "algorithm, picture 1"),
    ]
    between = document["analyses"][0]
    assert between["n_subjects"] == 2 * N_PATIENTS
    assert between["n_patients"] == N_PATIENTS
    assert between["bland_altman"]["difference"] == "A - B"
    assert between["bland_altman"]["bias"]["low"] < -8 < between["bland_altman"]["bias"]["high"]
    assert not document["refused"]


def test_people_read_a_table_and_the_study_keeps_the_document(study, readings):
    done = run(study, "--readings", readings)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["who", "n", "bias", "(limits)", "ICC", "(CI)", "SEM", "MDC", "CV", "%"]
    assert lines[1].strip() == "Hair density, per cm²"
    assert [line.split("  ")[0] for line in lines[2:7]] == [
        "A - B",
        "A, read again",
        "algorithm - A",
        "algorithm - B",
        "algorithm, pictures of a day",
    ]
    analysis = json.loads((study / "agreement.json").read_text())["analyses"][0]
    assert f" {analysis['repeatability']['mdc']['value']:.1f} " in lines[2]
    assert f"({analysis['bland_altman']['lower']['value']:.1f}, " in lines[2]
    # All five comparisons and all sentences on less than a screen.
    assert len(lines) < 16
    assert "rest on 12 patients" in done.stdout
    assert (study / "agreement.json").is_file()
    assert "agreement written to" in done.stderr


def test_full_prints_each_comparison_with_all_its_intervals(study, readings, tmp_path):
    done = run(study, "--readings", readings, "--out", tmp_path, "--full")
    assert done.exit_code == 0, done.output
    assert "Hair density, per cm²: A and B" in done.stdout
    assert "minimal detectable change" in done.stdout
    assert "note 1: several pictures of one patient are not independent" in done.stdout


def test_readings_alone_write_nothing(readings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("--readings", readings)
    assert done.exit_code == 0, done.output
    assert "algorithm" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_study_alone_gives_the_repeats_of_the_algorithm(study, tmp_path):
    done = run(study, "--out", tmp_path, "--json")
    assert done.exit_code == 0, done.output
    (analysis,) = json.loads(done.stdout)["analyses"]
    assert analysis["kind"] == "repeats"
    assert analysis["n_subjects"] == N_PATIENTS
    assert not analysis["clustered"]


def test_figures_are_pictures_of_every_pair(readings, tmp_path):
    pytest.importorskip("matplotlib")
    done = run("--readings", readings, "--figures", tmp_path / "figures", "--quiet")
    assert done.exit_code == 0, done.output
    assert done.output == ""
    drawn = sorted((tmp_path / "figures").iterdir())
    # Two readers, and the repeats of one of them.
    assert len(drawn) == 2
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)


def test_a_figure_shows_its_points_bias_and_limits(study, readings, tmp_path):
    pytest.importorskip("matplotlib")
    document = json.loads(run(study, "--readings", readings, "--out", tmp_path, "--json").stdout)
    analysis = document["analyses"][0]
    axes = bland_altman_figure(analysis).axes[0]
    points = axes.collections[0].get_offsets()
    limits = analysis["bland_altman"]
    assert np.allclose(points[:, 1], np.subtract(limits["points"]["first"], limits["points"]["second"]))
    heights = {round(float(line.get_ydata()[0]), 6) for line in axes.lines}
    assert heights == {0.0, *(round(limits[name]["value"], 6) for name in ("bias", "lower", "upper"))}
    with pytest.raises(InputError, match="no pairs of readings"):
        bland_altman_figure(analysis | {"bland_altman": None})


def test_another_unit_is_refused_and_the_rest_goes_on(study, readings, tmp_path):
    other = tmp_path / "other.csv"
    table = pd.read_csv(readings).rename(columns={"density_per_cm2": "hairs_per_inch2"})
    table.assign(hairs_per_mm2=table["hairs_per_inch2"] / 645.16).to_csv(other, index=False)
    done = run(study, "--readings", other, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    # One reason is said once, with all it holds for.
    assert done.stdout.count("Refused: ") == 1
    refusal = " ".join(done.stdout.split("Refused: ")[1].split())
    assert refusal.startswith("hairs_per_inch2")
    assert ", hairs_per_mm2" in refusal.split(": readings of it cannot be held against the algorithm")[0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: [], "name the folder of a study run, --readings FILE, or both"),
        (lambda folder: [folder], "holds no finished study run"),
        (lambda folder: ["--readings", folder / "none.csv"], "cannot be read"),
        (lambda folder: ["--readings", folder / "single.csv"], "nothing can be compared"),
        (lambda folder: ["--readings", folder / "program.csv"], "give the reader another code"),
    ],
)
def test_usage_faults_end_with_code_2_and_a_remedy(make, message, tmp_path):
    (tmp_path / "single.csv").write_text("reader,image,n_hairs\nA,1.png,30\n")
    (tmp_path / "program.csv").write_text("reader,image,n_hairs\nalgorithm,1.png,30\n")
    done = run(*make(tmp_path))
    assert done.exit_code == 2
    assert message in " ".join(done.output.replace("│", " ").split())
