"""By what a result is known again: hashes over everything that it depends on, and nothing else.

The same file under two names, or in two rows, is one key; a changed file, scale, area, setting, model or version of
this package is another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from hairdensity.calibration import read_profile
from hairdensity.comparison.settings import ComparisonSettings
from hairdensity.errors import InputError
from hairdensity.files import sha256_of
from hairdensity.report.values import plain
from hairdensity.resources import package_version
from hairdensity.scoring import Request
from hairdensity.segmentation import NetworkSettings, find_model
from hairdensity.settings import Settings

__all__ = [
    "analysis_text",
    "compare_key",
    "comparison_text",
    "hash_of",
    "model_sha256",
    "request_text",
    "score_key",
]

_NUMBERS = ("um_per_px", "px_per_mm", "field_width_mm", "relative_error", "tick_mm", "resized")


def analysis_text(request: Request) -> str:
    """The settings of an analysis beside what is asked of one picture, as JSON text."""
    # The weights stand by their hash, whatever they are called.
    network = NetworkSettings(device=request.device)
    settings = Settings(method=request.method, model=None, network=network)
    return _text({"version": package_version(), "settings": plain(asdict(settings))})


def request_text(request: Request, *, analysis_sha256: str) -> str:
    """What is asked of a picture, as JSON text: scale and area by their content, and the hash of the settings.

    Raises
    ------
    InputError
        If the device profile or the area mask cannot be read.
    """
    profile = None if request.device_profile is None else _profile_values(request.device_profile, request.profiles)
    asked: dict[str, Any] = {name: getattr(request, name) for name in _NUMBERS}
    asked |= {"device_profile": profile}
    asked |= {"area": request.area} if request.area_mask is None else {"area_mask": _mask_sha256(request.area_mask)}
    return _text({"request": asked, "settings_sha256": analysis_sha256})


def comparison_text() -> str:
    """Everything beside the two analyses that a comparison depends on, as JSON text."""
    return _text({"version": package_version(), "settings": plain(asdict(ComparisonSettings()))})


def model_sha256(request: Request) -> str:
    """Hash of the weights that a request uses; empty for a method without.

    Raises
    ------
    ResourceError
        If the model is not there or damaged.
    """
    return find_model(request.model).id.sha256 if request.method == "network" else ""


def score_key(*, image_sha256: str, settings_sha256: str, model_sha256: str) -> str:
    """Key of a picture's result."""
    return _joined(["score", image_sha256, settings_sha256, model_sha256])


def compare_key(
    *, baseline_key: str, follow_up_key: str, settings_sha256: str, control_keys: Sequence[str] = ()
) -> str:
    """Key of a comparison's result, from the keys of its pictures and of its control's."""
    return _joined(["compare", baseline_key, follow_up_key, settings_sha256, *control_keys])


def hash_of(text: str) -> str:
    """Hexadecimal sha256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _joined(parts: Sequence[str]) -> str:
    return hash_of("\n".join(parts))


def _text(values: dict[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, allow_nan=False)


@lru_cache(maxsize=64)
def _profile_values(name: str, folder: Path | None) -> dict[str, Any]:
    values: dict[str, Any] = plain(asdict(read_profile(name, folder=folder)))
    return values


@lru_cache(maxsize=64)
def _mask_sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise InputError(f"the area mask {path.name} cannot be read ({error.strerror}): check its name") from error
