"""Visits: the days on which pictures of a patient were taken."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, require_role
from hairdensity.clinic.labels import checked_label
from hairdensity.clinic.paging import Page, page_of
from hairdensity.errors import ConflictError, InputError
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Patient, Visit

__all__ = ["change_visit", "delete_visit", "list_visits", "n_pictures", "open_visit", "visit_name", "visits_of"]

FIRST_DAY = date(1990, 1, 1)
"""Older days are typing mistakes: there were no digital trichoscopes."""


def visit_name(visit: Visit) -> str:
    """What a person reads: ``12 March 2026, week 12``."""
    day = f"{visit.day.day} {visit.day:%B %Y}"
    return f"{day}, {visit.label}" if visit.label else day


def visits_of(patient: Patient) -> list[Visit]:
    """All visits of a patient, the newest first."""
    return sorted(patient.visits, key=lambda visit: (visit.day, visit.created_at), reverse=True)


def n_pictures(db: Session, patient: Patient) -> dict[str, int]:
    """How many pictures each visit of a patient has, by the visit's id; visits without one are left out."""
    query = select(Capture.visit_id, func.count()).join(Visit).where(Visit.patient_id == patient.id)
    return {visit_id: int(number) for visit_id, number in db.execute(query.group_by(Capture.visit_id))}


def list_visits(db: Session, who: Person, patient_id: str, *, limit: int = 50, after: str | None = None) -> Page[Visit]:
    """The visits of a patient in pages, the newest first.

    Raises
    ------
    NotFoundError
        If the clinic has no such patient.
    """
    patient = find(db, who, Patient, patient_id)
    query = select(Visit).where(Visit.patient_id == patient.id)
    return page_of(db, query, by=Visit.day, limit=limit, after=after, descending=True)


def open_visit(db: Session, who: Person, patient_id: str, *, day: date | None = None, label: str = "") -> Visit:
    """The visit of a day, added when there is none of that day and label.

    Parameters
    ----------
    db : Session
    who : Person
        At least a clinician.
    patient_id : str
    day : date, optional
        Today by default.
    label : str, optional
        ``"week 12"``; without one, any visit of the day is meant.

    Raises
    ------
    NotFoundError
        If the clinic has no such patient.
    InputError
        If the day lies in the future or before 1990, or the label is too long.
    """
    require_role(who, Role.CLINICIAN)
    patient = find(db, who, Patient, patient_id)
    wanted, words = _day(day or date.today()), checked_label(label)
    for visit in visits_of(patient):
        if visit.day == wanted and words in ("", visit.label):
            return visit
    visit = Visit(patient_id=patient.id, day=wanted, label=words, created_by=who.user_id)
    db.add(visit)
    db.flush()
    db.expire(patient, ["visits"])
    record(
        db,
        "visit added",
        ("visit", visit.id),
        clinic_id=who.clinic_id,
        user_id=who.user_id,
        detail={"patient": patient.id},
    )
    return visit


def change_visit(
    db: Session, who: Person, visit_id: str, *, day: date | None = None, label: str | None = None
) -> Visit:
    """Change a visit's day or label; None leaves a thing as it is.

    Raises
    ------
    NotFoundError, InputError
        As for `open_visit`.
    """
    require_role(who, Role.CLINICIAN)
    visit = find(db, who, Visit, visit_id)
    wanted = visit.day if day is None else _day(day)
    words = visit.label if label is None else checked_label(label)
    if (wanted, words) != (visit.day, visit.label):
        visit.day, visit.label = wanted, words
        record(db, "visit changed", ("visit", visit.id), clinic_id=who.clinic_id, user_id=who.user_id)
    return visit


def delete_visit(db: Session, who: Person, visit_id: str) -> str:
    """Delete a visit that was added by mistake; gives its patient's id.

    Raises
    ------
    ConflictError
        If it has pictures.
    """
    require_role(who, Role.CLINICIAN)
    visit = find(db, who, Visit, visit_id)
    if db.scalars(select(Capture.id).where(Capture.visit_id == visit.id).limit(1)).first() is not None:
        raise ConflictError("this visit has pictures: move or delete them first")
    db.delete(visit)
    record(db, "visit deleted", ("visit", visit.id), clinic_id=who.clinic_id, user_id=who.user_id)
    return visit.patient_id


def _day(day: date) -> date:
    # One day ahead: the page may be open where it is tomorrow already.
    if not FIRST_DAY <= day <= date.today() + timedelta(days=1):
        raise InputError(f"a visit lies between {FIRST_DAY.isoformat()} and today, got {day.isoformat()}")
    return day
