import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from hairdensity import cli, comparing
from hairdensity.resources import sample_image_paths

SCALE = ("--um-per-px", "5.0")


@pytest.fixture
def visits(tmp_path):
    """Three pictures of a site and two of a control site."""
    paths = []
    for index, name in enumerate(("v0.png", "v1.png", "v2.png", "c0.png", "c1.png")):
        pixels = np.full((120, 160, 3), 150 + index, dtype=np.uint8)
        paths.append(tmp_path / name)
        paths[-1].write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    return paths


@pytest.fixture
def asked(monkeypatch, make_analysis, make_change, pool_here):
    """Analyze and compare by hand in this process; what was asked of both."""
    calls = {"scales": {}, "areas": {}, "compared": []}

    def analyze(image, *, calibration=None, area=None, settings=None):
        calls["scales"][image.image_id] = None if calibration is None else calibration.um_per_px
        calls["areas"][image.image_id] = getattr(area, "kind", area)
        return make_analysis(image, um_per_px=None if calibration is None else calibration.um_per_px)

    def compare(baseline, follow_up, *, control=None, settings=None):
        calls["compared"].append((baseline.image.image_id, follow_up.image.image_id))
        is_known = baseline.calibration is not None and follow_up.calibration is not None
        untreated = None if control is None else make_change(*control)
        return make_change(baseline, follow_up, um_per_px=5.0 if is_known else None, control=untreated)

    monkeypatch.setattr("hairdensity.analysis.analyze", analyze)
    monkeypatch.setattr("hairdensity.comparison.change.compare", compare)
    monkeypatch.setattr("hairdensity.cli.visits.WorkerPool", pool_here)
    monkeypatch.setattr("cv2.setNumThreads", lambda n: None)
    return calls


