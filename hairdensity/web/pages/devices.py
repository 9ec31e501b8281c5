"""The clinic's devices: profiles imported, seen, deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Request, Response

from hairdensity.clinic import device_scales
from hairdensity.errors import ConflictError, InputError
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import Db, Who

__all__ = ["router"]

router = APIRouter()


@router.get("/devices")
def devices(request: Request, db: Db, who: Who, after: str | None = None) -> Response:
    """All profiles."""
    return _devices(request, db, who, after=after)


def _devices(request: Request, db: Db, who: Who, *, after: str | None = None, error: str | None = None) -> Response:
    page = device_scales.list_devices(db, who, limit=100, after=after)
    return render(request, "devices.html", status=200 if error is None else 422, page=page, error=error)


@router.post("/devices")
def import_profile(request: Request, db: Db, who: Who, profile: Annotated[bytes, File()] = b"") -> Response:
    """Keep the profile of a file that ``hairdensity calibrate`` has written."""
    try:
        device = device_scales.import_device(db, who, profile)
    except (InputError, ConflictError) as error:
        return _devices(request, db, who, error=str(error))
    return go_to(request, "/devices", message=f"{device.name} was added. Pictures of its size use it from now on.")


@router.post("/devices/{device_id}/delete")
def delete(request: Request, device_id: str, db: Db, who: Who) -> Response:
    """A profile goes; pictures that use it keep their copy."""
    device_scales.delete_device(db, who, device_id)
    return go_to(request, "/devices", message="The device was deleted. Pictures that use its scale keep it.")
