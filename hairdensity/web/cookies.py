"""The cookie of a session."""

from __future__ import annotations

from fastapi import Request, Response

from hairdensity.clinic.sessions import OpenedSession
from hairdensity.web.requests import SESSION_COOKIE

__all__ = ["with_session", "without_session"]


def with_session(request: Request, answer: Response, opened: OpenedSession) -> Response:
    """An answer that begins a session: its cookie ends with the browser, its session earlier."""
    answer.set_cookie(
        SESSION_COOKIE, opened.token, httponly=True, samesite="lax", secure=request.app.state.settings.behind_tls
    )
    return answer


def without_session(request: Request, answer: Response) -> Response:
    """An answer that ends a session, and clears what a browser has kept."""
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=request.app.state.settings.behind_tls)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
