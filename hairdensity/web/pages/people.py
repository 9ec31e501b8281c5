"""People of the clinic: added, given a role, disabled, given a link for a new password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from hairdensity.clinic import people
from hairdensity.clinic.accounts import LINK_LASTS, NO_PASSWORD
from hairdensity.errors import ConflictError, InputError
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import Db, Who, link_to_password

__all__ = ["router"]

router = APIRouter(prefix="/admin/people")

ROLES = (
    ("reader", "Reader: sees and exports"),
    ("clinician", "Clinician: adds and corrects"),
    ("admin", "Admin: also manages people"),
)


@router.get("")
def show(request: Request, db: Db, who: Who) -> Response:
    """Everybody of the clinic."""
    return _page(request, db, who)


@router.post("")
def add(
    request: Request, db: Db, who: Who, name: Annotated[str, Form()] = "", role: Annotated[str, Form()] = "clinician"
) -> Response:
    """Add somebody."""
    try:
        invited = people.add_person(db, who, name=name, role=people.role_of(role))
    except (InputError, ConflictError) as error:
        return _page(request, db, who, status=422, error=str(error), name=name, role=role)
    return _page(request, db, who, invited=invited)


@router.post("/{user_id}/link")
def link(request: Request, db: Db, who: Who, user_id: str) -> Response:
    """Make a link for a new password."""
    return _page(request, db, who, invited=people.new_link(db, who, user_id))


@router.post("/{user_id}/role")
def role(request: Request, db: Db, who: Who, user_id: str, role: Annotated[str, Form()]) -> Response:
    """Give another role."""
    user = people.set_role(db, who, user_id, people.role_of(role))
    return go_to(request, "/admin/people", message=f"{user.name} is {user.role} now.")


@router.post("/{user_id}/disable")
def disable(request: Request, db: Db, who: Who, user_id: str) -> Response:
    """Let in no more."""
    user = people.disable_person(db, who, user_id)
    return go_to(request, "/admin/people", message=f"{user.name} can no longer sign in.")


@router.post("/{user_id}/enable")
def enable(request: Request, db: Db, who: Who, user_id: str) -> Response:
    """Let in again."""
    user = people.enable_person(db, who, user_id)
    return go_to(request, "/admin/people", message=f"{user.name} can sign in again.")


def _page(
    request: Request,
    db: Db,
    who: Who,
    *,
    status: int = 200,
    invited: people.Invited | None = None,
    **given: str,
) -> Response:
    link = None if invited is None else link_to_password(request, invited.key)
    return render(
        request,
        "people.html",
        status=status,
        people=people.list_people(db, who),
        roles=ROLES,
        invited=invited and invited.user,
        link=link,
        hours=round(LINK_LASTS.total_seconds() / 3600),
        no_password=NO_PASSWORD,
        **given,
    )
