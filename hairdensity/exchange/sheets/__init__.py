"""Sheets of paper, one page A4 each: for the patient, and for the file of the clinic."""

from hairdensity.exchange.sheets.clinical import clinical_sheet
from hairdensity.exchange.sheets.patient import patient_sheet
from hairdensity.exchange.sheets.pictures import SheetPicture

__all__ = ["SheetPicture", "clinical_sheet", "patient_sheet"]
