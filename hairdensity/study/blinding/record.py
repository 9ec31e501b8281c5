"""The record of a blinding: who opened it, when and why; lines are only ever added, each with the hash of the last.

A line that is altered, deleted or put in between breaks the chain. What the chain alone cannot show is a record that
was cut at its end or written anew as a whole: against that its last hash is printed and stands in everything that an
unblinding writes.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hairdensity.errors import StorageError
from hairdensity.inputs import shown
from hairdensity.study.blinding.key import BlindingError

__all__ = ["RECORD_FILE", "SEALED", "UNBLINDED", "append_entry", "check_chain", "entry_after", "line_of", "read_record"]

RECORD_FILE = "unblinding.jsonl"
SEALED, UNBLINDED = "sealed", "unblinded"

FIRST_PREVIOUS = "0" * 64

Entry = dict[str, Any]


def entry_after(previous: Entry | None, event: str, **content: Any) -> Entry:
    """The next entry of a chain, at this moment.

    Parameters
    ----------
    previous : dict or None
        The last entry; None for the first.
    event : {"sealed", "unblinded"}
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
    return {**entry, "hash": _hash(entry)}


def line_of(entry: Entry) -> bytes:
    """An entry as its line in the file."""
    return (json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n").encode()


def append_entry(path: Path, entry: Entry) -> None:
    """Add an entry and wait until the disk has it.

    Raises
    ------
    StorageError
        If it cannot be written: then nothing may be opened.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, line_of(entry))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StorageError(
            f"the unblinding cannot be recorded in {shown(path)} ({error.strerror or error}); nothing was opened: make "
            "the file writable"
        ) from error


def read_record(path: Path) -> list[Entry]:
    """The entries of an intact record.

    Raises
    ------
    BlindingError
        If there is none, or its chain is broken.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise BlindingError(
            f"the record {shown(path)} cannot be read ({error.strerror or error}); it belongs beside the key, and "
            "without it nobody can say whether the blinding was opened before"
        ) from error
    if faults := check_chain(lines):
        raise BlindingError(f"the record {shown(path)} was altered: {'; '.join(faults)}; restore it from a backup")
    return [json.loads(line) for line in lines]


def check_chain(lines: list[bytes]) -> list[str]:
    """What is wrong with the lines of a record; nothing in an intact one."""
    faults: list[str] = []
    previous = FIRST_PREVIOUS
    if not lines:
        return ["it is empty"]
    for number, line in enumerate(lines, start=1):
        entry = _parsed(line)
        if entry is None:
            faults.append(f"line {number} is no entry")
            previous = ""
            continue
        stated = entry.pop("hash", None)
        if stated != _hash(entry):
            faults.append(f"line {number} is not as it was written")
        if entry.get("previous") != previous:
            faults.append(f"line {number} does not follow the line before it")
        if entry.get("number") != number or (entry.get("event") == SEALED) != (number == 1):
            faults.append(f"line {number} is not in its place")
        previous = str(stated)
    return faults


def _parsed(line: bytes) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _hash(entry: Entry) -> str:
    """Of an entry without its own hash, whatever the order of its names."""
    text = json.dumps(entry, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
