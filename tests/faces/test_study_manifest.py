"""`study check` and `study init` as a person calls them."""

import json

import pytest
from typer.testing import CliRunner

from hairdensity.cli import app

COUNTS = [{"n_patients": 1, "n_images": 1}, {"n_patients": 1, "n_images": 1}]


@pytest.fixture
def run():
    def call(*arguments):
        return CliRunner().invoke(app, ["study", *map(str, arguments)])

    return call


@pytest.fixture
def pictures(tmp_path):
    for arm, patient in (("Minoxidil", "P1"), ("Needles", "P2")):
        for visit in ("baseline", "week 12"):
            (tmp_path / arm / patient / visit).mkdir(parents=True)
            (tmp_path / arm / patient / visit / "a.jpg").write_text(f"{patient} {visit}")
    return tmp_path


def test_what_init_proposes_check_accepts(run, pictures):
    made = run("init", pictures, "--arm-level", 1)
    assert made.exit_code == 0
    assert made.stdout == ""
    assert "fill in um_per_px (all rows)" in made.stderr
    assert f"next: complete the manifest, then: hairdensity study check {pictures / 'manifest.csv'}" in made.stderr
    checked = run("check", pictures / "manifest.csv", "--hash")
    assert checked.exit_code == 0
    assert "4 images of 2 patients" in checked.stdout
    assert "0 fault(s), 0 warning(s)" in checked.stderr
    assert f"next: hairdensity study run {pictures / 'manifest.csv'} --out DIR" in checked.stderr


def test_init_overwrites_nothing(run, pictures):
    (pictures / "manifest.csv").write_text("mine")
    again = run("init", pictures)
    assert again.exit_code == 2
    assert "never overwritten" in again.stderr
    assert (pictures / "manifest.csv").read_text() == "mine"
    assert run("init", pictures, "--out", pictures / "other.csv", "-q").exit_code == 0
    assert run("init", pictures, "--out", pictures / "other.xlsx").exit_code == 2


def test_init_says_what_it_cannot_do(run, tmp_path, pictures):
    (tmp_path / "empty").mkdir()
    assert "holds no picture" in run("init", tmp_path / "empty").stderr
    refused = run("init", pictures, "--pattern", "{nobody}/{patient}")
    assert refused.exit_code == 2
    assert "nobody" in refused.stderr


def test_check_prints_each_fault_with_its_remedy_to_stderr(run, pictures):
    path = pictures / "m.csv"
    path.write_text("image,patient,visit,um_per_px\nMinoxidil/P1/baseline/a.jpg,P1,baseline,5 um\nb.jpg,P1,week 12,5\n")
    checked = run("check", path)
    assert checked.exit_code == 2
    assert checked.stdout == ""
    for words in ("'5 um' is no number", "is not there", "2 fault(s), 0 warning(s)", "without unit"):
        assert words in " ".join(checked.stderr.replace("│", " ").split())


def test_many_faults_of_a_kind_are_counted(run, pictures):
    path = pictures / "m.csv"
    path.write_text("image,patient,visit\n" + "".join(f"{n}.jpg,P{n},v1\n" for n in range(50)))
    assert "and 30 more of the kind not_found" in run("check", path).stderr
    assert len(json.loads(run("check", path, "--json").stdout)["faults"]) == 50


def test_the_document_has_study_and_faults(run, pictures):
    run("init", pictures, "--arm-level", 1, "-q")
    document = json.loads(run("check", pictures / "manifest.csv", "--json").stdout)
    assert document["schema"] == "hairdensity/manifest-check-1"
    assert document["accepted"] is True
    assert document["faults"] == []
    assert document["study"]["arms"] == ["Minoxidil", "Needles"]
    assert document["study"]["visits"] == [
        {"visit": "baseline", "week": 0.0, "by_arm": COUNTS},
        {"visit": "week 12", "week": 12.0, "by_arm": COUNTS},
    ]
    (pictures / "Needles" / "P2" / "week 12" / "a.jpg").write_text("P1 week 12")
    refused = run("check", pictures / "manifest.csv", "--json", "--hash")
    assert refused.exit_code == 2
    document = json.loads(refused.stdout)
    assert document["accepted"] is False
    assert [(fault["code"], fault["row"], fault["line"]) for fault in document["faults"]] == [("same_content", 4, 5)]


@pytest.mark.parametrize("content", [b"", b"\0\0\0\0", b"image,patient,visit\n", b'"', b"a" * 200_000])
def test_hostile_files_end_with_a_message(run, tmp_path, content):
    path = tmp_path / "m.csv"
    path.write_bytes(content)
    for option in ((), ("--json",)):
        checked = run("check", path, *option)
        assert checked.exit_code == 2
        assert checked.exception is None or isinstance(checked.exception, SystemExit)


def test_markup_in_cells_is_printed_as_it_is(run, pictures):
    path = pictures / "m.csv"
    path.write_text("image,patient,visit,arm\nMinoxidil/P1/baseline/a.jpg,[bold]P1,[/]baseline,[red]\n")
    checked = run("check", path)
    assert checked.exit_code == 0
    assert "[red]: patients (images)" in checked.stdout


def test_a_folder_or_a_missing_file_is_a_usage_error(run, tmp_path):
    assert "study init" in run("check", tmp_path).stderr
    assert run("check", tmp_path / "none.csv").exit_code == 2


def test_the_help_lists_the_commands_in_the_order_of_use_and_each_with_its_exit_codes(run):
    order = ("init", "check", "blind", "run", "unblind", "agreement", "outcomes", "report")
    listed = run("--help").stdout.split("Commands:")[1].splitlines()
    assert tuple(line.split()[0] for line in listed if line.strip()) == order
    assert all("Exit codes: 0" in run(command, "--help").stdout for command in order)
