"""The own account: password, and tokens of the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from hairdensity.clinic import accounts, sessions, tokens
from hairdensity.clinic.passwords import SHORTEST
from hairdensity.errors import ConflictError, InputError
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import Db, Who

__all__ = ["router"]

router = APIRouter(prefix="/account")


@router.get("")
def show(request: Request, db: Db, who: Who) -> Response:
    """Password, sessions and tokens."""
    return _page(request, db, who)


@router.post("/password")
def change_password(
    request: Request, db: Db, who: Who, old: Annotated[str, Form()] = "", new: Annotated[str, Form()] = ""
) -> Response:
    """Set another password; other sessions end."""
    try:
        accounts.change_password(db, who, old=old, new=new, session_id=request.state.sign_in_id)
    except InputError as error:
        return _page(request, db, who, status=422, password_error=str(error))
    return go_to(request, "/account", message="Your password is changed; you are signed out everywhere else.")


@router.post("/sign-out-others")
def sign_out_others(request: Request, db: Db, who: Who) -> Response:
    """End all other sessions."""
    accounts.sign_out_others(db, who, session_id=request.state.sign_in_id)
    return go_to(request, "/account", message="You are signed out everywhere else.")


@router.post("/tokens")
def make_token(
    request: Request, db: Db, who: Who, name: Annotated[str, Form()] = "", days: Annotated[int, Form()] = 90
) -> Response:
    """Make a token and show it, once."""
    try:
        made = tokens.make_token(db, who, name=name, days=days)
    except (InputError, ConflictError) as error:
        return _page(request, db, who, status=422, token_error=str(error), token_name=name)
    return _page(request, db, who, new_token=made.token)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(request: Request, db: Db, who: Who, token_id: str) -> Response:
    """End a token."""
    tokens.revoke_token(db, who, token_id)
    return go_to(request, "/account", message="The token no longer works.")


def _page(request: Request, db: Db, who: Who, *, status: int = 200, **context: str) -> Response:
    own = tokens.tokens_of(db, who)
    return render(
        request,
        "account.html",
        status=status,
        tokens=[(row, tokens.is_working(row)) for row in own],
        n_sessions=sessions.count_sessions(db, who.user_id),
        shortest=SHORTEST,
        **context,
    )
