"""Files on their way out: made in the server or by a worker, named without anything personal, noted in the audit."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, Final

from hairdensity.clinic.access import Person
from hairdensity.clinic.asking import Ask
from hairdensity.clinic.workplace import Workplace
from hairdensity.exchange.examined import Examined
from hairdensity.report.envelope import document
from hairdensity.store.audit import record

__all__ = [
    "MAKING_LIMIT_S",
    "Exported",
    "analysis_document",
    "exported",
    "exported_parts",
    "file_stem",
    "made_by_worker",
    "note_export",
    "table_file",
]

MAKING_LIMIT_S = 60.0

_MEDIA: Final = {
    "pdf": "application/pdf",
    "dcm": "application/dicom",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
    "jpg": "image/jpeg",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exported:
    """A file on its way out.

    Parameters
    ----------
    name : str
        Letters, digits, dots, hyphens and underscores.
    media_type : str
    parts : iterator of bytes
        Its content, made while it is sent.
    n_bytes : int or None
        None where nobody knows before all parts are made.
    """

    name: str
    media_type: str
    parts: Iterator[bytes]
    n_bytes: int | None


def made_by_worker(
    examined: Examined | None,
    sha256: str,
    wanted: Sequence[str],
    *,
    ask: Ask,
    comparison: dict[str, Any] | None = None,
    limit_s: float = MAKING_LIMIT_S,
) -> dict[str, bytes]:
    """Files that need the picture, by name; the picture itself as picture.jpg or picture.png.

    Raises
    ------
    BusyError
        If no worker was free in time.
    InputError
        If the picture cannot be decoded.
    """
    task = {
        "sha256": sha256,
        "examined": examined,
        "wanted": list(wanted),
        "printed_on": date.today(),
        **(comparison or {}),
    }
    files: dict[str, str] = ask("export", task, limit_s)["files"]
    return {name: base64.b64decode(content) for name, content in files.items()}


def analysis_document(examined: Examined, *, is_automatic: bool = False) -> dict[str, Any]:
    """The document ``hairdensity/analysis-1`` of one reading, as the command line writes it.

    Parameters
    ----------
    examined : Examined
    is_automatic : bool, optional
        What the program found, also where a person has corrected it.
    """
    entry = examined.automatic if is_automatic and examined.automatic is not None else examined.entry
    return document([entry], version=examined.version, model=examined.model)


def table_file(name: str, readings: Sequence[Examined]) -> bytes:
    """A table of readings as a file.

    Parameters
    ----------
    name : str
        One of `TABLE_FILES`.
    readings : sequence of Examined
    """
    from hairdensity.exchange.tables import parquet_of, table_of  # noqa: PLC0415 -- pandas
    from hairdensity.report.spreadsheets import csv_bytes  # noqa: PLC0415

    table, _, form = name.partition(".")
    rows = table_of(table, readings)  # type: ignore[arg-type]
    return csv_bytes(rows) if form == "csv" else parquet_of(rows)


def note_export(at: Workplace, who: Person, subject: tuple[str, str], name: str) -> None:
    """Write into the audit what is about to leave; nothing leaves without."""
    with at.database.session() as db:
        record(db, "exported", subject, clinic_id=who.clinic_id, user_id=who.user_id, detail={"file": name})


def file_stem(*parts: str) -> str:
    """The beginning of a file's name: what a file system, a header or a shell could take amiss is a hyphen."""
    return "_".join(re.sub(r"[^A-Za-z0-9.-]+", "-", part).strip("-.") or "x" for part in parts)


def _media_type(name: str) -> str:
    """By the file's ending."""
    return _MEDIA[name.rpartition(".")[2]]


def exported(name: str, content: bytes) -> Exported:
    """A file of these bytes."""
    return Exported(name=name, media_type=_media_type(name), parts=iter((content,)), n_bytes=len(content))


def exported_parts(name: str, parts: Iterator[bytes]) -> Exported:
    """A file whose parts are made while it is sent; its first part at once, so that what cannot begin is refused.

    Raises
    ------
    Exception
        Whatever the making of the first part raises.
    """
    first = next(parts)
    return Exported(name=name, media_type=_media_type(name), parts=chain((first,), parts), n_bytes=None)
