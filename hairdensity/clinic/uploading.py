"""One picture comes in: counted and hashed while it streams, checked before anything is decoded, kept whole or not.

A picture is accepted when its file is on the disk and its capture and its job are in the database, both in one
transaction; before that there is nothing, and after it nothing can be lost. It is scored later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, require_role
from hairdensity.clinic.asking import Ask
from hairdensity.clinic.captures import next_number
from hairdensity.clinic.device_scales import default_scale
from hairdensity.clinic.jobs import MOST_QUEUED, place_of, queue_scoring
from hairdensity.clinic.scales import Scale, checked_scale
from hairdensity.clinic.workplace import Workplace
from hairdensity.decoding.contract import DecodeLimits
from hairdensity.decoding.headers import Announced, check_header
from hairdensity.errors import BusyError, CalibrationError, ConflictError, HairDensityError, ImageTooLargeError
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Job, Site, Visit

__all__ = ["LIMITS", "Accepted", "Arrival", "Copy", "Incoming", "incoming", "refuse_early", "stripped_copy"]

LIMITS = DecodeLimits(max_bytes=60_000_000, max_pixels=50_000_000)
"""A photograph of 50 MP has 15-30 MB and takes a worker 4 GB."""

STRIPPING_LIMIT_S = 30.0
UNWRAPPING_LIMIT_S = 30.0

DICOM_MARK, DICOM_MARK_AT = b"DICM", 128

MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tiff": "image/tiff",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "heic": "image/heic",
    "avif": "image/avif",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where a picture is to go.

    Parameters
    ----------
    visit_id, site_id : str
    """

    visit_id: str
    site_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of an upload.

    Parameters
    ----------
    capture : Capture
    job : Job or None
        Its newest job; None where it was deleted since.
    place : int or None
        Of the job in the queue, from 1; None when it does not wait.
    is_new : bool
        False where the same bytes were there already, at the same visit and site.
    """

    capture: Capture
    job: Job | None
    place: int | None
    is_new: bool


class Incoming:
    """A picture that is coming in; made by `incoming`.

    Parameters
    ----------
    at : Workplace
    draft : Path
        On the disk of the store.
    limits : DecodeLimits
    """

    def __init__(self, at: Workplace, draft: Path, limits: DecodeLimits) -> None:
        self._at = at
        self._draft = draft
        self._limits = limits
        self._hash = hashlib.sha256()
        self._n_bytes = 0
        self._scale: Scale | None = None

    def add(self, block: bytes) -> None:
        """Take the next bytes.

        Raises
        ------
        ImageTooLargeError
            If they are too many.
        StorageError
            If the disk is full.
        """
        self._n_bytes += len(block)
        if self._n_bytes > self._limits.max_bytes:
            raise too_large(self._n_bytes, self._limits)
        self._hash.update(block)
        with self._draft.open("ab") as file:
            file.write(block)

    def unwrap(self, ask: Ask) -> None:
        """Replace a DICOM file by the picture in it: no word about a person, a place or a device is ever kept.

        Its pixel spacing becomes the picture's scale. What is no DICOM file stays as it is.

        Parameters
        ----------
        ask : callable
            Has a worker decode it.

        Raises
        ------
        DecodingError
            With its subclasses: it holds no picture that can be read.
        BusyError
            If no worker was free in time.
        """
        with self._draft.open("rb") as file:
            file.seek(DICOM_MARK_AT)
            if file.read(len(DICOM_MARK)) != DICOM_MARK:
                return
        limits = {"max_bytes": self._limits.max_bytes, "max_pixels": self._limits.max_pixels}
        found = ask("unwrap", {"draft": self._draft.name, **limits}, UNWRAPPING_LIMIT_S)
        data = self._draft.read_bytes()
        self._hash, self._n_bytes = hashlib.sha256(data), len(data)
        if found["um_per_px"] is not None:
            self._scale = {"kind": "given", "um_per_px": found["um_per_px"]}

    def accept(self, who: Person, arrival: Arrival) -> Accepted:
        """Check the whole file, keep it, and make its capture and its job.

        Raises
        ------
        DecodingError
            With its subclasses: it is no picture that a decoder should see.
        NotFoundError, ConflictError, NotAllowedError, BusyError, StorageError
            If it cannot go there, or not now.
        """
        announced = check_header(self._draft.read_bytes(), limits=self._limits)
        sha256 = self._hash.hexdigest()
        self._at.files.keep(self._draft, sha256)
        with self._at.database.session() as db:
            _placed(db, who, arrival)
            # One upload of a visit after the other: numbers are taken once, and the same bytes become one capture.
            db.get(Visit, arrival.visit_id, with_for_update=True)
            known = _known(db, arrival, sha256)
            if known is not None:
                job = max(known.jobs, key=lambda one: one.created_at, default=None)
                return Accepted(capture=known, job=job, place=_place(db, job), is_new=False)
            capture = self._add_capture(db, who, arrival, announced)
            job = queue_scoring(db, who, capture)
            return Accepted(capture=capture, job=job, place=place_of(db, job), is_new=True)

    def _scale_of(self, db: Session, who: Person, announced: Announced) -> Scale | None:
        size = {"width_px": announced.width_px, "height_px": announced.height_px}
        try:
            stated = checked_scale(self._scale, **size)
        except CalibrationError:
            # A spacing that no microscope has, such as 1 mm for "not known", says nothing.
            stated = None
        return stated or default_scale(db, who, **size)

    def _add_capture(self, db: Session, who: Person, arrival: Arrival, announced: Announced) -> Capture:
        capture = Capture(
            visit_id=arrival.visit_id,
            site_id=arrival.site_id,
            number=next_number(db, visit_id=arrival.visit_id, site_id=arrival.site_id),
            sha256=self._hash.hexdigest(),
            media_type=MEDIA_TYPES[announced.file_format],
            n_bytes=self._n_bytes,
            width_px=announced.width_px,
            height_px=announced.height_px,
            scale=self._scale_of(db, who, announced),
            area="whole",
            uploaded_by=who.user_id,
        )
        db.add(capture)
        db.flush()
        detail = {"sha256": capture.sha256, "visit": arrival.visit_id, "site": arrival.site_id}
        subject = ("capture", capture.id)
        record(db, "capture added", subject, clinic_id=who.clinic_id, user_id=who.user_id, detail=detail)
        self._at.files.require(capture.sha256)
        return capture


@contextmanager
def incoming(at: Workplace, *, limits: DecodeLimits = LIMITS) -> Iterator[Incoming]:
    """Yield a place for a picture that comes in; what was not accepted leaves nothing behind.

    Parameters
    ----------
    at : Workplace
    limits : DecodeLimits, optional
    """
    with at.files.draft() as draft:
        yield Incoming(at, draft, limits)


def refuse_early(at: Workplace, who: Person, arrival: Arrival, *, n_bytes: int | None) -> None:
    """See that a picture would be taken there now, before the first of its bytes is.

    Parameters
    ----------
    at : Workplace
    who : Person
        At least a clinician.
    arrival : Arrival
    n_bytes : int or None
        That the sender announces.

    Raises
    ------
    NotFoundError
        If the clinic has no such visit or site.
    ConflictError
        If they belong to different patients.
    NotAllowedError
        If the role is too low.
    ImageTooLargeError
        If it announces more bytes than are taken.
    BusyError
        If too many pictures wait.
    """
    with at.database.session(writes=False) as db:
        _placed(db, who, arrival)
        n_queued = db.scalar(select(func.count()).select_from(Job).where(Job.state == "queued")) or 0
    if n_bytes is not None and n_bytes > LIMITS.max_bytes:
        raise too_large(n_bytes, LIMITS)
    if n_queued >= MOST_QUEUED:
        raise BusyError(f"{n_queued} pictures wait for their turn already; try again in a few minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A picture without metadata.

    Parameters
    ----------
    path : Path
        In the cache.
    media_type : str
    """

    path: Path
    media_type: str


