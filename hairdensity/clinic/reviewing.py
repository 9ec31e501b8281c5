"""Corrections and reviews of a picture's readings: tried out, saved beside the automatic reading, signed.

A correction is the whole list of edits since the automatic reading. It states the reading that its maker saw: where
somebody else has saved one since, or the scale or the area was changed, it is refused and nobody's work is covered up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, require_role
from hairdensity.clinic.asking import Ask
from hairdensity.clinic.readings import current_reading, picture_of
from hairdensity.clinic.workplace import Workplace
from hairdensity.edits import edit_values, parse_edits
from hairdensity.errors import ConflictError, HairDensityError, InputError
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Reading, User, utc_now
from hairdensity.store.references import remove_unnamed

__all__ = ["LONGEST_REASON", "Draft", "Version", "mark_reviewed", "preview", "save_correction", "versions_of"]

LONGEST_REASON = 500
PREVIEW_LIMIT_S = 20.0
SAVING_LIMIT_S = 60.0
"""A child that has forgotten the picture reads it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A correction that somebody wants to save.

    Parameters
    ----------
    edits : list of dict
        All since the automatic reading, as `hairdensity.edits.parse_edits` reads them.
    reading_id : str
        The reading that was shown when the correction began, or that its maker saved last.
    reason : str, optional
        Why, in the maker's words.
    is_reviewed : bool, optional
        The maker vouches for the whole picture, not only for what was changed.
    """

    edits: Sequence[Any]
    reading_id: str
    reason: str = ""
    is_reviewed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A reading of a capture, with the names of those who made and reviewed it (None: nobody).

    Parameters
    ----------
    reading : Reading
    made_by, reviewed_by : str or None
    is_current : bool
        The one that counts.
    """

    reading: Reading
    made_by: str | None
    reviewed_by: str | None
    is_current: bool


def preview(
    db: Session, who: Person, capture_id: str, edits: Sequence[Any], *, ask: Ask, reading_id: str | None = None
) -> dict[str, Any]:
    """What the figures would be; nothing is kept.

    Parameters
    ----------
    db : Session
        Without a transaction that writes: a worker is waited for.
    who : Person
        At least a clinician.
    capture_id : str
    edits : list of dict
        All since the automatic reading.
    ask : callable
        Has a worker handle a task.
    reading_id : str, optional
        The reading that is shown.

    Returns
    -------
    dict
        The entry of ``results`` (analysis-1), as the reading would have it.

    Raises
    ------
    NotFoundError, NotAllowedError
    ConflictError
        If there is no reading to correct, or it is not the one that is shown.
    InputError
        If an edit cannot be made; the message names its number.
    BusyError
        If no worker was free in time.
    """
    task = _task(db, who, capture_id, edits, reading_id=reading_id)
    result: dict[str, Any] = ask("correct", {**task, "is_kept": False}, PREVIEW_LIMIT_S)["result"]
    return result


def save_correction(at: Workplace, who: Person, capture_id: str, draft: Draft, *, ask: Ask) -> Reading:
    """Keep a correction as a new reading; the automatic one and all earlier ones stay.

    It opens its own transactions, because it waits for a worker between them.

    Parameters
    ----------
    at : Workplace
    who : Person
        At least a clinician.
    capture_id : str
    draft : Draft
    ask : callable
        Has a worker handle a task.

    Raises
    ------
    NotFoundError, NotAllowedError
    ConflictError
        If somebody else was faster, or nothing was changed.
    InputError
        If an edit cannot be made, or the reason is too long.
    BusyError
        If no worker was free in time.
    """
    reason = _checked_reason(draft.reason)
    with at.database.session(writes=False) as db:
        task = _task(db, who, capture_id, draft.edits, reading_id=draft.reading_id)
        if task["edits"] == find(db, who, Reading, draft.reading_id).edits:
            raise ConflictError("nothing was changed since this reading: mark it as reviewed instead")
    kept = ask("correct", {**task, "is_kept": True}, SAVING_LIMIT_S)
    try:
        return _add_reading(at, who, task, kept, replace(draft, reason=reason))
    except HairDensityError:
        # Deleted meanwhile, or somebody else was faster: what was written for it goes again.
        remove_unnamed(at.database, at.files, {kept["result_sha256"]})
        raise


