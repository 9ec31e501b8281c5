"""API of what can be seen of a picture: its pixels without metadata, and the marks of a scale in it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from hairdensity.clinic import access
from hairdensity.clinic.outgoing import note_export
from hairdensity.clinic.showing import scale_marks
from hairdensity.clinic.uploading import stripped_copy
from hairdensity.clinic.views import view_file
from hairdensity.store.models import Capture
from hairdensity.web.api.bodies import Point
from hairdensity.web.requests import At, ReadingDb, WaitingWho

__all__ = ["router"]

router = APIRouter(tags=["pictures"])


def _a_picture(*media_types: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in media_types}
    return {200: {"description": "The picture.", "content": content}}


class Bar(BaseModel):
    """A scale bar that can be seen."""

    ends_px: tuple[Point, Point] = Field(description="(row, col) of both ends, px.")
    label: str = Field(description="As it stands beside the bar; empty where it could not be read.")


class BarScale(BaseModel):
    """The scale bar that the analysis uses."""

    label: str
    um_per_px: float


class Ruler(BaseModel):
    """Ticks of a ruler that can be seen."""

    ticks_px: list[Point] = Field(description="(row, col) of each tick, px.")
    spacing_px: float = Field(description="Between neighboring ticks, px.")


class Marks(BaseModel):
    """What shows the scale of a picture."""

    bars: list[Bar]
    scale: BarScale | None = Field(description="null where no label is certain, or bars contradict one another.")
    rulers: list[Ruler] = Field(description="Set one as the scale with kind ruler, and the mm between its ticks.")
    point_error_px: float = Field(description="One standard deviation of an end that is set by hand, px.")
    ruler_error: float = Field(description="One standard deviation of a ruler's own length, as a fraction.")


@router.get(
    "/captures/{capture_id}/original",
    response_class=FileResponse,
    responses=_a_picture("image/jpeg", "image/png"),
)
def get_original(request: Request, capture_id: str, db: ReadingDb, who: WaitingWho, at: At) -> FileResponse:
    """The same pixels as uploaded, without what the file says about people, places and devices."""
    capture = access.find(db, who, Capture, capture_id)
    copy = stripped_copy(at, capture, ask=request.app.state.queue.ask)
    note_export(at, who, ("capture", capture.id), "original")
    return FileResponse(copy.path, media_type=copy.media_type, filename=f"{capture.id}{copy.path.suffix}")


@router.get("/captures/{capture_id}/thumbnail", response_class=FileResponse, responses=_a_picture("image/jpeg"))
def get_thumbnail(request: Request, capture_id: str, db: ReadingDb, who: WaitingWho, at: At) -> FileResponse:
    """The picture, at most 480 px wide and high."""
    capture = access.find(db, who, Capture, capture_id)
    path = view_file(at, capture, "thumbnail.jpg", ask=request.app.state.queue.ask)
    return FileResponse(path, media_type="image/jpeg")


@router.get("/captures/{capture_id}/marks")
def get_marks(request: Request, capture_id: str, db: ReadingDb, who: WaitingWho) -> Marks:
    """Scale bars and rulers that can be seen in the picture."""
    capture = access.find(db, who, Capture, capture_id)
    return Marks.model_validate(scale_marks(capture, ask=request.app.state.queue.ask))
