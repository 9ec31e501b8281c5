"""API of exports: sheets, DICOM, FHIR, tables and documents, as files."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from hairdensity.clinic import exporting
from hairdensity.clinic.exporting import CaptureFile, ComparisonFile, PatientFile, TableFile
from hairdensity.web.downloads import download
from hairdensity.web.requests import At, StreamingWho

__all__ = ["router"]

router = APIRouter(tags=["exports"])


_BYTES = {"type": "string", "format": "binary"}


def _a_file(*media_types: str) -> dict[int | str, dict[str, Any]]:
    content = {
        media_type: {"schema": {"type": "object"} if media_type == "application/json" else _BYTES}
        for media_type in media_types
    }
    return {200: {"description": "The file.", "content": content}}


_TABLES = ("text/csv", "application/vnd.apache.parquet")
_OF_CAPTURE = _a_file(
    *_TABLES,
    "application/pdf",
    "application/dicom",
    "application/json",
    "application/zip",
    "image/jpeg",
    "image/png",
)


@router.get("/captures/{capture_id}/export/{name}", response_class=Response, responses=_OF_CAPTURE)
def export_capture(request: Request, capture_id: str, name: CaptureFile, who: StreamingWho, at: At) -> Response:
    """A file of a picture's current reading; 409 while it has none."""
    ask = request.app.state.queue.ask
    return download(exporting.export_capture(at, who, capture_id, name, ask=ask))


@router.get("/visits/{visit_id}/export/{name}", response_class=Response, responses=_a_file(*_TABLES))
def export_visit(visit_id: str, name: TableFile, who: StreamingWho, at: At) -> Response:
    """A table of all current readings of a visit, automatic rows of corrected ones included."""
    return download(exporting.export_visit(at, who, visit_id, name))


@router.get(
    "/patients/{patient_id}/export/{name}",
    response_class=Response,
    responses=_a_file(*_TABLES, "application/zip"),
)
def export_patient(request: Request, patient_id: str, name: PatientFile, who: StreamingWho, at: At) -> Response:
    """A table of all current readings of a patient, or everything that is kept of the patient (all.zip)."""
    ask = request.app.state.queue.ask
    return download(exporting.export_patient(at, who, patient_id, name, ask=ask))


@router.get(
    "/comparisons/{comparison_id}/export/{name}",
    response_class=Response,
    responses=_a_file(*_TABLES, "application/pdf", "application/json"),
)
def export_comparison(
    request: Request, comparison_id: str, name: ComparisonFile, who: StreamingWho, at: At
) -> Response:
    """A file of a comparison."""
    ask = request.app.state.queue.ask
    return download(exporting.export_comparison(at, who, comparison_id, name, ask=ask))
