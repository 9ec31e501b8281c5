from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from hairdensity.errors import InputError, ResourceError
from hairdensity.files import sha256_of
from hairdensity.segmentation.model_files import find_model, list_models, read_model
from hairdensity.segmentation.network import NetworkSettings, load_predictor, segment_with_network
from hairdensity.training import export
from hairdensity.training.export import ModelCard, check_parity, export_model
from hairdensity.training.network import HairNet
from hairdensity.training.network import NetworkSettings as Size
from hairdensity.training.prediction import load_network, load_torch_predictor

CARD = ModelCard(
    summary='Says "hair" or not.',
    training_data="Nothing: random weights.\nThey are nobody's.",
    performance="None.",
    limits="All.",
)


def tiny_net(seed: int = 0) -> HairNet:
    """Random weights whose answers differ from pixel to pixel."""
    torch.manual_seed(seed)
    net = HairNet(Size(base=4, depth=2))
    for layer in net.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    net(torch.rand(2, 3, 64, 64))
    for head in (net.fine_head, net.coarse_head):
        torch.nn.init.normal_(head.weight, std=0.3)
        torch.nn.init.zeros_(head.bias)
    return net


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_model(tiny_net(), tmp_path_factory.mktemp("models"), name="tiny-net", version="1.2", card=CARD)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (300, 421, 3), dtype=np.uint8)


def test_folder_holds_a_model_that_is_found(folder: Path) -> None:
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tiny-net-1.2"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.md",
        "manifest.toml",
        "network.onnx",
        "weights.safetensors",
    ]
    model = find_model(folder)
    assert (model.id.name, model.id.version, model.base, model.depth) == ("tiny-net", "1.2", 4, 2)
    assert model.id.sha256 == sha256_of(folder / "network.onnx")
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in (folder, *folder.iterdir()))


def test_card_and_manifest_carry_the_facts(folder: Path) -> None:
    card, manifest = (folder / "card.md").read_text(), (folder / "manifest.toml").read_text()
    assert card.startswith("# tiny-net 1.2\n")
    assert all(fact in card for fact in (CARD.summary, CARD.training_data, CARD.performance, CARD.limits))
    assert "4-8 um/px" in card
    assert 'training_data = "Nothing: random weights. They are nobody\'s."' in manifest


def test_graph_names_no_path_of_the_machine(folder: Path) -> None:
    assert str(Path(export.__file__).parents[2]).encode() not in (folder / "network.onnx").read_bytes()


def test_weights_are_those_of_the_network(folder: Path) -> None:
    loaded = load_network(folder / "weights.safetensors", base=4, depth=2).state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in tiny_net().state_dict().items())


def test_weights_of_another_size_are_refused(folder: Path) -> None:
    with pytest.raises(ResourceError, match="no weights of a network of base 8"):
        load_network(folder / "weights.safetensors", base=8, depth=2)


def test_both_runtimes_agree(folder: Path) -> None:
    assert check_parity(folder) <= 1e-4


def test_weights_that_are_not_those_of_the_graph_are_found(tmp_path: Path) -> None:
    path = export_model(tiny_net(1), tmp_path, name="tiny", version="1", card=CARD)
    weights = load_file(path / "weights.safetensors")
    before = sha256_of(path / "weights.safetensors")
    weights["fine_head.bias"] += 0.01
    save_file(weights, path / "weights.safetensors")
    manifest = path / "manifest.toml"
    manifest.write_text(manifest.read_text().replace(before, sha256_of(path / "weights.safetensors")))
    with pytest.raises(ResourceError, match="differ by"):
        check_parity(path)


def test_tiles_of_a_network_join_without_a_seam(folder: Path, pixels: np.ndarray) -> None:
    model = read_model(folder)
    # A network of depth 2 sees 5 convolutions of 2 px, 4 of 4 and 2 of 8 far, and less than 8 px by its grids: 50 px.
    tiled = NetworkSettings(tile_px=256, overlap_px=112, threads=1)
    whole = NetworkSettings(tile_px=512, overlap_px=112, threads=1)
    one, other = (segment_with_network(pixels, um_per_px=5.0, model=model, settings=s) for s in (tiled, whole))
    for name in ("centerline", "body", "root", "heading", "width_px", "multiplicity", "unreadable"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-3, atol=1e-3)
    assert other.centerline.astype(np.float32).std() > 0.05


def test_headings_are_distributions(folder: Path, pixels: np.ndarray) -> None:
    maps = segment_with_network(pixels, um_per_px=5.0, model=read_model(folder))
    np.testing.assert_allclose(maps.heading.astype(np.float64).sum(axis=0), 1, atol=0.01)


def test_sessions_are_loaded_once(folder: Path) -> None:
    model, settings = read_model(folder), NetworkSettings(threads=1)
    first, second = (load_predictor(model, settings).__closure__ for _ in range(2))
    assert first is not None
    assert second is not None
    assert first[0].cell_contents is second[0].cell_contents


def test_a_gpu_that_is_not_there_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ResourceError, match="there is none: use cpu"):
        load_torch_predictor(folder / "weights.safetensors", base=4, depth=2, device="cuda")


@pytest.mark.parametrize(("name", "version"), [("Tiny", "1"), ("tiny", "one"), ("../tiny", "1"), ("tiny", "1-2")])
def test_names_that_are_none_are_refused(name: str, version: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a model is named like"):
        export_model(tiny_net(), tmp_path, name=name, version=version, card=CARD)


def test_a_version_is_never_overwritten(folder: Path) -> None:
    before = sha256_of(folder / "network.onnx")
    with pytest.raises(InputError, match="choose another version"):
        export_model(tiny_net(2), folder.parent, name="tiny-net", version="1.2", card=CARD)
    assert sha256_of(folder / "network.onnx") == before


def test_an_export_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path) -> float:
        assert (folder / "manifest.toml").exists()
        assert list_models(tmp_path) == ()
        raise ResourceError("they differ")

    monkeypatch.setattr(export, "check_parity", fail)
    with pytest.raises(ResourceError, match="they differ"):
        export_model(tiny_net(), tmp_path, name="tiny", version="1", card=CARD)
    assert list(tmp_path.iterdir()) == []
