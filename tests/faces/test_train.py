"""``hairdensity train`` and ``export``: from rendered pictures to a model, and from a clinic's own to a better one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from hairdensity import cli
from hairdensity.annotation import read_annotations, write_annotation
from hairdensity.cli import requirements
from hairdensity.errors import InputError
from hairdensity.evaluation import RootScore
from hairdensity.files import write_whole
from hairdensity.image import read_image
from hairdensity.segmentation import find_model
from hairdensity.synthetic.simulation import Simulation, prepare_simulation
from hairdensity.training import finetuning, runs, scenes
from hairdensity.training.finetuning import FineTuning, Outcome, _pool, finetune
from hairdensity.training.held_out import HeldOutScore, score_model
from hairdensity.training.loop import Progress, read_checkpoint
from hairdensity.training.pictures import load_own_picture, read_own_pictures
from hairdensity.training.prediction import load_network

CONFIG = """
batch = 2
learning_rate = 1e-2
checkpoint_every = 2
validate_every = 4
validation_crops = 2
[crops]
side_px = 64
[network]
base = 4
depth = 2
"""


def invoke(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Rendered pictures, and a file of settings for a tiny network."""
    folder = tmp_path_factory.mktemp("training")
    order = Simulation(folder=folder / "scenes", n_pictures=4, mode="clipped", megapixels=0.05)
    (folder / "scenes").mkdir()
    render, before = prepare_simulation(order), cv2.getNumThreads()
    for number in range(4):
        render(number)
    cv2.setNumThreads(before)
    (folder / "tiny.toml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="module")
def run(folder):
    """A training on three of the pictures."""
    result = train(folder, folder / "run")
    assert result.exit_code == 0, result.output
    return folder / "run", result


@pytest.fixture(scope="module")
def model(folder, run):
    result = invoke("export", run[0], "--name", "tiny", "--version", "0.3", "--out", folder / "models")
    assert result.exit_code == 0, result.output
    return folder / "models" / "tiny-0.3"


def train(folder, out, *more):
    given = ("--scenes", folder / "scenes", "--out", out, "--config", folder / "tiny.toml", "--validation-pictures", 1)
    return invoke("train", *given, "--steps", 4, *more)


def clinic(folder, pictures, n):
    """Own annotations: plain vectors, and a mask in place of them for the last picture of four."""
    folder.mkdir()
    for number, annotation in enumerate(read_annotations(pictures)[:n]):
        picture = folder / f"visit-{number}.png"
        picture.write_bytes(annotation.image_path.read_bytes())
        ends = [annotation.hairs.path(hair)[[0, -1]] for hair in range(len(annotation.hairs))]
        document = {"schema": "hairdensity/annotation-1", "um_per_px": annotation.um_per_px, "patient": f"P{number}"}
        hairs = [{"centerline_px": path.tolist()} for path in ends]
        if number == 3:
            hairs = None
            dark = (read_image(picture).pixels.mean(axis=2) < 90).astype(np.uint8) * 255
            write_whole(folder / "visit-3.mask.png", cv2.imencode(".png", dark)[1].tobytes())
        document |= {"hairs": hairs} | ({} if hairs is None else {"image": picture.name})
        picture.with_suffix(".json").write_text(json.dumps(document))
    return folder


def test_a_training_leaves_its_facts(run):
    out, result = run
    assert {path.name for path in out.iterdir()} == {"checkpoint.pt", "curves.csv", "run.json", "settings.toml"}
    assert "step 4 of 4: loss" in result.output
    assert "validation at step 4" in result.output
    facts = json.loads((out / "run.json").read_text())
    assert facts["held_out"] == ["scene-00003"]
    assert facts["pictures"] == 3
    assert facts["origin"] == {"seed": 0, "mode": "clipped", "megapixels": 0.05}
    assert facts["started"] <= facts["finished"]
    assert "side_px = 64" in (out / "settings.toml").read_text()


def test_the_exported_model_is_the_averaged_network_and_knows_its_origin(run, model):
    files = find_model(model)
    assert (files.id.name, files.id.version, files.base) == ("tiny", "0.3", 4)
    weights = load_network(model / "weights.safetensors", base=4, depth=2).state_dict()
    averaged = read_checkpoint(run[0] / "checkpoint.pt").net.state_dict()
    assert all(torch.equal(value, averaged[name]) for name, value in weights.items())
    card = (model / "card.md").read_text()
    assert "3 pictures rendered by `hairdensity simulate` (seed 0, mode clipped, megapixels 0.05)" in card
    assert "4 of 4 steps of 2 crops of 64 px, seed 0" in card
    assert "Losses on 1 held-out pictures at step 4: " in card
    assert str(run[0]) not in card


def test_ctrl_c_ends_with_130_and_the_same_command_goes_on(folder, run, tmp_path, monkeypatch):
    told = []

    def press_ctrl_c(*arguments):
        if not told:
            told.append(True)
            os.kill(os.getpid(), signal.SIGINT)
        return runs.progress_text(*arguments)

    monkeypatch.setattr(scenes, "progress_text", press_ctrl_c)
    result = train(folder, tmp_path / "run")
    assert result.exit_code == 130
    assert "stopping after this step" in result.output
    assert 2 <= read_checkpoint(tmp_path / "run" / "checkpoint.pt").step < 4
    assert json.loads((tmp_path / "run" / "run.json").read_text())["finished"] is None
    assert train(folder, tmp_path / "run").exit_code == 0
    ends = [read_checkpoint(out / "checkpoint.pt").net.state_dict() for out in (run[0], tmp_path / "run")]
    assert all(torch.equal(a, b) for a, b in zip(*(end.values() for end in ends), strict=True))


def test_a_second_ctrl_c_does_not_wait():
    with runs.asked_to_stop(lambda _: None) as should_stop:
        assert not should_stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert should_stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--steps", 5), "another steps"),
        (("--validation-pictures", 4), "holds 4 annotated pictures, of which 4 would be held out"),
        (("--validation-share", 0.5), "--validation-share is for --data"),
        (("--steps", 0), "--steps"),
        (("--config", "nowhere.toml"), "cannot be read"),
    ],
)
def test_mistakes_end_with_2(folder, run, more, message):
    result = train(folder, run[0], *more)
    assert result.exit_code == 2
    assert message in result.output


