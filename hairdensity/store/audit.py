"""The audit: entries that only grow, each with the hash of the one before it (21 CFR 11.10(e)).

What is written here names objects by their ids and never a person by more than a user's id: it outlives a patient's
deletion.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from hairdensity.chain import entry_after
from hairdensity.store.models import AuditEntry

__all__ = ["HEAD", "lock_audit", "record"]

HEAD = "audit head"
"""Under which a session's ``info`` holds the number and the hash of the last entry that it has added."""

LOCK = 4_801_173
"""A number that only the audit locks on PostgreSQL."""


def record(
    db: Session,
    event: str,
    subject: tuple[str, str],
    *,
    clinic_id: str | None,
    user_id: str | None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an entry in the open transaction; one writer at a time.

    Parameters
    ----------
    db : Session
    event : str
        What was done: ``"capture added"``.
    subject : (str, str)
        The object's type and id.
    clinic_id, user_id : str or None
        None where nobody has signed in.
    detail : dict, optional
        Plain values, nothing personal.
    """
    lock_audit(db)
    last = db.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one_or_none()
    previous = None if last is None else {"number": last.number, "hash": last.hash}
    entry = entry_after(
        previous,
        event,
        clinic_id=clinic_id,
        user_id=user_id,
        object_type=subject[0],
        object_id=subject[1],
        detail=detail or {},
    )
    db.add(AuditEntry(**entry))
    db.flush()
    db.info[HEAD] = (entry["number"], entry["hash"])


def lock_audit(db: Session) -> None:
    """Wait until no other transaction that writes the audit is open, and keep the others waiting until the end.

    On SQLite whoever writes at all has that turn.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