def _add_reading(at: Workplace, who: Person, task: dict[str, Any], kept: dict[str, Any], draft: Draft) -> Reading:
    with at.database.session() as db:
        base = _shown(db, who, task["capture_id"], draft.reading_id)
        moment = utc_now()
        reading = Reading(
            capture_id=base.capture_id,
            kind="corrected",
            automatic_id=base.automatic_id or base.id,
            edits=task["edits"],
            reason=draft.reason,
            scale=base.scale,
            area=base.area,
            created_at=moment,
            created_by=who.user_id,
            reviewed_at=moment if draft.is_reviewed else None,
            reviewed_by=who.user_id if draft.is_reviewed else None,
            **kept,
        )
        db.add(reading)
        db.flush()
        _record(db, who, "reading corrected", reading, _what(base, reading))
        if draft.is_reviewed:
            _record(db, who, "reading reviewed", reading, {"capture": reading.capture_id})
        return reading


def mark_reviewed(db: Session, who: Person, capture_id: str, reading_id: str) -> Reading:
    """Sign the current reading of a picture: looked at as a whole, and vouched for.

    Parameters
    ----------
    db : Session
    who : Person
        At least a clinician.
    capture_id : str
    reading_id : str
        The reading that is shown.

    Raises
    ------
    NotFoundError, NotAllowedError
    ConflictError
        If another reading counts by now.
    """
    require_role(who, Role.CLINICIAN)
    reading = _shown(db, who, capture_id, reading_id)
    if reading.reviewed_by != who.user_id:
        # Of several reviews the reading names the last one; the audit keeps them all.
        reading.reviewed_by, reading.reviewed_at = who.user_id, utc_now()
        _record(db, who, "reading reviewed", reading, {"capture": reading.capture_id})
    return reading


def versions_of(db: Session, who: Person, capture_id: str) -> list[Version]:
    """All readings of a capture, the newest first, with names.

    Raises
    ------
    NotFoundError
        If the clinic has no such capture.
    """
    capture = find(db, who, Capture, capture_id)
    current = current_reading(capture)
    readings = sorted(capture.readings, key=lambda reading: reading.created_at, reverse=True)
    ids = {user_id for one in readings for user_id in (one.created_by, one.reviewed_by) if user_id is not None}
    users = db.scalars(select(User).where(User.id.in_(ids), User.clinic_id == who.clinic_id))
    names = {user.id: user.name for user in users}
    return [
        Version(
            reading=reading,
            made_by=names.get(reading.created_by or ""),
            reviewed_by=names.get(reading.reviewed_by or ""),
            is_current=reading is current,
        )
        for reading in readings
    ]


def _checked_reason(text: str) -> str:
    """A reason as it is stored, with single spaces."""
    reason = " ".join(text.split())
    if len(reason) > LONGEST_REASON:
        raise InputError(f"a reason has at most {LONGEST_REASON} characters, got {len(reason)}: shorten it")
    if not reason.isprintable():
        raise InputError("a reason holds only characters that can be printed: type it by hand")
    return reason


def _task(db: Session, who: Person, capture_id: str, edits: Sequence[Any], *, reading_id: str | None) -> dict[str, Any]:
    """The task of a worker for a correction of the current reading."""
    require_role(who, Role.CLINICIAN)
    base = _shown(db, who, capture_id, reading_id)
    capture = base.capture
    checked = parse_edits(edits, image_shape=(capture.height_px, capture.width_px))
    automatic = base if base.automatic_id is None else find(db, who, Reading, base.automatic_id)
    return {
        "picture": picture_of(base),
        "capture_id": capture.id,
        "edits": [edit_values(edit) for edit in checked],
        "model": automatic.model,
        "version": automatic.version,
    }


def _shown(db: Session, who: Person, capture_id: str, reading_id: str | None) -> Reading:
    """The current reading of a capture, if it is the one that somebody saw."""
    capture = find(db, who, Capture, capture_id)
    current = current_reading(capture)
    if current is None:
        raise ConflictError("this picture has not been read yet with its present scale and area: wait for its result")
    if reading_id is not None and current.id != reading_id:
        raise ConflictError(
            "somebody has saved another reading of this picture since you opened it, or changed its scale or area: "
            "load the page again and make your corrections there"
        )
    return current


def _what(base: Reading, reading: Reading) -> dict[str, Any]:
    """What the audit keeps of a correction: no words of a person."""
    kinds = Counter(edit["op"] for edit in reading.edits)
    return {
        "capture": reading.capture_id,
        "from": base.id,
        "automatic": reading.automatic_id,
        "edits": dict(sorted(kinds.items())),
        "result_sha256": reading.result_sha256,
        "version": reading.version,
    }


def _record(db: Session, who: Person, event: str, reading: Reading, detail: dict[str, Any]) -> None:
    record(db, event, ("reading", reading.id), clinic_id=who.clinic_id, user_id=who.user_id, detail=detail)
