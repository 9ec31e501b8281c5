import hashlib
import sys
from pathlib import Path

import pytest

from hairdensity.doctor import diagnose


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The network of the only shipped model."""
    folder = tmp_path / "hairnet-1.0"
    folder.mkdir()
    (folder / "network.onnx").write_bytes(b"a network")
    (folder / "manifest.toml").write_text(
        f"""schema = "hairdensity/model-1"
        name = "hairnet"
        version = "1.0"
        working_um_per_px = 5.0
        um_per_px_range = [4.0, 8.0]
        architecture = {{ base = 16, depth = 4 }}
        sha256 = {{ "network.onnx" = "{hashlib.sha256(b"a network").hexdigest()}" }}
        """
    )
    monkeypatch.setattr("hairdensity.segmentation.model_files.models_folder", lambda: tmp_path)
    return folder / "network.onnx"


def test_a_whole_model_is_shown_with_its_hash(network: Path) -> None:
    findings = diagnose()
    assert findings["models"] == {"hairnet-1.0": f"whole, sha256 {hashlib.sha256(b'a network').hexdigest()}"}
    assert findings["problems"] == []


def test_a_damaged_model_is_a_problem(network: Path) -> None:
    network.write_bytes(b"something else")
    findings = diagnose()
    assert findings["models"]["hairnet-1.0"].startswith("damaged")
    assert any("is damaged: its sha256 is" in problem for problem in findings["problems"])


def test_the_runtime_is_shown_with_its_providers() -> None:
    assert "CPUExecutionProvider" in diagnose()["inference"]["providers"]


def test_a_runtime_that_does_not_load_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert any("onnxruntime" in problem for problem in diagnose()["problems"])


@pytest.mark.parametrize(("version", "warns"), [((3, 51, 2), True), ((3, 51, 3), False), ((3, 52, 0), False)])
def test_an_older_sqlite_is_named_with_its_fault(monkeypatch: pytest.MonkeyPatch, version, warns) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", version)
    monkeypatch.setattr("sqlite3.sqlite_version", ".".join(map(str, version)))
    assert ("let no other program write" in diagnose()["sqlite"]) is warns
