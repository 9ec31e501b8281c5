import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from hairdensity import cli
from hairdensity.analysis import analyze
from hairdensity.calibration import Calibration
from hairdensity.correction import apply_edits, parse_edits
from hairdensity.errors import HairDensityError, StorageError, TruncatedImageError
from hairdensity.image import read_image
from hairdensity.inputs import find_images, shown
from hairdensity.report.document import ImageError, describe, document
from hairdensity.report.schema import schema_text
from hairdensity.resources import sample_image_paths
from hairdensity.scoring import Request, Task, prepare_scoring
from hairdensity.segmentation import find_model
from hairdensity.workers import Outcome, PreparationError


@pytest.fixture
def photos(tmp_path):
    """Three pictures, one of them in a folder below, beside what is no picture."""
    folder = tmp_path / "photos"
    (folder / "later").mkdir(parents=True)
    for index, name in enumerate(("b.png", "a.PNG", "later/a.png")):
        pixels = np.full((120, 160, 3), 150 + index, dtype=np.uint8)
        (folder / name).write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_bytes(b"")
    (folder / "b_overlay.png").write_bytes(b"")
    return folder


@pytest.fixture
def calls(monkeypatch, make_analysis):
    """Score in this process with an Analysis made by hand; the list of what analyze was asked."""
    asked = []

    def analyze(image, *, calibration=None, area=None, settings=None):
        asked.append({"image": image, "calibration": calibration, "area": area, "settings": settings})
        return make_analysis(image, um_per_px=None if calibration is None else calibration.um_per_px)

    monkeypatch.setattr("hairdensity.analysis.analyze", analyze)
    monkeypatch.setattr("hairdensity.cli.score.run_tasks", run_here)
    monkeypatch.setattr("cv2.setNumThreads", lambda n: None)
    return asked


def run_here(prepare, tasks, *, n_workers, n_threads, on_done):
    handle = prepare()
    outcomes = []
    for task in tasks:
        try:
            outcomes.append(Outcome(value=handle(task)))
        except StorageError:
            raise
        except HairDensityError as error:
            outcomes.append(Outcome(code=error.code, message=str(error)))
        on_done()
    return outcomes


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def test_a_folder_is_searched_below_without_hidden_files_and_overlays(photos):
    paths, errors = find_images([str(photos)])
    assert [path.relative_to(photos).as_posix() for path in paths] == ["a.PNG", "b.png", "later/a.png"]
    assert errors == []


def test_a_file_is_meant_once_however_often_it_is_named(photos):
    paths, _ = find_images([str(photos / "b.png"), str(photos), str(photos / "*.png"), str(photos / "later/../b.png")])
    assert len(paths) == 4
    assert sum(path.name == "b.png" for path in paths) == 1


def test_patterns_that_the_shell_left_are_expanded(photos):
    paths, errors = find_images([str(photos / "**" / "a.*")])
    assert len(paths) == 2
    assert errors == []


@pytest.mark.parametrize(("name", "code"), [("none.jpg", "not_found"), ("*.jpg", "not_found"), ("empty", "no_images")])
def test_what_means_no_file_is_an_error(tmp_path, name, code):
    (tmp_path / "empty").mkdir()
    paths, (error,) = find_images([str(tmp_path / name)])
    assert paths == []
    assert (error.path, error.code) == (str(tmp_path / name), code)


def test_a_file_whose_name_is_a_pattern_is_found(photos):
    odd = photos / "x[1].png"
    odd.write_bytes((photos / "b.png").read_bytes())
    assert find_images([str(odd)]) == ([odd], [])


def test_names_are_shown_without_control_characters():
    assert shown("a\x1b[31m\n.png") == "a\ufffd[31m\ufffd.png"
    assert shown(os.fsdecode(b"caf\xe9.png")) == "caf\ufffd.png"


