"""Comparisons of two readings of one site: asked for, found again, kept when a worker has made them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from hairdensity.clinic.access import Person, Role, find, of_clinic, require_role
from hairdensity.clinic.asking import Ask
from hairdensity.clinic.jobs import queue_comparison
from hairdensity.clinic.paging import Page, page_of
from hairdensity.clinic.readings import current_reading, is_usable
from hairdensity.clinic.views import MAKING_LIMIT_S
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import InputError, NotFoundError
from hairdensity.resources import package_version
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Comparison, Job, Reading, Site

__all__ = [
    "Order",
    "aligned_file",
    "comparison_document",
    "comparison_or_job",
    "comparison_order",
    "comparison_view",
    "comparisons_of",
    "control_readings",
    "find_comparison",
    "found_comparison",
    "list_comparisons",
    "previous_reading",
    "start_comparison",
]

Control = tuple[Reading, Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Readings that can be compared.

    Parameters
    ----------
    baseline, follow_up : Reading
        Of one site.
    control : (Reading, Reading) or None
        Of an untreated site at the same two visits.
    """

    baseline: Reading
    follow_up: Reading
    control: Control | None


def comparison_order(
    db: Session, who: Person, baseline_id: str, follow_up_id: str, *, with_control: bool = True
) -> Order:
    """Two readings, checked, with those of the patient's untreated site where it was photographed at both visits.

    Raises
    ------
    NotFoundError
        If there is no such reading.
    InputError
        If they are not of one site, or of the same picture, or in the wrong order.
    """
    baseline, follow_up = find(db, who, Reading, baseline_id), find(db, who, Reading, follow_up_id)
    _refuse_unlike(baseline, follow_up)
    control = control_readings(baseline, follow_up) if with_control else None
    return Order(baseline=baseline, follow_up=follow_up, control=control)


def start_comparison(
    db: Session, who: Person, baseline_id: str, follow_up_id: str, *, with_control: bool = True
) -> Comparison | Job:
    """The comparison of two readings; where there is none yet, the job that makes it.

    Parameters
    ----------
    db : Session
    who : Person
        A clinician; a reader too where the comparison is there.
    baseline_id, follow_up_id : str
        Of readings of one site.
    with_control : bool, optional

    Raises
    ------
    NotFoundError, InputError
        As for `comparison_order`.
    BusyError
        If too many jobs wait.
    """
    order = comparison_order(db, who, baseline_id, follow_up_id, with_control=with_control)
    found = found_comparison(db, order)
    if found is not None:
        return found
    require_role(who, Role.CLINICIAN)
    waiting = _waiting(db, order)
    if waiting is not None:
        return waiting
    job = queue_comparison(db, who, order.baseline, order.follow_up, control=order.control)
    detail = {"baseline": baseline_id, "follow_up": follow_up_id, "has_control": order.control is not None}
    record(db, "comparison asked", ("job", job.id), clinic_id=who.clinic_id, user_id=who.user_id, detail=detail)
    return job


def _refuse_unlike(baseline: Reading, follow_up: Reading) -> None:
    before, after = baseline.capture, follow_up.capture
    if before.site.patient_id != after.site.patient_id:
        raise InputError("these are pictures of two patients: choose two pictures of one site of one patient")
    if before.site_id != after.site_id:
        raise InputError(
            "these are pictures of two sites: choose two of one site; a picture put to the wrong site can be moved on "
            "the page of its visit"
        )
    if before.id == after.id:
        raise InputError("both are readings of one picture: choose the picture of another visit")
    if before.visit.day > after.visit.day:
        raise InputError("the baseline is the later picture: exchange the two")


def control_readings(baseline: Reading, follow_up: Reading) -> Control | None:
    """Readings of an untreated site of the same patient at the same two visits; None without any."""
    site = baseline.capture.site
    if site.is_control:
        return None
    for other in sorted(site.patient.sites, key=lambda each: each.created_at):
        if other.is_control and other.id != site.id:
            before = _readable(other, baseline.capture.visit_id)
            after = _readable(other, follow_up.capture.visit_id)
            if before is not None and after is not None and before.capture_id != after.capture_id:
                return before, after
    return None


def previous_reading(capture: Capture) -> Reading | None:
    """The reading that a picture is compared with first: of the newest earlier visit at which its site can be read.

    Parameters
    ----------
    capture : Capture
    """
    of_visit = {each.visit_id: each.visit for each in capture.site.captures if each.visit.day < capture.visit.day}
    visits = sorted(of_visit.values(), key=lambda visit: (visit.day, visit.created_at), reverse=True)
    readings = (_readable(capture.site, visit.id) for visit in visits)
    return next((reading for reading in readings if reading is not None), None)


def _readable(site: Site, visit_id: str) -> Reading | None:
    """The current reading of the first picture of a visit that can be read."""
    captures = sorted((each for each in site.captures if each.visit_id == visit_id), key=lambda each: each.number)
    readings = (current_reading(capture) for capture in captures)
    return next((one for one in readings if one is not None and is_usable(one)), None)


