"""What a patient received and when: added, changed, deleted, and said in words.

A session is a treatment that begins and ends on one day; one without a last day goes on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, require_role
from hairdensity.clinic.paging import Page, page_of
from hairdensity.errors import InputError
from hairdensity.store.audit import record
from hairdensity.store.models import Patient, Site, Treatment

__all__ = [
    "DEPTHS_MM",
    "KINDS",
    "ROUTES",
    "Course",
    "Kind",
    "add_treatment",
    "change_treatment",
    "course_of",
    "courses_of",
    "days_in_words",
    "delete_treatment",
    "kind_name",
    "list_treatments",
    "treatment_words",
    "treatments_of",
]

DEPTHS_MM = (0.25, 3.0)
"""Needle lengths of the devices in use; published trials used 0.5 to 2.5 mm."""

_EARLIEST = date(1950, 1, 1)
_LONGEST_DETAIL = 200
_MOST_SESSIONS = 60
_MOST_WEEKS = 52.0

ROUTES = ("topical", "oral")


class Kind(NamedTuple):
    """A sort of treatment.

    Parameters
    ----------
    code, name : str
    has_route : bool
        A medicine that is applied or swallowed.
    has_depth : bool
    """

    code: str
    name: str
    has_route: bool = False
    has_depth: bool = False


KINDS = (
    Kind("microneedling", "Microneedling", has_depth=True),
    Kind("minoxidil", "Minoxidil", has_route=True),
    Kind("finasteride", "Finasteride", has_route=True),
    Kind("dutasteride", "Dutasteride", has_route=True),
    Kind("prp", "Platelet-rich plasma (PRP)"),
    Kind("exosomes", "Exosomes"),
    Kind("polynucleotides", "Polynucleotides"),
    Kind("transplant", "Hair transplant"),
    Kind("other", "Other"),
)

_BY_CODE = {kind.code: kind for kind in KINDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A treatment as a person states it.

    Parameters
    ----------
    kind : str
        Code of `KINDS`.
    started_on : date
    ended_on : date or None
        None for one that goes on; the same day for a session.
    detail : str
        Strength or name of the product, e.g. ``"5 %"``.
    route : str
        Of `ROUTES`, of medicines; empty where not stated.
    depth_mm : float or None
        Of microneedling, within `DEPTHS_MM`.
    interval_weeks : float or None
        Between the sessions of one that is repeated.
    site_id : str or None
        None for all sites.
    """

    kind: str
    started_on: date
    ended_on: date | None = None
    detail: str = ""
    route: str = ""
    depth_mm: float | None = None
    interval_weeks: float | None = None
    site_id: str | None = None


def kind_name(code: str) -> str:
    """A kind in words; its code where nobody knows it any more."""
    return _BY_CODE[code].name if code in _BY_CODE else code


def treatments_of(db: Session, who: Person, patient_id: str) -> list[Treatment]:
    """All treatments of a patient, the earliest first.

    Raises
    ------
    NotFoundError
        If there is no such patient.
    """
    patient = find(db, who, Patient, patient_id)
    query = select(Treatment).where(Treatment.patient_id == patient.id)
    return list(db.scalars(query.order_by(Treatment.started_on, Treatment.kind, Treatment.created_at)))


def list_treatments(
    db: Session, who: Person, patient_id: str, *, limit: int = 50, after: str | None = None
) -> Page[Treatment]:
    """The treatments of a patient in pages, the earliest first.

    Raises
    ------
    NotFoundError
        If there is no such patient.
    """
    patient = find(db, who, Patient, patient_id)
    query = select(Treatment).where(Treatment.patient_id == patient.id)
    return page_of(db, query, by=Treatment.started_on, limit=limit, after=after)


def add_treatment(
    db: Session, who: Person, patient_id: str, course: Course, *, sessions: Sequence[date] = ()
) -> list[Treatment]:
    """Add a treatment, or one for each of its sessions.

    Parameters
    ----------
    db : Session
    who : Person
        A clinician.
    patient_id : str
    course : Course
    sessions : sequence of date, optional
        Days of single sessions, instead of the course's own days.

    Raises
    ------
    InputError
        If the course makes no sense.
    """
    require_role(who, Role.CLINICIAN)
    patient = find(db, who, Patient, patient_id)
    if len(sessions) > _MOST_SESSIONS:
        raise InputError(f"at most {_MOST_SESSIONS} sessions at once, got {len(sessions)}: add the others after these")
    days = sorted(set(sessions))
    courses = [replace(course, started_on=day, ended_on=day, interval_weeks=None) for day in days] or [course]
    added = []
    for each in courses:
        treatment = Treatment(patient_id=patient.id, created_by=who.user_id, **_columns(db, patient, each))
        db.add(treatment)
        db.flush()
        _audit(db, who, "treatment added", treatment)
        added.append(treatment)
    return added


def change_treatment(db: Session, who: Person, treatment_id: str, course: Course) -> Treatment:
    """State a treatment anew.

    Raises
    ------
    NotFoundError
        If there is no such treatment.
    InputError
        If the course makes no sense.
    """
    require_role(who, Role.CLINICIAN)
    treatment = find(db, who, Treatment, treatment_id)
    for name, value in _columns(db, treatment.patient, course).items():
        setattr(treatment, name, value)
    db.flush()
    _audit(db, who, "treatment changed", treatment)
    return treatment