def test_json_is_the_only_thing_on_stdout(photos, calls, make_analysis):
    (photos / "c.png").write_bytes(b"nonsense")
    result = run("score", photos, "--json", "--um-per-px", 5)
    document = json.loads(result.stdout)
    assert [row["image"]["path"] for row in document["results"]] == [
        str(photos / name) for name in ("a.PNG", "b.png", "later/a.png")
    ]
    assert document["results"][0] == json.loads(
        json.dumps(describe(make_analysis(calls[0]["image"]), path=str(photos / "a.PNG")))
    )
    assert [row["path"] for row in document["errors"]] == [str(photos / "c.png")]
    assert "c.png" in result.stderr
    assert result.exit_code == 1


def test_the_table_states_figures_intervals_and_notes(photos, calls):
    result = run("score", photos / "b.png", "--um-per-px", 5)
    assert result.exit_code == 0
    for words in ("Hair density", "111", "per inch²", "0.125 to 0.5", "12% to 50%", "not a medical device"):
        assert words in result.stdout


def test_several_pictures_share_a_table_and_numbered_notes(photos, calls):
    result = run("score", photos)
    assert result.exit_code == 0
    assert result.stdout.count("Note 1: no scale is known") == 1
    assert "--um-per-px" in result.stdout
    assert all(name in result.stdout for name in ("a.PNG", "b.png"))


def test_quiet_leaves_stdout_and_stderr_empty(photos, calls):
    result = run("score", photos / "b.png", "--quiet")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "", 0)


@pytest.mark.parametrize(
    ("option", "value", "um_per_px"),
    [("--um-per-px", 5, 5.0), ("--px-per-mm", 250, 4.0), ("--field-width-mm", 1.6, 10.0)],
)
def test_the_scale_can_be_stated_in_three_ways(photos, calls, option, value, um_per_px):
    assert run("score", photos / "b.png", option, value, "--scale-error", 0.03).exit_code == 0
    assert calls[0]["calibration"].um_per_px == pytest.approx(um_per_px)
    assert calls[0]["calibration"].relative_error == 0.03


def test_no_scale_ignores_what_the_file_states(photos, calls, tmp_path):
    path = tmp_path / "tagged.png"
    Image.open(photos / "b.png").save(path, dpi=(5080, 5080))
    run("score", path)
    assert run("score", path, "--no-scale").exit_code == 0
    assert calls[0]["calibration"].um_per_px == pytest.approx(5.0, rel=1e-3)
    assert calls[1]["calibration"] is None


