"""A file that only grows: each line is an entry with its own hash and that of the entry before it.

A line that is altered, deleted or put in between breaks the chain. What the chain alone cannot show is a file that was
cut at its end or written anew as a whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["FIRST_PREVIOUS", "Break", "Entry", "append_line", "breaks", "entry_after", "hash_of", "line_of", "parsed"]

FIRST_PREVIOUS = "0" * 64

Entry = dict[str, Any]


class Break(NamedTuple):
    """Where a chain is broken: a line, from 1, and what is wrong with it."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line} {self.what}"


def entry_after(previous: Entry | None, event: str, **content: Any) -> Entry:
    """The next entry of a chain, at this moment.

    Parameters
    ----------
    previous : dict or None
        The last entry; None for the first.
    event : str
    **content
        What JSON can carry.
    """
    entry = {
        "number": 1 if previous is None else previous["number"] + 1,
        "event": event,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        **content,
        "previous": FIRST_PREVIOUS if previous is None else previous["hash"],
    }
    return {**entry, "hash": hash_of(entry)}


def line_of(entry: Entry) -> bytes:
    """An entry as its line in the file."""
    return (json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n").encode()


def append_line(path: Path, entry: Entry, *, may_begin: bool = False) -> None:
    """Add an entry and wait until the disk has it.

    Parameters
    ----------
    path : Path
    entry : dict
    may_begin : bool, optional
        Make the file when it is not there.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    flags = os.O_WRONLY | os.O_APPEND | (os.O_CREAT if may_begin else 0)
    descriptor = os.open(path, flags, 0o666)
    try:
        os.write(descriptor, line_of(entry))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def breaks(lines: Sequence[bytes]) -> list[Break]:
    """What is wrong with the lines of a chain; nothing in an intact one."""
    found: list[Break] = []
    previous = FIRST_PREVIOUS
    for number, line in enumerate(lines, start=1):
        entry = parsed(line)
        if entry is None:
            found.append(Break(number, "is no entry"))
            previous = ""
            continue
        stated = entry.pop("hash", None)
        if stated != hash_of(entry):
            found.append(Break(number, "is not as it was written"))
        if entry.get("previous") != previous:
            found.append(Break(number, "does not follow the line before it"))
        if entry.get("number") != number:
            found.append(Break(number, "is not in its place"))
        previous = str(stated)
    return found


def parsed(line: bytes) -> Entry | None:
    """The entry of a line; None where it is none."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def hash_of(entry: Entry) -> str:
    """The hash of an entry that does not hold its own yet, whatever the order of its names."""
    text = json.dumps(entry, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
