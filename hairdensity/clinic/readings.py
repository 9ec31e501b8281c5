"""Readings of a capture: which there are, which one counts, and the whole result of one."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, find
from hairdensity.clinic.workplace import Workplace
from hairdensity.store.models import Capture, Reading

__all__ = ["current_reading", "is_usable", "picture_of", "read_result", "readings_of"]


def readings_of(db: Session, who: Person, capture_id: str) -> list[Reading]:
    """All readings of a capture, the oldest first.

    Raises
    ------
    NotFoundError
        If the clinic has no such capture.
    """
    capture = find(db, who, Capture, capture_id)
    query = select(Reading).where(Reading.capture_id == capture.id).order_by(Reading.created_at, Reading.id)
    return list(db.scalars(query))


def current_reading(capture: Capture) -> Reading | None:
    """The reading that counts: with the capture's present scale and area, the newest corrected one, else the newest."""
    fitting = [one for one in capture.readings if one.scale == capture.scale and one.area == capture.area]
    corrected = [reading for reading in fitting if reading.kind == "corrected"]
    return max(corrected or fitting, key=lambda reading: reading.created_at, default=None)


def is_usable(reading: Reading) -> bool:
    """Whether a reading belongs into summaries of several pictures: those of unreadable or damaged ones do not."""
    summary = reading.summary
    return summary["quality"]["verdict"] != "unreadable" and "decoder_warning" not in summary["flags"]


def read_result(at: Workplace, reading: Reading) -> dict[str, Any]:
    """The whole entry of ``results`` (analysis-1) of a reading.

    Raises
    ------
    StorageError
        If its file is gone or damaged.
    """
    result: dict[str, Any] = json.loads(at.files.read(reading.result_sha256))
    return result


def picture_of(of: Capture | Reading) -> dict[str, Any]:
    """What a task of a worker says about the picture of a capture or of a reading: `Bench.analysis` takes it."""
    sha256 = of.sha256 if isinstance(of, Capture) else of.capture.sha256
    return {"sha256": sha256, "scale": of.scale, "area": of.area}
