"""When a study was run, with what: a chain of lines beside the ledger; see `hairdensity.chain`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hairdensity.chain import Entry, append_line, breaks, entry_after, parsed
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
        entry = entry_after(_last(path), event, version=package_version(), **details)
        append_line(path, entry, may_begin=True)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}; make room and run again") from error


def first_break(path: Path) -> int | None:
    """Number, from 1, of the first line that is not as it was written or does not follow; None in a whole chain."""
    found = breaks(path.read_bytes().splitlines())
    return found[0].line if found else None


def _last(path: Path) -> Entry | None:
    """The last entry; one that is damaged stays a break, and must not stop a run."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    if not lines:
        return None
    return {"number": len(lines), "hash": str((parsed(lines[-1]) or {}).get("hash", ""))}