def run(*arguments):
    return CliRunner().invoke(cli.app, ["compare", *map(str, arguments)])


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_json_is_the_only_thing_on_stdout(visits, asked):
    result = run(*visits[:2], *SCALE, "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["schema"]) == (0, "hairdensity/change-1")
    assert document["images"]["follow_up"]["image"]["path"] == str(visits[1])
    assert len(document["matches"]) == 4


def test_the_table_begins_with_the_headline(visits, asked):
    result = run(*visits[:2], *SCALE)
    assert result.stdout.startswith("Hair density: increase, +14 /cm² (+4 to +24), +9 %; registered on")
    assert run(*visits[:2], *SCALE, "--quiet").output == ""


def test_the_same_change_is_written_everywhere(visits, asked, tmp_path):
    out = tmp_path / "out"
    result = run(
        *(*visits[:2], *SCALE, "--json", "--csv", out, "--picture", out / "p.png", "--html", out / "p.html"),
    )
    document = json.loads(result.stdout)
    (density,) = [row for row in rows_of(out / "changes.csv") if row["figure"] == "density_per_cm2"]
    stated = document["change"]["density_per_cm2"]
    assert [float(density[part]) for part in ("value", "low", "high")] == [
        stated[part] for part in ("value", "low", "high")
    ]
    assert (density["verdict"], float(density["unmatched_high"])) == ("increase", 64.0)
    matches = rows_of(out / "matches.csv")
    assert [row["fate"] for row in matches] == [match["fate"] for match in document["matches"]]
    assert float(matches[0]["diameter_change_um"]) == pytest.approx(8.126)
    assert matches[1]["follow_up_hair_id"] == ""
    assert [row["fate"] for row in rows_of(out / "unit_matches.csv")] == ["kept", "re-activated"]
    assert cv2.imread(str(out / "p.png")) is not None
    assert document["headline"].split(";")[0] in (out / "p.html").read_text()


def test_a_follow_up_can_have_a_scale_of_its_own(visits, asked):
    assert run(*visits[:2], "--px-per-mm", "200", "--follow-up-um-per-px", "7").exit_code == 0
    assert asked["scales"] == {"v0": 5.0, "v1": 7.0}


def test_the_area_is_that_of_the_baseline(visits, asked):
    run(*visits[:2], *SCALE, "--area", "circle=60,80,40", "--control", visits[3], visits[4])
    assert asked["areas"] == {"v0": "circle", "v1": "whole", "c0": "whole", "c1": "whole"}


def test_without_a_scale_nothing_is_stated_in_um(visits, asked):
    result = run(*visits[:2], "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document["common_area"]["area_cm2"] is None
    assert document["images"]["baseline"]["flags"] == ["uncalibrated"]
    assert "no change per cm²" in document["headline"]


def test_a_control_site_stands_beside_the_result(visits, asked, tmp_path):
    arguments = (*visits[:2], *SCALE, "--control", *visits[3:])
    document = json.loads(run(*arguments, "--json", "--csv", tmp_path).stdout)
    assert document["control"]["images"]["baseline"]["image"]["path"] == str(visits[3])
    assert {row["site"] for row in rows_of(tmp_path / "changes.csv")} == {"site", "control"}
    assert "Control site: Hair density" in run(*arguments).stdout


def test_a_control_picture_that_fails_costs_the_control_alone(visits, asked, tmp_path):
    result = run(*visits[:2], *SCALE, "--json", "--control", visits[3], tmp_path / "none.png")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["control"]) == (1, None)
    assert [Path(error["path"]).name for error in document["errors"]] == ["none.png"]
    assert document["change"]["density_per_cm2"]["value"] == 14.0


@pytest.mark.parametrize("bad", [0, 1])
@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n\x1a\n" + bytes(50), b"<svg onload=alert(1)>"])
def test_a_picture_that_cannot_be_read_exits_3_with_a_reason(visits, asked, bad, content):
    visits[bad].unlink()
    if content is not None:
        visits[bad].write_bytes(content)
    result = run(*visits[:2], *SCALE, "--json")
    (error,) = json.loads(result.stdout)["errors"]
    assert (result.exit_code, error["path"]) == (3, str(visits[bad]))
    assert error["code"]
    assert f"failed: {visits[bad]}" in result.stderr
    assert asked["compared"] == []


def test_analyses_are_kept_in_a_private_folder_that_goes(visits, asked, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    seen = []

    def keep(analysis, path, keep=comparing._keep):
        keep(analysis, path)
        seen.append(path.parent.stat().st_mode & 0o777)

    monkeypatch.setattr(comparing, "_keep", keep)
    assert run(*visits[:2], *SCALE).exit_code == 0
    assert run(visits[0], tmp_path / "none.png", *SCALE).exit_code == 3
    assert seen == [0o700] * 3
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--um-per-px", "5", "--px-per-mm", "200"], "state the scale once"),
        (["--days", "0,90"], "three pictures or more"),
        (["--follow-up-um-per-px", "5", "--follow-up-um-per-px", "6"], "once for each, got 2 for 1"),
        (["--follow-up-um-per-px", "5", "--follow-up-device-profile", "x"], "leave one out"),
        (["--scale-error", "0.1"], "needs a scale"),
        (["--um-per-px", "-1"], "um_per_px"),
    ],
)
def test_a_wrong_argument_exits_2_and_says_what_is_wrong(visits, asked, arguments, words):
    result = run(*visits[:2], *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("days", "words"), [("0,90", "got 2 for 3"), ("0,x,2", "numbers"), ("0,90,90", "rise"), ("0,nan,2", "rise")]
)
def test_days_are_one_for_each_visit_and_rise(visits, asked, days, words):
    result = run(*visits[:3], *SCALE, "--days", days)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())


def test_no_output_overwrites_a_picture(visits, asked, tmp_path):
    before = visits[0].read_bytes()
    assert run(*visits[:2], *SCALE, "--picture", visits[0]).exit_code == 2
    assert run(*visits[:2], *SCALE, "--html", tmp_path).exit_code == 2
    assert visits[0].read_bytes() == before


