"""Patients: codes of a clinic, found, added, renamed and listed."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, of_clinic, require_role
from hairdensity.clinic.paging import Page, page_of
from hairdensity.clinic.patient_codes import as_kept, checked_code
from hairdensity.errors import ConflictError
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Patient, Visit

__all__ = ["add_patient", "find_or_add", "list_patients", "patient_of_code", "recent_patients", "rename_patient"]


def add_patient(db: Session, who: Person, code: str, *, confirmed: bool = False) -> Patient:
    """Add a patient by code.

    Parameters
    ----------
    db : Session
    who : Person
        At least a clinician.
    code : str
    confirmed : bool, optional
        What looks like a name or a date is a code, a person says.

    Raises
    ------
    PersonalCodeError
        If the code looks like a name, a date of birth or an e-mail.
    InputError
        If it is no code.
    ConflictError
        If the clinic has a patient of this code, in capitals or not.
    """
    require_role(who, Role.CLINICIAN)
    wanted = checked_code(code, confirmed=confirmed)
    _refuse_taken(db, who, wanted)
    patient = Patient(clinic_id=who.clinic_id, code=wanted, created_by=who.user_id)
    db.add(patient)
    db.flush()
    # The code itself stays out: the audit outlives a patient's deletion.
    record(db, "patient added", ("patient", patient.id), clinic_id=who.clinic_id, user_id=who.user_id)
    return patient


def find_or_add(db: Session, who: Person, code: str, *, confirmed: bool = False) -> Patient:
    """The patient of a code, new when the clinic has none.

    Raises
    ------
    PersonalCodeError, InputError, NotAllowedError
        As for `add_patient`; never for a code that is there.
    """
    return patient_of_code(db, who, code) or add_patient(db, who, code, confirmed=confirmed)


def patient_of_code(db: Session, who: Person, code: str) -> Patient | None:
    """The patient of a code, written in capitals or not."""
    wanted = _searched(code)
    # SQLite turns only plain letters into small ones.
    same = or_(Patient.code == wanted, func.lower(Patient.code) == wanted.lower())
    return db.scalars(of_clinic(Patient, who.clinic_id).where(same)).first()


def rename_patient(db: Session, who: Person, patient_id: str, code: str, *, confirmed: bool = False) -> Patient:
    """Give a patient another code.

    Raises
    ------
    PersonalCodeError, InputError, ConflictError
        As for `add_patient`.
    NotFoundError
        If the clinic has no such patient.
    """
    require_role(who, Role.CLINICIAN)
    patient = find(db, who, Patient, patient_id)
    wanted = checked_code(code, confirmed=confirmed)
    if wanted != patient.code:
        _refuse_taken(db, who, wanted, but=patient)
        patient.code = wanted
        record(db, "patient renamed", ("patient", patient.id), clinic_id=who.clinic_id, user_id=who.user_id)
    return patient


def list_patients(
    db: Session, who: Person, *, search: str = "", limit: int = 50, after: str | None = None
) -> Page[Patient]:
    """Patients by code, those whose code holds the searched text.

    Raises
    ------
    InputError
        If ``limit`` or ``after`` make no sense.
    """
    query = of_clinic(Patient, who.clinic_id)
    wanted = _searched(search)
    if wanted:
        # SQLite turns only plain letters into small ones.
        as_typed = Patient.code.contains(wanted, autoescape=True)
        query = query.where(or_(as_typed, func.lower(Patient.code).contains(wanted.lower(), autoescape=True)))
    return page_of(db, query, by=Patient.code, limit=limit, after=after)


def recent_patients(db: Session, who: Person, *, limit: int = 12) -> list[Patient]:
    """Those whose pictures or visits are the newest, then those who were added last."""
    newest = (
        select(Visit.patient_id, func.max(func.coalesce(Capture.uploaded_at, Visit.created_at)).label("at"))
        .outerjoin(Capture, Capture.visit_id == Visit.id)
        .group_by(Visit.patient_id)
        .subquery()
    )
    query = of_clinic(Patient, who.clinic_id).outerjoin(newest, newest.c.patient_id == Patient.id)
    return list(db.scalars(query.order_by(func.coalesce(newest.c.at, Patient.created_at).desc()).limit(limit)))


def _searched(text: str) -> str:
    """What was typed, as codes are stored; what cannot be printed is in none, and some databases refuse it."""
    return "".join(sign for sign in " ".join(as_kept(text).split()) if sign.isprintable())


def _refuse_taken(db: Session, who: Person, code: str, *, but: Patient | None = None) -> None:
    there = patient_of_code(db, who, code)
    if there is not None and there is not but:
        raise ConflictError(
            f"there is a patient of the code {there.code} already: open that one, or choose another code"
        )
