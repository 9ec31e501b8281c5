"""API of uploads, jobs and readings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from hairdensity.clinic import access, jobs, readings
from hairdensity.clinic.failures import remedy_of
from hairdensity.clinic.uploading import Accepted, Arrival
from hairdensity.report.envelope import document
from hairdensity.store.models import Job, Reading
from hairdensity.web.requests import At, Db, StreamingWho, Who

__all__ = ["JobState", "Taken", "Upload", "router", "upload_of"]

router = APIRouter()


class Fault(BaseModel):
    """Why a job failed."""

    code: str
    message: str
    remedy: str


class JobState(BaseModel):
    """Work that waits for a worker, or is done."""

    id: str
    kind: str = Field(description="score or compare")
    state: str = Field(description="queued, running, done or failed")
    place: int | None = Field(description="In the queue, from 1; null when it does not wait.")
    capture_id: str | None
    fault: Fault | None = Field(description="Of a failed job.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Taken(BaseModel):
    """A picture that was taken."""

    id: str
    visit_id: str
    site_id: str
    number: int = Field(description="Of the pictures of this site at this visit, from 1.")
    sha256: str
    media_type: str
    n_bytes: int
    width_px: int
    height_px: int


class Upload(BaseModel):
    """What became of an upload."""

    capture: Taken
    job: JobState | None
    is_new: bool = Field(description="False where the same bytes were there already, at the same visit and site.")


class ReadingSummary(BaseModel):
    """What was found on a picture, by the program or as a person corrected it."""

    id: str
    capture_id: str
    kind: str = Field(description="automatic or corrected")
    is_current: bool = Field(description="The one that counts, with the picture's present scale and area.")
    is_usable: bool = Field(description="False where the picture is unreadable or damaged: leave it out of summaries.")
    version: str
    model: dict[str, Any] | None
    created_at: datetime
    reviewed_at: datetime | None
    summary: dict[str, Any] = Field(description="An entry of results (analysis-1) without hairs, ostia and outline.")


def job_state(job: Job, place: int | None) -> JobState:
    """A job as the API shows it."""
    fault = None
    if job.state == "failed":
        fault = Fault(code=job.error_code or "error", message=job.error_message or "", remedy=remedy_of(job))
    return JobState(
        id=job.id,
        kind=job.kind,
        state=job.state,
        place=place,
        capture_id=job.capture_id,
        fault=fault,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def upload_of(accepted: Accepted) -> Upload:
    """An upload as the API shows it."""
    job = None if accepted.job is None else job_state(accepted.job, accepted.place)
    taken = Taken.model_validate(accepted.capture, from_attributes=True)
    return Upload(capture=taken, job=job, is_new=accepted.is_new)


@router.post(
    "/visits/{visit_id}/captures",
    status_code=201,
    tags=["pictures"],
    responses={200: {"model": Upload, "description": "The same bytes were there already."}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload(
    request: Request,
    response: Response,
    visit_id: str,
    site_id: Annotated[str, Query(max_length=64)],
    who: StreamingWho,
) -> Upload:
    """Upload one picture: its bytes are the body of the request. It is scored later; the job says how far it is."""
    arrival = Arrival(visit_id=visit_id, site_id=site_id)
    accepted = await request.app.state.reception.receive(request, who, arrival)
    response.status_code = 201 if accepted.is_new else 200
    response.headers["Location"] = f"/api/v1/captures/{accepted.capture.id}"
    return upload_of(accepted)


@router.get("/jobs/{job_id}", tags=["jobs"])
def job(job_id: str, db: Db, who: Who) -> JobState:
    """How far a job is."""
    found = access.find(db, who, Job, job_id)
    return job_state(found, jobs.place_of(db, found))


@router.post("/jobs/{job_id}/retry", tags=["jobs"])
def retry(job_id: str, db: Db, who: Who) -> JobState:
    """Queue a failed job again."""
    again = jobs.retry(db, who, job_id)
    return job_state(again, jobs.place_of(db, again))


@router.get("/captures/{capture_id}/readings", tags=["readings"])
def captures_readings(capture_id: str, db: Db, who: Who) -> list[ReadingSummary]:
    """All readings of a picture, the oldest first."""
    return [_summary(reading) for reading in readings.readings_of(db, who, capture_id)]


@router.get("/readings/{reading_id}", tags=["readings"])
def reading(reading_id: str, db: Db, who: Who, at: At) -> dict[str, Any]:
    """The whole result of a reading: a document of the schema hairdensity/analysis-1."""
    found = access.find(db, who, Reading, reading_id)
    return document([readings.read_result(at, found)], version=found.version, model=found.model)


def _summary(reading: Reading) -> ReadingSummary:
    current = readings.current_reading(reading.capture)
    return ReadingSummary(
        id=reading.id,
        capture_id=reading.capture_id,
        kind=reading.kind,
        is_current=current is not None and current.id == reading.id,
        is_usable=readings.is_usable(reading),
        version=reading.version,
        model=reading.model,
        created_at=reading.created_at,
        reviewed_at=reading.reviewed_at,
        summary=reading.summary,
    )
