"""API of visits."""

from __future__ import annotations

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from hairdensity.clinic import access, visits
from hairdensity.clinic.labels import LONGEST_LABEL
from hairdensity.store.models import Visit
from hairdensity.web.api.bodies import Body, Day
from hairdensity.web.api.lists import After, Limit, Listed
from hairdensity.web.requests import Db, Who

__all__ = ["router"]

router = APIRouter(tags=["visits"])


class VisitOut(BaseModel):
    """A day on which pictures were taken."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    patient_id: str
    day: date
    label: str
    created_at: datetime


class VisitIn(Body):
    """A visit to open."""

    day: Day | None = Field(None, description="Today where it is not given.")
    label: str = Field("", max_length=LONGEST_LABEL, description="For example: week 12.")


class VisitChange(Body):
    """What is to change; what is left out stays."""

    day: Day | None = None
    label: str | None = Field(None, max_length=LONGEST_LABEL)


@router.get("/patients/{patient_id}/visits")
def list_visits(patient_id: str, db: Db, who: Who, limit: Limit = 50, after: After = None) -> Listed[VisitOut]:
    """The visits of a patient, the newest first."""
    page = visits.list_visits(db, who, patient_id, limit=limit, after=after)
    return Listed(items=[VisitOut.model_validate(one) for one in page.items], after=page.after)


@router.post("/patients/{patient_id}/visits", status_code=201)
def open_visit(patient_id: str, body: VisitIn, db: Db, who: Who) -> VisitOut:
    """The visit of a day; the one that is there when it has the same label, or none is given."""
    return VisitOut.model_validate(visits.open_visit(db, who, patient_id, day=body.day, label=body.label))


@router.get("/visits/{visit_id}")
def get_visit(visit_id: str, db: Db, who: Who) -> VisitOut:
    """One visit."""
    return VisitOut.model_validate(access.find(db, who, Visit, visit_id))


@router.patch("/visits/{visit_id}")
def change_visit(visit_id: str, body: VisitChange, db: Db, who: Who) -> VisitOut:
    """Change a visit's day or label."""
    return VisitOut.model_validate(visits.change_visit(db, who, visit_id, day=body.day, label=body.label))


@router.delete("/visits/{visit_id}", status_code=204)
def delete_visit(visit_id: str, db: Db, who: Who) -> None:
    """Delete a visit without pictures."""
    visits.delete_visit(db, who, visit_id)
