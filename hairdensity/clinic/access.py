"""Who asks, what the role allows, and the one way to an object: through its clinic.

What belongs to another clinic is answered like what does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from hairdensity.errors import NotAllowedError, NotFoundError
from hairdensity.store.models import (
    Base,
    Capture,
    Comparison,
    DeviceScale,
    Job,
    Patient,
    Reading,
    Site,
    Treatment,
    User,
    Visit,
)

__all__ = ["Person", "Role", "find", "of_clinic", "require_role"]


class Role(StrEnum):
    """Each may do what the one before it may."""

    READER = "reader"
    """Sees and exports."""
    CLINICIAN = "clinician"
    """Adds patients, visits and pictures, corrects and reviews."""
    ADMIN = "admin"
    """Manages people, deletes patients, reads the audit."""


_RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks.

    Parameters
    ----------
    user_id, clinic_id : str
    name : str
    role : Role
    """

    user_id: str
    clinic_id: str
    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether the person has at least this role."""
        return _RANKS[self.role] >= _RANKS[role]


def require_role(who: Person, role: Role) -> None:
    """See that a person has at least this role.

    Raises
    ------
    NotAllowedError
        If not.
    """
    if not who.may(role):
        raise NotAllowedError(f"this needs the role {role}, you are signed in as {who.role}; ask an admin")


Owned = TypeVar("Owned", Patient, Site, Visit, Capture, Reading, Comparison, Job, Treatment, DeviceScale, User)

_WAYS: dict[type[Base], tuple[Any, ...]] = {
    Patient: (),
    User: (),
    Job: (),
    DeviceScale: (),
    Site: (Site.patient,),
    Visit: (Visit.patient,),
    Treatment: (Treatment.patient,),
    Capture: (Capture.visit, Visit.patient),
    Reading: (Reading.capture, Capture.visit, Visit.patient),
    Comparison: (Comparison.baseline, Reading.capture, Capture.visit, Visit.patient),
}
"""From a kind of object to what states its clinic."""


def find(db: Session, who: Person, kind: type[Owned], object_id: str) -> Owned:
    """An object of this person's clinic.

    Raises
    ------
    NotFoundError
        If there is none of that id in the clinic.
    """
    found = db.scalars(of_clinic(kind, who.clinic_id).where(kind.id == object_id)).one_or_none()
    if found is None:
        raise NotFoundError(
            f"there is no {kind.__name__.lower()} of the id {object_id[:40]!r}; it may have been deleted"
        )
    return found


def of_clinic(kind: type[Owned], clinic_id: str) -> Select[Owned]:
    """All objects of a kind that belong to a clinic, as a query to go on from."""
    query = select(kind)
    for step in _WAYS[kind]:
        query = query.join(step)
    owner: Any = Patient if _WAYS[kind] else kind
    return query.where(owner.clinic_id == clinic_id)
