import hashlib
import shutil
from pathlib import Path

import pytest

from hairdensity.errors import ResourceError
from hairdensity.segmentation.model_files import find_model, list_models, read_model, whole_file

NETWORK = b"a network"
MANIFEST = """schema = "hairdensity/model-1"
name = "{name}"
version = "{version}"
working_um_per_px = 5.0
um_per_px_range = [4.0, 8.0]
[architecture]
base = 16
depth = 4
[sha256]
"network.onnx" = "{sha256}"
"""


def write_model(folder: Path, name: str, version: str) -> Path:
    path = folder / f"{name}-{version}"
    path.mkdir(parents=True)
    (path / "network.onnx").write_bytes(NETWORK)
    sha256 = hashlib.sha256(NETWORK).hexdigest()
    (path / "manifest.toml").write_text(MANIFEST.format(name=name, version=version, sha256=sha256))
    return path


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    for version in ("1.9", "1.10", "0.3"):
        write_model(folder, "hairnet", version)
    write_model(folder, "other-net", "1.2")
    monkeypatch.setattr("hairdensity.segmentation.model_files.models_folder", lambda: folder)
    return folder


def test_manifest_says_what_the_model_is(shipped: Path) -> None:
    model = read_model(shipped / "hairnet-1.9")
    assert (model.id.name, model.id.version) == ("hairnet", "1.9")
    assert model.id.sha256 == hashlib.sha256(NETWORK).hexdigest()
    assert (model.working_um_per_px, model.um_per_px_range) == (5.0, (4.0, 8.0))
    assert (model.base, model.depth, model.stride_px) == (16, 4, 32)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (None, "hairnet-1.10"),
        ("hairnet", "hairnet-1.10"),
        ("hairnet-0.3", "hairnet-0.3"),
        ("other-net", "other-net-1.2"),
    ],
)
def test_newest_version_is_the_one_with_the_highest_numbers(shipped: Path, asked: str | None, found: str) -> None:
    assert find_model(asked).folder == shipped / found


def test_a_folder_of_your_own_is_a_model(tmp_path: Path, shipped: Path) -> None:
    own = write_model(tmp_path / "mine", "mine", "1")
    assert find_model(own).id.name == "mine"
    assert find_model(str(own)).id.name == "mine"


def test_unfinished_and_foreign_folders_are_no_models(shipped: Path) -> None:
    (shipped / ".unfinished-abc").mkdir()
    (shipped / "README.md").touch()
    assert [model.folder.name for model in list_models()] == [
        "hairnet-0.3",
        "other-net-1.2",
        "hairnet-1.9",
        "hairnet-1.10",
    ]


def test_an_unknown_name_is_answered_with_the_known_ones(shipped: Path) -> None:
    with pytest.raises(ResourceError, match=r"no model 'hairnot'.*hairnet-1\.10"):
        find_model("hairnot")


def test_no_model_at_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hairdensity.segmentation.model_files.models_folder", lambda: tmp_path)
    with pytest.raises(ResourceError, match="there is no model in"):
        find_model()


def test_one_changed_byte_is_found(shipped: Path) -> None:
    (shipped / "hairnet-1.9" / "network.onnx").write_bytes(b"A network")
    with pytest.raises(ResourceError, match="is damaged: its sha256 is"):
        find_model("hairnet-1.9")


def test_a_missing_file_and_one_that_the_manifest_does_not_name_are_refused(shipped: Path) -> None:
    folder = shipped / "hairnet-1.9"
    (folder / "network.onnx").unlink()
    with pytest.raises(ResourceError, match="cannot be read"):
        find_model("hairnet-1.9")
    shutil.copy(folder / "manifest.toml", folder / "weights.safetensors")
    with pytest.raises(ResourceError, match=r"stated None"):
        whole_file(read_model(folder), "weights.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("model-1", "model-9"), "update hairdensity"),
        (("[sha256]", "[sums]"), "no manifest"),
        (("[4.0, 8.0]", "[6.0, 8.0]"), "working_um_per_px"),
        (("base = 16", "base = "), "no manifest"),
        (("[4.0, 8.0]", "4.0"), "no manifest"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_refused(shipped: Path, change: tuple[str, str], message: str) -> None:
    path = shipped / "hairnet-1.9" / "manifest.toml"
    text = path.read_text()
    path.write_text(text.replace(*change))
    with pytest.raises(ResourceError, match=message):
        read_model(path.parent)


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=r"manifest\.toml cannot be read"):
        find_model(tmp_path)
