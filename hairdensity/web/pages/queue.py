"""Uploads of the page, the queue, and the state of a job, which asks for itself again until it is over."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from hairdensity.clinic import access, jobs
from hairdensity.clinic.failures import remedy_of
from hairdensity.clinic.outgoing import note_export
from hairdensity.clinic.uploading import Arrival, stripped_copy
from hairdensity.store.models import Capture, Job
from hairdensity.web.api.uploads import Upload, upload_of
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import At, Db, StreamingWho, Who

__all__ = ["router"]

router = APIRouter()


@router.post("/visits/{visit_id}/captures")
async def upload(
    request: Request, visit_id: str, who: StreamingWho, site_id: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Take one picture: the body of the request."""
    arrival = Arrival(visit_id=visit_id, site_id=site_id)
    taken: Upload = upload_of(await request.app.state.reception.receive(request, who, arrival))
    return JSONResponse(taken.model_dump(mode="json"), status_code=201 if taken.is_new else 200)


@router.get("/queue")
def queue_page(request: Request, db: Db, who: Who) -> Response:
    """What runs, waits and failed."""
    board = jobs.board(db, who)
    may_retry = who.may(access.Role.CLINICIAN)
    return render(request, "queue.html", board=board, remedy_of=remedy_of, may_retry=may_retry)


@router.get("/jobs/{job_id}/state")
def state(request: Request, job_id: str, db: Db, who: Who) -> Response:
    """The state of a job, as a piece of a page."""
    return _state(request, db, who, access.find(db, who, Job, job_id))


@router.post("/jobs/{job_id}/retry")
def retry(request: Request, job_id: str, db: Db, who: Who) -> Response:
    """Queue a failed job again."""
    job = jobs.retry(db, who, job_id)
    if "HX-Request" in request.headers:
        return _state(request, db, who, job)
    return go_to(request, "/queue", message="It is tried again.")


def _state(request: Request, db: Db, who: Who, job: Job) -> Response:
    return render(
        request,
        "parts/job.html",
        job=job,
        place=jobs.place_of(db, job),
        remedy_of=remedy_of,
        may_retry=who.may(access.Role.CLINICIAN),
    )


@router.get("/captures/{capture_id}/original")
def original(request: Request, capture_id: str, db: Db, who: Who, at: At) -> Response:
    """The picture as it was uploaded, without what its file says about people, places and devices."""
    capture = access.find(db, who, Capture, capture_id)
    copy = stripped_copy(at, capture, ask=request.app.state.queue.ask)
    note_export(at, who, ("capture", capture.id), "original")
    name = f"{capture.id}{copy.path.suffix}"
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
    return FileResponse(copy.path, media_type=copy.media_type, filename=name, headers=headers)
