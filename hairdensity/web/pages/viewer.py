"""The page of a capture: the picture with what was found on it, and its figures beside it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hairdensity.clinic import access
from hairdensity.clinic.comparing import previous_reading
from hairdensity.clinic.figures_in_words import figures_of
from hairdensity.clinic.readings import current_reading
from hairdensity.clinic.scalp import place_of
from hairdensity.clinic.showing import Shown, reading_of, shown_capture, unreadable_file
from hairdensity.errors import NotFoundError
from hairdensity.flags import HAIR_FLAGS, HairFlag, flag_names
from hairdensity.store.models import Capture
from hairdensity.web.pages.views import keep_forever
from hairdensity.web.rendering import as_moment, render
from hairdensity.web.requests import At, Db, Who

__all__ = ["router"]

router = APIRouter()


@router.get("/captures/{capture_id}")
def capture_page(request: Request, capture_id: str, db: Db, who: Who) -> Response:
    """The picture, its figures, and the tools to correct them."""
    shown = shown_capture(db, who, capture_id)
    return render(
        request,
        "viewer/capture.html",
        shown=shown,
        capture=shown.capture,
        reading=shown.current,
        figures=figures_of(shown.current),
        scale_url=_scale_url(who, shown.capture),
        previous=previous_reading(shown.capture),
        place=place_of(shown.capture.site.place),
        state=_state(shown),
        facts={
            "flagWords": {
                name: words for flag, info in HAIR_FLAGS.items() for name, words in _flag_words(flag, info.meaning)
            },
            "person": who.user_id,
            "mayEdit": shown.may_edit,
            "width": shown.capture.width_px,
            "height": shown.capture.height_px,
        },
    )


def _flag_words(flag: HairFlag, meaning: str) -> list[tuple[str, str]]:
    return [(name, meaning) for name in flag_names(flag)]


@router.get("/captures/{capture_id}/state")
def capture_state(capture_id: str, db: Db, who: Who) -> dict[str, Any]:
    """Which reading counts, and what a worker does: the page asks while something is in work."""
    return _state(shown_capture(db, who, capture_id))


@router.get("/captures/{capture_id}/panel")
def panel(request: Request, capture_id: str, db: Db, who: Who, reading: str | None = None) -> Response:
    """The figures of a reading, for a page that is open already; of the one that counts where none is named."""
    capture = access.find(db, who, Capture, capture_id)
    chosen = current_reading(capture) if reading is None else reading_of(capture, reading)
    if chosen is None:
        raise NotFoundError("this picture has not been read yet")
    return render(request, "parts/figures.html", figures=figures_of(chosen), scale_url=_scale_url(who, capture))


def _scale_url(who: access.Person, capture: Capture) -> str | None:
    """Where a person sets the scale who may."""
    return f"/captures/{capture.id}/scale" if who.may(access.Role.CLINICIAN) else None


@router.get("/captures/{capture_id}/readings/{reading_id}/result")
def result(request: Request, capture_id: str, reading_id: str, db: Db, who: Who, at: At) -> Response:
    """The whole entry of ``results`` of a reading, as it is stored."""
    reading = reading_of(access.find(db, who, Capture, capture_id), reading_id)
    headers, is_known = keep_forever(request, reading.result_sha256)
    if is_known:
        return Response(status_code=304, headers=headers)
    return Response(at.files.read(reading.result_sha256), media_type="application/json", headers=headers)


@router.get("/captures/{capture_id}/readings/{reading_id}/unreadable")
def unreadable(request: Request, capture_id: str, reading_id: str, db: Db, who: Who, at: At) -> Response:
    """Outlines of what could not be read in the area of an automatic reading."""
    reading = reading_of(access.find(db, who, Capture, capture_id), reading_id)
    headers, is_known = keep_forever(request, f"{reading.result_sha256[:32]}-unreadable")
    if is_known:
        return Response(status_code=304, headers=headers)
    content = unreadable_file(at, reading, ask=request.app.state.queue.ask)
    return Response(content, media_type="application/json", headers=headers)


def _state(shown: Shown) -> dict[str, Any]:
    current, automatic, job = shown.current, shown.automatic, shown.job
    return {
        "readingId": None if current is None else current.id,
        "kind": None if current is None else current.kind,
        "automaticId": None if automatic is None else automatic.id,
        "edits": [] if current is None else current.edits,
        "madeAt": None if current is None else as_moment(current.created_at),
        "madeBy": None if current is None or current.created_by is None else shown.names[current.created_by],
        "reason": "" if current is None else current.reason,
        "reviewedAt": None if current is None or current.reviewed_at is None else as_moment(current.reviewed_at),
        "reviewedBy": None if current is None or current.reviewed_by is None else shown.names[current.reviewed_by],
        "job": None if job is None else job.state,
    }
