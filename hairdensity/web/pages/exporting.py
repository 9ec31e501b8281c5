"""Downloads: sheets, DICOM, tables and documents of a picture, a visit, a patient or a comparison."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from hairdensity.clinic import exporting
from hairdensity.web.downloads import download
from hairdensity.web.requests import At, StreamingWho

__all__ = ["router"]

router = APIRouter()


@router.get("/captures/{capture_id}/export/{name}")
def of_capture(request: Request, capture_id: str, name: str, who: StreamingWho, at: At) -> Response:
    """A file of a picture's current reading."""
    ask = request.app.state.queue.ask
    return download(exporting.export_capture(at, who, capture_id, name, ask=ask))


@router.get("/visits/{visit_id}/export/{name}")
def of_visit(visit_id: str, name: str, who: StreamingWho, at: At) -> Response:
    """A table of the readings of a visit."""
    return download(exporting.export_visit(at, who, visit_id, name))


@router.get("/patients/{patient_id}/export/{name}")
def of_patient(request: Request, patient_id: str, name: str, who: StreamingWho, at: At) -> Response:
    """A table of the readings of a patient, or all that is kept of the patient."""
    ask = request.app.state.queue.ask
    return download(exporting.export_patient(at, who, patient_id, name, ask=ask))


@router.get("/comparisons/{comparison_id}/export/{name}")
def of_comparison(request: Request, comparison_id: str, name: str, who: StreamingWho, at: At) -> Response:
    """A file of a comparison."""
    ask = request.app.state.queue.ask
    return download(exporting.export_comparison(at, who, comparison_id, name, ask=ask))
