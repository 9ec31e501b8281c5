"""API of the clinic's devices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from hairdensity.clinic import access, device_scales
from hairdensity.store.models import DeviceScale
from hairdensity.web.api.bodies import Body
from hairdensity.web.api.lists import After, Limit, Listed
from hairdensity.web.requests import Db, Who

__all__ = ["router"]

router = APIRouter(tags=["devices"])


class DeviceOut(BaseModel):
    """The scale of a device at one zoom."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    profile: dict[str, Any] = Field(description="A document of the schema hairdensity/device-profile-1.")
    created_at: datetime


class DeviceIn(Body):
    """A profile to keep."""

    profile: dict[str, Any] = Field(
        description="What `hairdensity calibrate RULER --device NAME` writes.",
        examples=[
            {
                "schema": "hairdensity/device-profile-1",
                "name": "dermatoscope 20x",
                "um_per_px": 5.57,
                "relative_error": 0.004,
                "width_px": 4000,
                "height_px": 3000,
            }
        ],
    )


@router.get("/devices")
def list_devices(db: Db, who: Who, limit: Limit = 50, after: After = None) -> Listed[DeviceOut]:
    """The clinic's devices, by name."""
    page = device_scales.list_devices(db, who, limit=limit, after=after)
    return Listed(items=[DeviceOut.model_validate(one) for one in page.items], after=page.after)


@router.post("/devices", status_code=201)
def add_device(body: DeviceIn, db: Db, who: Who) -> DeviceOut:
    """Keep a device's profile; new pictures of its size use it."""
    return DeviceOut.model_validate(device_scales.add_device(db, who, body.profile))


@router.get("/devices/{device_id}")
def get_device(device_id: str, db: Db, who: Who) -> DeviceOut:
    """One device."""
    return DeviceOut.model_validate(access.find(db, who, DeviceScale, device_id))


@router.delete("/devices/{device_id}", status_code=204)
def delete_device(device_id: str, db: Db, who: Who) -> None:
    """Delete a device; pictures that use its scale keep it."""
    device_scales.delete_device(db, who, device_id)
