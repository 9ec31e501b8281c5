"""ZIP archives of a picture and of a patient: all that is kept, each thing in a form that others can read.

The bytes follow from the content alone: no clock, no order of a database.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO, Any, Final, cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, find
from hairdensity.clinic.asking import Ask
from hairdensity.clinic.comparing import comparison_document
from hairdensity.clinic.handing_on import captures_in_order, current_of, examined_of
from hairdensity.clinic.outgoing import analysis_document, file_stem, made_by_worker, table_file
from hairdensity.clinic.readings import current_reading
from hairdensity.clinic.treatments import treatment_words
from hairdensity.clinic.workplace import Workplace
from hairdensity.exchange.examined import Examined
from hairdensity.exchange.fhir import fhir_bundle
from hairdensity.files import json_bytes
from hairdensity.store.models import Capture, Comparison, Patient

__all__ = ["capture_archive", "patient_archive"]

RECORD_SCHEMA: Final = "hairdensity/patient-record-1"

_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_WANTED: Final = ("picture", "picture.dcm", "report.dcm", "patient.pdf", "clinical.pdf")
_TABLES: Final = tuple(f"{name}.{form}" for name in ("captures", "hairs", "units") for form in ("csv", "parquet"))
_READ_ME: Final = """What lies here

record.json        sites, visits, treatments, pictures, readings and who reviewed them, comparisons
captures.*         one row for each picture: its figures with both ends of their intervals
hairs.*, units.*   one row for each hair and follicular unit; the column "reading" says automatic or corrected
pictures/          the pictures without metadata, showing the same pixels
results/           every reading as the document hairdensity/analysis-1, automatic and corrected
comparisons/       every comparison as the document hairdensity/change-1
sheets/            for the patient and for the clinic's file (PDF)
dicom/             picture (Dermoscopic Photography) and structured report (TID 1500)
fhir/              FHIR-shaped observations with UCUM units, codes of a private system

