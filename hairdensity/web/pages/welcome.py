"""The first start: one link, one question."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from hairdensity.clinic import accounts
from hairdensity.clinic.passwords import SHORTEST
from hairdensity.errors import InputError
from hairdensity.web.cookies import with_session
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import Db

__all__ = ["router"]

router = APIRouter()


@router.get("/welcome")
def show(request: Request, db: Db, key: str = "") -> Response:
    """Ask the first admin for a name and a password."""
    if not accounts.is_new(db):
        return go_to(request, "/sign-in")
    return render(request, "welcome.html", key=key, shortest=SHORTEST)


@router.post("/welcome")
def set_up(
    request: Request,
    db: Db,
    key: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    clinic: Annotated[str, Form()] = "",
) -> Response:
    """Make the clinic and its first admin."""
    try:
        opened = accounts.set_up(db, key, name=name, password=password, clinic=clinic)
    except InputError as error:
        given = {"key": key, "name": name, "clinic": clinic}
        return render(request, "welcome.html", status=422, shortest=SHORTEST, error=str(error), **given)
    return with_session(request, go_to(request, "/", message="Your clinic is ready."), opened)
