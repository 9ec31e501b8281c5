"""Settings of a training as TOML: read with every mistake named, written beside what they made."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from hairdensity.errors import InputError
from hairdensity.training.loop import LoopSettings

__all__ = ["read_settings", "settings_text"]

AnySettings = TypeVar("AnySettings")


def read_settings(path: Path, defaults: LoopSettings) -> LoopSettings:
    """Settings from a TOML file; what it leaves out is as in the defaults.

    Parameters
    ----------
    path : Path
        Its keys are the fields of ``LoopSettings``; ``[crops]``, ``[crops.appearance]`` and ``[network]`` are tables.
    defaults : LoopSettings

    Raises
    ------
    InputError
        If the file cannot be read, or a key is unknown, of another type or out of range; the message names the key.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check its name and permissions") from error
    except ValueError as error:
        raise InputError(f"{path} is no valid TOML: {error}") from error
    try:
        return _overlaid(document, defaults, "")
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def settings_text(settings: LoopSettings) -> str:
    """Settings as TOML, as ``read_settings`` reads them."""
    return "\n".join(_lines(settings, ""))


def _overlaid(document: Mapping[str, Any], defaults: AnySettings, place: str) -> AnySettings:
    """A copy of some settings with the values of a table in it."""
    assert is_dataclass(defaults) and not isinstance(defaults, type)  # noqa: S101 -- for the type checker
    names = [field.name for field in fields(defaults)]
    for key in document:
        if key not in names:
            like = difflib.get_close_matches(key, names, n=1)
            remedy = f"did you mean {place}{like[0]}?" if like else f"known are {', '.join(names)}"
            raise InputError(f"unknown key {place}{key}; {remedy}")
    values = {key: _value(value, getattr(defaults, key), place + key) for key, value in document.items()}
    return replace(defaults, **values)


def _value(value: Any, default: Any, place: str) -> Any:
    """A value of the type that the default has."""
    if is_dataclass(default):
        if not isinstance(value, Mapping):
            raise InputError(f"{place} must be a table, written [{place}], got {value!r}")
        return _overlaid(value, default, f"{place}.")
    if isinstance(default, tuple):
        if not isinstance(value, list) or len(value) != len(default):
            raise InputError(f"{place} must be a list of {len(default)} numbers, got {value!r}")
        return tuple(_value(part, part_default, place) for part, part_default in zip(value, default, strict=True))
    if isinstance(default, float) and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    if type(value) is not type(default) or isinstance(default, float):
        kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        raise InputError(f"{place} must be {kinds[type(default)]}, got {value!r}")
    return value


def _lines(settings: Any, place: str) -> list[str]:
    """Values first, tables after them, as TOML asks."""
    values = [(field.name, getattr(settings, field.name)) for field in fields(settings)]
    lines = [f"{name} = {_literal(value)}" for name, value in values if not is_dataclass(value)]
    for name, value in values:
        if is_dataclass(value):
            lines += ["", f"[{place}{name}]", *_lines(value, f"{place}{name}.")]
    return [*lines, ""] if not place else lines


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return repr(list(value) if isinstance(value, tuple) else value)
