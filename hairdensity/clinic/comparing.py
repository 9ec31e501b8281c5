"""Comparisons of two readings of one site: asked for, found again, kept when a worker has made them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, of_clinic, require_role
from hairdensity.clinic.jobs import queue_comparison
from hairdensity.clinic.readings import current_reading, is_usable
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import InputError, NotFoundError
from hairdensity.resources import package_version
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Comparison, Job, Reading, Site

__all__ = [
    "aligned_folder",
    "comparison_document",
    "comparison_or_job",
    "comparison_view",
    "comparisons_of",
    "control_readings",
    "start_comparison",
]

Control = tuple[Reading, Reading]


def start_comparison(
    db: Session, who: Person, baseline_id: str, follow_up_id: str, *, with_control: bool = True
) -> Comparison | Job:
    """The comparison of two readings; where there is none yet, the job that makes it.

    An untreated control site of the patient with pictures at both visits is compared with it.

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
    NotFoundError
        If there is no such reading.
    InputError
        If they are not of one site, or of the same picture, or in the wrong order.
    """
    baseline, follow_up = find(db, who, Reading, baseline_id), find(db, who, Reading, follow_up_id)
    _refuse_unlike(baseline, follow_up)
    control = control_readings(baseline, follow_up) if with_control else None
    found = _found(db, baseline, follow_up, control)
    if found is not None:
        return found
    require_role(who, Role.CLINICIAN)
    waiting = _waiting(db, baseline, follow_up, control)
    if waiting is not None:
        return waiting
    job = queue_comparison(db, who, baseline, follow_up, control=control)
    detail = {"baseline": baseline.id, "follow_up": follow_up.id, "has_control": control is not None}
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


def _readable(site: Site, visit_id: str) -> Reading | None:
    """The current reading of the first picture of a visit that can be read."""
    captures = sorted((each for each in site.captures if each.visit_id == visit_id), key=lambda each: each.number)
    readings = (current_reading(capture) for capture in captures)
    return next((one for one in readings if one is not None and is_usable(one)), None)


def _found(db: Session, baseline: Reading, follow_up: Reading, control: Control | None) -> Comparison | None:
    """The newest comparison of the same readings by this version of the program."""
    before, after = (None, None) if control is None else (control[0].id, control[1].id)
    query = select(Comparison).where(
        Comparison.baseline_id == baseline.id,
        Comparison.follow_up_id == follow_up.id,
        Comparison.control_baseline_id == before,
        Comparison.control_follow_up_id == after,
        Comparison.version == package_version(),
    )
    return db.scalars(query.order_by(Comparison.created_at.desc()).limit(1)).first()


def _waiting(db: Session, baseline: Reading, follow_up: Reading, control: Control | None) -> Job | None:
    """A job that will make this comparison."""
    asked = _named(baseline, follow_up, control)
    jobs = select(Job).where(
        Job.kind == "compare", Job.capture_id == follow_up.capture_id, Job.state.in_(("queued", "running"))
    )
    return next((job for job in db.scalars(jobs) if job.order == asked), None)


def _named(baseline: Reading, follow_up: Reading, control: Control | None) -> dict[str, str]:
    """The readings of a comparison by the names of their columns."""
    names = {"baseline_id": baseline.id, "follow_up_id": follow_up.id}
    return (
        names
        if control is None
        else names | {"control_baseline_id": control[0].id, "control_follow_up_id": control[1].id}
    )


def aligned_folder(at: Workplace, comparison_id: str) -> Path:
    """The folder of the tiles of a comparison's aligned follow-up."""
    return at.cache / "aligned" / comparison_id


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
    site = find(db, who, Site, site_id)
    query = select(Comparison).join(Comparison.baseline).join(Reading.capture).where(Capture.site_id == site.id)
    return list(db.scalars(query.order_by(Comparison.created_at.desc())))


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
