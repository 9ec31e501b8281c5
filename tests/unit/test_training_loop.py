import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from hairdensity.errors import InputError, ResourceError
from hairdensity.training import loop
from hairdensity.training.crops import CropSettings, TrainingPicture
from hairdensity.training.loop import LoopSettings, read_checkpoint, train
from hairdensity.training.network import HairNet, NetworkSettings

TINY = LoopSettings(
    steps=6,
    batch=2,
    learning_rate=1e-2,
    average=0.5,
    checkpoint_every=3,
    validate_every=3,
    validation_crops=2,
    crops=CropSettings(side_px=64),
    network=NetworkSettings(base=4, depth=2),
)


def drawn_picture(seed):
    """Straight dark hairs on noisy skin."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(170, 200, (128, 128, 3), dtype=np.uint8)
    roots = rng.uniform(10, 118, (6, 2))
    paths = tuple(np.stack([root, root + rng.uniform(-30, 30, 2)]) for root in roots)
    for path in paths:
        ends = [tuple(int(v) for v in point[::-1]) for point in path]
        cv2.line(pixels, *ends, (40, 35, 30), 7)
    return TrainingPicture(f"drawn-{seed}", pixels, 5.0, paths, np.full(6, 7.0), (), None)


PICTURES = [drawn_picture(seed) for seed in range(3)]


def trained(folder, settings=TINY, **more):
    return train(lambda: PICTURES[:2], PICTURES[2:], folder, settings=settings, **more)


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return trained(folder), folder


def curves(folder):
    with (folder / "curves.csv").open(newline="") as file:
        return [(row["kind"], int(row["step"])) for row in csv.DictReader(file)]


def test_losses_fall(tmp_path):
    lines = []
    settings = replace(TINY, steps=20, checkpoint_every=5, validate_every=5)
    trained(tmp_path, settings, report=lines.append)
    for kind in ("train", "validation"):
        totals = [line.losses["total"] for line in lines if line.kind == kind]
        assert len(totals) == 4
        assert totals[-1] < 0.9 * totals[0]


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path, whole):
    asked = iter([False, True])
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, should_stop=lambda: next(asked))
    assert read_checkpoint(tmp_path / "checkpoint.pt").step == 2
    assert same(trained(tmp_path), whole[0])
    assert curves(tmp_path) == [("train", 2), *curves(whole[1])]


def test_a_training_that_crashed_goes_on_from_its_checkpoint(tmp_path, whole, monkeypatch):
    def crash(line):
        if (line.kind, line.step) == ("train", 6):
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        trained(tmp_path, report=crash)
    assert curves(tmp_path)[-1] == ("train", 6)
    assert read_checkpoint(tmp_path / "checkpoint.pt").step == 3
    assert same(trained(tmp_path), whole[0])
    assert curves(tmp_path) == curves(whole[1]) == [("train", 3), ("validation", 3), ("train", 6), ("validation", 6)]


def test_a_finished_training_is_not_done_again(whole, monkeypatch):
    net, folder = whole
    monkeypatch.setattr(loop, "_batch", lambda *_: pytest.fail("one step too many"))
    assert same(trained(folder), net)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (replace(TINY, steps=7), "another steps"),
        (replace(TINY, seed=3, batch=3), "another batch and seed"),
        (replace(TINY, crops=CropSettings(side_px=96)), "another crops.side_px"),
    ],
)
def test_other_settings_are_refused(whole, settings, named):
    with pytest.raises(InputError, match=named):
        trained(whole[1], settings)


def test_settings_that_change_no_weight_may_differ(whole):
    net, folder = whole
    assert same(trained(folder, replace(TINY, checkpoint_every=1, validate_every=9)), net)


def test_the_checkpoint_holds_the_averaged_network(whole):
    net, folder = whole
    checkpoint = read_checkpoint(folder / "checkpoint.pt")
    assert checkpoint.step == 6
    assert checkpoint.settings["crops"]["side_px"] == 64
    assert same(checkpoint.net, net)
    assert not checkpoint.net.training


def test_no_checkpoint_and_a_damaged_one_are_named(tmp_path):
    with pytest.raises(InputError, match="holds no training"):
        read_checkpoint(tmp_path / "checkpoint.pt")
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(ResourceError, match="is damaged"):
        trained(tmp_path)


def test_a_checkpoint_of_another_network_is_named(tmp_path, whole):
    state = torch.load(whole[1] / "checkpoint.pt", weights_only=True)
    del state["averaged"]["neck.0.weight"]
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(ResourceError, match="another version"):
        read_checkpoint(tmp_path / "checkpoint.pt")


def test_a_training_begins_with_the_weights_that_are_given(tmp_path):
    torch.manual_seed(5)
    start = HairNet(TINY.network)
    settings = replace(TINY, steps=1, learning_rate=1e-9)
    net = trained(tmp_path, settings, start=start)
    pairs = zip(net.parameters(), start.parameters(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in pairs)


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_statistics_stay(tmp_path, frozen):
    start = HairNet(TINY.network)
    net = trained(tmp_path, replace(TINY, steps=2, frozen_statistics=frozen), start=start)
    before, after = start.state_dict(), net.state_dict()
    moved = {name: not torch.equal(before[name], after[name]) for name in before}
    assert moved["encoders.0.1.running_mean"] is not frozen
    assert moved["encoders.0.1.weight"]
    assert moved["fine_head.weight"]


def test_losses_that_are_no_numbers_end_the_training(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "total_loss", lambda parts: parts["root"] * float("nan"))
    with pytest.raises(InputError, match=r"step 1 are no numbers.*lower learning_rate"):
        trained(tmp_path)
    assert not (tmp_path / "checkpoint.pt").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ResourceError, match="use cpu"):
        trained(tmp_path, replace(TINY, device="cuda"))