def test_an_area_reaches_the_analysis(photos, calls, tmp_path):
    run("score", photos / "b.png", "--area", "circle=60,80,40")
    assert (calls[0]["area"].kind, calls[0]["area"].numbers) == ("circle", (60.0, 80.0, 40.0))
    mask = np.zeros((120, 160), dtype=np.uint8)
    mask[10:20, 30:40] = 255
    (tmp_path / "mask.png").write_bytes(cv2.imencode(".png", mask)[1].tobytes())
    run("score", photos / "b.png", "--area-mask", tmp_path / "mask.png")
    np.testing.assert_array_equal(calls[1]["area"], mask > 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--um-per-px", "5", "--px-per-mm", "200"], "--um-per-px and --px-per-mm"),
        (["--um-per-px", "0.005"], "multiply by 1000"),
        (["--um-per-px", "five"], "'--um-per-px'"),
        (["--scale-error", "0.1"], "--scale-error needs a scale"),
        (["--um-per-px", "5", "--scale-error", "7"], "relative_error"),
        (["--no-scale", "--ruler-tick-mm", "1"], "--no-scale goes without"),
        (["--area", "square=1"], "square"),
        (["--area", "whole", "--area-mask", "mask.png"], "leave one out"),
        (["--area-mask", "missing.png"], "missing.png"),
        (["--workers", "0"], "workers"),
        (["--colour"], "colour"),
    ],
)
def test_a_wrong_argument_exits_2_and_says_what_is_wrong(photos, calls, arguments, words):
    result = run("score", photos / "b.png", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


def test_no_usable_picture_exits_3_with_a_reason(tmp_path, calls):
    (tmp_path / "empty.jpg").write_bytes(b"")
    result = run("score", tmp_path / "empty.jpg", tmp_path / "none.png", "--json")
    assert result.exit_code == 3
    errors = json.loads(result.stdout)["errors"]
    assert [Path(row["path"]).name for row in errors] == ["none.png", "empty.jpg"]
    assert all(row["message"] and row["code"] for row in errors)


def test_overlays_are_named_after_pictures_and_never_collide(photos, calls, tmp_path):
    result = run("score", photos, "--overlay", tmp_path / "new" / "overlays", "--um-per-px", 5)
    assert result.exit_code == 0
    names = sorted(path.name for path in (tmp_path / "new" / "overlays").iterdir())
    hashes = {call["image"].sha256[:8] for call in calls}
    assert len(names) == 3
    assert names[-1] == "b_overlay.png"
    assert all(name.removeprefix("a-").removesuffix("_overlay.png") in hashes for name in names[:2])


def test_a_second_run_does_not_score_its_own_overlays(photos, calls):
    run("score", photos, "--overlay", photos)
    assert len(calls) == 3
    run("score", photos, "--overlay", photos)
    assert len(calls) == 6


def test_tables_are_written_with_failures_as_rows(photos, calls, tmp_path):
    (photos / "c.png").write_bytes(b"nonsense")
    assert run("score", photos, "--csv", tmp_path / "tables", "--um-per-px", 5).exit_code == 1
    with (tmp_path / "tables" / "images.csv").open(newline="") as file:
        images = list(csv.DictReader(file))
    assert [row["density_per_cm2"] for row in images] == ["111.1", "111.1", "111.1", ""]
    assert images[-1]["error_code"]
    assert len((tmp_path / "tables" / "hairs.csv").read_text().splitlines()) == 1 + 3 * 3
    assert len((tmp_path / "tables" / "units.csv").read_text().splitlines()) == 1 + 3 * 2


def test_no_name_in_a_table_is_a_formula(photos, calls, tmp_path, monkeypatch):
    monkeypatch.chdir(photos)
    (photos / "b.png").rename(photos / "=1+1.png")
    (photos / "@bad.png").write_bytes(b"nonsense")
    assert run("score", "=1+1.png", "@bad.png", "--csv", "out", "--um-per-px", 5).exit_code == 1
    for table in ("images", "hairs", "units", "ostia"):
        with (photos / "out" / f"{table}.csv").open(newline="") as file:
            names = {row["image"] for row in csv.DictReader(file)}
        assert names == ({"./=1+1.png", "./@bad.png"} if table == "images" else {"./=1+1.png"})


@pytest.mark.parametrize("option", ["--overlay", "--csv"])
def test_a_folder_that_cannot_be_made_exits_4(photos, calls, option):
    result = run("score", photos / "b.png", option, photos / "notes.txt")
    assert result.exit_code == 4
    assert "notes.txt" in result.stderr


def _raise(error):
    raise error


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(StorageError("disk full"), 4), (PreparationError("no cv2"), 4), (KeyboardInterrupt(), 130)],
)
def test_what_ends_a_run_has_its_exit_code(photos, monkeypatch, error, exit_code):
    monkeypatch.setattr("hairdensity.cli.score.run_tasks", lambda *_, **__: _raise(error))
    result = run("score", photos / "b.png")
    assert result.exit_code == exit_code
    assert result.stderr.startswith("hairdensity: ")


