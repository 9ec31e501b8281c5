"""The key: which copy is which picture. Its hash lies with the readers, and commits whoever keeps the key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from hairdensity.errors import InputError
from hairdensity.files import json_bytes
from hairdensity.inputs import shown

__all__ = [
    "KEY_FILE",
    "KEY_FOLDER",
    "KEY_SCHEMA",
    "SEALED_FILE",
    "SEALED_SCHEMA",
    "BlindingError",
    "Copy",
    "Key",
    "cells_of",
    "read_key",
]

KEY_SCHEMA = "hairdensity/blinding-key-1"
SEALED_SCHEMA = "hairdensity/blinding-sealed-1"
KEY_FOLDER = "key"
KEY_FILE = "key.json"
SEALED_FILE = "sealed.json"


class BlindingError(InputError):
    """A blinding that was altered, or is asked for what would break it."""

    code = "blinding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One coded copy.

    Parameters
    ----------
    code : str
    reader : str
    position : int
        In the reader's list, from 1.
    row : int
        Of the manifest.
    reading : int
        1 for the first time that the reader gets this picture, 2 for the repeat.
    file : str
        Below the blinded folder, e.g. ``reader-1/BCDFGHJK.jpg``.
    sha256 : str
        Of the copy.
    """

    code: str
    reader: str
    position: int
    row: int
    reading: int
    file: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Key:
    """All that was decided when a study was blinded, and all that undoes it.

    Parameters
    ----------
    version : str
        Of this package.
    seed : int
        Of the order, as the protocol states it.
    secret : str
        256 random bits in hex: without them codes cannot be computed, nor this file guessed from its hash.
    repeats : float
        Share of the pictures that each reader got twice.
    readers : tuple of str
    manifest_sha256 : str
        Of the manifest's file.
    rows : tuple of dict
        The manifest's rows as they were, with ``original_sha256`` and the note how the copy was made.
    copies : tuple of Copy
        Of all readers, by reader and position.
    files : dict of str to str
        Hash of the other files that the readers got and may not alter.
    failed : tuple of dict
        Rows that nobody can read: ``row``, ``error_code``, ``error_message``.
    """

    version: str
    seed: int
    secret: str
    repeats: float
    readers: tuple[str, ...]
    manifest_sha256: str
    rows: tuple[dict[str, Any], ...]
    copies: tuple[Copy, ...]
    files: dict[str, str]
    failed: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> bytes:
        """The file: the same bytes for the same blinding."""
        return json_bytes({"schema": KEY_SCHEMA, **asdict(self)})

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The key of a file's content."""
        values = {field.name: stored[field.name] for field in fields(cls)}
        values["copies"] = tuple(Copy(**copy) for copy in values["copies"])
        for name in ("readers", "rows", "failed"):
            values[name] = tuple(values[name])
        return cls(**values)

    def copies_table(self) -> pd.DataFrame:
        """(N,) DataFrame: the fields of `Copy` and the manifest's columns (``image`` is the original's name)."""
        copies = pd.DataFrame([asdict(copy) for copy in self.copies], columns=[field.name for field in fields(Copy)])
        return copies.merge(pd.DataFrame(list(self.rows)), on="row", how="left", validate="many_to_one")


def read_key(path: Path) -> tuple[Key, str]:
    """A key and the hash of its file.

    Raises
    ------
    BlindingError
        If there is none, or the file is not one.
    """
    try:
        data = path.read_bytes()
        stored = json.loads(data)
        if not isinstance(stored, dict) or stored.get("schema") != KEY_SCHEMA:
            raise ValueError(f"it is not of the schema {KEY_SCHEMA}")
        key = Key.from_json(stored)
    except OSError as error:
        raise BlindingError(
            f"the key {shown(path)} cannot be read ({error.strerror or error}); ask whoever keeps it"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BlindingError(f"{shown(path)} is no key of a blinding ({error}); name the {KEY_FILE}") from error
    return key, hashlib.sha256(data).hexdigest()


def cells_of(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table for JSON: missing values are null."""
    return [{str(name): _cell(value) for name, value in row.items()} for row in rows.to_dict("records")]


def _cell(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