@pytest.mark.parametrize(
    ("option", "name", "better"),
    [("--picture", "p.jpg", "p.png"), ("--picture", "p", "p.png"), ("--html", "p.png", "p.html")],
)
def test_a_file_ends_as_what_it_is(visits, asked, tmp_path, monkeypatch, option, name, better):
    monkeypatch.chdir(tmp_path)
    result = run(*visits[:2], *SCALE, option, name)
    assert (result.exit_code, asked["scales"]) == (2, {})
    assert f"name it {better}" in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / name).exists()
    assert run(*visits[:2], *SCALE, "--picture", "P.PNG", "--html", "p.htm").exit_code == 0


def test_a_folder_that_cannot_be_written_to_exits_4_before_any_work(visits, asked, tmp_path):
    (tmp_path / "file").write_text("")
    result = run(*visits[:2], *SCALE, "--html", tmp_path / "file" / "page.html")
    assert (result.exit_code, asked["scales"]) == (4, {})


def test_a_name_that_a_spreadsheet_takes_for_a_formula_is_disarmed(visits, asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    visits[1].rename(tmp_path / "=1+1.png")
    assert run("v0.png", "=1+1.png", *SCALE, "--csv", "out").exit_code == 0
    assert {row["follow_up_image"] for row in rows_of(tmp_path / "out" / "matches.csv")} == {"./=1+1.png"}


@pytest.fixture(scope="module")
def sample_pair():
    """The shipped pair: baseline and follow-up."""
    paths = {path.stem: path for path in map(Path, sample_image_paths())}
    return paths["visit_baseline"], paths["visit_follow_up"]


def command(*arguments):
    return subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "hairdensity.cli", *map(str, arguments)], capture_output=True, text=True, check=False
    )


IN_PYTHON = """
import json, sys
from hairdensity import Settings, analyze, choose_calibration, compare, read_image
from hairdensity.report.change_document import change_document

images = [read_image(path) for path in sys.argv[1:]]
scales = [choose_calibration(image, um_per_px=5.571) for image in images]
settings = Settings(method="ridges")
baseline, follow_up = (analyze(image, calibration=scale, settings=settings) for image, scale in zip(images, scales))
print(json.dumps(change_document(compare(baseline, follow_up), paths=tuple(sys.argv[1:]))))
"""


def test_the_command_says_what_python_says(sample_pair, tmp_path):
    done = command("compare", *sample_pair, "--um-per-px", 5.571, "--method", "ridges", "--json", "--csv", tmp_path)
    assert (done.returncode, done.stderr.count("failed")) == (0, 0)
    # One thread like the command's workers: the last digits of a fit depend on how many the linear algebra takes.
    python = subprocess.run(  # noqa: S603
        [sys.executable, "-c", IN_PYTHON, *map(str, sample_pair)],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=True,
    )
    document = json.loads(done.stdout)
    assert document == json.loads(python.stdout)
    rows = {row["figure"]: row for row in rows_of(tmp_path / "changes.csv") if row["site"] == "site"}
    assert float(rows["density_per_cm2"]["value"]) == document["change"]["density_per_cm2"]["value"]
    assert len(rows_of(tmp_path / "matches.csv")) == len(document["matches"])


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_ended_run_leaves_no_analysis_behind(sample_pair, tmp_path, sign, code):
    process = subprocess.Popen(  # noqa: S603 -- our own command
        [sys.executable, "-m", "hairdensity.cli", "compare", *map(str, sample_pair), "--um-per-px", "5.571"],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(500):
        if any(tmp_path.iterdir()):
            break
        time.sleep(0.02)
    assert [path.name[:12] for path in tmp_path.iterdir()] == ["hairdensity-"]
    # The interpreter must be inside the run, not still on its way there.
    time.sleep(0.3)
    process.send_signal(sign)
    assert process.wait(timeout=30) == code
    assert list(tmp_path.iterdir()) == []


def test_the_same_file_twice_is_said_to_be_one(sample_pair):
    done = command("compare", sample_pair[0], sample_pair[0], "--um-per-px", 5.571, "--method", "ridges", "--json")
    document = json.loads(done.stdout)
    assert "same_picture" in document["flags"]
    assert document["change"]["density_per_cm2"]["value"] == 0.0
