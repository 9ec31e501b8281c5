"""Profiles of a clinic's devices: the scale that their pictures have, measured once.

The profile that was chosen last for pictures of a size is the default for the next picture of that size.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, find, of_clinic, require_role
from hairdensity.clinic.paging import Page, page_of
from hairdensity.clinic.scales import Scale, stated_um_per_px
from hairdensity.errors import CalibrationError, ConflictError
from hairdensity.resources import package_version
from hairdensity.store.audit import record
from hairdensity.store.models import Capture, DeviceScale

__all__ = [
    "MOST_PROFILE_BYTES",
    "add_device",
    "default_scale",
    "delete_device",
    "devices_for",
    "import_device",
    "keep_scale",
    "list_devices",
]

MOST_PROFILE_BYTES = 1_000_000


def list_devices(db: Session, who: Person, *, limit: int = 50, after: str | None = None) -> Page[DeviceScale]:
    """The profiles of a clinic, by name.

    Raises
    ------
    InputError
        If ``limit`` or ``after`` make no sense.
    """
    return page_of(db, of_clinic(DeviceScale, who.clinic_id), by=DeviceScale.name, limit=limit, after=after)


def add_device(db: Session, who: Person, profile: dict[str, Any]) -> DeviceScale:
    """Keep a profile, under its own name.

    Parameters
    ----------
    db : Session
    who : Person
        At least a clinician.
    profile : dict
        What the file of a `hairdensity.calibration.DeviceProfile` holds.

    Raises
    ------
    CalibrationError
        If it is no profile, or not plausible for microscopy.
    ConflictError
        If the clinic has a profile of this name.
    """
    from hairdensity.calibration import profile_from_json, profile_to_json  # noqa: PLC0415 -- brings OpenCV with it

    require_role(who, Role.CLINICIAN)
    try:
        checked = profile_from_json(profile)
        # Through JSON once: what is kept is what a file would hold, and numbers that are none are refused.
        kept = json.loads(json.dumps(profile_to_json(checked), allow_nan=False))
    except CalibrationError:
        raise
    except (ValueError, TypeError, OverflowError) as error:
        raise CalibrationError(f"this is no device profile ({error}); make one with `hairdensity calibrate`") from error
    named = of_clinic(DeviceScale, who.clinic_id).where(DeviceScale.name == checked.name)
    if db.scalars(named).first() is not None:
        raise ConflictError(
            f"there is a device {checked.name!r} already: delete that one, or give the new one another name"
        )
    device = DeviceScale(clinic_id=who.clinic_id, name=checked.name, profile=kept, created_by=who.user_id)
    db.add(device)
    db.flush()
    record(db, "device added", ("device_scale", device.id), clinic_id=who.clinic_id, user_id=who.user_id)
    return device


def import_device(db: Session, who: Person, content: bytes) -> DeviceScale:
    """Keep the profile of a file that ``hairdensity calibrate`` has written.

    Raises
    ------
    CalibrationError, ConflictError
        As for `add_device`, and if it is no JSON or too large.
    """
    require_role(who, Role.CLINICIAN)
    if len(content) > MOST_PROFILE_BYTES:
        raise CalibrationError("this file is too large for a device profile; make one with `hairdensity calibrate`")
    try:
        profile = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CalibrationError("this file is no device profile; make one with `hairdensity calibrate`") from error
    return add_device(db, who, profile)


def keep_scale(db: Session, who: Person, capture: Capture, name: str) -> DeviceScale:
    """Make a profile of the scale that a person has stated or drawn on a picture.

    Parameters
    ----------
    db : Session
    who : Person
        At least a clinician.
    capture : Capture
        Its scale is given or drawn.
    name : str
        Of the device and its zoom.

    Raises
    ------
    CalibrationError
        If the picture has no such scale, or the name is none.
    ConflictError
        If the clinic has a profile of this name.
    """
    from hairdensity.calibration import GIVEN_RELATIVE_ERROR, DeviceProfile, profile_to_json  # noqa: PLC0415

    require_role(who, Role.CLINICIAN)
    scale = capture.scale or {}
    um_per_px = stated_um_per_px(scale, width_px=capture.width_px)
    if um_per_px is None or scale["kind"] == "profile":
        raise CalibrationError("a device's profile needs a scale that you state, or draw along a ruler")
    profile = DeviceProfile(
        name=" ".join(name.split()),
        um_per_px=um_per_px,
        relative_error=scale.get("relative_error") or GIVEN_RELATIVE_ERROR,
        width_px=capture.width_px,
        height_px=capture.height_px,
        date=date.today().isoformat(),
        method=scale.get("source", "given"),
        version=package_version(),
    )
    return add_device(db, who, profile_to_json(profile))


def delete_device(db: Session, who: Person, device_id: str) -> None:
    """Delete a profile; pictures that use it keep their copy of it.

    Raises
    ------
    NotFoundError
        If the clinic has no such profile.
    """
    require_role(who, Role.CLINICIAN)
    device = find(db, who, DeviceScale, device_id)
    db.delete(device)
    record(db, "device deleted", ("device_scale", device.id), clinic_id=who.clinic_id, user_id=who.user_id)


def devices_for(db: Session, who: Person, *, width_px: int, height_px: int) -> list[DeviceScale]:
    """The profiles that hold for pictures of a size, upright or turned: the one chosen last first, then the newest."""
    size = {width_px, height_px}, width_px * height_px
    fitting = [
        device
        for device in db.scalars(of_clinic(DeviceScale, who.clinic_id).order_by(DeviceScale.created_at.desc()))
        if ({(w := device.profile["width_px"]), (h := device.profile["height_px"])}, w * h) == size
    ]
    last = _last_chosen(db, who, width_px, height_px)
    return sorted(fitting, key=lambda device: device.id != last)


def default_scale(db: Session, who: Person, *, width_px: int, height_px: int) -> Scale | None:
    """The scale that a new picture of a size gets without a question.

    Returns
    -------
    dict or None
        ``capture.scale``: the clinic's profile for pictures of this size; None, where there is none, asks the picture
        itself. A scale bar in the picture outranks a profile in both cases.
    """
    fitting = devices_for(db, who, width_px=width_px, height_px=height_px)
    return {"kind": "profile", "device_id": fitting[0].id, "profile": fitting[0].profile} if fitting else None


def _last_chosen(db: Session, who: Person, width_px: int, height_px: int) -> str | None:
    """Id of the profile of the newest picture of a size that has one."""
    upright = (Capture.width_px == width_px) & (Capture.height_px == height_px)
    turned = (Capture.width_px == height_px) & (Capture.height_px == width_px)
    chosen = (
        of_clinic(Capture, who.clinic_id)
        .with_only_columns(Capture.scale)
        .where(or_(upright, turned), Capture.scale["kind"].as_string() == "profile")
        .order_by(Capture.uploaded_at.desc())
        .limit(1)
    )
    scale = db.execute(chosen).scalars().first()
    return None if scale is None else scale["device_id"]
