"""The audit: who did what and when, and whether the record is whole."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from hairdensity.clinic import auditing
from hairdensity.web.rendering import render
from hairdensity.web.requests import At, Db, Who

__all__ = ["router"]

router = APIRouter(prefix="/admin/audit")


@router.get("")
def show(
    request: Request,
    db: Db,
    who: Who,
    event: str = "",
    person: str = "",
    object_id: Annotated[str, Query(alias="object")] = "",
    before: str = "",
) -> Response:
    """Entries of the clinic, the newest first."""
    return _page(request, db, who, auditing.AuditFilter(event, person, object_id), before)


@router.post("/verify")
def verify(
    request: Request,
    at: At,
    db: Db,
    who: Who,
    event: Annotated[str, Form()] = "",
    person: Annotated[str, Form()] = "",
) -> Response:
    """Check the chain of the whole installation."""
    breaks = auditing.verify(at, who)
    return _page(request, db, who, auditing.AuditFilter(event, person), "", breaks=breaks, verified=True)


def _page(request: Request, db: Db, who: Who, only: auditing.AuditFilter, before: str, **context: Any) -> Response:
    page = auditing.audit_page(db, who, only, before=int(before) if before.isdecimal() and len(before) < 10 else None)
    return render(
        request,
        "audit.html",
        page=page,
        only=only,
        events=auditing.audit_events(db, who),
        names=auditing.names_by_id(db, who),
        **context,
    )
