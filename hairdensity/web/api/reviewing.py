"""API of corrections: tried out, saved, reviewed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from hairdensity.clinic import reviewing
from hairdensity.clinic.reviewing import LONGEST_REASON, Draft, Version
from hairdensity.edits import MOST_EDITS
from hairdensity.web.requests import At, Db, ReadingDb, WaitingWho, Who

__all__ = ["Edits", "NewCorrection", "Review", "router"]

router = APIRouter(tags=["readings"])

ReadingId = Annotated[
    str, Field(max_length=32, description="The reading that you corrected: refused with 409 if another one counts now.")
]
EditList = Annotated[
    list[dict[str, Any]],
    Field(
        max_length=MOST_EDITS,
        description="All edits since the automatic reading, in order, as the schema hairdensity/analysis-1 has them "
        "under edits.",
        examples=[[{"op": "delete", "hair_id": 12}, {"op": "add", "path_px": [[310, 402], [340, 455]]}]],
    ),
]


class Edits(BaseModel):
    """Edits to try out."""

    edits: EditList
    reading_id: ReadingId | None = None


class NewCorrection(BaseModel):
    """A correction to save."""

    edits: EditList
    reading_id: ReadingId
    reason: str = Field("", max_length=LONGEST_REASON, description="Why; nothing that names a person.")
    is_reviewed: bool = Field(default=False, description="You vouch for the whole picture.")

    def draft(self) -> Draft:
        """As the clinic takes it."""
        return Draft(edits=self.edits, reading_id=self.reading_id, reason=self.reason, is_reviewed=self.is_reviewed)


class Review(BaseModel):
    """The reading that was looked at."""

    reading_id: ReadingId


class ReadingVersion(BaseModel):
    """A reading of a picture, and who made and reviewed it."""

    id: str
    kind: str = Field(description="automatic or corrected")
    automatic_id: str | None
    n_edits: int
    reason: str
    version: str
    created_at: datetime
    made_by: str | None
    reviewed_at: datetime | None
    reviewed_by: str | None
    is_current: bool = Field(description="The reading that counts.")


@router.post("/captures/{capture_id}/preview")
def preview(request: Request, capture_id: str, edits: Edits, db: ReadingDb, who: WaitingWho) -> dict[str, Any]:
    """Try out a correction: the entry of results that it would give; nothing is kept."""
    ask = request.app.state.queue.ask
    return reviewing.preview(db, who, capture_id, edits.edits, ask=ask, reading_id=edits.reading_id)


@router.post("/captures/{capture_id}/corrections", status_code=201)
def correct(request: Request, capture_id: str, correction: NewCorrection, at: At, who: WaitingWho) -> ReadingVersion:
    """Save a correction as a new reading; the automatic one stays."""
    ask = request.app.state.queue.ask
    reading = reviewing.save_correction(at, who, capture_id, correction.draft(), ask=ask)
    with at.database.session(writes=False) as fresh:
        return _version(reviewing.versions_of(fresh, who, capture_id), reading.id)


@router.post("/captures/{capture_id}/reviewed")
def review(capture_id: str, review: Review, db: Db, who: Who) -> ReadingVersion:
    """Mark the current reading as reviewed by you."""
    reading = reviewing.mark_reviewed(db, who, capture_id, review.reading_id)
    return _version(reviewing.versions_of(db, who, capture_id), reading.id)


@router.get("/captures/{capture_id}/versions")
def versions(capture_id: str, db: Db, who: Who) -> list[ReadingVersion]:
    """All readings of a picture, the newest first."""
    return [_shown(version) for version in reviewing.versions_of(db, who, capture_id)]


def _version(versions: list[Version], reading_id: str) -> ReadingVersion:
    return next(_shown(version) for version in versions if version.reading.id == reading_id)


def _shown(version: Version) -> ReadingVersion:
    reading = version.reading
    return ReadingVersion(
        id=reading.id,
        kind=reading.kind,
        automatic_id=reading.automatic_id,
        n_edits=len(reading.edits),
        reason=reading.reason,
        version=reading.version,
        created_at=reading.created_at,
        made_by=version.made_by,
        reviewed_at=reading.reviewed_at,
        reviewed_by=version.reviewed_by,
        is_current=version.is_current,
    )
