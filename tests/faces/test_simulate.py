"""``hairdensity simulate``: exact annotations, resumable, the same pictures for the same seed and number."""

from __future__ import annotations

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from hairdensity import cli
from hairdensity.annotation import read_annotation, read_annotations
from hairdensity.errors import InputError, StorageError
from hairdensity.image import read_image
from hairdensity.synthetic.scene import make_scene
from hairdensity.synthetic.simulation import (
    Simulation,
    clipped_to_frame,
    prepare_simulation,
    render_picture,
    simplified,
    unfinished,
)
from hairdensity.synthetic.truth import truth_of
from hairdensity.workers import Outcome

SMALL = 0.05


@pytest.fixture
def in_process(monkeypatch):
    """Render in this process; the list of the numbers that were asked for."""
    asked = []

    def run_here(prepare, tasks, *, n_workers, limit_s, on_done):
        handle = prepare()
        asked.append(list(tasks))
        outcomes = [Outcome(value=handle(task)) for task in tasks]
        for _ in tasks:
            on_done()
        return outcomes

    monkeypatch.setattr("hairdensity.cli.simulate.run_tasks", run_here)
    monkeypatch.setattr("cv2.setNumThreads", lambda n: None)
    return asked


def run(*arguments):
    return CliRunner().invoke(cli.app, ["simulate", *(str(argument) for argument in arguments)])


def order(folder, **changes):
    return Simulation(**{"folder": folder, "n_pictures": 2, "mode": "clipped", "megapixels": SMALL, **changes})


def distance_to(line, points):
    """(M,) px from points to a polyline, segment by segment."""
    heads, moves = line[:-1], np.diff(line, axis=0)
    share = ((points[:, None] - heads) * moves).sum(-1) / np.maximum((moves**2).sum(-1), 1e-12)
    nearest = heads + np.clip(share, 0, 1)[..., None] * moves
    return np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1)


def test_pictures_come_with_exact_annotations(tmp_path, in_process):
    result = run(
        "--out", tmp_path / "new" / "set", "--pictures", 3, "--seed", 4, "--mode", "short", "--megapixels", SMALL
    )
    assert result.exit_code == 0, result.output
    assert "3 of 3 pictures" in result.output
    annotations = read_annotations(tmp_path / "new" / "set")
    assert [a.image_path.name for a in annotations] == ["scene-00000.png", "scene-00001.png", "scene-00002.png"]
    simulation = order(tmp_path, mode="short", seed=4)
    for number, annotation in enumerate(annotations):
        settings, rendering = render_picture(simulation, number)
        assert annotation.um_per_px == settings.um_per_px
        assert np.array_equal(read_image(annotation.image_path).pixels, rendering.image.pixels)
        inside = rendering.truth.in_frame
        roots = annotation.hairs.roots_px
        shown = ((roots >= -0.5) & (roots < np.array(rendering.truth.shape) - 0.5)).all(axis=1)
        np.testing.assert_allclose(roots[shown], rendering.truth.hairs.roots_px[inside], atol=0.006)
        np.testing.assert_allclose(annotation.diameter_um[shown], rendering.truth.diameter_um[inside], atol=0.006)


def test_a_second_call_renders_only_what_is_missing(tmp_path, in_process):
    arguments = ("--out", tmp_path, "--seed", 1, "--mode", "bald", "--megapixels", SMALL)
    assert run(*arguments, "--pictures", 1).exit_code == 0
    before = (tmp_path / "scene-00000.png").stat().st_mtime_ns
    # A run that was interrupted has written the picture but not its annotation.
    (tmp_path / "scene-00001.png").write_bytes(b"half")
    assert run(*arguments, "--pictures", 3).exit_code == 0
    assert in_process == [[0], [1, 2]]
    assert (tmp_path / "scene-00000.png").stat().st_mtime_ns == before
    assert len(read_annotations(tmp_path)) == 3
    assert run(*arguments, "--pictures", 3).exit_code == 0
    assert in_process[-1] == []


def test_a_picture_depends_on_seed_and_number_alone(tmp_path):
    few, many = order(tmp_path / "a", n_pictures=2, mode="mix"), order(tmp_path / "b", n_pictures=9, mode="mix")
    pixels = [render_picture(s, 1)[1].image.pixels for s in (few, many)]
    assert np.array_equal(*pixels)
    other = render_picture(order(tmp_path, seed=5, mode="mix"), 1)[1].image.pixels
    assert other.shape != pixels[0].shape or not np.array_equal(other, pixels[0])


