"""The audit of a clinic, as its admins read and verify it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, require_role
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import InputError
from hairdensity.store.audit_checking import AuditBreak, verify_audit
from hairdensity.store.audit_stamp import Stamp
from hairdensity.store.models import AuditEntry, User

__all__ = ["AuditFilter", "AuditPage", "audit_events", "audit_page", "names_by_id", "verify"]

AT_ONCE = 50


class AuditFilter(NamedTuple):
    """Which entries to show; empty for all."""

    event: str = ""
    user_id: str = ""
    object_id: str = ""


class AuditPage(NamedTuple):
    """Entries, the newest first; ``before`` is where to go on, None at the end."""

    entries: list[AuditEntry]
    before: int | None


def audit_page(
    db: Session,
    who: Person,
    only: AuditFilter = AuditFilter(),  # noqa: B008 -- a tuple
    *,
    before: int | None = None,
    limit: int = AT_ONCE,
) -> AuditPage:
    """A part of the audit of one's clinic.

    Parameters
    ----------
    db : Session
    who : Person
    only : AuditFilter, optional
    before : int, optional
        Number of an entry to go on after.
    limit : int, optional

    Raises
    ------
    NotAllowedError
        If one is no admin.
    """
    require_role(who, Role.ADMIN)
    if not 1 <= limit <= 200:
        raise InputError(f"limit must lie in 1-200, got {limit}")
    query = select(AuditEntry).where(AuditEntry.clinic_id == who.clinic_id)
    columns = (AuditEntry.event, AuditEntry.user_id, AuditEntry.object_id)
    for column, wanted in zip(columns, only, strict=True):
        if wanted:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(AuditEntry.number < before)
    found = list(db.scalars(query.order_by(AuditEntry.number.desc()).limit(limit + 1)))
    return AuditPage(found[:limit], found[limit - 1].number if len(found) > limit else None)


def audit_events(db: Session, who: Person) -> list[str]:
    """What has happened in the clinic, each sort once."""
    require_role(who, Role.ADMIN)
    query = select(AuditEntry.event).where(AuditEntry.clinic_id == who.clinic_id).distinct()
    return sorted(db.scalars(query))


def names_by_id(db: Session, who: Person) -> dict[str, str]:
    """Names of the clinic's people."""
    return {user.id: user.name for user in db.scalars(select(User).where(User.clinic_id == who.clinic_id))}


def verify(at: Workplace, who: Person) -> list[AuditBreak]:
    """What is wrong with the audit of the whole installation; nothing in an intact one.

    Raises
    ------
    NotAllowedError
        If one is no admin.
    """
    require_role(who, Role.ADMIN)
    return verify_audit(at.database, Stamp(at.folder))
