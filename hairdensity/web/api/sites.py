"""API of sites."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from hairdensity.clinic import access, sites
from hairdensity.clinic.labels import LONGEST_LABEL
from hairdensity.clinic.scalp import PLACES
from hairdensity.store.models import Site
from hairdensity.web.api.bodies import Body, Bool
from hairdensity.web.api.lists import After, Limit, Listed
from hairdensity.web.requests import Db, Who

__all__ = ["router"]

router = APIRouter(tags=["sites"])

PlaceCode = StrEnum("PlaceCode", [(place.code.upper(), place.code) for place in PLACES])  # type: ignore[misc]


class SiteOut(BaseModel):
    """A place on a patient's scalp."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    patient_id: str
    place: str
    label: str
    is_control: bool
    created_at: datetime


class SiteIn(Body):
    """A site to add."""

    place: PlaceCode = Field(description="On the scalp map.")
    label: str = Field("", max_length=LONGEST_LABEL, description="Tells two sites of one place apart.")
    is_control: Bool = Field(False, description="It stays untreated.")


class SiteChange(Body):
    """What is to change; what is left out stays."""

    label: str | None = Field(None, max_length=LONGEST_LABEL)
    is_control: Bool | None = None


@router.get("/patients/{patient_id}/sites")
def list_sites(patient_id: str, db: Db, who: Who, limit: Limit = 50, after: After = None) -> Listed[SiteOut]:
    """The sites of a patient, the oldest first."""
    page = sites.list_sites(db, who, patient_id, limit=limit, after=after)
    return Listed(items=[SiteOut.model_validate(one) for one in page.items], after=page.after)


@router.post("/patients/{patient_id}/sites", status_code=201)
def add_site(patient_id: str, body: SiteIn, db: Db, who: Who) -> SiteOut:
    """Add a site."""
    site = sites.add_site(db, who, patient_id, place=body.place.value, label=body.label, is_control=body.is_control)
    return SiteOut.model_validate(site)


@router.get("/sites/{site_id}")
def get_site(site_id: str, db: Db, who: Who) -> SiteOut:
    """One site."""
    return SiteOut.model_validate(access.find(db, who, Site, site_id))


@router.patch("/sites/{site_id}")
def change_site(site_id: str, body: SiteChange, db: Db, who: Who) -> SiteOut:
    """Change a site's label, or whether it is the untreated control."""
    return SiteOut.model_validate(sites.change_site(db, who, site_id, label=body.label, is_control=body.is_control))


@router.delete("/sites/{site_id}", status_code=204)
def delete_site(site_id: str, db: Db, who: Who) -> None:
    """Delete a site without pictures."""
    sites.delete_site(db, who, site_id)