def test_a_folder_of_another_order_is_refused(tmp_path, in_process):
    assert run("--out", tmp_path, "--pictures", 1, "--mode", "bald", "--megapixels", SMALL).exit_code == 0
    result = run("--out", tmp_path, "--pictures", 2, "--mode", "bald", "--seed", 8, "--megapixels", SMALL)
    assert result.exit_code == 2
    assert "seed 0, mode bald" in result.output
    (tmp_path / "scene-00000.json").write_text("{}")
    with pytest.raises(InputError, match="not written by simulate"):
        unfinished(order(tmp_path))


@pytest.mark.parametrize(
    "arguments",
    [("--pictures", 0), ("--mode", "curly"), ("--megapixels", 500), ("--seed", -1), ("--workers", 0)],
)
def test_usage_errors_end_with_2(tmp_path, in_process, arguments):
    result = run("--out", tmp_path, "--pictures", 1, *arguments)
    assert result.exit_code == 2
    assert in_process == []


def test_a_folder_that_cannot_be_written_ends_with_4(tmp_path, in_process):
    (tmp_path / "file").write_text("")
    assert run("--out", tmp_path / "file", "--pictures", 1).exit_code == 4
    with pytest.raises(StorageError):
        unfinished(order(tmp_path / "file"))


def test_failed_pictures_are_named(tmp_path, monkeypatch):
    outcomes = [Outcome(value={}), Outcome(code="crashed", message="gone")]
    monkeypatch.setattr("hairdensity.cli.simulate.run_tasks", lambda *_, **__: outcomes)
    result = run("--out", tmp_path, "--pictures", 2)
    assert result.exit_code == 1
    assert "picture 1: gone [crashed]" in result.output


def test_help_does_not_import_numpy():
    code = (
        "import sys; from typer.testing import CliRunner; from hairdensity import cli; "
        "assert CliRunner().invoke(cli.app, ['simulate', '--help']).exit_code == 0; "
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 -- our own code


def test_an_unreadable_mask_is_written_beside_the_picture(tmp_path, monkeypatch):
    settings, rendering = render_picture(order(tmp_path), 0)
    hidden = np.zeros(rendering.truth.shape, dtype=bool)
    hidden[2:5, 7:9] = True
    truth = truth_of(make_scene(settings, 0))
    fields = {name: getattr(truth, name) for name in truth.__dataclass_fields__}
    changed = rendering._replace(truth=type(truth)(**{**fields, "unreadable": hidden}))
    monkeypatch.setattr("hairdensity.synthetic.simulation.render_picture", lambda *_: (settings, changed))
    prepare_simulation(order(tmp_path))(0)
    annotation = read_annotation(tmp_path / "scene-00000.json")
    assert annotation.unreadable_path == tmp_path / "scene-00000-unreadable.png"
    values = cv2.imread(str(annotation.unreadable_path), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(values == 255, hidden)
    assert json.loads((tmp_path / "scene-00000.json").read_text())["settings"]["number"] == 0


def test_axes_are_written_with_few_points_that_reproduce_them():
    angle = np.linspace(0, 1.5, 400)
    arc = 500 * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    few = simplified(arc)
    assert len(few) < 80
    assert distance_to(few, arc).max() < 0.1
    assert np.array_equal(few[[0, -1]], arc[[0, -1]])
    assert np.array_equal(simplified(np.array([[1.0, 2], [5, 6], [9, 10]])), [[1, 2], [9, 10]])


def test_axes_end_at_a_margin_around_the_picture():
    (run_,) = clipped_to_frame(np.array([[50.0, 50.0], [50.0, 400.0]]), (100, 100), margin_px=20)
    assert run_[0].tolist() == [50, 50]
    assert run_[-1].tolist() == [50, 119]
    assert clipped_to_frame(np.array([[150.0, 50.0], [115.0, 50.0]]), (100, 100), margin_px=20) == []
    whole = np.array([[-10.0, 50.0], [30.0, 50.0]])
    assert clipped_to_frame(whole, (100, 100), margin_px=20)[0] is whole


def test_an_axis_that_comes_back_is_two_runs():
    away = np.array([[50.0, 50.0], [50.0, 200.0], [60.0, 200.0], [60.0, 50.0]])
    there, back = clipped_to_frame(away, (100, 100), margin_px=20)
    assert there[0].tolist() == [50, 50]
    assert back[-1].tolist() == [60, 50]
