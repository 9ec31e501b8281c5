"""API of corrections: tried out, saved, reviewed."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field, WithJsonSchema

from hairdensity.clinic import reviewing
from hairdensity.clinic.reviewing import LONGEST_REASON, Draft, Version
from hairdensity.edits import MOST_EDITS
from hairdensity.web.api.bodies import Body, Bool
from hairdensity.web.api.readings import ReadingOut, reading_out
from hairdensity.web.requests import At, Db, ReadingDb, SavingTurn, WaitingWho, Who

__all__ = ["Edits", "NewCorrection", "Review", "router"]

router = APIRouter(tags=["readings"])


def _edit_schema() -> dict[str, Any]:
    """What analysis-1 calls an edit, with its references resolved."""
    definitions = json.loads((files("hairdensity.report") / "analysis-1.schema.json").read_text())["$defs"]
    point = {key: value for key, value in definitions["point_px"].items() if key != "$ref"}
    text = json.dumps(definitions["edit"]).replace('{"$ref": "#/$defs/point_px"}', json.dumps(point))
    schema: dict[str, Any] = json.loads(text)
    return schema


ReadingId = Annotated[
    str, Field(max_length=32, description="The reading that you corrected: refused with 409 if another one counts now.")
]
EditList = Annotated[
    list[Annotated[dict[str, Any], WithJsonSchema(_edit_schema())]],
    Field(
        max_length=MOST_EDITS,
        description="All edits since the automatic reading, in order. Hairs that are added take the next ids after the "
        "largest ever used.",
        examples=[[{"op": "delete", "hair_id": 1}, {"op": "add", "path_px": [[110, 102], [140, 155]]}]],
    ),
]


class Edits(Body):
    """Edits to try out."""

    edits: EditList
    reading_id: ReadingId | None = None


class NewCorrection(Body):
    """A correction to save."""

    edits: EditList
    reading_id: ReadingId
    reason: str = Field("", max_length=LONGEST_REASON, description="Why; nothing that names a person.")
    is_reviewed: Bool = Field(default=False, description="You vouch for the whole picture.")

    def draft(self) -> Draft:
        """As the clinic takes it."""
        return Draft(edits=self.edits, reading_id=self.reading_id, reason=self.reason, is_reviewed=self.is_reviewed)


class Review(Body):
    """The reading that was looked at."""

    reading_id: ReadingId


@router.post("/captures/{capture_id}/preview")
def preview_correction(
    request: Request, capture_id: str, edits: Edits, db: ReadingDb, who: WaitingWho
) -> dict[str, Any]:
    """Try out a correction: the entry of results that it would give; nothing is kept."""
    ask = request.app.state.queue.ask
    return reviewing.preview(db, who, capture_id, edits.edits, ask=ask, reading_id=edits.reading_id)


@router.post("/captures/{capture_id}/corrections", status_code=201)
def add_correction(
    request: Request, capture_id: str, correction: NewCorrection, at: At, _: SavingTurn, who: WaitingWho
) -> ReadingOut:
    """Save a correction as a new reading; the automatic one stays."""
    ask = request.app.state.queue.ask
    reading = reviewing.save_correction(at, who, capture_id, correction.draft(), ask=ask)
    with at.database.session(writes=False) as fresh:
        return _version(reviewing.versions_of(fresh, who, capture_id), reading.id)


@router.post("/captures/{capture_id}/reviewed")
def mark_reviewed(capture_id: str, review: Review, db: Db, who: Who) -> ReadingOut:
    """Mark the current reading as reviewed by you."""
    reading = reviewing.mark_reviewed(db, who, capture_id, review.reading_id)
    return _version(reviewing.versions_of(db, who, capture_id), reading.id)


def _version(versions: list[Version], reading_id: str) -> ReadingOut:
    return next(reading_out(version) for version in versions if version.reading.id == reading_id)
