"""The record of a blinding: who opened it, when and why; a chain of lines, see `hairdensity.chain`.

Against a record that was cut at its end or written anew as a whole its last hash is printed, and stands in everything
that an unblinding writes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from hairdensity.chain import Entry, append_line, breaks, parsed
from hairdensity.errors import StorageError
from hairdensity.inputs import shown
from hairdensity.study.blinding.key import BlindingError

__all__ = ["RECORD_FILE", "SEALED", "UNBLINDED", "append_entry", "check_chain", "read_record"]

RECORD_FILE = "unblinding.jsonl"
SEALED, UNBLINDED = "sealed", "unblinded"


def append_entry(path: Path, entry: Entry) -> None:
    """Add an entry and wait until the disk has it.

    Raises
    ------
    StorageError
        If it cannot be written: then nothing may be opened.
    """
    try:
        append_line(path, entry)
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


def check_chain(lines: Sequence[bytes]) -> list[str]:
    """What is wrong with the lines of a record; nothing in an intact one."""
    if not lines:
        return ["it is empty"]
    found = [str(found_break) for found_break in breaks(lines)]
    events = [(parsed(line) or {}).get("event") for line in lines]
    # A record begins with the sealing, and is sealed once.
    found += [f"line {n} is not in its place" for n, event in enumerate(events, 1) if (event == SEALED) != (n == 1)]
    return list(dict.fromkeys(found))
