"""The first page, and a patient's: scalp map, visits, treatments."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from hairdensity.clinic import access, patients, sites, treatments, visits
from hairdensity.clinic.overview import newest_of, patient_lines, recent_lines
from hairdensity.clinic.patient_codes import CODE_RULE, PersonalCodeError
from hairdensity.clinic.scalp import PLACES
from hairdensity.errors import ConflictError, InputError
from hairdensity.store.models import Patient
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import Db, Who

__all__ = ["router"]

router = APIRouter()

Text = Annotated[str, Form(max_length=200)]
Tick = Annotated[bool, Form()]

MOST_MATCHES = 8


@router.get("/")
def first_page(request: Request, db: Db, who: Who) -> Response:
    """One field that finds or adds a patient, and those that were worked with last."""
    return _first_page(request, db, who)


def _first_page(
    request: Request,
    db: Db,
    who: Who,
    *,
    code: str = "",
    similar: list[Patient] | None = None,
    error: InputError | ConflictError | None = None,
) -> Response:
    return render(
        request,
        "patients/list.html",
        status=200 if error is None else 422,
        recent=recent_lines(db, who),
        rule=CODE_RULE,
        code=code,
        similar=None if similar is None else patient_lines(db, similar),
        error=error,
        may_confirm=isinstance(error, PersonalCodeError) and error.may_confirm,
    )


@router.post("/patients/search")
def search(request: Request, db: Db, who: Who, code: Text = "") -> Response:
    """Patients whose code holds what was typed so far; a form, so that no code stands in an address."""
    found = patients.list_patients(db, who, search=code, limit=MOST_MATCHES).items if code.strip() else []
    return render(request, "patients/matches.html", matches=patient_lines(db, found), code=code.strip())


@router.post("/patients")
def open_patient(
    request: Request, db: Db, who: Who, code: Text = "", add: Tick = False, confirmed: Tick = False
) -> Response:
    """To the patient of a code; new, unless codes that are there look like it."""
    there = patients.patient_of_code(db, who, code)
    if there is not None:
        return go_to(request, f"/patients/{there.id}")
    similar = patients.list_patients(db, who, search=code, limit=MOST_MATCHES).items if code.strip() else []
    if not who.may(access.Role.CLINICIAN) or (similar and not add):
        return _first_page(request, db, who, code=code.strip(), similar=similar)
    try:
        patient = patients.add_patient(db, who, code, confirmed=confirmed)
    except (InputError, ConflictError) as error:
        return _first_page(request, db, who, code=code, error=error)
    return go_to(request, f"/patients/{patient.id}")


@router.get("/patients/{patient_id}")
def patient_page(request: Request, patient_id: str, db: Db, who: Who) -> Response:
    """A patient: the map, what was found where, visits and treatments."""
    return _patient_page(request, db, who, access.find(db, who, Patient, patient_id))


def _patient_page(
    request: Request, db: Db, who: Who, patient: Patient, *, error: str | None = None, field: str | None = None
) -> Response:
    return render(
        request,
        "patients/patient.html",
        status=200 if error is None else 422,
        patient=patient,
        sites=sites.sites_of(patient),
        of_site=newest_of(db, patient.sites),
        places=PLACES,
        visits=visits.visits_of(patient),
        n_pictures=visits.n_pictures(db, patient),
        treatments=treatments.treatments_of(db, who, patient.id),
        today=date.today(),
        rule=CODE_RULE,
        error=error,
        error_field=field,
    )


@router.post("/patients/{patient_id}/code")
def rename(request: Request, patient_id: str, db: Db, who: Who, code: Text = "", confirmed: Tick = False) -> Response:
    """Another code for a patient."""
    try:
        patients.rename_patient(db, who, patient_id, code, confirmed=confirmed)
    except (InputError, ConflictError) as error:
        patient = access.find(db, who, Patient, patient_id)
        return _patient_page(request, db, who, patient, error=str(error), field="code")
    return go_to(request, f"/patients/{patient_id}", message="The patient has a new code.")


@router.post("/patients/{patient_id}/place")
def picture_of_place(
    request: Request, patient_id: str, db: Db, who: Who, place: Text = "", day: Annotated[date | None, Form()] = None
) -> Response:
    """To today's visit, where pictures of this place of the map are dropped; site and visit are made when missing.

    ``day`` is the browser's: a server may stand in another time zone.
    """
    site = sites.site_at(db, who, patient_id, place)
    visit = visits.open_visit(db, who, patient_id, day=day)
    return go_to(request, f"/visits/{visit.id}?site={site.id}")


@router.post("/patients/{patient_id}/visits")
def new_visit(
    request: Request, patient_id: str, db: Db, who: Who, day: Annotated[date | None, Form()] = None, label: Text = ""
) -> Response:
    """A visit: today, or on another day."""
    try:
        visit = visits.open_visit(db, who, patient_id, day=day, label=label)
    except InputError as error:
        patient = access.find(db, who, Patient, patient_id)
        return _patient_page(request, db, who, patient, error=str(error), field="visit")
    return go_to(request, f"/visits/{visit.id}")


@router.post("/patients/{patient_id}/sites")
def new_site(
    request: Request, patient_id: str, db: Db, who: Who, place: Text = "", label: Text = "", is_control: Tick = False
) -> Response:
    """A site with a label of its own, or an untreated control."""
    try:
        sites.add_site(db, who, patient_id, place=place, label=label, is_control=is_control)
    except (InputError, ConflictError) as error:
        patient = access.find(db, who, Patient, patient_id)
        return _patient_page(request, db, who, patient, error=str(error), field="site")
    return go_to(request, f"/patients/{patient_id}#sites")


@router.post("/sites/{site_id}/change")
def change_site(
    request: Request, site_id: str, db: Db, who: Who, label: Text = "", is_control: Tick = False
) -> Response:
    """A site's label, and whether it is the untreated control."""
    site = sites.change_site(db, who, site_id, label=label, is_control=is_control)
    return go_to(request, f"/patients/{site.patient_id}#sites")


@router.post("/sites/{site_id}/delete")
def delete_site(request: Request, site_id: str, db: Db, who: Who) -> Response:
    """A site that was added by mistake goes."""
    patient_id = sites.delete_site(db, who, site_id)
    return go_to(request, f"/patients/{patient_id}#sites", message="The site was deleted.")
