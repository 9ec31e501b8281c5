"""Whether the audit is as it was written.

The chain of hashes shows an entry that was altered, deleted or put in between; the stamp beside the database shows an
end that was cut, and entries that were added behind the program's back. Neither shows what somebody did who may write
both the database and the folder, and wrote the whole chain and the stamp anew: a head that was noted elsewhere, as
every backup does, shows that too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import select

from hairdensity.chain import FIRST_PREVIOUS, hash_of
from hairdensity.store.audit_stamp import Head, Stamp
from hairdensity.store.database import Database
from hairdensity.store.models import AuditEntry

__all__ = ["AuditBreak", "verify_audit"]

SETTLE_S = 1.0
"""s within which a server that is at work notes what it has committed."""

_ROWS = 1000


class AuditBreak(NamedTuple):
    """Where the audit is not as it was written: an entry, from 1, and what is wrong with it."""

    number: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.number} of the audit {self.what}"


def verify_audit(database: Database, stamp: Stamp | None = None) -> list[AuditBreak]:
    """What is wrong with the audit; nothing in an intact one.

    Parameters
    ----------
    database : Database
    stamp : Stamp, optional
        Of the folder; without, a cut end cannot be seen.

    Raises
    ------
    StorageError
        If the stamp cannot be read.
    """
    # Before the entries are read: what it notes was committed then, whatever a server adds meanwhile.
    noted = None if stamp is None else stamp.read()
    with database.session(writes=False) as db:
        query = select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=_ROWS)
        entries = _Passing(db.scalars(query))
        found = list(_breaks(entries, noted))
    if stamp is not None:
        found += _at_the_end(entries.last, noted, stamp)
    return found


class _Passing:
    """Entries, of which the last one that passed is remembered."""

    def __init__(self, entries: Iterable[AuditEntry]) -> None:
        self._entries = entries
        self.last = Head(0, FIRST_PREVIOUS)

    def __iter__(self) -> Iterator[AuditEntry]:
        for entry in self._entries:
            yield entry
            self.last = Head(entry.number, entry.hash)


def _breaks(entries: _Passing, noted: Head | None) -> Iterator[AuditBreak]:
    for entry in entries:
        before = entries.last
        if entry.hash != hash_of(_content(entry)):
            yield AuditBreak(entry.number, "is not as it was written")
        if entry.number != before.number + 1:
            yield AuditBreak(entry.number, f"follows entry {before.number}: what was between them is gone")
        elif entry.previous != before.hash:
            yield AuditBreak(entry.number, "does not follow the entry before it")
        if noted is not None and entry.number == noted.number and entry.hash != noted.hash:
            yield AuditBreak(entry.number, "is another one than the stamp beside the database notes")


def _at_the_end(last: Head, noted: Head | None, stamp: Stamp) -> list[AuditBreak]:
    if noted is not None and noted.number > last.number:
        return [AuditBreak(noted.number, "is gone, with the end of the audit")]
    later = stamp.read()
    if last.number and (later is None or later.number < last.number):
        time.sleep(SETTLE_S)
        later = stamp.read()
    number = 0 if later is None else later.number
    if number < last.number:
        return [AuditBreak(last.number, f"was added while the stamp stood at {number}: by something that notes none")]
    return []


def _content(entry: AuditEntry) -> dict[str, Any]:
    """What was hashed: every column but the hash."""
    return {column.key: getattr(entry, column.key) for column in AuditEntry.__table__.columns if column.key != "hash"}