def test_a_folder_without_pictures_ends_with_2(folder, tmp_path):
    assert "simulate" in invoke("train", "--scenes", tmp_path, "--out", tmp_path / "run").output
    assert invoke("train", "--out", tmp_path / "run").exit_code == 2
    assert invoke("export", tmp_path, "--name", "a", "--version", "1", "--out", tmp_path).exit_code == 2


def test_a_run_on_other_pictures_is_refused(folder, run, model, tmp_path):
    with pytest.raises(InputError, match="whose start is None"):
        scenes.train_on_scenes(
            scenes.SceneTraining(scenes=folder / "scenes", out=run[0], n_validation=1, start=str(model)), print
        )


def test_missing_torch_ends_with_4_and_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(
        requirements,
        "importlib",
        SimpleNamespace(util=SimpleNamespace(find_spec=lambda name: None if name == "torch" else 1)),
    )
    for command in (
        ("train", "--scenes", tmp_path, "--out", tmp_path),
        ("export", tmp_path, "--name=a", "--version=1"),
    ):
        result = invoke(*command)
        assert result.exit_code == 4
        assert "pip install 'hairdensity[train]'" in result.output
        assert "https://download.pytorch.org/whl/cpu" in result.output


def test_help_imports_neither_torch_nor_numpy():
    code = (
        "import sys; from typer.testing import CliRunner; from hairdensity import cli; "
        "assert CliRunner().invoke(cli.app, ['train', '--help']).exit_code == 0; "
        "sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 -- our own code


def test_fine_tuning_from_own_pictures_to_a_model_that_scores(folder, model, tmp_path):
    data, out = clinic(tmp_path / "own", folder / "scenes", 4), tmp_path / "tuned"
    (tmp_path / "tiny.toml").write_text(CONFIG.split("[network]", maxsplit=1)[0])
    given = ("--data", data, "--scenes", folder / "scenes", "--out", out, "--start", model, "--steps", 3)
    result = invoke("train", *given, "--config", tmp_path / "tiny.toml", "--validation-share", 0.5)
    assert result.exit_code == 0, result.output
    assert "before" in result.stdout
    document = json.loads((out / "evaluation.json").read_text())
    assert len(document["pictures"]) == 2
    assert document["before"].keys() == document["after"].keys() >= {"f1", "directed_recall", "count_error", "body_iou"}
    assert document["worse"] is ("WORSE" in result.stdout)
    tuned = find_model(out / "model")
    assert (tuned.id.name, tuned.id.version) == ("tiny-finetuned", "0.3.1")
    assert tuned.id.sha256 != find_model(model).id.sha256
    assert "Begun with tiny 0.3." in (out / "model" / "card.md").read_text()
    # The same command finds everything done, and the pictures must still be the same.
    (data / "visit-0.json").unlink()
    again = invoke("train", *given, "--config", tmp_path / "tiny.toml", "--validation-share", 0.5)
    assert again.exit_code == 2
    assert "changed since the training" in again.output


def test_one_patient_is_not_enough_to_measure_on(folder, model, tmp_path):
    data = clinic(tmp_path / "own", folder / "scenes", 1)
    result = invoke("train", "--data", data, "--out", tmp_path / "run", "--start", model)
    assert result.exit_code == 2
    assert "a fair validation needs a second one" in result.output


def test_without_held_out_patients_nothing_is_claimed(folder, model, tmp_path, monkeypatch):
    data = clinic(tmp_path / "own", folder / "scenes", 1)
    monkeypatch.setattr(finetuning, "DEFAULTS", runs.read_settings(folder / "tiny.toml", finetuning.DEFAULTS))
    order = FineTuning(data=data, out=tmp_path / "run", start=str(model), validation_share=0, steps=1)
    outcome = finetune(order, lambda _: None)
    assert "not known" in outcome.text()
    assert find_model(outcome.model).id.version == "0.3.1"
    assert not (tmp_path / "run" / "evaluation.json").exists()


def test_annotations_say_what_they_know(folder, tmp_path):
    data = clinic(tmp_path / "own", folder / "scenes", 4)
    document = json.loads((data / "visit-1.json").read_text())
    (data / "visit-1.json").write_text(json.dumps(document | {"complete": False}))
    lines, partial, _, mask = (load_own_picture(picture) for picture in read_own_pictures(data))
    assert lines.known == (True, True, False)
    assert partial.known == (True, False, False)
    assert mask.known == (False, True, False)
    assert mask.body is not None
    assert mask.paths == ()
    (data / "visit-1.json").write_text(json.dumps(document | {"complete": "no"}))
    with pytest.raises(InputError, match='"complete" must be true or false'):
        read_own_pictures(data)
    (data / "visit-1.json").write_text(json.dumps(document | {"um_per_px": None}))
    with pytest.raises(InputError, match="training needs its scale"):
        read_own_pictures(data)
    with pytest.raises(InputError, match="holds no annotated picture"):
        read_own_pictures(folder)


def test_completeness_is_written(folder, tmp_path):
    annotation = read_annotations(folder / "scenes")[0]
    write_annotation(folder / "scenes" / "again.json", annotation)
    assert json.loads((folder / "scenes" / "again.json").read_text())["complete"] is True
    (folder / "scenes" / "again.json").unlink()


def test_half_of_the_crops_are_rendered(folder):
    own = ["a", "b", "c"]
    names = [getattr(picture, "name", picture) for picture in _pool(own, folder / "scenes")()]
    assert sum(name in own for name in names) == len(names) / 2
    assert {names.count(name) for name in own} == {4}
    assert _pool(own, None)() is own


def test_every_true_hair_found_scores_one(folder, model, tmp_path, monkeypatch):
    data = clinic(tmp_path / "own", folder / "scenes", 1)
    (picture,) = read_own_pictures(data)
    truth = SimpleNamespace(centerlines=picture.lines.hairs)
    monkeypatch.setattr("hairdensity.training.held_out.analyze", lambda *_, **__: truth)
    figures = score_model(model, [picture], device="cpu").figures()
    assert figures == {
        "count_error": 0,
        "precision": 1,
        "recall": 1,
        "f1": 1,
        "directed_recall": 1,
        "body_iou": None,
    }


def score(f1, iou=float("nan")):
    return HeldOutScore(
        roots=RootScore(n_true=100, n_found=100, n_true_hit=f1, n_found_hit=f1, n_directed_hit=f1), body_iou=iou
    )


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        (score(80), score(90), False),
        (score(80), score(70), True),
        (score(80), score(80), False),
        (score(80, 0.5), score(85, 0.4), True),
    ],
)
def test_a_model_that_became_worse_is_called_so(tmp_path, before, after, worse):
    outcome = Outcome(model=tmp_path, before=before, after=after)
    assert outcome.is_worse is worse
    assert ("WORSE" in outcome.text()) is worse
    assert "root F1" in outcome.text()


def test_progress_tells_the_time_that_is_left():
    line = Progress(step=100, kind="train", losses={"total": 1.5}, seconds_per_step=2.0)
    assert runs.progress_text(line, 2000) == "step 100 of 2000: loss 1.500, 2.00 s a step, 1 h 03 min left"
    assert runs.progress_text(line, 120).endswith("1 min left")
    assert runs.progress_text(line, 110).endswith("20 s left")
