"""``hairdensity calibrate``, and scoring with what it keeps."""

import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from hairdensity import cli
from hairdensity.calibration import read_profile
from hairdensity.synthetic.scale_marks import RulerDrawing, draw_ruler
from tests.faces.test_cli import run_here


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture
def ruler(tmp_path):
    """A picture of a ruler with a tick at every 20 px."""
    pixels = draw_ruler(
        np.full((400, 600, 3), (186, 150, 138), np.uint8), RulerDrawing(20.0, 15.0, (200.0, 300.0), 50.0)
    )
    (tmp_path / "ruler.png").write_bytes(cv2.imencode(".png", pixels[..., ::-1])[1].tobytes())
    return tmp_path / "ruler.png"


def test_a_device_is_measured_and_kept(ruler, tmp_path):
    result = run("calibrate", ruler, "--tick-mm", 0.1, "--device", "scope", "--profiles", tmp_path / "kept")
    assert result.exit_code == 0, result.stderr
    assert "um/px" in result.stdout
    assert "note: the ruler lies in one direction" in result.stdout
    assert read_profile("scope", folder=tmp_path / "kept").um_per_px == pytest.approx(5.0, rel=0.003)


def test_without_a_name_nothing_is_kept(ruler, tmp_path):
    result = run("calibrate", ruler, "--tick-mm", 0.1, "--json", "--profiles", tmp_path / "kept")
    assert json.loads(result.stdout)["um_per_px"] == pytest.approx(5.0, rel=0.003)
    assert not (tmp_path / "kept").exists()


def test_a_length_by_hand(ruler, tmp_path):
    result = run(
        "calibrate", ruler, "--length-mm", 2, "--from", "10,10", "--to", "10,410", "--out", tmp_path / "mine.json"
    )
    assert result.exit_code == 0, result.stderr
    assert read_profile(str(tmp_path / "mine.json")).um_per_px == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--length-mm", "5"], 2, "needs all of --length-mm, --from, --to"),
        (["--length-mm", "5", "--from", "1;2", "--to", "3,4"], 2, "ROW,COL"),
        (["--tick-mm", "0"], 2, "tick_mm must be above 0 mm"),
        (["--device", "../x"], 2, "device's name"),
    ],
)
def test_wrong_arguments_exit_2(ruler, arguments, exit_code, words):
    result = run("calibrate", ruler, *arguments)
    assert result.exit_code == exit_code
    assert words in " ".join(result.stderr.split())


def test_a_picture_without_a_ruler_exits_3(tmp_path):
    (tmp_path / "skin.png").write_bytes(cv2.imencode(".png", np.full((200, 200, 3), 150, np.uint8))[1].tobytes())
    result = run("calibrate", tmp_path / "skin.png")
    assert result.exit_code == 3
    assert "no ruler was found" in result.stderr


@pytest.fixture
def scored(monkeypatch, make_analysis):
    """The calibrations with which pictures are scored in this process."""
    seen = []

    def analyze(image, *, calibration=None, area=None, settings=None):
        seen.append(calibration)
        return make_analysis(image)

    monkeypatch.setattr("hairdensity.analysis.analyze", analyze)
    monkeypatch.setattr("hairdensity.cli.score.run_tasks", run_here)
    monkeypatch.setattr("cv2.setNumThreads", lambda n: None)
    return seen


def photo(folder, shape):
    (folder / "photo.png").write_bytes(cv2.imencode(".png", np.full((*shape, 3), 150, np.uint8))[1].tobytes())
    return folder / "photo.png"


def test_scoring_uses_the_profile(ruler, tmp_path, scored):
    run("calibrate", ruler, "--tick-mm", 0.1, "--device", "scope", "--profiles", tmp_path)
    given = ("--device-profile", "scope", "--profiles", tmp_path)
    assert run("score", photo(tmp_path, (400, 600)), *given).exit_code == 0
    assert scored[0].source == "device profile (scope)"
    other = run("score", photo(tmp_path, (200, 300)), *given)
    assert other.exit_code == 3
    assert "--resized" in other.stderr
    assert run("score", photo(tmp_path, (200, 300)), *given, "--resized").exit_code == 0
    assert scored[1].um_per_px == pytest.approx(2 * scored[0].um_per_px)


def test_scoring_reads_a_ruler_in_the_picture(ruler, scored):
    assert run("score", ruler, "--ruler-tick-mm", 0.1).exit_code == 0
    assert scored[0].um_per_px == pytest.approx(5.0, rel=0.003)


def test_an_unknown_profile_ends_the_run(tmp_path, scored):
    result = run("score", photo(tmp_path, (200, 300)), "--device-profile", "none", "--profiles", tmp_path)
    assert result.exit_code == 2
    assert "hairdensity calibrate" in result.stderr


def test_resized_needs_a_profile(tmp_path, scored):
    assert run("score", photo(tmp_path, (200, 300)), "--resized").exit_code == 2