def stripped_copy(at: Workplace, capture: Capture, *, ask: Ask) -> Copy:
    """A copy of a picture that shows the same pixels and says nothing else.

    Parameters
    ----------
    at : Workplace
    capture : Capture
    ask : callable
        `hairdensity.clinic.queue.Queue.ask`.

    Raises
    ------
    BusyError
        If no worker was free in time.
    DecodingError
        If the picture cannot be decoded.
    """
    copies = {
        suffix: Copy(path=at.cache / "stripped" / f"{capture.sha256}{suffix}", media_type=media_type)
        for suffix, media_type in ((".jpg", "image/jpeg"), (".png", "image/png"))
    }
    for copy in copies.values():
        if copy.path.is_file():
            return copy
    return copies[ask("strip", {"sha256": capture.sha256}, STRIPPING_LIMIT_S)["suffix"]]


def too_large(n_bytes: int, limits: DecodeLimits) -> HairDensityError:
    """The refusal of a file of too many bytes."""
    return ImageTooLargeError(
        f"the file has {n_bytes / 1e6:.0f} MB or more, {limits.max_bytes / 1e6:.0f} MB are taken; save it as JPEG of "
        "high quality, or crop it"
    )


def _placed(db: Session, who: Person, arrival: Arrival) -> None:
    require_role(who, Role.CLINICIAN)
    visit, site = find(db, who, Visit, arrival.visit_id), find(db, who, Site, arrival.site_id)
    if visit.patient_id != site.patient_id:
        raise ConflictError("this site belongs to another patient: choose one of the patient of this visit")


def _known(db: Session, arrival: Arrival, sha256: str) -> Capture | None:
    query = select(Capture).where(
        Capture.visit_id == arrival.visit_id, Capture.site_id == arrival.site_id, Capture.sha256 == sha256
    )
    return db.scalars(query.limit(1)).one_or_none()


def _place(db: Session, job: Job | None) -> int | None:
    return None if job is None else place_of(db, job)
