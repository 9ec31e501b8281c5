"""Treatments of a patient: a list, a form to add, a form to change."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from hairdensity.clinic import access, treatments
from hairdensity.clinic.sites import sites_of
from hairdensity.clinic.treatments import KINDS, ROUTES, Course
from hairdensity.errors import InputError
from hairdensity.store.models import Patient, Treatment
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import Db, Who

__all__ = ["router"]

router = APIRouter()


class TreatmentForm(BaseModel):
    """A form as it was sent: words, because a form that fails comes back as it was filled in."""

    model_config = ConfigDict(extra="ignore")

    kind: str = Field(default="", max_length=40)
    detail: str = Field(default="", max_length=400)
    route: str = Field(default="", max_length=20)
    depth_mm: str = Field(default="", max_length=20)
    interval_weeks: str = Field(default="", max_length=20)
    manner: str = Field(default="course", max_length=20)
    started_on: str = Field(default="", max_length=20)
    ended_on: str = Field(default="", max_length=20)
    session: list[str] = Field(default_factory=list, max_length=100)
    site_id: str = Field(default="", max_length=40)

    def read(self) -> tuple[Course, list[date]]:
        """The course, and the days of sessions where they are stated one by one.

        Raises
        ------
        InputError
            If a number or a day cannot be read, or the first day is missing.
        """
        sessions = [_day(text, "a session") for text in self.session if text.strip()]
        are_single = self.manner == "sessions"
        if are_single and not sessions:
            raise InputError("give the day of a session")
        course = Course(
            kind=self.kind,
            started_on=sessions[0] if are_single else _day(self.started_on, "the first day"),
            ended_on=None if are_single or not self.ended_on.strip() else _day(self.ended_on, "the last day"),
            detail=self.detail,
            route=self.route,
            depth_mm=_number(self.depth_mm, "the depth"),
            interval_weeks=None if are_single else _number(self.interval_weeks, "weeks between sessions"),
            site_id=self.site_id or None,
        )
        return course, sessions if are_single else []


Sent = Annotated[TreatmentForm, Form()]


@router.get("/patients/{patient_id}/treatments")
def all_treatments(request: Request, patient_id: str, db: Db, who: Who) -> Response:
    """The treatments of a patient, with a form to add one."""
    return _page(request, db, who, access.find(db, who, Patient, patient_id))


@router.post("/patients/{patient_id}/treatments")
def add(request: Request, patient_id: str, db: Db, who: Who, sent: Sent) -> Response:
    """Add a treatment, or several sessions of one."""
    try:
        course, sessions = sent.read()
        added = treatments.add_treatment(db, who, patient_id, course, sessions=sessions)
    except InputError as error:
        return _page(request, db, who, access.find(db, who, Patient, patient_id), sent=sent, error=str(error))
    words = "Treatment added." if len(added) == 1 else f"{len(added)} sessions added."
    return go_to(request, f"/patients/{patient_id}#treatments", message=words)


@router.get("/treatments/{treatment_id}")
def one(request: Request, treatment_id: str, db: Db, who: Who) -> Response:
    """A treatment, to be changed."""
    treatment = access.find(db, who, Treatment, treatment_id)
    return _page(request, db, who, treatment.patient, changed=treatment, sent=_form_of(treatment))


@router.post("/treatments/{treatment_id}")
def change(request: Request, treatment_id: str, db: Db, who: Who, sent: Sent) -> Response:
    """State a treatment anew."""
    try:
        course, _ = sent.model_copy(update={"manner": "course"}).read()
        treatment = treatments.change_treatment(db, who, treatment_id, course)
    except InputError as error:
        treatment = access.find(db, who, Treatment, treatment_id)
        return _page(request, db, who, treatment.patient, changed=treatment, sent=sent, error=str(error))
    return go_to(request, f"/patients/{treatment.patient_id}#treatments", message="Treatment changed.")


@router.post("/treatments/{treatment_id}/delete")
def delete(request: Request, treatment_id: str, db: Db, who: Who) -> Response:
    """Delete a treatment."""
    patient_id = treatments.delete_treatment(db, who, treatment_id)
    return go_to(request, f"/patients/{patient_id}#treatments", message="Treatment deleted.")


def _page(request: Request, db: Db, who: Who, patient: Patient, **shown: Any) -> Response:
    return render(
        request,
        "treatments/page.html",
        status=422 if shown.get("error") else 200,
        patient=patient,
        sites=sites_of(patient),
        treatments=treatments.treatments_of(db, who, patient.id),
        kinds=KINDS,
        routes=ROUTES,
        today=date.today(),
        **{"changed": None, "sent": None, "error": "", **shown},
    )


def _form_of(treatment: Treatment) -> TreatmentForm:
    return TreatmentForm(
        kind=treatment.kind,
        detail=treatment.detail,
        route=treatment.route,
        depth_mm="" if treatment.depth_mm is None else f"{treatment.depth_mm:g}",
        interval_weeks="" if treatment.interval_weeks is None else f"{treatment.interval_weeks:g}",
        started_on=treatment.started_on.isoformat(),
        ended_on="" if treatment.ended_on is None else treatment.ended_on.isoformat(),
        site_id=treatment.site_id or "",
    )


def _day(text: str, what: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InputError(f"{what} is a date like 2026-01-31, got {text.strip()!r}") from None


def _number(text: str, what: str) -> float | None:
    """Of what a person types: a comma is a point."""
    if not text.strip():
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise InputError(f"{what} is a number, got {text.strip()!r}") from None
