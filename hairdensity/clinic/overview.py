"""What is newest: of a site for the scalp map, of a patient for the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from hairdensity.clinic.access import Person
from hairdensity.clinic.failures import remedy_of
from hairdensity.clinic.jobs import place_of, places_of
from hairdensity.clinic.patients import recent_patients
from hairdensity.clinic.readings import current_reading
from hairdensity.clinic.sites import site_name
from hairdensity.store.models import Capture, Job, Patient, Reading, Site, Visit, utc_now

__all__ = [
    "Card",
    "Newest",
    "PatientLine",
    "card_of",
    "cards_of",
    "density_of",
    "newest_of",
    "patient_lines",
    "recent_lines",
]

ASK_AGAIN = ((6.0, 300), (20.0, 1000))
"""s of work, and ms between two questions until then: a result comes within a few seconds, most often."""

MOST_WAIT_S = 15

MOST_LOOKED_AT = 8
"""Newest pictures among which one with a reading is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """A picture with the reading that counts.

    Parameters
    ----------
    capture : Capture
    reading : Reading or None
        None while it is being worked on, and where the work failed.
    """

    capture: Capture
    reading: Reading | None

    @property
    def density_per_cm2(self) -> float | None:
        """Hairs per cm2; None without a reading or without a scale."""
        return None if self.reading is None else density_of(self.reading)

    @property
    def n_hairs(self) -> int | None:
        """Hairs counted; None without a reading."""
        return None if self.reading is None else self.reading.summary["metrics"]["n_hairs"]

    @property
    def site(self) -> str:
        """Where on the scalp, in words."""
        return site_name(self.capture.site)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLine:
    """A patient in a list.

    Parameters
    ----------
    patient : Patient
    newest : Newest or None
        None without a picture.
    """

    patient: Patient
    newest: Newest | None


def density_of(reading: Reading) -> float | None:
    """Hairs per cm2 of a reading; None without a scale."""
    density: dict[str, Any] | None = reading.summary["metrics"]["density_per_cm2"]
    return None if density is None else density["value"]


def newest_of(db: Session, owners: Sequence[Patient] | Sequence[Site]) -> dict[str, Newest]:
    """Of each patient or site the newest picture with a reading, else the newest picture; by the owner's id.

    Parameters
    ----------
    db : Session
    owners : sequence of Patient, or of Site
        Those without a picture are left out.
    """
    if not owners:
        return {}
    column = Visit.patient_id if isinstance(owners[0], Patient) else Capture.site_id
    ids = [one.id for one in owners]
    # The newest picture alone mostly has one; the rest is fetched where it has not.
    found = _first_with_reading(_newest_pictures(db, column, ids, most=1))
    missing = [owner_id for owner_id, newest in found.items() if newest.reading is None]
    return found | (_first_with_reading(_newest_pictures(db, column, missing, most=MOST_LOOKED_AT)) if missing else {})


def _newest_pictures(
    db: Session, owner: InstrumentedAttribute[str], ids: list[str], *, most: int
) -> dict[str, list[Capture]]:
    """The newest pictures of each owner, the newest first: the same number of questions for any number of owners."""
    in_order = (Visit.day.desc(), Capture.uploaded_at.desc(), Capture.id)
    rank = func.row_number().over(partition_by=owner, order_by=in_order).label("rank")
    ranked = select(Capture.id, owner.label("owner"), rank).join(Visit).where(owner.in_(ids)).subquery()
    query = (
        select(Capture, ranked.c.owner)
        .join(ranked, ranked.c.id == Capture.id)
        .where(ranked.c.rank <= most)
        .order_by(ranked.c.rank)
        .options(joinedload(Capture.visit), joinedload(Capture.site), selectinload(Capture.readings))
    )
    pictures: dict[str, list[Capture]] = {}
    for capture, owner_id in db.execute(query):
        pictures.setdefault(owner_id, []).append(capture)
    return pictures


def _first_with_reading(pictures: dict[str, list[Capture]]) -> dict[str, Newest]:
    found = {}
    for owner_id, captures in pictures.items():
        read = ((capture, current_reading(capture)) for capture in captures)
        capture, reading = next((pair for pair in read if pair[1] is not None), (captures[0], None))
        found[owner_id] = Newest(capture=capture, reading=reading)
    return found


def patient_lines(db: Session, patients: Iterable[Patient]) -> list[PatientLine]:
    """What a list says of each patient."""
    listed = list(patients)
    newest = newest_of(db, listed)
    return [PatientLine(patient=patient, newest=newest.get(patient.id)) for patient in listed]


def recent_lines(db: Session, who: Person, *, limit: int = 12) -> list[PatientLine]:
    """The patients that were worked with last."""
    return patient_lines(db, recent_patients(db, who, limit=limit))


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A picture as a visit shows it: what it says, or how far the work is.

    Parameters
    ----------
    capture : Capture
    reading : Reading or None
        The one that counts.
    job : Job or None
        The newest scoring of the picture.
    place : int or None
        In the queue, from 1.
    """

    capture: Capture
    reading: Reading | None
    job: Job | None
    place: int | None

    @property
    def state(self) -> str:
        """``queued`` or ``running`` while work goes on, ``failed``, ``done``, or ``none`` when nobody asked."""
        if self.job is not None and self.job.state in ("queued", "running"):
            return self.job.state
        if self.reading is not None:
            return "done"
        return "failed" if self.job is not None and self.job.state == "failed" else "none"

    @property
    def remedy(self) -> str:
        """What a person can do about a job that failed; empty without one."""
        return remedy_of(self.job) if self.job is not None and self.state == "failed" else ""

    @property
    def ask_again_ms(self) -> int:
        """After which a page looks again: soon for the first in line, the later the longer it takes."""
        if self.state == "queued" and self.place is not None and self.place > 1:
            return 1000 * min(self.place, MOST_WAIT_S)
        began = None if self.job is None else self.job.started_at or self.job.created_at
        waited_s = 0.0 if began is None else (utc_now() - began).total_seconds()
        return next((ms for until_s, ms in ASK_AGAIN if waited_s < until_s), 2000)


def card_of(db: Session, capture: Capture) -> Card:
    """What a visit shows of a picture."""
    job = _newest_scoring(capture)
    return Card(
        capture=capture,
        reading=current_reading(capture),
        job=job,
        place=None if job is None else place_of(db, job),
    )


def cards_of(db: Session, visit: Visit) -> list[Card]:
    """What a visit shows of all its pictures, in the order of their numbers."""
    query = select(Capture).where(Capture.visit_id == visit.id).order_by(Capture.number, Capture.id)
    captures = db.scalars(
        query.options(joinedload(Capture.site), selectinload(Capture.readings), selectinload(Capture.jobs))
    ).all()
    jobs = {capture.id: _newest_scoring(capture) for capture in captures}
    waits = any(job is not None and job.state == "queued" for job in jobs.values())
    places = places_of(db, visit.patient.clinic_id) if waits else {}
    return [
        Card(
            capture=capture,
            reading=current_reading(capture),
            job=job,
            place=None if job is None else places.get(job.id),
        )
        for capture in captures
        for job in (jobs[capture.id],)
    ]


def _newest_scoring(capture: Capture) -> Job | None:
    return max((job for job in capture.jobs if job.kind == "score"), key=lambda job: job.created_at, default=None)
