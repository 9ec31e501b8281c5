"""Jobs: work that waits for a worker, queued in the transaction of what causes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from hairdensity.clinic.access import Person, Role, find, of_clinic, require_role
from hairdensity.errors import BusyError, ConflictError
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Job, Reading, Visit

__all__ = [
    "MOST_QUEUED",
    "QUEUED",
    "Board",
    "board",
    "place_of",
    "places_of",
    "queue_comparison",
    "queue_scoring",
    "retry",
]

MOST_QUEUED = 2000
"""Jobs that may wait; a full one is worked off within the hour."""

QUEUED = "job queued"
"""Name in ``Session.info``: the session has queued a job, and whoever works may be woken once it is committed."""

N_QUEUED, N_FINISHED = 200, 20
"""Jobs on the board."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What a clinic sees of its jobs.

    Parameters
    ----------
    running, queued, failed, done : list of Job
        In the order of the queue; of those that are over the newest first, and only the last few.
    places : dict of str to int
        Of the queued ones, by id.
    """

    running: list[Job]
    queued: list[Job]
    failed: list[Job]
    done: list[Job]
    places: dict[str, int]


def queue_scoring(db: Session, who: Person, capture: Capture) -> Job:
    """Have a capture scored with the scale and the area that it has when its turn comes.

    A job of this capture that still waits is given back instead of a second one.

    Parameters
    ----------
    db : Session
    who : Person
        At least a clinician.
    capture : Capture

    Raises
    ------
    NotAllowedError
        If the role is too low.
    BusyError
        If too many jobs wait.
    """
    require_role(who, Role.CLINICIAN)
    waiting = select(Job).where(Job.capture_id == capture.id, Job.kind == "score", Job.state == "queued")
    return db.scalars(waiting.limit(1)).one_or_none() or _queue(db, who, kind="score", capture_id=capture.id)


def queue_comparison(
    db: Session,
    who: Person,
    baseline: Reading,
    follow_up: Reading,
    *,
    control: tuple[Reading, Reading] | None = None,
) -> Job:
    """Have two readings of a site compared; a job for the same that is not over is given back instead of a second one.

    Parameters
    ----------
    db : Session
    who : Person
    baseline, follow_up : Reading
    control : (Reading, Reading), optional
        Of an untreated site at the same two visits.

    Raises
    ------
    BusyError
        If too many jobs wait.
    """
    order: dict[str, Any] = {"baseline_id": baseline.id, "follow_up_id": follow_up.id}
    if control is not None:
        order |= {"control_baseline_id": control[0].id, "control_follow_up_id": control[1].id}
    waiting = select(Job).where(
        Job.capture_id == follow_up.capture_id, Job.kind == "compare", Job.state.in_(("queued", "running"))
    )
    same = next((job for job in db.scalars(waiting) if job.order == order), None)
    return same or _queue(db, who, kind="compare", capture_id=follow_up.capture_id, order=order)


def _queue(db: Session, who: Person, *, kind: str, capture_id: str, order: dict[str, Any] | None = None) -> Job:
    n_queued = db.scalar(select(func.count()).select_from(Job).where(Job.state == "queued")) or 0
    if n_queued >= MOST_QUEUED:
        raise BusyError(f"{n_queued} pictures wait for their turn already; try again in a few minutes")
    job = Job(clinic_id=who.clinic_id, kind=kind, capture_id=capture_id, order=order or {}, created_by=who.user_id)
    db.add(job)
    db.flush()
    db.info[QUEUED] = True
    return job


def retry(db: Session, who: Person, job_id: str) -> Job:
    """Queue a failed job again.

    Raises
    ------
    NotFoundError
        If the clinic has no such job.
    NotAllowedError
        If the role is too low.
    ConflictError
        If the job has not failed.
    """
    require_role(who, Role.CLINICIAN)
    job = find(db, who, Job, job_id)
    if job.state != "failed":
        raise ConflictError(f"only what failed can be tried again; this is {job.state}")
    job.state, job.n_tries, job.error_code, job.error_message = "queued", 0, None, None
    job.started_at = job.finished_at = None
    record(db, "job queued again", ("job", job.id), clinic_id=who.clinic_id, user_id=who.user_id)
    db.flush()
    db.info[QUEUED] = True
    return job


def place_of(db: Session, job: Job) -> int | None:
    """A queued job's place, from 1; None for one that does not wait.

    Clinics take turns, so a clinic with a few jobs is not behind all those of another one: each other clinic has at
    most as many turns before a job as its own clinic has up to it.
    """
    if job.state != "queued":
        return None
    own = select(func.count()).where(Job.clinic_id == job.clinic_id, Job.state == "queued", _before(job))
    return _place(1 + (db.scalar(own) or 0), _waiting_elsewhere(db, job.clinic_id))


def places_of(db: Session, clinic_id: str) -> dict[str, int]:
    """The places of all queued jobs of a clinic, by id: see `place_of`."""
    queued = select(Job.id).where(Job.clinic_id == clinic_id, Job.state == "queued").order_by(Job.created_at, Job.id)
    elsewhere = _waiting_elsewhere(db, clinic_id)
    return {job_id: _place(rank, elsewhere) for rank, job_id in enumerate(db.scalars(queued), start=1)}


def _waiting_elsewhere(db: Session, clinic_id: str) -> list[int]:
    """How many jobs of each other clinic wait."""
    elsewhere = select(func.count()).where(Job.state == "queued", Job.clinic_id != clinic_id).group_by(Job.clinic_id)
    return list(db.scalars(elsewhere))


def _place(rank: int, elsewhere: list[int]) -> int:
    return rank + sum(min(n, rank - 1) for n in elsewhere)


def _before(job: Job) -> ColumnElement[bool]:
    return or_(Job.created_at < job.created_at, and_(Job.created_at == job.created_at, Job.id < job.id))


def board(db: Session, who: Person) -> Board:
    """What runs, waits, failed and was done last in a clinic."""
    shown = joinedload(Job.capture)
    jobs = of_clinic(Job, who.clinic_id).options(
        shown.joinedload(Capture.site), shown.joinedload(Capture.visit).joinedload(Visit.patient)
    )
    in_order = (Job.created_at, Job.id)
    queued = list(db.scalars(jobs.where(Job.state == "queued").order_by(*in_order).limit(N_QUEUED)))
    elsewhere = _waiting_elsewhere(db, who.clinic_id)
    return Board(
        running=list(db.scalars(jobs.where(Job.state == "running").order_by(*in_order))),
        queued=queued,
        failed=list(db.scalars(jobs.where(Job.state == "failed").order_by(Job.finished_at.desc()).limit(N_FINISHED))),
        done=list(db.scalars(jobs.where(Job.state == "done").order_by(Job.finished_at.desc()).limit(N_FINISHED))),
        places={job.id: _place(rank, elsewhere) for rank, job in enumerate(queued, start=1)},
    )
