"""API of treatments."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from hairdensity.clinic import access, treatments
from hairdensity.clinic.treatments import DEPTHS_MM, Course
from hairdensity.store.models import Treatment
from hairdensity.web.api.bodies import Body, Day, Number
from hairdensity.web.api.lists import After, Limit, Listed
from hairdensity.web.requests import Db, Who

__all__ = ["TreatmentOut", "router"]

router = APIRouter(tags=["treatments"])

Kind = Literal[
    "microneedling",
    "minoxidil",
    "finasteride",
    "dutasteride",
    "prp",
    "exosomes",
    "polynucleotides",
    "transplant",
    "other",
]


class TreatmentIn(Body):
    """What was done, and when."""

    kind: Kind
    started_on: Day
    ended_on: Day | None = Field(None, description="null: it goes on; the first day again: a single session.")
    detail: str = Field("", max_length=200, description="Strength, dose or product.")
    route: Literal["", "topical", "oral"] = ""
    depth_mm: Number | None = Field(None, description=f"Of microneedling, {DEPTHS_MM[0]:g} to {DEPTHS_MM[1]:g}.")
    interval_weeks: Number | None = Field(None, description="Between its sessions.")
    site_id: str | None = Field(None, max_length=64, description="null: all sites.")

    def course(self) -> Course:
        """As the clinic's functions take it."""
        return Course(**self.model_dump())


class TreatmentOut(TreatmentIn):
    """A treatment of a patient."""

    model_config = ConfigDict(from_attributes=True, extra="ignore")

    id: str
    patient_id: str
    created_at: datetime


@router.get("/patients/{patient_id}/treatments")
def list_treatments(patient_id: str, db: Db, who: Who, limit: Limit = 50, after: After = None) -> Listed[TreatmentOut]:
    """The treatments of a patient, the earliest first."""
    page = treatments.list_treatments(db, who, patient_id, limit=limit, after=after)
    return Listed(items=[TreatmentOut.model_validate(one) for one in page.items], after=page.after)


@router.post("/patients/{patient_id}/treatments", status_code=201)
def add_treatment(patient_id: str, body: TreatmentIn, db: Db, who: Who) -> TreatmentOut:
    """Add a treatment."""
    (added,) = treatments.add_treatment(db, who, patient_id, body.course())
    return TreatmentOut.model_validate(added)


@router.get("/treatments/{treatment_id}")
def get_treatment(treatment_id: str, db: Db, who: Who) -> TreatmentOut:
    """One treatment."""
    return TreatmentOut.model_validate(access.find(db, who, Treatment, treatment_id))


@router.put("/treatments/{treatment_id}")
def change_treatment(treatment_id: str, body: TreatmentIn, db: Db, who: Who) -> TreatmentOut:
    """State a treatment anew."""
    return TreatmentOut.model_validate(treatments.change_treatment(db, who, treatment_id, body.course()))


@router.delete("/treatments/{treatment_id}", status_code=204)
def delete_treatment(treatment_id: str, db: Db, who: Who) -> None:
    """Delete a treatment."""
    treatments.delete_treatment(db, who, treatment_id)
