"""API of pictures: what is known of one, its scale and area set, moved, deleted. Uploads are in `uploads`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hairdensity.clinic import access, captures
from hairdensity.clinic.areas import LONGEST_TEXT
from hairdensity.clinic.comparing import previous_reading
from hairdensity.clinic.overview import card_of
from hairdensity.store.models import Capture
from hairdensity.web.api.bodies import Body, Number, Point
from hairdensity.web.api.devices import DeviceOut
from hairdensity.web.api.lists import After, Limit, Listed
from hairdensity.web.requests import At, Db, Who

__all__ = ["router"]

router = APIRouter(tags=["pictures"])


class ScaleIn(Body):
    """What the px of a picture measure; which fields are needed depends on the kind."""

    kind: Literal["given", "drawn", "ruler", "profile", "none"]
    um_per_px: Number | None = Field(None, description="given: exactly one of the three.")
    px_per_mm: Number | None = None
    field_width_mm: Number | None = None
    relative_error: Number | None = Field(None, description="given: one standard deviation, as a fraction.")
    length_mm: Number | None = Field(None, description="drawn: of the line.")
    from_px: Point | None = Field(None, description="drawn: (row, col) of one end.")
    to_px: Point | None = Field(None, description="drawn: (row, col) of the other end.")
    tick_mm: Number | None = Field(None, description="ruler: mm between neighboring ticks.")
    device_id: str | None = Field(None, max_length=64, description="profile: a device of the clinic.")


class CaptureChange(Body):
    """What is to change; what is left out stays."""

    scale: ScaleIn | None = Field(None, description="null: as the picture itself shows it.")
    area: str | None = Field(
        None,
        max_length=LONGEST_TEXT,
        description="whole, rectangle=TOP,LEFT,HEIGHT,WIDTH, circle=ROW,COL,RADIUS or polygon=ROW,COL,...; px or mm",
    )
    visit_id: str | None = Field(None, max_length=64)
    site_id: str | None = Field(None, max_length=64)


class CaptureOut(BaseModel):
    """A picture of a site at a visit."""

    id: str
    visit_id: str
    site_id: str
    number: int = Field(description="Of the pictures of this site at this visit, from 1.")
    sha256: str
    media_type: str
    n_bytes: int
    width_px: int
    height_px: int
    scale: dict[str, Any] | None
    area: str
    uploaded_at: datetime
    state: str = Field(description="queued, running, failed, done, or none when nobody asked for a result.")
    reading_id: str | None = Field(description="The reading that counts.")
    previous_reading_id: str | None = Field(
        description="Of the newest earlier visit at which this site can be read: what to compare with first."
    )


def _shown(db: Db, capture: Capture) -> CaptureOut:
    card = card_of(db, capture)
    stored = {name: getattr(capture, name) for name in CaptureOut.model_fields if hasattr(capture, name)}
    previous = previous_reading(capture)
    return CaptureOut(
        **stored,
        state=card.state,
        reading_id=None if card.reading is None else card.reading.id,
        previous_reading_id=None if previous is None else previous.id,
    )


@router.get("/captures")
def list_captures(
    db: Db,
    who: Who,
    visit_id: str | None = None,
    site_id: str | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Listed[CaptureOut]:
    """Pictures, the newest first: of a visit, of a site, or of the whole clinic."""
    page = captures.list_captures(db, who, visit_id=visit_id, site_id=site_id, limit=limit, after=after)
    return Listed(items=[_shown(db, capture) for capture in page.items], after=page.after)


@router.get("/captures/{capture_id}")
def get_capture(capture_id: str, db: Db, who: Who) -> CaptureOut:
    """One picture."""
    return _shown(db, access.find(db, who, Capture, capture_id))


@router.patch("/captures/{capture_id}")
def change_capture(capture_id: str, body: CaptureChange, db: Db, who: Who) -> CaptureOut:
    """Set the scale or the area, which scores the picture anew, or move it."""
    if "scale" in body.model_fields_set:
        captures.set_scale(db, who, capture_id, None if body.scale is None else body.scale.model_dump())
    if body.area is not None:
        captures.set_area(db, who, capture_id, body.area)
    capture = captures.move_capture(db, who, capture_id, visit_id=body.visit_id, site_id=body.site_id)
    return _shown(db, capture)


class DeviceName(Body):
    """A device to keep."""

    name: str = Field(min_length=1, max_length=80, description="Of the device and its zoom.")


@router.post("/captures/{capture_id}/device", status_code=201)
def keep_scale_as_device(capture_id: str, body: DeviceName, db: Db, who: Who) -> DeviceOut:
    """Keep the scale stated or drawn on this picture as a device's profile; new pictures of its size use it."""
    return DeviceOut.model_validate(captures.keep_scale_of(db, who, capture_id, body.name))


@router.delete("/captures/{capture_id}", status_code=204)
def delete_capture(capture_id: str, at: At, db: Db, who: Who) -> None:
    """Delete a picture with its readings."""
    captures.delete_capture(at, db, who, capture_id)
