"""Where the package's own weights and sample images lie."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from hairdensity.errors import ResourceError

__all__ = ["find_folder", "models_folder", "package_version", "sample_image_paths", "sample_images_folder"]

_PACKAGE = Path(__file__).resolve().parent


def package_version() -> str:
    """Version of the installed package; ``"unknown"`` for a checkout that is not installed."""
    try:
        return importlib.metadata.version("hairdensity")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def models_folder() -> Path:
    """The folder of the shipped weights."""
    return find_folder("models")


def sample_images_folder() -> Path:
    """The folder of the shipped sample images and their ``truth.json``."""
    return find_folder("sample_images")


def sample_image_paths() -> tuple[Path, ...]:
    """The shipped sample images in the order of their names."""
    return tuple(sorted(path for path in sample_images_folder().iterdir() if path.suffix in (".jpg", ".png")))


def find_folder(name: str) -> Path:
    """A folder of the distribution: inside the installed package, else beside it in a checkout.

    Raises
    ------
    ResourceError
        If the folder is in neither place.
    """
    for parent in (_PACKAGE, _PACKAGE.parent):
        if (parent / name).is_dir():
            return parent / name
    raise ResourceError(
        f"the folder {name!r} of this package is neither in {_PACKAGE} nor beside it: install the package again"
    )
