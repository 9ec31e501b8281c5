"""What this is, what it is not, and what it rests on."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from hairdensity.web.rendering import render

__all__ = ["router"]

router = APIRouter()


@router.get("/about")
def show(request: Request) -> Response:
    """Version, model, limits, sources."""
    return render(request, "about.html")
