"""API of the clinic's people and of the audit, for admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from hairdensity.clinic import auditing, people
from hairdensity.clinic.access import Role
from hairdensity.web.api.bodies import Body, Bool
from hairdensity.web.api.lists import All
from hairdensity.web.requests import At, Db, Who, link_to_password

__all__ = ["router"]

router = APIRouter(tags=["people"])


class PersonOut(BaseModel):
    """Somebody of the clinic."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None


class PersonIn(Body):
    """Somebody to add."""

    name: str = Field(min_length=1, max_length=80, description="For signing in.")
    role: Role = Role.CLINICIAN


class PersonChange(Body):
    """What is to change; what is left out stays."""

    role: Role | None = None
    disabled: Bool | None = None


class PersonInvited(PersonOut):
    """Somebody, with the link by which a password is chosen; it is told only now and works once."""

    link: str


class AuditEntryOut(BaseModel):
    """What somebody did; ``hash`` is that of this entry, which includes the one before it."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    when: str
    user_id: str | None
    event: str
    object_type: str
    object_id: str
    detail: dict[str, Any]
    previous: str
    hash: str


class AuditPart(BaseModel):
    """Entries, the newest first."""

    items: list[AuditEntryOut]
    before: int | None = Field(description="Ask with this for older ones; null at the end.")


class AuditFindings(BaseModel):
    """Whether the audit is as it was written."""

    whole: bool
    breaks: list[str]


@router.get("/people")
def list_people(db: Db, who: Who) -> All[PersonOut]:
    """Everybody of the clinic, by name."""
    return All(items=[PersonOut.model_validate(one) for one in people.list_people(db, who)])


@router.post("/people", status_code=201)
def add_person(body: PersonIn, request: Request, db: Db, who: Who) -> PersonInvited:
    """Add somebody."""
    return _invited(request, people.add_person(db, who, name=body.name, role=body.role))


@router.post("/people/{user_id}/link")
def make_password_link(user_id: str, request: Request, db: Db, who: Who) -> PersonInvited:
    """Make a link for a new password."""
    return _invited(request, people.new_link(db, who, user_id))


@router.patch("/people/{user_id}")
def change_person(user_id: str, body: PersonChange, db: Db, who: Who) -> PersonOut:
    """Give another role, disable or enable."""
    user = people.get_person(db, who, user_id)
    if body.role is not None:
        people.set_role(db, who, user_id, body.role)
    if body.disabled is not None:
        (people.disable_person if body.disabled else people.enable_person)(db, who, user_id)
    return PersonOut.model_validate(user)


@router.get("/audit")
def list_audit(
    db: Db,
    who: Who,
    event: Annotated[str, Query(max_length=64)] = "",
    user_id: Annotated[str, Query(max_length=64)] = "",
    object_id: Annotated[str, Query(max_length=64)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditPart:
    """What was done in the clinic."""
    only = auditing.AuditFilter(event, user_id, object_id)
    page = auditing.audit_page(db, who, only, before=before, limit=limit)
    return AuditPart(items=[AuditEntryOut.model_validate(one) for one in page.entries], before=page.before)


@router.get("/audit/verification")
def verify_audit(at: At, who: Who) -> AuditFindings:
    """Check the chain of the whole installation."""
    breaks = auditing.verify(at, who)
    return AuditFindings(whole=not breaks, breaks=[str(one) for one in breaks])


def _invited(request: Request, invited: people.Invited) -> PersonInvited:
    link = link_to_password(request, invited.key)
    return PersonInvited(**PersonOut.model_validate(invited.user).model_dump(), link=link)
