"""API of patients."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from hairdensity.clinic import access, deleting, patients
from hairdensity.clinic.patient_codes import CODE_RULE
from hairdensity.store.models import Patient
from hairdensity.web.api.bodies import Body, Bool
from hairdensity.web.api.lists import After, Limit, Listed
from hairdensity.web.requests import At, Db, Who

__all__ = ["router"]

router = APIRouter(tags=["patients"])


class PatientOut(BaseModel):
    """A patient: a code, not a name."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    code: str
    created_at: datetime


class PatientIn(Body):
    """A patient's code."""

    code: str = Field(max_length=200, description=CODE_RULE)
    confirmed: Bool = Field(False, description="It is a code, even if it looks like a name or a date.")


@router.get("/patients")
def list_patients(db: Db, who: Who, search: str = "", limit: Limit = 50, after: After = None) -> Listed[PatientOut]:
    """Patients by code; with ``search`` those whose code holds it."""
    page = patients.list_patients(db, who, search=search, limit=limit, after=after)
    return Listed(items=[PatientOut.model_validate(one) for one in page.items], after=page.after)


@router.post("/patients", status_code=201)
def add_patient(body: PatientIn, db: Db, who: Who) -> PatientOut:
    """Add a patient."""
    return PatientOut.model_validate(patients.add_patient(db, who, body.code, confirmed=body.confirmed))


@router.get("/patients/{patient_id}")
def get_patient(patient_id: str, db: Db, who: Who) -> PatientOut:
    """One patient."""
    return PatientOut.model_validate(access.find(db, who, Patient, patient_id))


@router.patch("/patients/{patient_id}")
def rename_patient(patient_id: str, body: PatientIn, db: Db, who: Who) -> PatientOut:
    """Give a patient another code."""
    return PatientOut.model_validate(patients.rename_patient(db, who, patient_id, body.code, confirmed=body.confirmed))


@router.delete("/patients/{patient_id}", status_code=204)
def delete_patient(patient_id: str, at: At, db: Db, who: Who) -> None:
    """Delete a patient with all pictures, readings and comparisons, for good; an admin may."""
    deleting.delete_patient(at, db, who, patient_id)
