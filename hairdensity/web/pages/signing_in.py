"""Signing in and out, and links by which a password is chosen."""

from __future__ import annotations

from math import ceil
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from hairdensity.clinic import accounts
from hairdensity.clinic.passwords import SHORTEST
from hairdensity.clinic.sessions import end_session, session_of
from hairdensity.errors import InputError
from hairdensity.store.audit import record
from hairdensity.web.cookies import with_session, without_session
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import At, Db, Who, address_of, session_cookie

__all__ = ["router"]

router = APIRouter()

WRONG = "Name or password is not right."


@router.get("/sign-in")
def show(request: Request, db: Db, next: str = "/") -> Response:  # noqa: A002 -- a name of the address
    """Ask for name and password."""
    if session_of(db, request.cookies.get(session_cookie(request), "")) is not None:
        return go_to(request, _own_path(next))
    return render(request, "sign_in.html", next=_own_path(next), is_new=accounts.is_new(db))


@router.post("/sign-in")
def sign_in(
    request: Request,
    at: At,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Begin a session; the one before in this browser ends."""
    attempt = accounts.sign_in(at.database, name=name, password=password, address=address_of(request))
    if attempt.opened is None:
        return _refused(request, attempt, name=name, next=_own_path(next))
    with at.database.session() as db:
        end_session(db, request.cookies.get(session_cookie(request), ""))
    return with_session(request, go_to(request, _own_path(next)), attempt.opened)


@router.post("/sign-out")
def sign_out(request: Request, db: Db, who: Who) -> Response:
    """End the session."""
    end_session(db, request.cookies.get(session_cookie(request), ""))
    record(db, "signed out", ("user", who.user_id), clinic_id=who.clinic_id, user_id=who.user_id)
    return without_session(request, go_to(request, "/sign-in", message="You have signed out."))


@router.get("/set-password")
def show_link(request: Request, db: Db, key: str = "") -> Response:
    """Ask whom a link belongs to for a password."""
    owner = accounts.person_of_link(db, key)
    return render(request, "set_password.html", key=key, owner=owner.name, shortest=SHORTEST)


@router.post("/set-password")
def set_password(
    request: Request, db: Db, key: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    """Set the password and begin a session."""
    owner = accounts.person_of_link(db, key)
    try:
        opened = accounts.choose_password(db, key, password)
    except InputError as error:
        given = {"key": key, "owner": owner.name, "shortest": SHORTEST, "error": str(error)}
        return render(request, "set_password.html", status=422, **given)
    return with_session(request, go_to(request, "/", message="Your password is set."), opened)


def _refused(request: Request, attempt: accounts.Attempt, **given: str) -> Response:
    if not attempt.wait_s:
        return render(request, "sign_in.html", status=401, error=WRONG, **given)
    minutes = ceil(attempt.wait_s / 60)
    error = f"Too many attempts. Wait {minutes} minute{'s' if minutes > 1 else ''}, or ask an admin for a new password."
    page = render(request, "sign_in.html", status=429, error=error, **given)
    page.headers["Retry-After"] = str(attempt.wait_s)
    return page


def _own_path(path: str) -> str:
    """A path of this application, else its beginning: nobody is sent to another site after signing in."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_own else "/"
