"""Models as files: which there are, what they were trained for, and whether they are whole.

A model is a folder ``<name>-<version>`` with a manifest, weights and a card. Its sha256 is checked before it is used
and stored with every result. Nothing here loads a network.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hairdensity.errors import InputError, ResourceError
from hairdensity.files import sha256_of
from hairdensity.resources import models_folder

__all__ = [
    "CARD",
    "MANIFEST",
    "NETWORK",
    "SCHEMA",
    "WEIGHTS",
    "ModelFiles",
    "ModelId",
    "find_model",
    "list_models",
    "read_model",
    "whole_file",
]

SCHEMA = "hairdensity/model-1"
MANIFEST = "manifest.toml"
NETWORK = "network.onnx"
WEIGHTS = "weights.safetensors"
CARD = "card.md"

FOLDER_NAME = re.compile(r"(?P<name>[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*)-(?P<version>\d+(?:\.\d+)*)")

REMEDY = "install the package again, or name another model"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelId:
    """Which weights made a result.

    Parameters
    ----------
    name, version : str
    sha256 : str
        Of the network's file.
    """

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """A model's folder, as its manifest describes it.

    Parameters
    ----------
    id : ModelId
    folder : Path
    sha256 : dict of str to str
        By file name.
    working_um_per_px : float
        Scale of the pictures that the network was made for.
    um_per_px_range : (float, float)
        Scales that it has seen in training.
    base, depth : int
        Size of the network.
    """

    id: ModelId
    folder: Path
    sha256: Mapping[str, str]
    working_um_per_px: float
    um_per_px_range: tuple[float, float]
    base: int
    depth: int

    @property
    def stride_px(self) -> int:
        """Height and width of the network's input are multiples of this."""
        return int(2 ** (self.depth + 1))


def find_model(name: str | Path | None = None) -> ModelFiles:
    """The model to use, with its network checked.

    Parameters
    ----------
    name : str or Path, optional
        Name of a shipped model, with its version or without (then the newest), or the folder of your own. By default
        the shipped model with the highest version.

    Raises
    ------
    ResourceError
        If there is no such model, or its files are damaged or missing.
    """
    model = _chosen(name)
    whole_file(model, NETWORK)
    return model


def list_models(folder: Path | None = None) -> tuple[ModelFiles, ...]:
    """The models of a folder (the shipped ones by default), the highest version last; nothing is checked.

    Raises
    ------
    ResourceError
        If a manifest cannot be read.
    """
    folders = [path for path in (folder or models_folder()).iterdir() if FOLDER_NAME.fullmatch(path.name)]
    return tuple(sorted((read_model(path) for path in folders if path.is_dir()), key=_age))


def read_model(folder: Path) -> ModelFiles:
    """What a model's manifest says.

    Raises
    ------
    ResourceError
        If the manifest is missing, damaged or of another schema.
    """
    path = folder / MANIFEST
    try:
        manifest = tomllib.loads(path.read_text(encoding="utf-8"))
        if manifest["schema"] != SCHEMA:
            raise ResourceError(f"{path} has the schema {manifest['schema']!r}, not {SCHEMA!r}: update hairdensity")
        return _from_manifest(folder, manifest)
    except OSError as error:
        raise ResourceError(f"{path} cannot be read ({error.strerror}): {REMEDY}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ResourceError(f"{path} is no manifest of a model ({error!r}): {REMEDY}") from error


def whole_file(model: ModelFiles, file_name: str) -> Path:
    """Path of one of a model's files, once its sha256 is the manifest's.

    Raises
    ------
    ResourceError
        If the file is missing or differs.
    """
    path = model.folder / file_name
    try:
        found = sha256_of(path)
    except OSError as error:
        raise ResourceError(f"{path} cannot be read ({error.strerror}): {REMEDY}") from error
    if found != model.sha256.get(file_name):
        stated = str(model.sha256.get(file_name))
        raise ResourceError(f"{path} is damaged: its sha256 is {found[:12]}..., stated {stated[:12]}...; {REMEDY}")
    return path


def _chosen(name: str | Path | None) -> ModelFiles:
    if isinstance(name, Path):
        return read_model(name)
    shipped = [model for model in list_models() if name in (None, model.id.name, model.folder.name)]
    if shipped:
        return shipped[-1]
    if name is None:
        raise ResourceError(f"there is no model in {models_folder()}: name the folder of your own")
    if Path(name).is_dir():
        return read_model(Path(name))
    known = ", ".join(model.folder.name for model in list_models()) or "none"
    raise ResourceError(f"there is no model {name!r}: name a shipped one ({known}) or the folder of your own")


def _age(model: ModelFiles) -> tuple[tuple[int, ...], str]:
    return tuple(int(part) for part in model.id.version.split(".")), model.id.name


def _from_manifest(folder: Path, manifest: dict[str, Any]) -> ModelFiles:
    sha256 = {str(name): str(value) for name, value in manifest["sha256"].items()}
    low, high = manifest["um_per_px_range"]
    if not 0 < low <= manifest["working_um_per_px"] <= high:
        raise InputError("working_um_per_px must lie in um_per_px_range")
    return ModelFiles(
        id=ModelId(name=str(manifest["name"]), version=str(manifest["version"]), sha256=sha256[NETWORK]),
        folder=folder,
        sha256=sha256,
        working_um_per_px=float(manifest["working_um_per_px"]),
        um_per_px_range=(float(low), float(high)),
        base=int(manifest["architecture"]["base"]),
        depth=int(manifest["architecture"]["depth"]),
    )
