"""What is newest: of a site for the scalp map, of a patient for the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person
from hairdensity.clinic.jobs import place_of
from hairdensity.clinic.patients import recent_patients
from hairdensity.clinic.readings import current_reading
from hairdensity.clinic.sites import site_name
from hairdensity.store.models import Capture, Job, Patient, Reading, Site, Visit

__all__ = ["Card", "Newest", "PatientLine", "card_of", "density_of", "newest_of", "patient_lines", "recent_lines"]

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


def newest_of(db: Session, of: Patient | Site) -> Newest | None:
    """The newest picture with a reading, else the newest picture; None where there is none.

    Parameters
    ----------
    db : Session
    of : Patient or Site
    """
    whose = Visit.patient_id == of.id if isinstance(of, Patient) else Capture.site_id == of.id
    query = select(Capture).join(Visit).where(whose).order_by(Visit.day.desc(), Capture.uploaded_at.desc())
    in_order = db.scalars(query.limit(MOST_LOOKED_AT)).all()
    for capture in in_order:
        reading = current_reading(capture)
        if reading is not None:
            return Newest(capture=capture, reading=reading)
    return Newest(capture=in_order[0], reading=None) if in_order else None


def patient_lines(db: Session, patients: Iterable[Patient]) -> list[PatientLine]:
    """What a list says of each patient."""
    return [PatientLine(patient=patient, newest=newest_of(db, patient)) for patient in patients]


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


def card_of(db: Session, capture: Capture) -> Card:
    """What a visit shows of a picture."""
    jobs = [job for job in capture.jobs if job.kind == "score"]
    newest = max(jobs, key=lambda job: job.created_at, default=None)
    return Card(
        capture=capture,
        reading=current_reading(capture),
        job=newest,
        place=None if newest is None else place_of(db, newest),
    )
