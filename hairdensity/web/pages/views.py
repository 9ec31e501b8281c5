"""Tiles and thumbnails of captures: files of the cache, after the look at who may see them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, Response

from hairdensity.clinic import access
from hairdensity.clinic.views import view_file
from hairdensity.store.models import Capture
from hairdensity.web.requests import At, Db, Who

__all__ = ["keep_forever", "router"]

router = APIRouter()

IMMUTABLE = "private, max-age=43200, immutable"
"""A capture's bytes never change, so neither do its views; no shared cache may keep them, and a browser not for longer
than the longest session."""

View = Annotated[str, InPath(pattern=r"^\d{1,2}/\d{1,4}_\d{1,4}$")]
"""Level, column and row: nothing else becomes part of a path."""


@router.get("/captures/{capture_id}/tiles/{view:path}.jpg")
def tile(request: Request, capture_id: str, view: View, db: Db, who: Who, at: At) -> Response:
    """One tile of a level of zoom."""
    return _view(request, at, access.find(db, who, Capture, capture_id), f"{view}.jpg")


@router.get("/captures/{capture_id}/thumbnail.jpg")
def thumbnail(request: Request, capture_id: str, db: Db, who: Who, at: At) -> Response:
    """The picture, at most 480 px wide and high."""
    return _view(request, at, access.find(db, who, Capture, capture_id), "thumbnail.jpg")


def keep_forever(request: Request, etag: str) -> tuple[dict[str, str], bool]:
    """Headers of what never changes, and whether the browser has it already.

    Parameters
    ----------
    request : Request
    etag : str
        Without quotes.
    """
    headers = {"ETag": f'"{etag}"', "Cache-Control": IMMUTABLE}
    return headers, f'"{etag}"' in request.headers.get("If-None-Match", "")


def _view(request: Request, at: At, capture: Capture, name: str) -> Response:
    headers, is_known = keep_forever(request, f"{capture.sha256[:32]}-{name.removesuffix('.jpg').replace('/', '-')}")
    if is_known:
        return Response(status_code=304, headers=headers)
    path: Path = view_file(at, capture, name, ask=request.app.state.queue.ask)
    return FileResponse(path, media_type="image/jpeg", headers=headers)
