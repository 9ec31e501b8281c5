"""Jobs of the kind ``compare``: two readings of a site become a comparison, which takes the id of its job."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from hairdensity.clinic.readings import picture_of
from hairdensity.errors import NotFoundError
from hairdensity.store.audit import record
from hairdensity.store.models import Comparison, Job, Reading

__all__ = ["keep", "task_of"]


def task_of(db: Session, job: Job) -> dict[str, Any] | None:
    """The readings as they were asked for; None where the comparison is there already."""
    if db.get(Comparison, job.id) is not None:
        return None
    subjects = {name.removesuffix("_id"): _subject(db, reading_id) for name, reading_id in job.order.items()}
    has_control = "control_baseline" in subjects
    return {
        "comparison_id": job.id,
        "baseline": subjects["baseline"],
        "follow_up": subjects["follow_up"],
        "control": [subjects["control_baseline"], subjects["control_follow_up"]] if has_control else None,
    }


def keep(db: Session, job: Job, value: dict[str, Any]) -> None:
    """A comparison."""
    comparison = Comparison(id=job.id, **job.order, **value)
    db.add(comparison)
    db.flush()
    detail = {"result_sha256": comparison.result_sha256, "version": comparison.version}
    subject = ("comparison", comparison.id)
    record(db, "comparison made", subject, clinic_id=job.clinic_id, user_id=job.created_by, detail=detail)


def _subject(db: Session, reading_id: str) -> dict[str, Any]:
    reading = db.get(Reading, reading_id)
    if reading is None:
        raise NotFoundError("a picture of this comparison is no longer there: it was deleted")
    return {
        "picture": picture_of(reading),
        "capture_id": reading.capture_id,
        "edits": reading.edits,
        "model": reading.model,
        "version": reading.version,
    }
