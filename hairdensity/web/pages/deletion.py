"""Deletion on request: a page that says what goes, and asks for the code once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from hairdensity.clinic import access, deleting, visits
from hairdensity.store.models import Patient
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import At, Db, Who

__all__ = ["router"]

router = APIRouter()


@router.get("/patients/{patient_id}/delete")
def ask(request: Request, patient_id: str, db: Db, who: Who) -> Response:
    """What would go, and what would not."""
    return _page(request, db, who, access.find(db, who, Patient, patient_id))


@router.post("/patients/{patient_id}/delete")
def delete(
    request: Request, patient_id: str, at: At, db: Db, who: Who, code: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """A patient goes, with everything."""
    patient = access.find(db, who, Patient, patient_id)
    if " ".join(code.split()).casefold() != patient.code.casefold():
        return _page(request, db, who, patient, error=f"Type {patient.code} to delete this patient.")
    deleting.delete_patient(at, db, who, patient_id)
    return go_to(request, "/", message="The patient was deleted, with all pictures and figures.")


def _page(request: Request, db: Db, who: Who, patient: Patient, *, error: str = "") -> Response:
    access.require_role(who, access.Role.ADMIN)
    return render(
        request,
        "patients/delete.html",
        status=422 if error else 200,
        patient=patient,
        n_pictures=sum(visits.n_pictures(db, patient).values()),
        error=error,
    )
