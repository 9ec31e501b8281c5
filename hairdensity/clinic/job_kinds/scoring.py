"""Jobs of the kind ``score``: a capture becomes an automatic reading."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hairdensity.clinic.readings import picture_of
from hairdensity.errors import NotFoundError
from hairdensity.resources import package_version
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, Job, Reading

__all__ = ["keep", "task_of"]


def task_of(db: Session, job: Job) -> dict[str, Any] | None:
    """The capture with the scale and the area of this moment; None where this version has read it so already."""
    capture = _capture(job)
    query = select(Reading).where(
        Reading.capture_id == capture.id, Reading.kind == "automatic", Reading.version == package_version()
    )
    if any(known.scale == capture.scale and known.area == capture.area for known in db.scalars(query)):
        return None
    job.order = {"scale": capture.scale, "area": capture.area}
    return {"picture": picture_of(capture), "capture_id": capture.id}


def keep(db: Session, job: Job, value: dict[str, Any]) -> None:
    """An automatic reading; the capture learns the size of its picture, upright."""
    capture = _capture(job)
    picture = value["summary"]["image"]
    capture.width_px, capture.height_px = picture["width_px"], picture["height_px"]
    reading = Reading(
        capture_id=capture.id,
        kind="automatic",
        scale=job.order["scale"],
        area=job.order["area"],
        result_sha256=value["result_sha256"],
        summary=value["summary"],
        model=value["model"],
        version=value["version"],
    )
    db.add(reading)
    db.flush()
    detail = {"capture_id": capture.id, "result_sha256": reading.result_sha256, "version": reading.version}
    record(db, "automatic reading", ("reading", reading.id), clinic_id=job.clinic_id, user_id=None, detail=detail)


def _capture(job: Job) -> Capture:
    if job.capture is None:
        raise NotFoundError("the picture is no longer there: it was deleted")
    return job.capture