def found_comparison(db: Session, order: Order) -> Comparison | None:
    """The newest comparison of the same readings by this version of the program; None without any."""
    before, after = (None, None) if order.control is None else (order.control[0].id, order.control[1].id)
    query = select(Comparison).where(
        Comparison.baseline_id == order.baseline.id,
        Comparison.follow_up_id == order.follow_up.id,
        Comparison.control_baseline_id == before,
        Comparison.control_follow_up_id == after,
        Comparison.version == package_version(),
    )
    return db.scalars(query.order_by(Comparison.created_at.desc()).limit(1)).first()


def _waiting(db: Session, order: Order) -> Job | None:
    """A job that will make this comparison."""
    asked = {"baseline_id": order.baseline.id, "follow_up_id": order.follow_up.id}
    if order.control is not None:
        asked |= {"control_baseline_id": order.control[0].id, "control_follow_up_id": order.control[1].id}
    jobs = select(Job).where(
        Job.kind == "compare", Job.capture_id == order.follow_up.capture_id, Job.state.in_(("queued", "running"))
    )
    return next((job for job in db.scalars(jobs) if job.order == asked), None)


def aligned_file(at: Workplace, comparison: Comparison, name: str, *, ask: Ask) -> Path:
    """A tile of a comparison's follow-up as it lies on the baseline.

    Parameters
    ----------
    at : Workplace
    comparison : Comparison
        As `access.find` gave it.
    name : str
        Level and tile: ``11/3_2.jpg``.
    ask : callable
        Has a worker make the tiles when they are not there.

    Raises
    ------
    NotFoundError
        If the comparison has no such tile: pictures that were not registered have none.
    BusyError
        If no worker was free in time.
    """
    if not comparison.summary["registration"]["accepted"]:
        raise NotFoundError("these pictures were not registered, so there is no aligned one")
    folder = at.cache / "aligned" / comparison.id
    if not folder.exists():
        task = {
            "follow_up": comparison.follow_up.capture.sha256,
            "result": comparison.result_sha256,
            "comparison_id": comparison.id,
        }
        ask("align", task, MAKING_LIMIT_S)
    path = folder / name
    if not path.is_file():
        raise NotFoundError(f"the picture has no view {name}")
    return path


def find_comparison(db: Session, who: Person, comparison_id: str) -> Comparison:
    """A comparison of this person's clinic.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    return find(db, who, Comparison, comparison_id)


def comparison_or_job(db: Session, who: Person, comparison_id: str) -> Comparison | Job:
    """A comparison, or the job of the same id that will be it.

    Raises
    ------
    NotFoundError
        If there is none of both.
    """
    query = of_clinic(Comparison, who.clinic_id).where(Comparison.id == comparison_id)
    found = db.scalars(query).one_or_none()
    if found is not None:
        return found
    job = db.scalars(of_clinic(Job, who.clinic_id).where(Job.id == comparison_id, Job.kind == "compare")).one_or_none()
    if job is None:
        raise NotFoundError("there is no such comparison; it may have been deleted with its pictures")
    return job


def comparisons_of(db: Session, who: Person, site_id: str) -> list[Comparison]:
    """All comparisons of a site, the newest first.

    Raises
    ------
    NotFoundError
        If there is no such site.
    """
    query = _of_site(find(db, who, Site, site_id)).order_by(Comparison.created_at.desc())
    pictures = (joinedload(each).joinedload(Reading.capture) for each in (Comparison.baseline, Comparison.follow_up))
    return list(db.scalars(query.options(*(each.joinedload(Capture.visit) for each in pictures))))


def list_comparisons(
    db: Session, who: Person, site_id: str, *, limit: int = 50, after: str | None = None
) -> Page[Comparison]:
    """The comparisons of a site in pages, the newest first.

    Raises
    ------
    NotFoundError
        If there is no such site.
    """
    query = _of_site(find(db, who, Site, site_id))
    return page_of(db, query, by=Comparison.created_at, limit=limit, after=after, descending=True)


def _of_site(site: Site) -> Select[Comparison]:
    return select(Comparison).join(Comparison.baseline).join(Reading.capture).where(Capture.site_id == site.id)


def comparison_document(at: Workplace, comparison: Comparison) -> dict[str, Any]:
    """The change-1 document, as ``hairdensity compare --json`` prints it.

    Raises
    ------
    StorageError
        If its file is gone or damaged.
    """
    document: dict[str, Any] = json.loads(at.files.read(comparison.result_sha256))
    return document


def comparison_view(at: Workplace, comparison: Comparison) -> dict[str, Any]:
    """Every hair's line and fate, for the page.

    Raises
    ------
    StorageError
        If its file is gone or damaged.
    """
    view: dict[str, Any] = json.loads(at.files.read(comparison.view_sha256))
    return view
