"""What the import of a manifest would do: each row read as the clinic keeps it, every fault in one list.

`hairdensity.study.manifest` checks the manifest itself; here comes what only the clinic knows: places of the scalp map,
days of visits, scales, codes of patients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person, Role, of_clinic, require_role
from hairdensity.clinic.areas import checked_area
from hairdensity.clinic.import_places import place_and_label
from hairdensity.clinic.patient_codes import checked_code
from hairdensity.clinic.patients import patient_of_code
from hairdensity.clinic.scales import checked_scale
from hairdensity.clinic.scalp import PLACES
from hairdensity.clinic.uploading import LIMITS, MEDIA_TYPES
from hairdensity.decoding.headers import Announced, check_header
from hairdensity.errors import HairDensityError, InputError, UnsupportedFormatError
from hairdensity.inputs import shown
from hairdensity.store.models import DeviceScale

if TYPE_CHECKING:
    from hairdensity.study.manifest import Manifest

__all__ = ["Plan", "PlanRow", "Refusal", "plan_import", "refusals_of_cells"]

_LEFT_OUT: Final = {
    "arm": "arms",
    "center": "centers",
    "treatment": "treatments",
    "needle_depth_mm": "treatments",
    "sessions": "treatments",
    "interval_days": "treatments",
    "combined_with": "treatments",
    "alopecia_type": "types of alopecia",
    "device": "names of cameras",
}
"""Columns of a manifest that the clinic has no place for, and what they hold."""

_SCALES: Final = ("um_per_px", "px_per_mm", "field_width_mm")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A picture that is to become a capture.

    Parameters
    ----------
    row : int
        Of the manifest, from 1.
    path : Path
    patient, place, label : str
        Code of the patient; place on the map, and what tells two sites there apart.
    is_control : bool
    day : date
    visit : str
        Its name.
    number : int
        Order among the pictures of the site at the visit.
    scale : dict or None
    area : str
    announced : Announced
    """

    row: int
    path: Path
    patient: str
    place: str
    label: str
    is_control: bool
    day: date
    visit: str
    number: int
    scale: dict[str, Any] | None
    area: str
    announced: Announced


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a row cannot be imported."""

    row: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an import would do.

    Parameters
    ----------
    rows : tuple of PlanRow
    refusals : tuple of Refusal
        Nothing is imported as long as there is one.
    left_out : tuple of str
        What the manifest holds and the clinic does not take.
    """

    rows: tuple[PlanRow, ...]
    refusals: tuple[Refusal, ...]
    left_out: tuple[str, ...]

    @property
    def n_patients(self) -> int:
        """Patients that the pictures are of, new or not."""
        return len({row.patient.lower() for row in self.rows})

    @property
    def n_visits(self) -> int:
        """Visits that the pictures are of."""
        return len({(row.patient.lower(), row.day, row.visit) for row in self.rows})


def plan_import(db: Session, who: Person, manifest: Manifest, *, codes_confirmed: bool = False) -> Plan:
    """What the import of a manifest would do, and all that stands against it.

    Parameters
    ----------
    db : Session
    who : Person
        At least a clinician.
    manifest : Manifest
    codes_confirmed : bool, optional
        What looks like a name or a date among the patients is a code, a person says.

    Raises
    ------
    NotAllowedError
        If the role is too low.
    """
    require_role(who, Role.CLINICIAN)
    devices = {device.name: device for device in db.scalars(of_clinic(DeviceScale, who.clinic_id))}
    # Codes that are there already need no second look.
    codes = _known_codes(db, who, set(manifest.rows["patient"]), codes_confirmed=codes_confirmed)
    controls = {(row.patient, row.control_site) for row in manifest.rows.itertuples() if row.control_site}
    planned: list[PlanRow] = []
    refusals: list[Refusal] = []
    for cells in manifest.rows.to_dict("records"):
        row = {str(name): cell for name, cell in cells.items()}
        reading = _RowReader(row, manifest.folder, devices, is_code=codes[row["patient"]])
        is_control = (row["patient"], row["site"]) in controls
        found = reading.read(is_control=is_control)
        refusals += reading.refusals
        if found is not None:
            planned.append(found)
    refusals += _contradicting_visits(planned)
    filled = [words for name, words in _LEFT_OUT.items() if _is_filled(manifest, name)]
    covariates = any(str(name).startswith("x_") for name in manifest.rows.columns)
    left_out = dict.fromkeys([*filled, *(["free covariates"] if covariates else [])])
    return Plan(rows=tuple(planned), refusals=tuple(refusals), left_out=tuple(left_out))


def refusals_of_cells(
    db: Session, who: Person, rows: Sequence[dict[str, Any]], *, codes_confirmed: bool = False
) -> list[Refusal]:
    """What the clinic would refuse of a manifest that has faults of its own: all are to be said at once.

    Parameters
    ----------
    db : Session
    who : Person
    rows : sequence of dict
        Cells as text, and ``row``.
    codes_confirmed : bool, optional
    """
    codes = _known_codes(db, who, {row.get("patient", "") for row in rows}, codes_confirmed=codes_confirmed)
    refusals: list[Refusal] = []
    for row in rows:
        reading = _RowReader(row, Path(), {}, is_code=codes[row.get("patient", "")])
        reading.read_texts()
        refusals += reading.refusals
    return refusals


