"""What the page of a capture shows beside the figures: its reading, who made and reviewed it, and the job behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find
from hairdensity.clinic.asking import Ask
from hairdensity.clinic.readings import current_reading, picture_of
from hairdensity.clinic.views import MAKING_LIMIT_S
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import BusyError, NotFoundError, StorageError
from hairdensity.files import make_folder, write_whole
from hairdensity.store.models import Capture, Job, Reading, User

__all__ = ["Shown", "reading_of", "scale_marks", "shown_capture", "unreadable_file"]

MARKS_WITHIN_S = 30.0
"""s with the time behind what people have just asked for; a worker looks for less, see `clinic.queue.working.LATER`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A capture as its page begins.

    Parameters
    ----------
    capture : Capture
    current : Reading or None
        The one that counts.
    automatic : Reading or None
        The one that the current reading is, or started from.
    job : Job or None
        The newest scoring, unless it is done and its reading is there.
    names : dict
        Of people, by the ids that the readings carry.
    may_edit : bool
    """

    capture: Capture
    current: Reading | None
    automatic: Reading | None
    job: Job | None
    names: dict[str, str]
    may_edit: bool


def shown_capture(db: Session, who: Person, capture_id: str) -> Shown:
    """A capture with what is known of it at this moment.

    Raises
    ------
    NotFoundError
        If the clinic has no such capture.
    """
    capture = find(db, who, Capture, capture_id)
    current = current_reading(capture)
    automatic = current
    if current is not None and current.automatic_id is not None:
        automatic = reading_of(capture, current.automatic_id)
    scorings = [job for job in capture.jobs if job.kind == "score"]
    job = scorings[-1] if scorings and (scorings[-1].state != "done" or current is None) else None
    people = {None if current is None else current.created_by, None if current is None else current.reviewed_by}
    return Shown(
        capture=capture,
        current=current,
        automatic=automatic,
        job=job,
        names={user_id: db.get_one(User, user_id).name for user_id in people if user_id is not None},
        may_edit=who.may(Role.CLINICIAN),
    )


def reading_of(capture: Capture, reading_id: str) -> Reading:
    """One reading of a capture.

    Raises
    ------
    NotFoundError
        If it has none of that id.
    """
    for reading in capture.readings:
        if reading.id == reading_id:
            return reading
    raise NotFoundError(f"the picture has no reading of the id {reading_id[:40]!r}")


def unreadable_file(at: Workplace, reading: Reading, *, ask: Ask) -> bytes:
    """JSON with the outlines of what could not be read in the area of an automatic reading, made once.

    Parameters
    ----------
    at : Workplace
    reading : Reading
    ask : callable
        Has a worker find them.

    Raises
    ------
    BusyError
        If no worker was free in time.
    """
    path = at.cache / "outlines" / f"{reading.result_sha256}.json"
    if path.is_file():
        return path.read_bytes()
    found: dict[str, Any] = ask("view", {"picture": picture_of(reading)}, MAKING_LIMIT_S)
    content = json.dumps(found).encode()
    try:
        make_folder(path.parent)
        write_whole(path, content)
    except StorageError:
        # A disk that is full costs time later, never the answer.
        return content
    return content


def scale_marks(capture: Capture, *, ask: Ask) -> dict[str, Any]:
    """Bars and rulers that can be seen in a picture: see `clinic.tasks.marking`.

    Parameters
    ----------
    capture : Capture
        As `access.find` gave it.
    ask : callable
        Has a worker find them.

    Raises
    ------
    BusyError
        If no worker was free, or has found out, in time.
    """
    try:
        return ask("mark", {"sha256": capture.sha256}, MARKS_WITHIN_S)
    except BusyError:
        raise BusyError("could not look for a bar or a ruler in time: type the length, or draw a line") from None
