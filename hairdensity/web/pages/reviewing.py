"""Corrections of a picture from its page: figures while one draws, saving, reviewing. JSON in and out, by a script."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from hairdensity.clinic import reviewing
from hairdensity.clinic.figures_in_words import Status, figures_in_words
from hairdensity.store.models import Reading
from hairdensity.web.api.reviewing import Edits, NewCorrection, Review
from hairdensity.web.rendering import fragment
from hairdensity.web.requests import At, Db, ReadingDb, SavingTurn, WaitingWho, Who

__all__ = ["router"]

router = APIRouter()


@router.post("/captures/{capture_id}/preview")
def preview(request: Request, capture_id: str, edits: Edits, db: ReadingDb, who: WaitingWho) -> dict[str, Any]:
    """What the figures would be: ``result``, the entry of ``results``, and ``figures``, the panel that shows it."""
    ask = request.app.state.queue.ask
    result = reviewing.preview(db, who, capture_id, edits.edits, ask=ask, reading_id=edits.reading_id)
    figures = figures_in_words(result, Status(kind="draft", n_edits=len(edits.edits)))
    panel = fragment("parts/figures.html", figures=figures, scale_url=f"/captures/{capture_id}/scale")
    return {"result": result, "figures": panel}


@router.post("/captures/{capture_id}/corrections")
def correct(
    request: Request, capture_id: str, correction: NewCorrection, at: At, _: SavingTurn, who: WaitingWho
) -> dict[str, Any]:
    """Save a correction as a new reading."""
    ask = request.app.state.queue.ask
    return _kept(reviewing.save_correction(at, who, capture_id, correction.draft(), ask=ask))


@router.post("/captures/{capture_id}/reviewed")
def review(capture_id: str, review: Review, db: Db, who: Who) -> dict[str, Any]:
    """Mark the reading that is shown as reviewed."""
    return _kept(reviewing.mark_reviewed(db, who, capture_id, review.reading_id))


def _kept(reading: Reading) -> dict[str, Any]:
    """What the page needs to go on from a reading."""
    return {"reading_id": reading.id, "automatic_id": reading.automatic_id, "edits": reading.edits}
