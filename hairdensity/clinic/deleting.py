"""What is deleted on request: a patient with all that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, require_role
from hairdensity.clinic.forgetting import forget_after_commit
from hairdensity.clinic.import_leftovers import discard_drafts_of
from hairdensity.clinic.workplace import Workplace
from hairdensity.store.audit import record
from hairdensity.store.database import after_commit
from hairdensity.store.models import Capture, Comparison, Patient, Reading, Visit

__all__ = ["Deleted", "delete_patient", "forget_files"]

READINGS_COMPARED = (
    Comparison.baseline_id,
    Comparison.follow_up_id,
    Comparison.control_baseline_id,
    Comparison.control_follow_up_id,
)
"""A comparison goes with each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What went with a patient.

    Parameters
    ----------
    patient_id : str
    n_captures, n_readings : int
    """

    patient_id: str
    n_captures: int
    n_readings: int


def delete_patient(at: Workplace, db: Session, who: Person, patient_id: str) -> Deleted:
    """Delete a patient with visits, pictures, readings, comparisons, treatments and jobs.

    Their files go once the transaction is committed, unless a picture of another patient has the very same bytes; so
    do the views and analyses in the cache, and uploads for an import that speak of the patient. The audit keeps ids
    alone. Backups that were made before still hold it all.

    Parameters
    ----------
    at : Workplace
    db : Session
        That writes.
    who : Person
        An admin.
    patient_id : str

    Raises
    ------
    NotAllowedError
        If the person is no admin.
    NotFoundError
        If the clinic has no such patient.
    """
    require_role(who, Role.ADMIN)
    patient = find(db, who, Patient, patient_id)
    captures = db.scalars(select(Capture).join(Visit).where(Visit.patient_id == patient.id)).all()
    capture_ids, n_readings = [one.id for one in captures], forget_files(at, db, captures)
    code, pictures = patient.code, {one.sha256: one.n_bytes for one in captures}
    after_commit(db, lambda _: discard_drafts_of(at, who, code, pictures))
    # The database's own cascade reaches every row that belongs to the patient, known here or not.
    db.execute(delete(Patient).where(Patient.id == patient.id))
    db.expire_all()
    record(
        db,
        "patient deleted",
        ("patient", patient_id),
        clinic_id=who.clinic_id,
        user_id=who.user_id,
        detail={"captures": capture_ids},
    )
    return Deleted(patient_id=patient_id, n_captures=len(capture_ids), n_readings=n_readings)


def forget_files(at: Workplace, db: Session, captures: Sequence[Capture]) -> int:
    """Have all files of captures that are deleted in this transaction go once it is committed.

    Parameters
    ----------
    at : Workplace
    db : Session
        That writes; the captures are still in it.
    captures : sequence of Capture

    Returns
    -------
    int
        How many readings go with them.
    """
    readings = db.scalars(select(Reading).where(Reading.capture_id.in_([one.id for one in captures]))).all()
    reading_ids = [one.id for one in readings]
    comparisons = db.scalars(
        select(Comparison).where(or_(*(column.in_(reading_ids) for column in READINGS_COMPARED)))
    ).all()
    files = {one.sha256 for one in captures} | {one.result_sha256 for one in readings}
    files |= {sha256 for one in comparisons for sha256 in (one.result_sha256, one.view_sha256)}
    forget_after_commit(at, db, files, [one.id for one in comparisons])
    return len(readings)
