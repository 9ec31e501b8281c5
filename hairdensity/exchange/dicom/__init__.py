"""DICOM: the picture (Dermoscopic Photography) and what was measured on it (structured report, TID 1500)."""

from hairdensity.exchange.dicom.files import dicom_files
from hairdensity.exchange.dicom.picture import dicom_picture
from hairdensity.exchange.dicom.report import dicom_report

__all__ = ["dicom_files", "dicom_picture", "dicom_report"]
