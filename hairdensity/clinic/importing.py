"""Pictures of a study or of a folder, brought into the clinic: refused as a whole, or done as a whole.

Running it twice adds nothing. Arms, blinding and treatments stay with the study commands; the plan names what it leaves
out.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, of_clinic, require_role
from hairdensity.clinic.captures import next_number
from hairdensity.clinic.device_scales import default_scale
from hairdensity.clinic.import_plan import Plan, PlanRow
from hairdensity.clinic.jobs import MOST_QUEUED, queue_scoring
from hairdensity.clinic.patients import find_or_add
from hairdensity.clinic.sessions import person_of
from hairdensity.clinic.sites import add_site, sites_of
from hairdensity.clinic.uploading import MEDIA_TYPES
from hairdensity.clinic.visits import open_visit
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import BusyError, InputError, NotFoundError
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Job, Patient, Site, User, Visit

__all__ = ["Imported", "account_of", "carry_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import has added.

    Parameters
    ----------
    n_patients, n_sites, n_visits, n_captures : int
    n_known : int
        Pictures that were there already, at the same visit and site.
    """

    n_patients: int
    n_sites: int
    n_visits: int
    n_captures: int
    n_known: int


def account_of(db: Session, name: str) -> Person:
    """Who imports at the server's console: pictures are added by somebody with an account.

    Raises
    ------
    NotFoundError
        If there is no such account, or it is disabled.
    """
    user = db.scalars(select(User).where(User.name == name.strip().casefold())).one_or_none()
    if user is None or user.disabled_at is not None:
        raise NotFoundError(f"there is no account {name[:40]!r}: name one that may sign in")
    return person_of(user)


def carry_out(at: Workplace, who: Person, plan: Plan) -> Imported:
    """Import what was planned: files first, then everything else in one transaction.

    Parameters
    ----------
    at : Workplace
    who : Person
        At least a clinician, with an account.
    plan : Plan

    Raises
    ------
    InputError
        If the plan has refusals.
    BusyError
        If more pictures would wait than may, or a patient with one of them is deleted at this very moment.
    StorageError
        If the disk is full: nothing was imported.
    """
    require_role(who, Role.CLINICIAN)
    if plan.refusals:
        raise InputError(
            f"nothing was imported: {len(plan.refusals)} rows have faults, the first is {plan.refusals[0]}"
        )
    hashes = [at.files.put(row.path.read_bytes()) for row in plan.rows]
    with at.database.session() as db:
        n_queued = db.scalar(select(func.count()).select_from(Job).where(Job.state == "queued")) or 0
        if n_queued + len(plan.rows) > MOST_QUEUED:
            raise BusyError(f"at most {MOST_QUEUED} pictures may wait: import fewer at once, or wait")
        before = _counts(db, who)
        n_new = sum(_import_row(at, db, who, (row, sha256)) for row, sha256 in zip(plan.rows, hashes, strict=True))
        added = [after - earlier for after, earlier in zip(_counts(db, who), before, strict=True)]
        done = Imported(
            n_patients=added[0],
            n_sites=added[1],
            n_visits=added[2],
            n_captures=n_new,
            n_known=len(plan.rows) - n_new,
        )
        subject = ("clinic", who.clinic_id)
        record(
            db,
            "imported",
            subject,
            clinic_id=who.clinic_id,
            user_id=who.user_id,
            detail={"n_captures": done.n_captures, "n_known": done.n_known},
        )
    return done


def _counts(db: Session, who: Person) -> list[int]:
    kinds = (of_clinic(Patient, who.clinic_id), of_clinic(Site, who.clinic_id), of_clinic(Visit, who.clinic_id))
    return [db.execute(select(func.count()).select_from(kind.subquery())).scalar_one() for kind in kinds]


def _import_row(at: Workplace, db: Session, who: Person, kept: tuple[PlanRow, str]) -> bool:
    """Whether a capture was added: the same bytes at the same visit and site are there once."""
    row, sha256 = kept
    patient = find_or_add(db, who, row.patient, confirmed=True)
    site = _site(db, who, patient, row)
    visit = open_visit(db, who, patient.id, day=row.day, label=row.visit)
    known = select(Capture.id).where(Capture.visit_id == visit.id, Capture.site_id == site.id, Capture.sha256 == sha256)
    if db.scalars(known.limit(1)).first() is not None:
        return False
    scale = row.scale
    if scale is None:
        scale = default_scale(db, who, width_px=row.announced.width_px, height_px=row.announced.height_px)
    capture = Capture(
        visit_id=visit.id,
        site_id=site.id,
        number=next_number(db, visit_id=visit.id, site_id=site.id),
        sha256=sha256,
        media_type=MEDIA_TYPES[row.announced.file_format],
        n_bytes=row.path.stat().st_size,
        width_px=row.announced.width_px,
        height_px=row.announced.height_px,
        scale=scale,
        area=row.area,
        uploaded_by=who.user_id,
    )
    db.add(capture)
    db.flush()
    detail = {"sha256": sha256, "visit": visit.id, "site": site.id}
    subject = ("capture", capture.id)
    record(db, "capture added", subject, clinic_id=who.clinic_id, user_id=who.user_id, detail=detail)
    at.files.require(sha256)
    queue_scoring(db, who, capture)
    return True


def _site(db: Session, who: Person, patient: Patient, row: PlanRow) -> Site:
    for site in sites_of(patient):
        if (site.place, site.label) == (row.place, row.label):
            return site
    return add_site(db, who, patient.id, place=row.place, label=row.label, is_control=row.is_control)
