"""Readings of the database as the plain values that `hairdensity.exchange` takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from hairdensity.clinic.readings import current_reading, read_result
from hairdensity.clinic.scalp import place_of
from hairdensity.clinic.workplace import Workplace
from hairdensity.exchange.examined import Examined, Ids, Place, Review
from hairdensity.store.models import Capture, Clinic, Patient, Reading, Site, User, Visit

__all__ = ["captures_in_order", "current_of", "examined_of"]


def examined_of(db: Session, at: Workplace, reading: Reading) -> Examined:
    """A reading with all that is handed on with it.

    Raises
    ------
    StorageError
        If its file is gone or damaged.
    """
    capture = reading.capture
    visit, site, patient = capture.visit, capture.site, capture.visit.patient
    automatic = db.get(Reading, reading.automatic_id) if reading.automatic_id else None
    is_corrected = reading.kind == "corrected"
    return Examined(
        ids=Ids(patient=patient.id, visit=visit.id, site=site.id, capture=capture.id, reading=reading.id),
        patient_code=patient.code,
        clinic=_clinic_name(db, patient),
        place=_place(site),
        visit_day=visit.day,
        visit_label=visit.label,
        number=capture.number,
        entry=read_result(at, reading),
        automatic=None if automatic is None else read_result(at, automatic),
        reason=reading.reason,
        made_at=reading.created_at,
        corrected_by=_review(db, reading.created_by, reading.created_at) if is_corrected else None,
        review=_review(db, reading.reviewed_by, reading.reviewed_at),
        model=reading.model,
        version=reading.version,
    )


def captures_in_order(of: Patient | Visit) -> list[Capture]:
    """All pictures of a patient or of a visit: by day, site and number."""
    visits = of.visits if isinstance(of, Patient) else [of]
    captures = (capture for visit in visits for capture in visit.captures)
    return sorted(captures, key=lambda one: (one.visit.day, one.site.place, one.site.label, one.number, one.id))


def current_of(db: Session, at: Workplace, captures: list[Capture]) -> Iterator[Examined]:
    """Yield the readings that count; a picture that is not scored yet has none."""
    for capture in captures:
        reading = current_reading(capture)
        if reading is not None:
            yield examined_of(db, at, reading)


def _place(site: Site) -> Place:
    place = place_of(site.place)
    return Place(code=place.code, name=place.name, snomed=place.snomed, label=site.label, is_control=site.is_control)


def _clinic_name(db: Session, patient: Patient) -> str:
    clinic = db.get(Clinic, patient.clinic_id)
    return "" if clinic is None else clinic.name


def _review(db: Session, user_id: str | None, at: datetime | None) -> Review | None:
    if user_id is None or at is None:
        return None
    user = db.get(User, user_id)
    return Review(by="a person who has left" if user is None else user.name, code=user_id[:16], at=at)
