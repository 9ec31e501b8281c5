"""What goes wrong, as an answer: a calm page for people, JSON for programs."""

from __future__ import annotations

import logging
import secrets
import traceback
from contextlib import suppress
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from hairdensity.errors import (
    BusyError,
    ConflictError,
    HairDensityError,
    InputError,
    MissingDependencyError,
    NotAllowedError,
    NotFoundError,
)
from hairdensity.web.log import route_of
from hairdensity.web.rendering import render
from hairdensity.web.requests import ForgedRequestError, NotSignedInError, session_cookie, visitor_of

__all__ = ["add_fault_handlers", "fault", "unexpected"]

_LOG = logging.getLogger("hairdensity.web")

_STATUS: tuple[tuple[type[HairDensityError], int], ...] = (
    (NotFoundError, 404),
    (NotAllowedError, 403),
    (ConflictError, 409),
    (BusyError, 503),
    (InputError, 422),
    (MissingDependencyError, 501),
)
RETRY_AFTER_S = 5

_TITLES = {
    400: "This request could not be read",
    403: "This is not yours to do",
    404: "There is nothing here",
    405: "This cannot be done here",
    408: "The request took too long",
    409: "This cannot be done as things are now",
    413: "This is too large",
    422: "Something needs another look",
    429: "A little too fast",
    500: "Something went wrong on our side",
    501: "A part is not installed",
    503: "Busy for a moment",
}


def add_fault_handlers(app: FastAPI) -> None:
    """Teach an application to answer what is raised."""

    @app.exception_handler(HairDensityError)
    def _(request: Request, error: HairDensityError) -> Response:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        if status == 500:
            return unexpected(request, error)
        return fault(request, status, code=error.code, message=str(error))

    @app.exception_handler(NotSignedInError)
    def _(request: Request, error: NotSignedInError) -> Response:
        return _not_signed_in(request)

    @app.exception_handler(ForgedRequestError)
    def _(request: Request, error: ForgedRequestError) -> Response:
        message = "this page is out of date, or the request came from elsewhere; load the page again and repeat it"
        return fault(request, 403, code="forged", message=message)

    @app.exception_handler(RequestValidationError)
    def _(request: Request, error: RequestValidationError) -> Response:
        places = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5]]
        return fault(request, 422, code="bad_input", message="; ".join(places))

    @app.exception_handler(HTTPException)
    def _(request: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).name.lower()
        messages = {404: "there is no page at this address; it may have been mistyped or moved"}
        message = messages.get(error.status_code, str(error.detail))
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_allowed(request))
        return fault(request, error.status_code, code=code, message=message, headers=headers)


def _allowed(request: Request) -> list[str]:
    """Methods of all the routes of a path: the router itself names those of the first."""
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    matches = {
        method: any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
        for method in methods
    }
    return [method for method in methods if matches[method]]


def fault(request: Request, status: int, *, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """An answer that says what is wrong and what to do about it.

    Parameters
    ----------
    request : Request
    status : int
    code : str
        The stable name of the fault.
    message : str
    headers : dict, optional
    """
    headers = {**(headers or {}), **({"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {})}
    if wants_json(request):
        body = {"error": {"code": code, "message": message}}
        return JSONResponse(body, status_code=status, headers=headers)
    _look_who_is_there(request)
    title = _TITLES.get(status, HTTPStatus(status).phrase)
    page = render(request, "fault.html", status=status, fault_title=title, message=message, number=status)
    page.headers.update(headers)
    return page


def wants_json(request: Request) -> bool:
    """Whether a program reads the answer: the API, htmx, or a script that asks for JSON."""
    accept = request.headers.get("Accept", "")
    is_script = "HX-Request" in request.headers or ("application/json" in accept and "text/html" not in accept)
    return request.url.path.startswith("/api/") or is_script


def _look_who_is_there(request: Request) -> None:
    """So that a page of what went wrong has the ways on, also where no route has asked who is there."""
    if hasattr(request.state, "person") or not hasattr(request.app.state, "workplace"):
        return
    with suppress(HairDensityError), request.app.state.workplace.database.session(writes=False) as db:
        visitor_of(request, db)


def _not_signed_in(request: Request) -> Response:
    to = "/sign-in"
    if wants_json(request):
        headers = {"HX-Redirect": to} if "HX-Request" in request.headers else {"WWW-Authenticate": "Bearer"}
        headers |= _cleared(request)
        return fault(request, 401, code="not_signed_in", message="sign in, or send a token that works", headers=headers)
    if request.method == "GET" and request.url.path != "/":
        to += f"?next={request.url.path}"
    return RedirectResponse(to, status_code=303, headers=_cleared(request))


def _cleared(request: Request) -> dict[str, str]:
    """A browser whose session has ended by itself forgets pictures that it has kept, as after signing out."""
    return {"Clear-Site-Data": '"cache"'} if session_cookie(request) in request.cookies else {}


def unexpected(request: Request, error: Exception) -> Response:
    """The answer to a fault of the program: a number that stands in the log, and nothing of what went wrong."""
    number = secrets.token_hex(4)
    # Where, not what: the message of an exception may carry a value that somebody typed.
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("fault %s: %s at %s\n%s", number, type(error).__name__, route_of(request.scope), where)
    message = (
        f"nothing was changed. Try it again; if it stays, tell your admin the number {number}, which stands in the log"
    )
    return fault(request, 500, code="internal", message=message)
