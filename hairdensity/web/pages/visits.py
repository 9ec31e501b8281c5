"""A visit: pictures dropped for each site, and what they say."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from hairdensity.clinic import access, captures, jobs, sites, visits
from hairdensity.clinic.overview import Card, card_of, cards_of
from hairdensity.clinic.scalp import PLACES
from hairdensity.errors import ConflictError, InputError
from hairdensity.store.models import Capture, Visit
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import At, Db, Who

__all__ = ["router"]

router = APIRouter()

Text = Annotated[str, Form(max_length=200)]


@router.get("/visits/{visit_id}")
def visit_page(request: Request, visit_id: str, db: Db, who: Who, site: str = "") -> Response:
    """A visit; ``site`` is the one that pictures are about to be dropped for, and stands first."""
    return _visit_page(request, db, who, access.find(db, who, Visit, visit_id), first=site)


def _visit_page(
    request: Request, db: Db, who: Who, visit: Visit, *, first: str = "", error: str | None = None
) -> Response:
    of_site: dict[str, list[Card]] = {site.id: [] for site in sites.sites_of(visit.patient)}
    for one in cards_of(db, visit):
        of_site[one.capture.site_id].append(one)
    in_order = sorted(sites.sites_of(visit.patient), key=lambda one: one.id != first)
    return render(
        request,
        "visits/visit.html",
        status=200 if error is None else 422,
        visit=visit,
        patient=visit.patient,
        sites=in_order,
        of_site=of_site,
        first=first,
        places=PLACES,
        today=date.today(),
        error=error,
    )


@router.post("/visits/{visit_id}/change")
def change_visit(
    request: Request, visit_id: str, db: Db, who: Who, day: Annotated[date | None, Form()] = None, label: Text = ""
) -> Response:
    """Another day or label."""
    try:
        visits.change_visit(db, who, visit_id, day=day, label=label)
    except InputError as error:
        return _visit_page(request, db, who, access.find(db, who, Visit, visit_id), error=str(error))
    return go_to(request, f"/visits/{visit_id}")


@router.post("/visits/{visit_id}/delete")
def delete_visit(request: Request, visit_id: str, db: Db, who: Who) -> Response:
    """A visit that was added by mistake goes."""
    patient_id = visits.delete_visit(db, who, visit_id)
    return go_to(request, f"/patients/{patient_id}", message="The visit was deleted.")


@router.post("/visits/{visit_id}/place")
def add_place(request: Request, visit_id: str, db: Db, who: Who, place: Text = "") -> Response:
    """A site of the map, to drop pictures for."""
    visit = access.find(db, who, Visit, visit_id)
    site = sites.site_at(db, who, visit.patient_id, place)
    return go_to(request, f"/visits/{visit_id}?site={site.id}")


@router.get("/captures/{capture_id}/card")
def card(request: Request, capture_id: str, db: Db, who: Who) -> Response:
    """The card of one picture; it asks for itself again while work goes on."""
    capture = access.find(db, who, Capture, capture_id)
    return render(request, "visits/card.html", card=card_of(db, capture))


@router.post("/captures/{capture_id}/retry")
def retry(request: Request, capture_id: str, db: Db, who: Who) -> Response:
    """A picture whose scoring failed is tried again."""
    capture = access.find(db, who, Capture, capture_id)
    job = card_of(db, capture).job
    if job is None:
        raise ConflictError("nothing failed at this picture: load the page again")
    jobs.retry(db, who, job.id)
    if "HX-Request" in request.headers:
        return render(request, "visits/card.html", card=card_of(db, capture))
    return go_to(request, f"/visits/{capture.visit_id}?site={capture.site_id}")


@router.post("/captures/{capture_id}/move")
def move(request: Request, capture_id: str, db: Db, who: Who, visit_id: Text = "", site_id: Text = "") -> Response:
    """To another visit or site of the same patient."""
    capture = captures.move_capture(db, who, capture_id, visit_id=visit_id or None, site_id=site_id or None)
    message = "The picture was moved here."
    return go_to(request, f"/visits/{capture.visit_id}?site={capture.site_id}", message=message)


@router.post("/captures/{capture_id}/delete")
def delete(request: Request, capture_id: str, at: At, db: Db, who: Who) -> Response:
    """A picture goes, with its readings."""
    visit_id = captures.delete_capture(at, db, who, capture_id)
    return go_to(request, f"/visits/{visit_id}", message="The picture and its readings were deleted.")
