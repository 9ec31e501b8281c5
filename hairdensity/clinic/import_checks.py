"""An uploaded import, looked through: which manifest, what it would add, and all that stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person
from hairdensity.clinic.asking import Ask
from hairdensity.clinic.import_drafts import ImportDraft
from hairdensity.clinic.import_plan import Plan, Refusal, plan_import, refusals_of_cells
from hairdensity.errors import InputError

if TYPE_CHECKING:
    from hairdensity.study.manifest import Fault

__all__ = ["PROPOSED", "Checked", "check_draft", "propose", "ready_plan"]

PROPOSING_LIMIT_S = 60.0
PROPOSED = "manifest.csv"
_OF_STUDIES = ("fill in arm", "fill in week", "fill in um_per_px", "the folders of level")
"""Beginnings of notes on what the clinic does not ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of an uploaded manifest.

    Parameters
    ----------
    plan : Plan or None
        None where the manifest itself has faults.
    faults : tuple of Fault
        Of the manifest; nothing is imported as long as there is one.
    refusals : tuple of Refusal
        What the clinic does not take; likewise.
    warnings : tuple of Fault
    """

    plan: Plan | None
    faults: tuple[Fault, ...]
    refusals: tuple[Refusal, ...]
    warnings: tuple[Fault, ...]

    @property
    def may_go_on(self) -> bool:
        """Whether it can be imported as it is."""
        return self.plan is not None and not self.refusals and bool(self.plan.rows)


def check_draft(db: Session, who: Person, draft: ImportDraft, *, codes_confirmed: bool = False) -> Checked | None:
    """Look through what was uploaded; None without a manifest.

    Parameters
    ----------
    db : Session
    who : Person
    draft : ImportDraft
    codes_confirmed : bool, optional

    Raises
    ------
    ConflictError
        If there are several tables.
    """
    # Here, so that a server in which nobody imports anything does without pandas.
    from hairdensity.study.manifest import Level, check_manifest  # noqa: PLC0415
    from hairdensity.study.reading.faults import FaultLog  # noqa: PLC0415
    from hairdensity.study.reading.formats import read_sheet  # noqa: PLC0415
    from hairdensity.study.reading.naming import name_columns  # noqa: PLC0415

    path = draft.manifest()
    if path is None:
        return None
    log = FaultLog()
    sheet = read_sheet(path.read_bytes(), log)
    if sheet is None:
        return Checked(plan=None, faults=log.sorted(), refusals=(), warnings=())
    cells = name_columns(sheet, log)
    rows = [{str(name): cell for name, cell in row.items()} for row in cells.to_dict("records")]
    refused = _refuse_files(rows)
    if refused is not None:
        return Checked(plan=None, faults=(refused,), refusals=(), warnings=())
    for row in rows:
        draft.named(str(row.get("image", "")))
    manifest, faults = check_manifest(path)
    stopping = tuple(fault for fault in faults if fault.level is Level.FAULT)
    warnings = tuple(fault for fault in faults if fault.level is not Level.FAULT)
    if manifest is None:
        refusals = tuple(refusals_of_cells(db, who, rows, codes_confirmed=codes_confirmed))
        return Checked(plan=None, faults=stopping, refusals=refusals, warnings=warnings)
    plan = plan_import(db, who, manifest, codes_confirmed=codes_confirmed)
    return Checked(plan=plan, faults=stopping, refusals=plan.refusals, warnings=warnings)


def ready_plan(checked: Checked | None) -> Plan:
    """The plan of what was looked through, to be carried out.

    Raises
    ------
    InputError
        If something stands against it.
    """
    if checked is None or checked.plan is None or not checked.may_go_on:
        raise InputError("nothing was imported: the list has faults; look through it again")
    return checked.plan


def propose(draft: ImportDraft, *, ask: Ask) -> list[str]:
    """Write a manifest of what the names of the pictures tell, for a person to confirm; gives what to look at.

    Raises
    ------
    InputError
        If no picture was uploaded.
    BusyError
        If no worker was free in time.
    """
    proposed = ask("propose", {"folder": str(draft.files)}, PROPOSING_LIMIT_S)
    with draft.writing(PROPOSED) as file:
        file.add(proposed["csv"].encode())
    return [note for note in proposed["notes"] if not note.startswith(_OF_STUDIES)]


def _refuse_files(rows: Sequence[dict[str, Any]]) -> Fault | None:
    """A device is named: a file would be one of the server's own."""
    from hairdensity.study.manifest import Fault, Level  # noqa: PLC0415

    for row in rows:
        name = str(row.get("device_profile", ""))
        if "/" in name or "\\" in name or name.startswith("."):
            return Fault(
                level=Level.FAULT,
                code="device_profile",
                what="a device is named here, no file",
                remedy="add its profile on the page Devices",
                column="device_profile",
                row=int(row["row"]),
            )
    return None
