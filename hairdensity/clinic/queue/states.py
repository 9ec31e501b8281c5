"""How jobs go from queued to done or failed: each step is one short transaction, so that a crash loses none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hairdensity.clinic import job_kinds
from hairdensity.errors import HairDensityError
from hairdensity.store.audit import record
from hairdensity.store.models import Job, utc_now
from hairdensity.workers import REPEATED, Outcome

__all__ = ["MOST_STARTS", "Claim", "claim_next", "conclude", "give_back", "requeue_running"]

MOST_STARTS = 3
"""A job that ran when the server ended so often is taken for the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job that one thread works on.

    Parameters
    ----------
    job_id, clinic_id : str
    n_tries : int
        The number of this claim: an answer to an older one is not kept.
    task : dict
        For a worker.
    """

    job_id: str
    clinic_id: str
    n_tries: int
    task: dict[str, Any]


def claim_next(db: Session, turns: Mapping[str, int]) -> Claim | None:
    """Take the next job: clinics take turns, and within one the oldest job comes first. None when nothing waits.

    Parameters
    ----------
    db : Session
    turns : mapping of str to int
        When clinics had their last turn; one that is not in it had none.
    """
    while (job := _next(db, turns)) is not None:
        job.n_tries += 1
        job.started_at = utc_now()
        job.error_code = job.error_message = None
        try:
            task = job_kinds.task_of(db, job)
        except HairDensityError as error:
            _fail(db, job, error.code, str(error))
            continue
        if task is None:
            _end(job, "done")
            continue
        job.state = "running"
        return Claim(job_id=job.id, clinic_id=job.clinic_id, n_tries=job.n_tries, task=task)
    return None


def _next(db: Session, turns: Mapping[str, int]) -> Job | None:
    running = select(Job.clinic_id, func.count()).where(Job.state == "running").group_by(Job.clinic_id)
    n_running = {clinic: n for clinic, n in db.execute(running)}  # noqa: C416 -- rows are no pairs to mypy
    waiting = select(Job.clinic_id, func.min(Job.created_at)).where(Job.state == "queued").group_by(Job.clinic_id)
    clinics = [(n_running.get(clinic, 0), turns.get(clinic, 0), first, clinic) for clinic, first in db.execute(waiting)]
    if not clinics:
        return None
    oldest = select(Job).where(Job.state == "queued", Job.clinic_id == min(clinics)[-1])
    return db.scalars(oldest.order_by(Job.created_at, Job.id).limit(1)).one_or_none()


def conclude(db: Session, claim: Claim, outcome: Outcome) -> bool:
    """Keep what became of a job, once: nothing happens when it was deleted, or claimed anew.

    Returns
    -------
    bool
        False where the job was deleted, and nobody will want what was made for it.
    """
    job = _claimed(db, claim)
    if job is None:
        return db.get(Job, claim.job_id) is not None
    if outcome.value is None:
        _fail(db, job, "poison" if outcome.code in REPEATED else outcome.code, outcome.message)
        return True
    try:
        with db.begin_nested():
            job_kinds.keep(db, job, outcome.value)
    except HairDensityError as error:
        _fail(db, job, error.code, str(error))
        return True
    _end(job, "done")
    return True


def give_back(db: Session, claim: Claim, *, reason: str = "") -> None:
    """Queue a job again that was not worked on to its end, which does not count as a try.

    Parameters
    ----------
    db : Session
    claim : Claim
    reason : str, optional
        Why it waits, for people.
    """
    job = _claimed(db, claim)
    if job is not None:
        job.state, job.started_at, job.n_tries = "queued", None, job.n_tries - 1
        job.error_message = reason or None


def requeue_running(db: Session) -> None:
    """After a start: what the last server was working on is queued again."""
    for job in db.scalars(select(Job).where(Job.state == "running")):
        if job.n_tries >= MOST_STARTS:
            _fail(db, job, "poison", f"the server ended {job.n_tries} times while it worked on this")
        else:
            job.state, job.started_at = "queued", None


def _claimed(db: Session, claim: Claim) -> Job | None:
    job = db.get(Job, claim.job_id, with_for_update=True)
    return job if job is not None and job.state == "running" and job.n_tries == claim.n_tries else None


def _fail(db: Session, job: Job, code: str, message: str) -> None:
    _end(job, "failed")
    job.error_code, job.error_message = code, message
    detail = {"kind": job.kind, "code": code}
    record(db, "job failed", ("job", job.id), clinic_id=job.clinic_id, user_id=None, detail=detail)


def _end(job: Job, state: str) -> None:
    job.state, job.finished_at = state, utc_now()
