"""Pictures of a site at a visit: their scale and area set, moved, deleted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, of_clinic, require_role
from hairdensity.clinic.areas import checked_area, needs_scale
from hairdensity.clinic.deleting import forget_files
from hairdensity.clinic.device_scales import keep_scale
from hairdensity.clinic.jobs import queue_scoring
from hairdensity.clinic.paging import Page, page_of
from hairdensity.clinic.readings import current_reading
from hairdensity.clinic.scales import Scale, checked_scale
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import ConflictError, TargetAreaError
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, DeviceScale, Site, Visit

__all__ = [
    "delete_capture",
    "keep_scale_of",
    "list_captures",
    "move_capture",
    "next_number",
    "set_area",
    "set_scale",
]


def list_captures(
    db: Session,
    who: Person,
    *,
    visit_id: str | None = None,
    site_id: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[Capture]:
    """Pictures, the newest first: of a visit, of a site, of both, or of the clinic.

    Raises
    ------
    NotFoundError
        If the clinic has no such visit or site.
    """
    query = of_clinic(Capture, who.clinic_id)
    if visit_id is not None:
        query = query.where(Capture.visit_id == find(db, who, Visit, visit_id).id)
    if site_id is not None:
        query = query.where(Capture.site_id == find(db, who, Site, site_id).id)
    return page_of(db, query, by=Capture.uploaded_at, limit=limit, after=after, descending=True)


def set_scale(db: Session, who: Person, capture_id: str, scale: Scale | None) -> Capture:
    """Set what the px of a picture measure, and have it scored anew when that changes.

    Parameters
    ----------
    db : Session
    who : Person
        At least a clinician.
    capture_id : str
    scale : dict or None
        One of the forms of `clinic.scales`; of a profile, ``device_id`` alone is read.

    Raises
    ------
    NotFoundError
        If the clinic has no such picture, or no such profile.
    CalibrationError
        If it is no scale, or not plausible for microscopy.
    """
    require_role(who, Role.CLINICIAN)
    capture = find(db, who, Capture, capture_id)
    if scale is not None and scale.get("kind") == "profile":
        device = find(db, who, DeviceScale, str(scale.get("device_id")))
        scale = {"kind": "profile", "device_id": device.id, "profile": device.profile}
    stored = checked_scale(scale, width_px=capture.width_px, height_px=capture.height_px)
    _refuse_mm_without_scale(stored, capture.area)
    if stored != capture.scale:
        capture.scale = stored
        _record(db, who, "scale set", capture, {"kind": "found" if stored is None else stored["kind"]})
        _score_anew(db, who, capture)
    return capture


def keep_scale_of(db: Session, who: Person, capture_id: str, name: str) -> DeviceScale:
    """Keep the scale that was stated or drawn on a picture as a device's profile, which the picture has from now on.

    Raises
    ------
    NotFoundError
        If the clinic has no such picture.
    CalibrationError, ConflictError
        As for `device_scales.keep_scale`.
    """
    device = keep_scale(db, who, find(db, who, Capture, capture_id), name)
    set_scale(db, who, capture_id, {"kind": "profile", "device_id": device.id})
    return device


def set_area(db: Session, who: Person, capture_id: str, area: str) -> Capture:
    """Set which part of a picture is analyzed, and have it scored anew when that changes.

    Parameters
    ----------
    db : Session
    who : Person
        At least a clinician.
    capture_id : str
    area : str
        As `hairdensity.target_area.parse_area` reads it.

    Raises
    ------
    NotFoundError
        If the clinic has no such picture.
    TargetAreaError
        If it is no area, or holds nothing of the picture.
    """
    require_role(who, Role.CLINICIAN)
    capture = find(db, who, Capture, capture_id)
    stored = checked_area(area, width_px=capture.width_px, height_px=capture.height_px)
    _refuse_mm_without_scale(capture.scale, stored)
    if stored != capture.area:
        capture.area = stored
        _record(db, who, "area set", capture, {"kind": stored.partition("=")[0]})
        _score_anew(db, who, capture)
    return capture


def move_capture(
    db: Session, who: Person, capture_id: str, *, visit_id: str | None = None, site_id: str | None = None
) -> Capture:
    """Put a picture to another visit or site of the same patient; None leaves it where it is.

    Raises
    ------
    NotFoundError
        If the clinic has no such picture, visit or site.
    ConflictError
        If they belong to different patients.
    """
    require_role(who, Role.CLINICIAN)
    capture = find(db, who, Capture, capture_id)
    visit = find(db, who, Visit, visit_id or capture.visit_id)
    site = find(db, who, Site, site_id or capture.site_id)
    if not capture.visit.patient_id == visit.patient_id == site.patient_id:
        raise ConflictError("a picture stays with its patient: delete it here and add it there")
    if (visit.id, site.id) != (capture.visit_id, capture.site_id):
        number = next_number(db, visit_id=visit.id, site_id=site.id)
        capture.visit, capture.site, capture.number = visit, site, number
        db.flush()
        _record(db, who, "capture moved", capture, {"visit": visit.id, "site": site.id})
    return capture


def next_number(db: Session, *, visit_id: str, site_id: str) -> int:
    """The number of the next picture of a site at a visit, from 1."""
    taken = select(func.max(Capture.number)).where(Capture.visit_id == visit_id, Capture.site_id == site_id)
    return (db.scalars(taken).one() or 0) + 1


def delete_capture(at: Workplace, db: Session, who: Person, capture_id: str) -> str:
    """Delete a picture with its readings and comparisons; gives its visit's id.

    Their files go once the transaction is committed, unless another picture has the very same bytes. The audit keeps
    that the picture was there, and its hash.

    Raises
    ------
    NotFoundError
        If the clinic has no such picture.
    """
    require_role(who, Role.CLINICIAN)
    capture = find(db, who, Capture, capture_id)
    visit_id, sha256 = capture.visit_id, capture.sha256
    n_readings = forget_files(at, db, [capture])
    # The database's own cascade reaches every row that belongs to the picture.
    db.execute(delete(Capture).where(Capture.id == capture_id))
    db.expire_all()
    detail = {"sha256": sha256, "n_readings": n_readings}
    record(db, "capture deleted", ("capture", capture_id), clinic_id=who.clinic_id, user_id=who.user_id, detail=detail)
    return visit_id


def _score_anew(db: Session, who: Person, capture: Capture) -> None:
    # A scale and an area that were set before have their figures already.
    if current_reading(capture) is None:
        queue_scoring(db, who, capture)


def _refuse_mm_without_scale(scale: Scale | None, area: str) -> None:
    if scale is not None and scale["kind"] == "none" and needs_scale(area):
        raise TargetAreaError("an area in mm needs a scale: draw the area on the picture, or keep a scale")


def _record(db: Session, who: Person, event: str, capture: Capture, detail: dict[str, Any]) -> None:
    record(db, event, ("capture", capture.id), clinic_id=who.clinic_id, user_id=who.user_id, detail=detail)