Tables are CSV (UTF-8, commas) and Parquet. Research use, not a medical device; figures are no diagnosis.
"""

_PATIENCE_S: Final = 600.0
"""For each picture of a patient: nobody waits for a single one."""

Files = Iterator[tuple[str, bytes]]


def capture_archive(examined: Examined, *, ask: Ask) -> Iterator[bytes]:
    """All files of one picture's current reading.

    Returns
    -------
    iterator of bytes
        Parts of a ZIP.

    Raises
    ------
    BusyError
        With the first part, if no worker was free in time.
    """
    return _zipped(_capture_files(examined, ask=ask))


def patient_archive(at: Workplace, who: Person, patient_id: str, *, ask: Ask) -> Iterator[bytes]:
    """All that is kept of a patient: pictures, every reading, comparisons, treatments, and the current ones as files.

    It is made picture by picture while it is sent, so that it may take as long as many pictures need; no transaction
    is open while a worker is waited for.

    Returns
    -------
    iterator of bytes
        Parts of a ZIP, which is cut off where a later part cannot be made.

    Raises
    ------
    NotFoundError
        If the clinic has no such patient.
    StorageError
        If a file is gone or damaged.
    """
    return _zipped(_patient_files(at, who, patient_id, ask=ask))


def _capture_files(examined: Examined, *, ask: Ask) -> Files:
    yield from made_by_worker(examined, examined.entry["image"]["sha256"], _WANTED, ask=ask).items()
    yield "fhir.json", json_bytes(fhir_bundle(examined))
    yield "data.json", json_bytes(analysis_document(examined))
    yield "automatic.json", json_bytes(analysis_document(examined, is_automatic=True))
    for name in _TABLES:
        yield name, table_file(name, [examined])


def _patient_files(at: Workplace, who: Person, patient_id: str, *, ask: Ask) -> Files:
    with at.database.session(writes=False) as db:
        patient = find(db, who, Patient, patient_id)
        captures = captures_in_order(patient)
        stems = {capture.id: _stem(capture) for capture in captures}
        comparisons = [one.id for one in _comparisons(db, captures)]
        files = [("READ-ME.txt", _READ_ME.encode()), ("record.json", json_bytes(_record(db, patient, captures, stems)))]
        readings = list(current_of(db, at, captures))
        files += [(name, table_file(name, readings)) for name in _TABLES]
        # Files of many pictures are large: each picture is read again when its turn comes.
        del readings
    yield from files
    for capture_id, stem in stems.items():
        yield from _of_capture(at, who, (capture_id, stem), ask)
    for comparison_id in comparisons:
        with at.database.session(writes=False) as db:
            comparison = find(db, who, Comparison, comparison_id)
            name = f"comparisons/{_comparison_name(comparison)}.json"
            content = json_bytes(comparison_document(at, comparison))
        yield name, content


def _of_capture(at: Workplace, who: Person, named: tuple[str, str], ask: Ask) -> Files:
    """Yield what is kept of a picture, and what a worker makes of it; without a reading the picture alone."""
    capture_id, stem = named
    with at.database.session(writes=False) as db:
        capture = find(db, who, Capture, capture_id)
        reading, sha256 = current_reading(capture), capture.sha256
        examined = None if reading is None else examined_of(db, at, reading)
        results = [
            (f"results/{stem}_{number}_{each.kind}.json", json_bytes(analysis_document(examined_of(db, at, each))))
            for number, each in enumerate(capture.readings, start=1)
        ]
    wanted = _WANTED if examined is not None else ("picture",)
    for name, content in made_by_worker(examined, sha256, wanted, ask=ask, limit_s=_PATIENCE_S).items():
        base, _, ending = name.partition(".")
        folder = {"pdf": "sheets", "dcm": "dicom"}.get(ending, "pictures")
        yield f"{folder}/{stem}{'' if folder == 'pictures' else '_' + base}.{ending}", content
    if examined is not None:
        yield f"fhir/{stem}.json", json_bytes(fhir_bundle(examined))
    yield from results


def _record(db: Session, patient: Patient, captures: list[Capture], stems: dict[str, str]) -> dict[str, Any]:
    """What is kept of a patient beside files; people by their codes."""
    return {
        "schema": RECORD_SCHEMA,
        "patient": {"code": patient.code, "created_at": patient.created_at.isoformat()},
        "sites": [
            {"id": site.id, "place": site.place, "label": site.label, "is_control": site.is_control}
            for site in sorted(patient.sites, key=lambda one: (one.place, one.label))
        ],
        "visits": [
            {"id": visit.id, "day": visit.day.isoformat(), "label": visit.label}
            for visit in sorted(patient.visits, key=lambda one: (one.day, one.id))
        ],
        "treatments": [
            {
                "kind": treatment.kind,
                "words": treatment_words(treatment),
                "site_id": treatment.site_id,
                "started_on": treatment.started_on.isoformat(),
                "ended_on": None if treatment.ended_on is None else treatment.ended_on.isoformat(),
            }
            for treatment in sorted(patient.treatments, key=lambda one: (one.started_on, one.id))
        ],
        "captures": [_capture_record(capture, stems[capture.id]) for capture in captures],
        "comparisons": [
            {
                "file": f"comparisons/{_comparison_name(comparison)}.json",
                "baseline_reading": comparison.baseline_id,
                "follow_up_reading": comparison.follow_up_id,
                "version": comparison.version,
                "created_at": comparison.created_at.isoformat(),
            }
            for comparison in _comparisons(db, captures)
        ],
    }


def _capture_record(capture: Capture, stem: str) -> dict[str, Any]:
    return {
        "id": capture.id,
        "name": stem,
        "visit_id": capture.visit_id,
        "site_id": capture.site_id,
        "number": capture.number,
        "sha256": capture.sha256,
        "width_px": capture.width_px,
        "height_px": capture.height_px,
        "scale": capture.scale,
        "area": capture.area,
        "uploaded_at": capture.uploaded_at.isoformat(),
        "readings": [
            {
                "id": reading.id,
                "file": f"results/{stem}_{number}_{reading.kind}.json",
                "kind": reading.kind,
                "edits": reading.edits,
                "reason": reading.reason,
                "model": reading.model,
                "version": reading.version,
                "created_at": reading.created_at.isoformat(),
                "created_by": reading.created_by,
                "reviewed_at": None if reading.reviewed_at is None else reading.reviewed_at.isoformat(),
                "reviewed_by": reading.reviewed_by,
            }
            for number, reading in enumerate(capture.readings, start=1)
        ],
    }


def _comparisons(db: Session, captures: list[Capture]) -> list[Comparison]:
    ids = [reading.id for capture in captures for reading in capture.readings]
    query = select(Comparison).where(or_(Comparison.baseline_id.in_(ids), Comparison.follow_up_id.in_(ids)))
    return list(db.scalars(query.order_by(Comparison.created_at, Comparison.id)))


def _comparison_name(comparison: Comparison) -> str:
    before, after = (one.capture for one in (comparison.baseline, comparison.follow_up))
    return file_stem(str(before.visit.day), str(after.visit.day), after.site.place, comparison.id[:8])


def _stem(capture: Capture) -> str:
    label = [capture.site.label] if capture.site.label else []
    # The id's beginning tells apart what day, place and number do not.
    parts = (str(capture.visit.day), capture.site.place, *label, str(capture.number), capture.id[:6])
    return file_stem(*parts)


class _Outbox:
    """What a ZIP is written to, and taken from in parts."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def take(self) -> bytes:
        """What has come since the last time."""
        taken, self._held = bytes(self._held), bytearray()
        return taken


def _zipped(files: Files) -> Iterator[bytes]:
    outbox = _Outbox()
    with zipfile.ZipFile(cast("IO[bytes]", outbox), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, zipfile.ZIP_DEFLATED)
            yield outbox.take()
    yield outbox.take()
