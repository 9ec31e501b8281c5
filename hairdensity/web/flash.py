"""A message that the next page shows once, in a cookie for that one page."""

from __future__ import annotations

import base64
import json
from typing import NamedTuple

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

__all__ = ["FLASH_COOKIE", "Flash", "go_to", "read_flash"]

FLASH_COOKIE = "hairdensity_message"


class Flash(NamedTuple):
    """What to show; ``kind``: good, warn or bad."""

    text: str
    kind: str = "good"


def go_to(request: Request, url: str, *, message: str | None = None, kind: str = "good") -> Response:
    """Send a browser on after something was done, with a message for the page it comes to.

    Parameters
    ----------
    request : Request
    url : str
        A path of this application.
    message : str, optional
    kind : str, optional
        good, warn or bad.
    """
    answer: Response
    if request.headers.get("HX-Request"):
        answer = Response(status_code=204, headers={"HX-Redirect": url})
    else:
        answer = RedirectResponse(url, status_code=303)
    if message is not None:
        value = base64.urlsafe_b64encode(json.dumps([message[:500], kind]).encode()).decode()
        secure = request.app.state.settings.behind_tls
        answer.set_cookie(FLASH_COOKIE, value, max_age=60, httponly=True, samesite="strict", secure=secure)
    return answer


def read_flash(request: Request) -> Flash | None:
    """The message for this page, when there is one."""
    try:
        text, kind = json.loads(base64.urlsafe_b64decode(request.cookies.get(FLASH_COOKIE, "")))
    except (ValueError, TypeError, RecursionError):
        # A cookie may hold anything: another program on the same host can set one.
        return None
    return Flash(str(text), kind if kind in ("good", "warn", "bad") else "good")