def test_one_bad_picture_among_good_ones_is_a_row(photos, calls, monkeypatch):
    import hairdensity.image  # noqa: PLC0415

    read = hairdensity.image.read_image

    def read_or_fail(path):
        if path.name == "b.png":
            raise TruncatedImageError("the file ends early")
        return read(path)

    monkeypatch.setattr("hairdensity.image.read_image", read_or_fail)
    result = run("score", photos, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert len(document["results"]) == 2
    assert document["errors"] == [
        {"path": str(photos / "b.png"), "code": "truncated", "message": "the file ends early"}
    ]


def test_doctor_lists_versions_formats_and_problems():
    result = run("doctor", "--json")
    findings = json.loads(result.stdout)
    assert findings["libraries"]["numpy"] == np.__version__
    assert findings["formats"]["JPEG"] == "yes"
    assert findings["machine"]["cores"] == os.cpu_count()
    assert "numpy" in run("doctor").stdout


def test_doctor_names_the_extra_that_brings_a_missing_format(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydicom", None)
    findings = json.loads(run("doctor", "--json").stdout)
    assert findings["formats"]["DICOM"] == "no: pip install 'hairdensity[dicom]'"
    assert not any("DICOM" in problem for problem in findings["problems"])


def test_doctor_exits_4_when_a_required_library_does_not_load(monkeypatch):
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    result = run("doctor", "--json")
    assert result.exit_code == 4
    assert any("JPEG" in problem for problem in json.loads(result.stdout)["problems"])


def test_samples_prints_files_that_exist(monkeypatch, tmp_path):
    (tmp_path / "sample_images").mkdir()
    (tmp_path / "sample_images" / "one.png").touch()
    monkeypatch.setattr("hairdensity.resources._PACKAGE", tmp_path)
    assert run("samples").stdout.split() == [str(tmp_path / "sample_images" / "one.png")]


def test_a_damaged_installation_exits_4(monkeypatch, tmp_path):
    monkeypatch.setattr("hairdensity.resources._PACKAGE", tmp_path / "nowhere")
    result = run("samples")
    assert result.exit_code == 4
    assert "install the package again" in result.stderr


def command(*arguments, **options):
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "hairdensity.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.fixture
def sample_parts(tmp_path):
    """Two small pictures of hairs, and a file that ends early."""
    sample = cv2.imread(str(sample_image_paths()[0]))
    for name, part in (("one.png", sample[:400, :500]), ("two.png", sample[300:700, 300:800])):
        (tmp_path / name).write_bytes(cv2.imencode(".png", part)[1].tobytes())
    (tmp_path / "three.png").write_bytes((tmp_path / "two.png").read_bytes()[:-5000])
    return tmp_path


def test_the_command_says_what_python_says(sample_parts):
    result = command(
        "score", sample_parts, "--um-per-px", 5.571, "--json", "--workers", 2, "--overlay", sample_parts / "o"
    )
    assert result.returncode == 1, result.stderr
    said = json.loads(result.stdout)
    calibration = Calibration(um_per_px=5.571)
    images = [(str(sample_parts / name), read_image(sample_parts / name)) for name in ("one.png", "two.png")]
    results = [describe(analyze(image, calibration=calibration), path=path) for path, image in images]
    assert sum(row["metrics"]["n_hairs"] for row in results) > 5
    errors = [ImageError(**row) for row in said["errors"]]
    expected = document(results, version=said["version"], model=asdict(find_model().id), errors=errors)
    assert_same(said, json.loads(json.dumps(expected)))
    assert [(Path(row["path"]).name, row["code"]) for row in said["errors"]] == [("three.png", "truncated")]
    assert sorted(path.name for path in (sample_parts / "o").iterdir()) == ["one_overlay.png", "two_overlay.png"]


def assert_same(one, other):
    """Equal, but for numbers whose last digits the threads of the linear algebra library change in this process."""
    if isinstance(one, dict):
        assert list(one) == list(other)
        one, other = list(one.values()), list(other.values())
    if isinstance(one, list):
        assert len(one) == len(other)
        for mine, its in zip(one, other, strict=True):
            assert_same(mine, its)
    elif isinstance(one, float) and isinstance(other, float):
        assert one == pytest.approx(other, rel=1e-5, abs=0.011)
    else:
        assert one == other


def test_the_number_of_workers_changes_nothing(sample_parts):
    one, two = (command("score", sample_parts, "--json", "--workers", n).stdout for n in (1, 2))
    assert len(json.loads(one)["results"]) == 2
    assert one == two


@pytest.mark.parametrize("later_s", [0.0, 0.03, 0.06])
def test_ctrl_c_exits_130_and_leaves_no_worker(sample_parts, later_s):
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "hairdensity.cli", "score", sample_parts, "--workers", "2"],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.parent.exists():
        pytest.skip("needs /proc to see the children")
    # The tracker of shared resources, and a worker whose interpreter is still starting: a traceback would come from it.
    while len(children.read_text().split()) < 2:
        time.sleep(0.001)
    time.sleep(later_s)
    pids = [int(pid) for pid in children.read_text().split()]
    os.killpg(process.pid, signal.SIGINT)
    _, messages = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"interrupted" in messages
    assert b"Traceback" not in messages
    # Python's own tracker of shared resources ends a moment after its parent.
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_full_disk_on_stdout_exits_4(sample_parts):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "hairdensity.cli", "score", sample_parts / "one.png", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 4
    assert "No space left" in result.stderr


def test_help_loads_no_heavy_library():
    code = (
        "import sys; from hairdensity.cli import app; app(['--help'], standalone_mode=False); "
        "print([m for m in ('numpy', 'cv2', 'pandas', 'scipy', 'skimage', 'PIL', 'rich') if m in sys.modules])"
    )
    output = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.splitlines()[-1] == "[]"


@pytest.mark.parametrize(("argument", "code"), [("", "not_found"), ("x" * 300, "unreadable")])
def test_a_path_that_cannot_be_one_is_an_error_of_its_own(photos, argument, code):
    paths, errors = find_images([argument, str(photos)])
    assert paths
    assert [error.code for error in errors] == [code]


def test_folders_that_cannot_be_written_to_are_found_out_before_scoring(photos, calls, tmp_path):
    (tmp_path / "file").write_text("")
    result = run("score", photos, "--csv", tmp_path / "file")
    assert result.exit_code == 4
    assert "cannot write to the folder" in result.stderr


def test_an_overlay_of_a_very_long_name_is_written_under_a_shorter_one(tmp_path):
    long_name = tmp_path / f"{'n' * 245}.jpg"
    long_name.write_bytes(sample_image_paths()[0].read_bytes())
    request = Request(overlay_folder=tmp_path / "overlays")
    prepare_scoring(request)(Task(path=long_name))
    (written,) = (tmp_path / "overlays").iterdir()
    assert written.name.startswith("n" * 50 + "-")


def test_edits_give_the_corrected_document(tmp_path):
    picture = next(path for path in sample_image_paths() if path.stem == "clipped_sparse")
    edits = [{"op": "delete", "hair_id": 0}]
    (tmp_path / "edits.json").write_text(json.dumps(edits))
    command = ["score", str(picture), "--um-per-px", "5", "--json", "--quiet", "--edits", str(tmp_path / "edits.json")]
    told = CliRunner().invoke(cli.app, command)
    assert told.exit_code == 0, told.output
    (found,) = json.loads(told.stdout)["results"]
    analysis = analyze(read_image(picture), calibration=Calibration(um_per_px=5.0))
    by_hand = apply_edits(analysis, parse_edits(edits, image_shape=analysis.image.pixels.shape[:2]))
    assert found == json.loads(json.dumps(describe(by_hand, path=found["image"]["path"])))
    assert found["edits"] == edits
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(json.loads(told.stdout))


def test_edits_are_of_one_picture_and_readable(tmp_path, photos):
    (tmp_path / "edits.json").write_text("[")
    options = ["--edits", str(tmp_path / "edits.json")]
    several = CliRunner().invoke(cli.app, ["score", str(photos), *options])
    damaged = CliRunner().invoke(cli.app, ["score", str(sample_image_paths()[0]), *options])
    assert "one picture, got" in " ".join(several.stderr.split())
    assert "list of edits" in " ".join(damaged.stderr.split())
    assert several.exit_code == damaged.exit_code == 2
