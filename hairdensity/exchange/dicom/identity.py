"""What picture and report share: whose, of which visit, by which program; and their UIDs, derived from ids."""

from __future__ import annotations

from typing import Any

from hairdensity.exchange.concepts import ANATOMY, SCHEME, SCHEME_NAME, SIDES
from hairdensity.exchange.examined import Examined, identity_of

__all__ = ["MANUFACTURER", "anatomy_item", "laterality_of", "line_of", "set_equipment", "set_study", "uid_of"]

MANUFACTURER = "hairdensity (research use, not a medical device)"


def uid_of(*parts: str) -> str:
    """A UID below 2.25, from a UUID that follows from its parts (PS3.5, B.2)."""
    return f"2.25.{identity_of(*parts).int}"


def line_of(words: str) -> str:
    """Words as an attribute of 64 letters takes them: a backslash would part them in two."""
    return "".join(letter if letter.isprintable() else " " for letter in words.replace("\\", "/"))[:64].strip()


def set_study(dataset: Any, examined: Examined) -> None:
    """Set patient and study: a code in place of a name, no day of birth, no sex; days without a time are midnight."""
    code = line_of(examined.patient_code)
    dataset.PatientID = code
    dataset.PatientName = f"{code.replace('^', ' ').replace('=', ' ')[:63]}^"
    dataset.PatientBirthDate = ""
    dataset.PatientSex = ""
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "Clinic's own code in place of name"
    dataset.StudyInstanceUID = uid_of("study", examined.ids.visit)
    dataset.StudyDate = f"{examined.visit_day:%Y%m%d}"
    dataset.StudyTime = "000000"
    dataset.StudyID = examined.ids.visit[:16]
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = "Trichoscopy"


def set_equipment(dataset: Any, examined: Examined) -> None:
    """Set what made the object."""
    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = "hairdensity"
    dataset.DeviceSerialNumber = "none"
    dataset.SoftwareVersions = examined.version
    dataset.CodingSchemeIdentificationSequence = [_private_scheme()]


def _code_item(value: str, scheme: str, meaning: str) -> Any:
    """An item of a sequence of codes."""
    from pydicom import Dataset  # noqa: PLC0415 -- optional

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def anatomy_item(examined: Examined) -> Any:
    """The skin of the place; what SNOMED CT does not tell apart is told by a modifier of the private scheme."""
    place = examined.place
    item = _code_item(place.snomed, "SCT", ANATOMY[place.snomed])
    item.AnatomicRegionModifierSequence = [_code_item(place.code.upper()[:16], SCHEME, place.name)]
    return item


def laterality_of(examined: Examined) -> str:
    """``"left"``, ``"right"`` or empty: places at the side end so."""
    side = examined.place.code.rpartition("_")[2]
    return side if side in SIDES else ""


def _private_scheme() -> Any:
    from pydicom import Dataset  # noqa: PLC0415

    item = Dataset()
    item.CodingSchemeDesignator = SCHEME
    item.CodingSchemeName = SCHEME_NAME
    return item
