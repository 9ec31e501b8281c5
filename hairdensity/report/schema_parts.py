"""Pieces of JSON Schemas, made from what the code states once: columns of tables and types of results."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hairdensity.tables import Column

__all__ = ["Schema", "fields_of", "object_of", "of_type", "rows_of"]

Schema = dict[str, Any]

_JSON_TYPES = {
    "int64": "integer",
    "Int64": "integer",
    "float64": "number",
    "bool": "boolean",
    "object": "string",
}

_PLAIN_TYPES: dict[Any, Any] = {str: "string", int: "integer", bool: "boolean", float: ["number", "null"]}


def object_of(properties: Schema, *, optional: Iterable[str] = ()) -> Schema:
    """An object of these properties and no others, all required but the optional ones."""
    left_out = set(optional)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in properties if name not in left_out],
        "properties": properties,
    }


def rows_of(columns: Iterable[Column]) -> Schema:
    """A list of the rows of a table."""
    return {"type": "array", "items": object_of({column.name: _cell(column) for column in columns})}


def _cell(column: Column) -> Schema:
    words = column.meaning + (f"; {column.unit}" if column.unit else "")
    kind = _JSON_TYPES[column.dtype]
    return {"description": words, "type": [kind, "null"] if column.dtype in ("Int64", "float64") else kind}


def of_type(hint: Any) -> Schema:
    """What a value of a type is in JSON, where NaN is null.

    Parameters
    ----------
    hint : type
        str, int, bool, float, a literal, an enumeration, a dataclass, a tuple of one kind, or one of them or None.

    Raises
    ------
    TypeError
        For any other type.
    """
    origin, parts = get_origin(hint), get_args(hint)
    if hint in _PLAIN_TYPES:
        return {"type": _PLAIN_TYPES[hint]}
    if origin is Literal:
        return {"enum": list(parts)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    if is_dataclass(hint):
        return object_of(fields_of(hint))
    if origin is tuple and parts[1:] == (...,):
        return {"type": "array", "items": of_type(parts[0])}
    if origin in (types.UnionType, Union):
        known = [of_type(part) for part in parts if part is not types.NoneType]
        return known[0] if "null" in known[0].get("type", ()) else {"anyOf": [*known, {"type": "null"}]}
    raise TypeError(f"no JSON schema is known for {hint!r}")


def fields_of(kind: Any, *, leave_out: Iterable[str] = ()) -> Schema:
    """The fields of a dataclass as properties, with what its docstring says of each."""
    hints, words, left_out = get_type_hints(kind), _described(kind), set(leave_out)
    names = [field.name for field in fields(kind) if field.name not in left_out]
    return {name: ({"description": words[name]} if name in words else {}) | of_type(hints[name]) for name in names}


def _described(kind: type) -> dict[str, str]:
    """What a docstring says beneath the names of its parameters."""
    found: dict[str, str] = {}
    names: list[str] = []
    _, _, parameters = (inspect.getdoc(kind) or "").partition("Parameters\n----------\n")
    for line in parameters.splitlines():
        if not line:
            break
        if line.startswith(" "):
            found |= {name: f"{found.get(name, '')} {line.strip()}".strip() for name in names}
        else:
            names = [name.strip() for name in line.partition(" : ")[0].split(",")]
    return found
