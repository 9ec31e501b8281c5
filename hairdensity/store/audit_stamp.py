"""The end of the audit, noted beside the database: a chain that was cut at its end is whole in itself, and shorter."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.errors import StorageError
from hairdensity.files import json_bytes, write_whole
from hairdensity.store.audit import HEAD, record
from hairdensity.store.database import Database
from hairdensity.store.models import AuditEntry

__all__ = ["Head", "Stamp", "head_of"]

_LOG = logging.getLogger(__name__)

NAME = "audit-head.json"


class Head(NamedTuple):
    """The last entry of the audit: its number and its hash."""

    number: int
    hash: str


class Stamp:
    """The file that notes the last entry of the audit.

    Parameters
    ----------
    folder : Path
        Of the installation, or of a backup.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._lock = threading.Lock()
        self._waiting: list[Head] = []

    def read(self) -> Head | None:
        """What is noted; None where there is no such file.

        Raises
        ------
        StorageError
            If it is not readable.
        """
        try:
            stated = json.loads(self.path.read_bytes())
            return Head(int(stated["number"]), str(stated["hash"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageError(f"{self.path} cannot be read: restore it from a backup") from error

    def write(self, head: Head) -> None:
        """Note an entry, unless a later one is noted; one writing is enough for all that wait for theirs.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        self._waiting.append(head)
        with self._lock:
            # All of them are committed: their writers ask afterwards.
            last = max(self._waiting)
            self._waiting.remove(head)
            noted = self.read()
            if noted is None or noted.number < head.number:
                write_whole(self.path, json_bytes(last._asdict()))

    def follow(self, database: Database) -> None:
        """Note from now on what is committed, and put on record what was added while nobody noted it."""
        database.after_commit.append(self._note)
        with database.session() as db:
            head, noted = head_of(db), self.read()
            if head is not None and (noted is None or noted.number < head.number):
                detail = {"from": 0 if noted is None else noted.number, "to": head.number}
                record(
                    db, "audit ahead of its stamp", ("installation", ""), clinic_id=None, user_id=None, detail=detail
                )

    def _note(self, db: Session) -> None:
        if HEAD in db.info:
            try:
                self.write(Head(*db.info.pop(HEAD)))
            except StorageError:
                # What was asked for is done and committed: the next entry, or the next start, makes up for the stamp.
                _LOG.exception("the end of the audit could not be noted")


def head_of(db: Session) -> Head | None:
    """The last entry that a database holds."""
    row = db.execute(select(AuditEntry.number, AuditEntry.hash).order_by(AuditEntry.number.desc()).limit(1)).first()
    return None if row is None else Head(*row)
