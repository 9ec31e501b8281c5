"""Task ``export``: what needs the picture itself: copies without metadata, sheets, DICOM."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from hairdensity.exchange.dicom import dicom_files
from hairdensity.exchange.examined import Examined
from hairdensity.exchange.pixels import OutgoingPicture
from hairdensity.exchange.sheets import SheetPicture, clinical_sheet, patient_sheet
from hairdensity.exchange.sheets.pictures import Shown
from hairdensity.image import read_image
from hairdensity.study.blinding.stripping import strip

if TYPE_CHECKING:
    from hairdensity.clinic.tasks.bench import Bench

__all__ = ["handle"]

_SHEETS = {"patient.pdf": patient_sheet, "clinical.pdf": clinical_sheet}


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Make files of one reading, or of a comparison of two.

    Parameters
    ----------
    task : dict
        ``sha256`` of the picture; ``wanted``: names among picture, picture.dcm, report.dcm, patient.pdf and
        clinical.pdf; ``examined``, None for a picture alone; ``printed_on``; of a comparison also ``before`` and
        ``change``.
    bench : Bench

    Returns
    -------
    dict
        ``files``: base64 by name. The picture is called picture.jpg or picture.png.
    """
    data = bench.files.read(task["sha256"])
    image = read_image(data)
    wanted = set(task["wanted"])
    files: dict[str, bytes] = {}
    if wanted & {"picture", "picture.dcm", "report.dcm"}:
        copy = strip(data, image)
        if "picture" in wanted:
            files[f"picture{copy.suffix}"] = copy.data
        if wanted & {"picture.dcm", "report.dcm"}:
            outgoing = OutgoingPicture(
                pixels=image.pixels,
                jpeg=copy.data if copy.suffix == ".jpg" else None,
                source_format=image.metadata.file_format,
                source_bytes=len(data),
            )
            files |= {name: file for name, file in dicom_files(task["examined"], outgoing).items() if name in wanted}
    if wanted & set(_SHEETS):
        files |= _sheets(task, Shown(task["examined"], SheetPicture.of(image.pixels)), bench)
    return {"files": {name: base64.b64encode(file).decode() for name, file in files.items()}}


def _sheets(task: dict[str, Any], shown: Shown, bench: Bench) -> dict[str, bytes]:
    earlier: Examined | None = task.get("before")
    before = None
    if earlier is not None:
        picture = read_image(bench.files.read(earlier.entry["image"]["sha256"]))
        before = Shown(earlier, SheetPicture.of(picture.pixels))
    return {
        name: make(shown, printed_on=task["printed_on"], before=before, change=task.get("change"))
        for name, make in _SHEETS.items()
        if name in task["wanted"]
    }