def delete_treatment(db: Session, who: Person, treatment_id: str) -> str:
    """Delete a treatment; gives its patient's id.

    Raises
    ------
    NotFoundError
        If there is no such treatment.
    """
    require_role(who, Role.CLINICIAN)
    treatment = find(db, who, Treatment, treatment_id)
    _audit(db, who, "treatment deleted", treatment)
    db.delete(treatment)
    db.flush()
    return treatment.patient_id


def course_of(treatment: Treatment) -> Course:
    """A kept treatment as it was stated."""
    return Course(
        kind=treatment.kind,
        started_on=treatment.started_on,
        ended_on=treatment.ended_on,
        detail=treatment.detail,
        route=treatment.route,
        depth_mm=treatment.depth_mm,
        interval_weeks=treatment.interval_weeks,
        site_id=treatment.site_id,
    )


def treatment_words(treatment: Treatment | Course) -> str:
    """What it is, without its days: ``"Microneedling, 1.5 mm, every 2 weeks"``."""
    weeks = treatment.interval_weeks
    parts = [
        kind_name(treatment.kind),
        treatment.route,
        treatment.detail,
        "" if treatment.depth_mm is None else f"{treatment.depth_mm:g} mm",
        "" if weeks is None else "every week" if weeks == 1 else f"every {weeks:g} weeks",
    ]
    return ", ".join(part for part in parts if part)


def days_in_words(treatment: Treatment) -> str:
    """``"since 8 Oct 2025"``, ``"1 Dec 2025"`` or ``"8 Oct 2025 to 3 Mar 2026"``."""
    first = f"{treatment.started_on.day} {treatment.started_on:%b %Y}"
    if treatment.ended_on is None:
        return f"since {first}"
    if treatment.ended_on == treatment.started_on:
        return first
    return f"{first} to {treatment.ended_on.day} {treatment.ended_on:%b %Y}"


def courses_of(treatments: Iterable[Treatment]) -> dict[str, list[Treatment]]:
    """Treatments by their words: the sessions of one sort stand together, in the order of their first days."""
    courses: dict[str, list[Treatment]] = {}
    for treatment in treatments:
        courses.setdefault(treatment_words(treatment), []).append(treatment)
    return courses


def _columns(db: Session, patient: Patient, course: Course) -> dict[str, Any]:
    """The checked values of a row."""
    kind = _BY_CODE.get(course.kind)
    if kind is None:
        raise InputError(f"there is no treatment {course.kind[:40]!r}; use one of {', '.join(_BY_CODE)}")
    detail = " ".join(course.detail.split())
    if kind.code == "other" and not detail:
        raise InputError("say what the other treatment is")
    if len(detail) > _LONGEST_DETAIL:
        raise InputError(f"strength or product takes at most {_LONGEST_DETAIL} letters, got {len(detail)}")
    if not detail.isprintable():
        raise InputError("strength or product holds only characters that can be printed: type it by hand")
    _check_days(course)
    return {
        "kind": kind.code,
        "detail": detail,
        "route": _route(kind, course.route),
        "depth_mm": _depth(kind, course.depth_mm),
        "interval_weeks": _interval(course),
        "started_on": course.started_on,
        "ended_on": course.ended_on,
        "site_id": _site(db, patient, course.site_id),
    }


def _check_days(course: Course) -> None:
    if course.started_on < _EARLIEST:
        raise InputError(f"the first day is after {_EARLIEST.year}, got {course.started_on}")
    if course.ended_on is not None and course.ended_on < course.started_on:
        raise InputError(f"the last day comes after the first one, got {course.started_on} to {course.ended_on}")


def _route(kind: Kind, route: str) -> str:
    if not kind.has_route or not route:
        return ""
    if route not in ROUTES:
        raise InputError(f"a route is {' or '.join(ROUTES)}, got {route[:40]!r}")
    return route


def _depth(kind: Kind, depth_mm: float | None) -> float | None:
    if not kind.has_depth or depth_mm is None:
        return None
    low, high = DEPTHS_MM
    if not low <= depth_mm <= high:
        raise InputError(f"the depth of needles lies in {low:g} to {high:g} mm, got {depth_mm:g}")
    return depth_mm


def _interval(course: Course) -> float | None:
    weeks = course.interval_weeks
    if weeks is None or course.ended_on == course.started_on:
        return None
    if not (math.isfinite(weeks) and 0 < weeks <= _MOST_WEEKS):
        raise InputError(f"weeks between sessions lie in 0 to {_MOST_WEEKS:g}, got {weeks:g}")
    return weeks


def _site(db: Session, patient: Patient, site_id: str | None) -> str | None:
    if not site_id:
        return None
    query = select(Site.id).where(Site.patient_id == patient.id, Site.id == site_id)
    if db.scalars(query).one_or_none() is None:
        raise InputError("the site of a treatment is one of the same patient: choose it from the list")
    return site_id


def _audit(db: Session, who: Person, event: str, treatment: Treatment) -> None:
    detail = {
        "kind": treatment.kind,
        "started_on": treatment.started_on.isoformat(),
        "ended_on": None if treatment.ended_on is None else treatment.ended_on.isoformat(),
        "depth_mm": treatment.depth_mm,
        "interval_weeks": treatment.interval_weeks,
    }
    record(db, event, ("treatment", treatment.id), clinic_id=who.clinic_id, user_id=who.user_id, detail=detail)
