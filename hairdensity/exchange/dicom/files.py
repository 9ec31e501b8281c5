"""Objects of DICOM as the bytes of files: the same object, the same bytes."""

from __future__ import annotations

import io
from typing import Any

from hairdensity.exchange.dicom.picture import dicom_picture
from hairdensity.exchange.dicom.report import dicom_report
from hairdensity.exchange.examined import Examined
from hairdensity.exchange.pixels import OutgoingPicture

__all__ = ["dicom_files"]


def dicom_files(examined: Examined, picture: OutgoingPicture) -> dict[str, bytes]:
    """The picture and the report of a reading.

    Returns
    -------
    dict
        ``picture.dcm`` and ``report.dcm``.

    Raises
    ------
    MissingDependencyError
        If pydicom or highdicom is not installed.
    """
    image = dicom_picture(examined, picture)
    return {"picture.dcm": _bytes_of(image), "report.dcm": _bytes_of(dicom_report(examined, image))}


def _bytes_of(dataset: Any) -> bytes:
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()
