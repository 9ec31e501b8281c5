"""The cookie of a session."""

from __future__ import annotations

from fastapi import Request, Response

from hairdensity.clinic.sessions import OpenedSession
from hairdensity.web.requests import session_cookie

__all__ = ["with_session", "without_session"]


def with_session(request: Request, answer: Response, opened: OpenedSession) -> Response:
    """An answer that begins a session: its cookie ends with the browser, its session earlier."""
    secure = request.app.state.settings.behind_tls
    answer.set_cookie(session_cookie(request), opened.token, httponly=True, samesite="lax", secure=secure)
    return answer


def without_session(request: Request, answer: Response) -> Response:
    """An answer that ends a session, and clears what a browser has kept."""
    secure = request.app.state.settings.behind_tls
    answer.delete_cookie(session_cookie(request), httponly=True, samesite="lax", secure=secure)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
