"""The scale of a picture: given, found in it, drawn, of a device, or none."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from hairdensity.clinic import access, captures, device_scales
from hairdensity.clinic.readings import current_reading
from hairdensity.clinic.scales import stated_um_per_px
from hairdensity.clinic.showing import scale_marks
from hairdensity.errors import CalibrationError, ConflictError, HairDensityError, TargetAreaError
from hairdensity.store.models import Capture
from hairdensity.web.flash import go_to
from hairdensity.web.rendering import render
from hairdensity.web.requests import Db, Who

__all__ = ["router"]

router = APIRouter()

UNITS = {"um_per_px": "µm per pixel", "px_per_mm": "pixels per mm", "field_width_mm": "mm across the whole picture"}


class ScaleForm(BaseModel):
    """The form as it was sent; numbers as text, so that they come back as they were typed."""

    kind: str = Field("found", max_length=16)
    unit: str = Field("um_per_px", max_length=16)
    value: str = Field("", max_length=32)
    error_percent: str = Field("", max_length=32)
    tick_mm: str = Field("", max_length=32)
    length_mm: str = Field("", max_length=32)
    line: str = Field("", max_length=200)
    device_id: str = Field("", max_length=32)
    keep_as: str = Field("", max_length=80)

    def scale(self) -> dict[str, Any] | None:
        """The scale that the form states.

        Raises
        ------
        CalibrationError
            If a number is none.
        """
        if self.kind == "found":
            return {"kind": "ruler", "tick_mm": _number(self.tick_mm, "The distance")} if self.tick_mm.strip() else None
        if self.kind == "given":
            stated = {"kind": "given", self.unit: _number(self.value, "The scale")}
            if self.error_percent.strip():
                stated["relative_error"] = _number(self.error_percent, "The error") / 100
            return stated
        if self.kind == "drawn":
            ends = [_number(end, "The line") for end in self.line.split(",")] if self.line.strip() else []
            if len(ends) != 4:
                raise CalibrationError("draw a line along the ruler or bar first, from one end to the other")
            length = _number(self.length_mm, "The length")
            return {"kind": "drawn", "length_mm": length, "from_px": ends[:2], "to_px": ends[2:]}
        return {"kind": self.kind, "device_id": self.device_id} if self.kind == "profile" else {"kind": self.kind}


def _number(text: str, what: str) -> float:
    """A number as people type it, with a point or a comma."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        raise CalibrationError(f"{what} must be a number, got {text.strip()[:40]!r}") from None
    return number


@router.get("/captures/{capture_id}/scale")
def scale_page(request: Request, capture_id: str, db: Db, who: Who) -> Response:
    """The ways to a scale, the present one chosen."""
    return _scale_page(request, db, who, access.find(db, who, Capture, capture_id))


def _scale_page(
    request: Request,
    db: Db,
    who: Who,
    capture: Capture,
    *,
    form: dict[str, str] | None = None,
    error: HairDensityError | None = None,
) -> Response:
    devices = device_scales.devices_for(db, who, width_px=capture.width_px, height_px=capture.height_px)
    return render(
        request,
        "captures/scale.html",
        status=200 if error is None else 422,
        capture=capture,
        reading=current_reading(capture),
        stated=stated_um_per_px(capture.scale, width_px=capture.width_px),
        devices=devices,
        units=UNITS,
        form=form or _form_of(capture.scale),
        error=error,
    )


def _form_of(scale: dict[str, Any] | None) -> dict[str, str]:
    """The fields of the form for a scale as it is stored."""
    if scale is None:
        return {"kind": "found"}
    if scale["kind"] == "ruler":
        return {"kind": "found", "tick_mm": f"{scale['tick_mm']:g}"}
    if scale["kind"] == "given":
        unit = next(name for name in UNITS if name in scale)
        percent = f"{100 * scale['relative_error']:g}" if scale.get("relative_error") else ""
        return {"kind": "given", "unit": unit, "value": f"{scale[unit]:g}", "error_percent": percent}
    if scale["kind"] == "drawn":
        ends = [*scale["from_px"], *scale["to_px"]]
        return {"kind": "drawn", "length_mm": f"{scale['length_mm']:g}", "line": ",".join(f"{end:.2f}" for end in ends)}
    return {"kind": scale["kind"], "device_id": scale.get("device_id", "")}


@router.get("/captures/{capture_id}/scale/marks")
def marks(request: Request, capture_id: str, db: Db, who: Who) -> dict[str, Any]:
    """Bars and rulers that can be seen in the picture: see `clinic.tasks.marking`."""
    capture = access.find(db, who, Capture, capture_id)
    return scale_marks(capture, ask=request.app.state.queue.ask)


@router.post("/captures/{capture_id}/scale")
def set_scale(request: Request, capture_id: str, db: Db, who: Who, form: Annotated[ScaleForm, Form()]) -> Response:
    """Set the scale, keep it as a device's profile when asked to; the picture is scored anew."""
    try:
        # A name that is taken leaves the picture as it was.
        with db.begin_nested():
            _set_and_keep(db, who, capture_id, form)
    except (CalibrationError, TargetAreaError, ConflictError) as error:
        capture = access.find(db, who, Capture, capture_id)
        return _scale_page(request, db, who, capture, form=form.model_dump(), error=error)
    return go_to(request, f"/captures/{capture_id}")


def _set_and_keep(db: Db, who: Who, capture_id: str, form: ScaleForm) -> None:
    captures.set_scale(db, who, capture_id, form.scale())
    if form.keep_as.strip():
        captures.keep_scale_of(db, who, capture_id, form.keep_as)
