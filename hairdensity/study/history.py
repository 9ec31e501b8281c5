"""When a study was run, with what: a file that only grows, each line with the hash of the line before it."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from hairdensity.errors import StorageError
from hairdensity.resources import package_version

__all__ = ["first_break", "record_event"]


def record_event(path: Path, event: str, details: dict[str, Any]) -> None:
    """Add a line; one process at a time.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    try:
        lines = path.read_bytes().splitlines() if path.exists() else []
        line = {
            "event": event,
            "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "version": package_version(),
            **details,
            "previous_sha256": _hash_of_line(lines[-1] if lines else b""),
        }
        with path.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}; make room and run again") from error


def first_break(path: Path) -> int | None:
    """Number, from 1, of the first line that does not follow from the one before it; None when the chain is whole."""
    previous = b""
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            is_next = json.loads(line)["previous_sha256"] == _hash_of_line(previous)
        except (ValueError, KeyError, TypeError):
            is_next = False
        if not is_next:
            return number
        previous = line
    return None


def _hash_of_line(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
