"""Sites: the places of a patient's scalp that are photographed at every visit."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, require_role
from hairdensity.clinic.labels import checked_label
from hairdensity.clinic.paging import Page, page_of
from hairdensity.clinic.scalp import PLACES, place_of
from hairdensity.errors import ConflictError
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Patient, Site

__all__ = ["add_site", "change_site", "delete_site", "list_sites", "site_at", "site_name", "sites_of"]

_ORDER = {place.code: number for number, place in enumerate(PLACES)}


def site_name(site: Site) -> str:
    """What a person reads: ``Vertex, 2 cm left``."""
    name = place_of(site.place).name
    return f"{name}, {site.label}" if site.label else name


def sites_of(patient: Patient) -> list[Site]:
    """All sites of a patient, from front to back."""
    return sorted(patient.sites, key=lambda site: (_ORDER.get(site.place, len(_ORDER)), site.label))


def list_sites(db: Session, who: Person, patient_id: str, *, limit: int = 50, after: str | None = None) -> Page[Site]:
    """The sites of a patient in pages.

    Raises
    ------
    NotFoundError
        If the clinic has no such patient.
    """
    patient = find(db, who, Patient, patient_id)
    return page_of(db, select(Site).where(Site.patient_id == patient.id), by=Site.created_at, limit=limit, after=after)


def add_site(
    db: Session, who: Person, patient_id: str, *, place: str, label: str = "", is_control: bool = False
) -> Site:
    """Add a site.

    Parameters
    ----------
    db : Session
    who : Person
        At least a clinician.
    patient_id : str
    place : str
        A code of the scalp map.
    label : str, optional
        Tells two sites of one place apart.
    is_control : bool, optional
        It stays untreated, and measures what the method itself varies.

    Raises
    ------
    NotFoundError
        If the clinic has no such patient.
    InputError
        If there is no such place on the map, or the label is too long.
    ConflictError
        If the patient has a site of this place and label.
    """
    require_role(who, Role.CLINICIAN)
    patient = find(db, who, Patient, patient_id)
    place_of(place)
    words = checked_label(label)
    _refuse_taken(db, patient.id, place, words)
    site = Site(patient_id=patient.id, place=place, label=words, is_control=is_control)
    db.add(site)
    db.flush()
    db.expire(patient, ["sites"])
    record(
        db,
        "site added",
        ("site", site.id),
        clinic_id=who.clinic_id,
        user_id=who.user_id,
        detail={"patient": patient.id, "place": place, "is_control": is_control},
    )
    return site


def site_at(db: Session, who: Person, patient_id: str, place: str) -> Site:
    """The first site of a place of the map, added when the patient has none there.

    Raises
    ------
    NotFoundError, InputError, NotAllowedError
        As for `add_site`.
    """
    require_role(who, Role.CLINICIAN)
    patient = find(db, who, Patient, patient_id)
    there = [site for site in sites_of(patient) if site.place == place]
    return there[0] if there else add_site(db, who, patient_id, place=place)


def change_site(
    db: Session, who: Person, site_id: str, *, label: str | None = None, is_control: bool | None = None
) -> Site:
    """Change a site's label, or whether it is the untreated control; None leaves a thing as it is.

    Raises
    ------
    NotFoundError, InputError, ConflictError
        As for `add_site`.
    """
    require_role(who, Role.CLINICIAN)
    site = find(db, who, Site, site_id)
    words = site.label if label is None else checked_label(label)
    if words != site.label:
        _refuse_taken(db, site.patient_id, site.place, words)
    is_now_control = site.is_control if is_control is None else is_control
    if (words, is_now_control) != (site.label, site.is_control):
        site.label, site.is_control = words, is_now_control
        record(
            db,
            "site changed",
            ("site", site.id),
            clinic_id=who.clinic_id,
            user_id=who.user_id,
            detail={"is_control": is_now_control},
        )
    return site


def delete_site(db: Session, who: Person, site_id: str) -> str:
    """Delete a site that was added by mistake; gives its patient's id.

    Raises
    ------
    ConflictError
        If it has pictures.
    """
    require_role(who, Role.CLINICIAN)
    site = find(db, who, Site, site_id)
    if db.scalars(select(Capture.id).where(Capture.site_id == site.id).limit(1)).first() is not None:
        raise ConflictError("this site has pictures: move or delete them first")
    db.delete(site)
    record(db, "site deleted", ("site", site.id), clinic_id=who.clinic_id, user_id=who.user_id)
    return site.patient_id


def _refuse_taken(db: Session, patient_id: str, place: str, label: str) -> None:
    same = select(Site.id).where(Site.patient_id == patient_id, Site.place == place, Site.label == label)
    if db.scalars(same).first() is not None:
        name = place_of(place).name.lower()
        raise ConflictError(f"this patient has a {name} site of that label already: give the new one another label")
