"""Templates: one environment, with what every page shows."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from hairdensity.clinic.sites import site_name
from hairdensity.clinic.treatments import days_in_words, treatment_words
from hairdensity.resources import package_version
from hairdensity.web.flash import FLASH_COOKIE, read_flash

__all__ = ["fragment", "render", "static_url"]

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page from its template.

    ``person``, ``csrf_token`` and ``flash`` are always there; ``static('css/base.css')`` is the address of a file.
    """
    flash = read_flash(request)
    shared = {
        "person": getattr(request.state, "person", None),
        "csrf_token": getattr(request.state, "csrf_token", ""),
        "flash": flash,
    }
    page = _TEMPLATES.TemplateResponse(request, template, {**shared, **context}, status_code=status)
    if flash is not None:
        page.delete_cookie(FLASH_COOKIE, httponly=True, samesite="strict")
    return page


def fragment(template: str, **context: Any) -> str:
    """A part of a page, for a script that puts it in place."""
    return _TEMPLATES.get_template(template).render(context)


def static_url(path: str) -> str:
    """The address of a static file; it changes with the program, so that browsers may keep what they have."""
    return f"/static/{static_version()}/{path}"


@cache
def static_version() -> str:
    """A name for the present content of all static files together, as modules import one another by relative paths."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def as_day(moment: datetime) -> str:
    """``3 Jan 2026``: no reader takes the month for the day."""
    return f"{moment.day} {moment:%b %Y}"


def as_moment(moment: datetime) -> str:
    """``3 Jan 2026, 14:05 UTC``."""
    return f"{as_day(moment)}, {moment:%H:%M} UTC"


def as_sentence(words: str) -> str:
    """With a capital at its beginning: messages of errors have none."""
    return words[:1].upper() + words[1:]


_TEMPLATES = Jinja2Templates(directory=HERE / "templates")
_TEMPLATES.env.globals.update(static=static_url, version=package_version())
_TEMPLATES.env.filters.update(
    day=as_day,
    moment=as_moment,
    sentence=as_sentence,
    site_name=site_name,
    treatment_words=treatment_words,
    treatment_days=days_in_words,
)
