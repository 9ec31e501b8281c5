"""Templates: one environment, with what every page shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

__all__ = ["render"]

HERE = Path(__file__).resolve().parent

_TEMPLATES = Jinja2Templates(directory=HERE / "templates")


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page from its template; ``person`` and ``csrf_token`` are always there."""
    shared = {
        "person": getattr(request.state, "person", None),
        "csrf_token": getattr(request.state, "csrf_token", ""),
    }
    return _TEMPLATES.TemplateResponse(request, template, {**shared, **context}, status_code=status)
