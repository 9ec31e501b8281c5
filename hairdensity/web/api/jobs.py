"""API of jobs: what waits for a worker, runs, is done or has failed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hairdensity.clinic import access, jobs
from hairdensity.clinic.failures import remedy_of
from hairdensity.store.models import Job
from hairdensity.web.requests import Db, Who

__all__ = ["JobState", "job_state", "router"]

router = APIRouter(tags=["jobs"])


class JobFault(BaseModel):
    """Why a job failed."""

    code: str = Field(description="Stable name of the fault.")
    message: str
    remedy: str = Field(description="What a person can do about it.")


class JobState(BaseModel):
    """Work that waits for a worker, or is done."""

    id: str = Field(description="Of a comparison's job: the id that the comparison will have.")
    kind: Literal["score", "compare"]
    state: Literal["queued", "running", "done", "failed"]
    place: int | None = Field(description="In the queue, from 1; null when it does not wait.")
    capture_id: str | None = Field(description="The picture; of a comparison the follow-up.")
    fault: JobFault | None = Field(description="Of a failed job.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobBoard(BaseModel):
    """The jobs of the clinic."""

    running: list[JobState]
    queued: list[JobState] = Field(description=f"In the order of the queue, the first {jobs.N_QUEUED}.")
    failed: list[JobState] = Field(description=f"The newest first, the last {jobs.N_FINISHED}.")
    done: list[JobState] = Field(description=f"The newest first, the last {jobs.N_FINISHED}.")


def job_state(job: Job, place: int | None) -> JobState:
    """A job as the API shows it."""
    fault = None
    if job.state == "failed":
        fault = JobFault(code=job.error_code or "error", message=job.error_message or "", remedy=remedy_of(job))
    stored = {name: getattr(job, name) for name in JobState.model_fields if name not in ("place", "fault")}
    return JobState(**stored, place=place, fault=fault)


@router.get("/jobs")
def list_jobs(db: Db, who: Who) -> JobBoard:
    """What runs and waits, and what was over last."""
    board = jobs.board(db, who)
    return JobBoard(
        running=[job_state(job, None) for job in board.running],
        queued=[job_state(job, board.places[job.id]) for job in board.queued],
        failed=[job_state(job, None) for job in board.failed],
        done=[job_state(job, None) for job in board.done],
    )


@router.get("/jobs/{job_id}")
def get_job(job_id: str, db: Db, who: Who) -> JobState:
    """How far a job is."""
    found = access.find(db, who, Job, job_id)
    return job_state(found, jobs.place_of(db, found))


@router.post("/jobs/{job_id}/retry")
def retry_job(job_id: str, db: Db, who: Who) -> JobState:
    """Queue a failed job again."""
    again = jobs.retry(db, who, job_id)
    return job_state(again, jobs.place_of(db, again))
