"""Results handed on: sheets, DICOM, FHIR, tables and documents of a picture, a visit, a patient or a comparison.

Whoever may see may export; each export is an entry of the audit. Nothing leaves but codes: no name of a file, no
metadata of a picture.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from hairdensity.clinic.access import Person, find
from hairdensity.clinic.archives import capture_archive, patient_archive
from hairdensity.clinic.asking import Ask
from hairdensity.clinic.comparing import comparison_document
from hairdensity.clinic.handing_on import captures_in_order, current_of, examined_of
from hairdensity.clinic.outgoing import (
    Exported,
    analysis_document,
    exported,
    exported_parts,
    file_stem,
    made_by_worker,
    note_export,
    table_file,
)
from hairdensity.clinic.readings import current_reading
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import ConflictError, NotFoundError
from hairdensity.exchange.examined import Examined
from hairdensity.exchange.fhir import fhir_bundle
from hairdensity.files import json_bytes
from hairdensity.store.models import Capture, Comparison, Patient, Visit

__all__ = [
    "CaptureFile",
    "ComparisonFile",
    "PatientFile",
    "TableFile",
    "export_capture",
    "export_comparison",
    "export_patient",
    "export_visit",
]

TableFile = Literal["captures.csv", "hairs.csv", "units.csv", "captures.parquet", "hairs.parquet", "units.parquet"]
WorkerFile = Literal["patient.pdf", "clinical.pdf", "picture.dcm", "report.dcm", "picture"]
CaptureFile = Literal[WorkerFile, "fhir.json", "data.json", "automatic.json", TableFile, "all.zip"]
PatientFile = Literal[TableFile, "all.zip"]
ComparisonFile = Literal["patient.pdf", "clinical.pdf", "data.json", "matches.csv", "matches.parquet"]


def export_capture(at: Workplace, who: Person, capture_id: str, name: str, *, ask: Ask) -> Exported:
    """A file of one picture's current reading.

    Parameters
    ----------
    at : Workplace
    who : Person
    capture_id : str
    name : str
        One of `CaptureFile`.
    ask : callable
        Has a worker make what needs the picture.

    Raises
    ------
    NotFoundError
        If the clinic has no such picture, or there is no such file.
    ConflictError
        If the picture has no result yet.
    BusyError
        If no worker was free in time.
    """
    _refuse_unknown(name, CaptureFile)
    with at.database.session(writes=False) as db:
        capture = find(db, who, Capture, capture_id)
        reading = current_reading(capture)
        if reading is None and name != "picture":
            raise ConflictError("this picture has no result yet: wait for it, or see why it failed on its page")
        examined = None if reading is None else examined_of(db, at, reading)
        sha256 = capture.sha256
        stem = file_stem(capture.visit.patient.code, str(capture.visit.day), capture.site.place, str(capture.number))
    if examined is not None and name == "all.zip":
        going = exported_parts(f"{stem}.zip", capture_archive(examined, ask=ask))
    else:
        last_name, content = _capture_file(examined, sha256, name, ask)
        going = exported(f"{stem}_{last_name}", content)
    note_export(at, who, ("capture", capture_id), name)
    return going


def _capture_file(examined: Examined | None, sha256: str, name: str, ask: Ask) -> tuple[str, bytes]:
    """The file's last name and its content."""
    if name in get_args(WorkerFile) or examined is None:
        ((made, content),) = made_by_worker(examined, sha256, [name], ask=ask).items()
        return made, content
    if name == "fhir.json":
        return name, json_bytes(fhir_bundle(examined))
    if name in ("data.json", "automatic.json"):
        return name, json_bytes(analysis_document(examined, is_automatic=name == "automatic.json"))
    return name, table_file(name, [examined])


def export_visit(at: Workplace, who: Person, visit_id: str, name: str) -> Exported:
    """A table of all current readings of a visit; a corrected one brings its automatic rows along.

    Parameters
    ----------
    at : Workplace
    who : Person
    visit_id : str
    name : str
        One of `TableFile`.

    Raises
    ------
    NotFoundError
        If the clinic has no such visit, or there is no such file.
    """
    _refuse_unknown(name, TableFile)
    with at.database.session(writes=False) as db:
        visit = find(db, who, Visit, visit_id)
        readings = list(current_of(db, at, captures_in_order(visit)))
        stem = file_stem(visit.patient.code, str(visit.day))
    going = exported(f"{stem}_{name}", table_file(name, readings))
    note_export(at, who, ("visit", visit_id), name)
    return going


def export_patient(at: Workplace, who: Person, patient_id: str, name: str, *, ask: Ask) -> Exported:
    """A table of all current readings of a patient, or everything that is kept of the patient in one ZIP.

    Parameters
    ----------
    at : Workplace
    who : Person
    patient_id : str
    name : str
        One of `PatientFile`.
    ask : callable

    Raises
    ------
    NotFoundError
        If the clinic has no such patient, or there is no such file.
    """
    _refuse_unknown(name, PatientFile)
    with at.database.session(writes=False) as db:
        patient = find(db, who, Patient, patient_id)
        stem = file_stem(patient.code)
        if name != "all.zip":
            readings = list(current_of(db, at, captures_in_order(patient)))
            going = exported(f"{stem}_{name}", table_file(name, readings))
    if name == "all.zip":
        going = exported_parts(f"{stem}.zip", patient_archive(at, who, patient_id, ask=ask))
    note_export(at, who, ("patient", patient_id), name)
    return going


def export_comparison(at: Workplace, who: Person, comparison_id: str, name: str, *, ask: Ask) -> Exported:
    """A file of a comparison.

    Parameters
    ----------
    at : Workplace
    who : Person
    comparison_id : str
    name : str
        One of `ComparisonFile`.
    ask : callable

    Raises
    ------
    NotFoundError
        If the clinic has no such comparison, or there is no such file.
    BusyError
        If no worker was free in time.
    """
    _refuse_unknown(name, ComparisonFile)
    with at.database.session(writes=False) as db:
        comparison = find(db, who, Comparison, comparison_id)
        before, after = (examined_of(db, at, one) for one in (comparison.baseline, comparison.follow_up))
        change = comparison_document(at, comparison)
    days = f"{before.visit_day}_to_{after.visit_day}"
    stem = file_stem(after.patient_code, days, after.place.code)
    if name.endswith(".pdf"):
        made = made_by_worker(
            after, after.entry["image"]["sha256"], [name], ask=ask, comparison={"before": before, "change": change}
        )
        content = made[name]
    elif name == "data.json":
        content = json_bytes(change)
    else:
        content = _matches(change, name)
    going = exported(f"{stem}_{name}", content)
    note_export(at, who, ("comparison", comparison_id), name)
    return going


def _matches(change: dict[str, Any], name: str) -> bytes:
    """Every hair of a comparison with its fate."""
    from hairdensity.exchange.tables import match_table, parquet_of  # noqa: PLC0415 -- pandas
    from hairdensity.report.spreadsheets import csv_bytes  # noqa: PLC0415

    rows = match_table(change)
    return csv_bytes(rows) if name.endswith(".csv") else parquet_of(rows)


def _refuse_unknown(name: str, known: Any) -> None:
    if name not in get_args(known):
        raise NotFoundError(f"there is no export {name[:40]!r}; there are {', '.join(get_args(known))}")
