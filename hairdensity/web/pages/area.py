"""The target area of a picture: whole, or a rectangle, circle or polygon that a person draws."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from hairdensity.clinic import access, captures
from hairdensity.clinic.readings import current_reading
from hairdensity.clinic.scales import stated_um_per_px
from hairdensity.errors import TargetAreaError
from hairdensity.store.models import Capture
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import Db, Who

__all__ = ["router"]

router = APIRouter()


@router.get("/captures/{capture_id}/area")
def area_page(request: Request, capture_id: str, db: Db, who: Who) -> Response:
    """The picture, to draw the area on."""
    capture = access.find(db, who, Capture, capture_id)
    return _area_page(request, capture, area=capture.area)


def _area_page(request: Request, capture: Capture, *, area: str, error: str | None = None) -> Response:
    reading = current_reading(capture)
    found = None if reading is None else reading.summary["calibration"]
    um_per_px = stated_um_per_px(capture.scale, width_px=capture.width_px) if found is None else found["um_per_px"]
    return render(
        request,
        "captures/area.html",
        status=200 if error is None else 422,
        capture=capture,
        um_per_px=um_per_px,
        area=area,
        error=error,
    )


@router.post("/captures/{capture_id}/area")
def set_area(
    request: Request, capture_id: str, db: Db, who: Who, area: Annotated[str, Form(max_length=10_000)] = "whole"
) -> Response:
    """Set the area; the picture is scored anew."""
    try:
        captures.set_area(db, who, capture_id, area)
    except TargetAreaError as error:
        return _area_page(request, access.find(db, who, Capture, capture_id), area=area, error=str(error))
    return go_to(request, f"/captures/{capture_id}")
