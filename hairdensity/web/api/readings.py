"""API of readings: what was found on a picture, by the program or as a person corrected it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from hairdensity.clinic import access, readings
from hairdensity.clinic.reviewing import Version, versions_of
from hairdensity.clinic.showing import unreadable_file
from hairdensity.report.envelope import document
from hairdensity.store.models import Reading
from hairdensity.web.api.bodies import Point
from hairdensity.web.api.lists import All
from hairdensity.web.requests import At, Db, ReadingDb, WaitingWho, Who

__all__ = ["ReadingOut", "reading_out", "router"]

router = APIRouter(tags=["readings"])


class ReadingOut(BaseModel):
    """A reading of a picture, and who made and reviewed it."""

    id: str
    capture_id: str
    kind: Literal["automatic", "corrected"]
    automatic_id: str | None = Field(description="Of a corrected one: the reading that it started from.")
    is_current: bool = Field(description="The one that counts, with the picture's present scale and area.")
    is_usable: bool = Field(description="False where the picture is unreadable or damaged: leave it out of summaries.")
    n_edits: int
    reason: str
    version: str = Field(description="Of the program.")
    model: dict[str, Any] | None = Field(description="Name and checksum of the network; null without one.")
    created_at: datetime
    made_by: str | None = Field(description="Of a corrected one.")
    reviewed_at: datetime | None
    reviewed_by: str | None
    summary: dict[str, Any] = Field(description="An entry of results (analysis-1) without hairs, ostia and outline.")


class Outlines(BaseModel):
    """What could not be read in the area of a reading."""

    unreadable_px: list[list[Point]] = Field(description="(row, col) of the corners of each outline, px.")


def reading_out(version: Version) -> ReadingOut:
    """A reading as the API shows it."""
    reading = version.reading
    found: dict[str, Any] = {
        "is_current": version.is_current,
        "is_usable": readings.is_usable(reading),
        "n_edits": len(reading.edits),
        "made_by": version.made_by,
        "reviewed_by": version.reviewed_by,
    }
    stored = {name: getattr(reading, name) for name in ReadingOut.model_fields if name not in found}
    return ReadingOut(**stored, **found)


@router.get("/captures/{capture_id}/readings")
def list_readings(capture_id: str, db: Db, who: Who) -> All[ReadingOut]:
    """All readings of a picture, the newest first."""
    return All(items=[reading_out(version) for version in versions_of(db, who, capture_id)])


@router.get("/readings/{reading_id}")
def get_reading(reading_id: str, db: Db, who: Who, at: At) -> dict[str, Any]:
    """The whole result of a reading: a document of the schema hairdensity/analysis-1."""
    found = access.find(db, who, Reading, reading_id)
    return document([readings.read_result(at, found)], version=found.version, model=found.model)


@router.get("/readings/{reading_id}/unreadable")
def get_unreadable(request: Request, reading_id: str, db: ReadingDb, who: WaitingWho, at: At) -> Outlines:
    """Outlines of what could not be read in the area."""
    found = access.find(db, who, Reading, reading_id)
    return Outlines.model_validate_json(unreadable_file(at, found, ask=request.app.state.queue.ask))