def _known_codes(db: Session, who: Person, codes: set[str], *, codes_confirmed: bool) -> dict[str, bool]:
    """Which codes need no second look: those that a person has confirmed, and those that are there already."""
    return {code: codes_confirmed or patient_of_code(db, who, code) is not None for code in codes}


class _RowReader:
    """Reads one row; every fault is noted, not the first alone."""

    def __init__(self, row: dict[str, Any], folder: Path, devices: dict[str, DeviceScale], *, is_code: bool) -> None:
        self._row = row
        self._folder = folder
        self._devices = devices
        self._is_code = is_code
        self.refusals: list[Refusal] = []

    def read_texts(self) -> tuple[Any, Any, Any]:
        """Place, code and day, as far as they are there; what is missing altogether is the manifest's own fault."""
        row = self._row
        place = self._try("site", lambda: _placed(row["site"])) if row.get("site") else None
        code = self._try("patient", lambda: checked_code(row.get("patient", ""), confirmed=self._is_code))
        day = self._try("date", lambda: _day(row.get("date", "")))
        return place, code, day

    def read(self, *, is_control: bool) -> PlanRow | None:
        row, path = self._row, self._folder / self._row["image"]
        announced = self._try("image", lambda: _announced(path))
        place, code, day = self.read_texts()
        if announced is None:
            return None
        size = {"width_px": announced.width_px, "height_px": announced.height_px}
        scale = self._try("scale", lambda: (checked_scale(_scale(row, self._devices), **size),))
        area = self._try("area", lambda: _area(row, **size))
        if place is None or code is None or day is None or scale is None or area is None:
            return None
        return PlanRow(
            row=int(row["row"]),
            path=path,
            patient=code,
            place=place[0],
            label=place[1],
            is_control=is_control,
            day=day,
            visit=row["visit"],
            number=int(row["replicate"]),
            scale=scale[0],
            area=area,
            announced=announced,
        )

    def _try(self, column: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except HairDensityError as error:
            self.refusals.append(Refusal(row=int(self._row["row"]), column=column, what=str(error)))
            return None


def _announced(path: Path) -> Announced:
    LIMITS.check_bytes(path.stat().st_size)
    found = check_header(path.read_bytes(), limits=LIMITS)
    if found.file_format not in MEDIA_TYPES:
        raise UnsupportedFormatError(f"the clinic takes {', '.join(MEDIA_TYPES)}, this is {found.file_format}")
    return found


def _placed(site: str) -> tuple[str, str]:
    found = place_and_label(site)
    if found is None:
        names = ", ".join(place.name.lower() for place in PLACES)
        raise InputError(f"{shown(site)[:60]!r} is no place on the scalp map; write one of {names}")
    return found


def _day(text: str) -> date:
    if not text:
        raise InputError("the clinic keeps visits by their day: fill in the column date (YYYY-MM-DD)")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{shown(text)[:40]!r} is no day: write YYYY-MM-DD") from None


def _scale(row: dict[str, Any], devices: dict[str, DeviceScale]) -> dict[str, Any] | None:
    """The stated scale in the form of `clinic.scales`; None where the picture itself is to tell it."""
    stated = {name: float(row[name]) for name in _SCALES if not math.isnan(row[name])}
    if stated:
        error = float(row["scale_error"])
        return {"kind": "given", **stated, **({} if math.isnan(error) else {"relative_error": error})}
    if not math.isnan(row["ruler_tick_mm"]):
        return {"kind": "ruler", "tick_mm": float(row["ruler_tick_mm"])}
    if row["device_profile"]:
        device = devices.get(row["device_profile"])
        if device is None:
            raise InputError("the clinic knows no device of this name: add its profile on the page Devices first")
        return {"kind": "profile", "device_id": device.id, "profile": device.profile}
    return None


def _area(row: dict[str, Any], *, width_px: int, height_px: int) -> str:
    if row["area_mask"]:
        raise InputError("masks of areas are not imported: state an area, or empty the cell and draw it afterwards")
    return checked_area(row["area"] or "whole", width_px=width_px, height_px=height_px)


def _contradicting_visits(rows: Sequence[PlanRow]) -> Iterator[Refusal]:
    """Yield rows of one visit on another day than its first row."""
    days: dict[tuple[str, str], date] = {}
    for row in rows:
        first = days.setdefault((row.patient, row.visit), row.day)
        if row.day != first:
            what = f"the visit {row.visit} of this patient is on {first} in another row: one visit is one day"
            yield Refusal(row=row.row, column="date", what=what)


def _is_filled(manifest: Manifest, name: str) -> bool:
    column = manifest.rows[name]
    return bool(column.notna().any() and (column.astype(str).str.strip() != "")[column.notna()].any())
