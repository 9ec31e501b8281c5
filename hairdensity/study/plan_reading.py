"""Reading an analysis plan: a TOML file, kept with its hash; everything that is wrong with it is told at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from hairdensity.errors import InputError
from hairdensity.flags import Verdict
from hairdensity.metrics import METRICS
from hairdensity.study.columns import COVARIATE_PREFIX
from hairdensity.study.likeness import hint
from hairdensity.study.plan import DOSE_COLUMNS, SENSITIVITIES, Plan, PlanError, Responder

__all__ = ["parse_plan", "read_plan"]

ESTIMATES = tuple(info.name for info in METRICS if info.kind == "estimate")


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Raises
    ------
    PlanError
        If it is no TOML, or with everything that is wrong with its keys and values.
    InputError
        If the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read the plan {path}: {error.strerror or error}; name an existing TOML file"
        ) from error
    return parse_plan(data, source=path.name)


def parse_plan(data: bytes, *, source: str = "") -> Plan:
    """Read a plan from the bytes of its file.

    Raises
    ------
    PlanError
        With everything that is wrong.
    """
    try:
        stated = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlanError([f"it is no TOML: {error}"], source=source) from error
    faults = [_unknown(name, _READERS, "key") for name in stated if name not in _READERS]
    values: dict[str, Any] = {}
    for name, value in stated.items():
        if name in _READERS:
            values[name] = _READERS[name](name, value, faults)
    faults += _contradictions(values)
    if faults:
        raise PlanError(faults, source=source)
    return replace(Plan(**values), sha256=hashlib.sha256(data).hexdigest(), source=source)


Reader = Callable[[str, Any, list[str]], Any]


def _unknown(name: str, known: Iterable[str], what: str) -> str:
    return f"{what} {name!r} is not known{hint(name, known)}"


def _text(name: str, value: Any, faults: list[str]) -> str | None:
    if isinstance(value, str):
        return value or None
    faults.append(f"{name} must be text in quotes, got {value!r}")
    return None


def _flag(name: str, value: Any, faults: list[str]) -> bool:
    if not isinstance(value, bool):
        faults.append(f"{name} must be true or false, got {value!r}")
    return bool(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")


def _number(low: float, high: float) -> Reader:
    def read(name: str, value: Any, faults: list[str]) -> float:
        if not _is_number(value) or not low < value < high:
            faults.append(f"{name} must be a number between {low:g} and {high:g}, got {value!r}")
            return float("nan")
        return float(value)

    return read


def _share(name: str, value: Any, faults: list[str]) -> float:
    return 0.0 if _is_number(value) and value == 0 else float(_number(0, 1)(name, value, faults))


def _choice(*choices: str) -> Reader:
    def read(name: str, value: Any, faults: list[str]) -> str:
        if value not in choices:
            faults.append(f"{name} must be one of {', '.join(choices)}, got {value!r}")
        return str(value)

    return read


def _texts(choices: tuple[str, ...] = (), *, prefix: str = "") -> Reader:
    """A list of texts: of these, or that begin so."""

    def read(name: str, value: Any, faults: list[str]) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            faults.append(f"{name} must be a list of texts, got {value!r}")
            return ()
        faults.extend(_unknown(item, choices, f"{name}:") for item in value if choices and item not in choices)
        faults.extend(
            f"{name}: {item!r} must be a column of the manifest that begins with {prefix}"
            for item in value
            if not item.startswith(prefix)
        )
        return tuple(dict.fromkeys(value))

    return read


def _figure(name: str, value: Any, faults: list[str]) -> str:
    if value not in ESTIMATES:
        faults.append(_unknown(str(value), ESTIMATES, f"{name}: figure"))
    return str(value)


def _differences(name: str, value: Any, faults: list[str]) -> tuple[float, ...]:
    if not isinstance(value, list) or not all(_is_number(item) and item != 0 for item in value):
        faults.append(f"{name} must be a list of numbers other than 0, got {value!r}")
        return ()
    return tuple(float(item) for item in value)


def _responders(name: str, value: Any, faults: list[str]) -> tuple[Responder, ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        faults.append(f"{name} must be tables, each headed [[responders]]")
        return ()
    return tuple(found for item in value if (found := _responder(item, faults)) is not None)


def _responder(item: Mapping[str, Any], faults: list[str]) -> Responder | None:
    known = tuple(field.name for field in fields(Responder))
    wrong = [_unknown(key, known, "responders: key") for key in item if key not in known]
    wrong += [f"responders: {key} is missing" for key in known if key not in item]
    if not wrong:
        _figure("responders", item["figure"], wrong)
        if not _is_number(item["threshold"]) or item["threshold"] == 0:
            wrong.append(f"responders: threshold must be a number other than 0, got {item['threshold']!r}")
        if not isinstance(item["stated_in"], str) or not item["stated_in"].strip():
            wrong.append("responders: stated_in must name where the threshold was stated before the data were seen")
    faults += wrong
    return None if wrong else Responder(**{**item, "threshold": float(item["threshold"])})


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    found = []
    if values.get("primary_week") is not None and values.get("primary_visit") is not None:
        found.append("primary_week and primary_visit: state one of them")
    if values.get("primary_figure") in (values.get("secondary_figures") or ()):
        found.append("primary_figure is among secondary_figures: leave it out there")
    return found


_READERS: dict[str, Reader] = {
    "primary_figure": _figure,
    "primary_change": _choice("pictures", "matched"),
    "primary_week": _number(0, 5000),
    "primary_visit": _text,
    "site": _text,
    "reference_arm": _text,
    "secondary_figures": _texts(ESTIMATES),
    "response": _choice("change", "value"),
    "use_center": _flag,
    "covariates": _texts(prefix=COVARIATE_PREFIX),
    "per_protocol": _text,
    "excluded_quality": _texts(tuple(map(str, Verdict))),
    "alpha": _number(0, 0.5),
    "level": _number(0.5, 1),
    "sensitivity": _texts(SENSITIVITIES),
    "responders": _responders,
    "dose_columns": _texts(DOSE_COLUMNS),
    "sample_size_differences": _differences,
    "power": _number(0.5, 1),
    "dropout": _share,
}
