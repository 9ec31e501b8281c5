"""An uploaded import, looked through: which manifest, what it would add, and all that stands against it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from hairdensity.clinic.access import Person
from hairdensity.clinic.import_drafts import ImportDraft
from hairdensity.clinic.import_plan import Plan, plan_import
from hairdensity.clinic.outgoing import Ask
from hairdensity.study.manifest import Fault, Level, check_manifest
from hairdensity.study.reading.faults import FaultLog
from hairdensity.study.reading.formats import read_sheet
from hairdensity.study.reading.naming import name_columns

__all__ = ["PROPOSED", "Checked", "check_draft", "propose"]

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
    warnings : tuple of Fault
    """

    plan: Plan | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]

    @property
    def may_go_on(self) -> bool:
        """Whether it can be imported as it is."""
        return self.plan is not None and not self.plan.refusals and bool(self.plan.rows)


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
    path = draft.manifest()
    if path is None:
        return None
    refused = _match_names(draft, path)
    if refused:
        return Checked(plan=None, faults=refused, warnings=())
    manifest, faults = check_manifest(path)
    stopping = tuple(fault for fault in faults if fault.level is Level.FAULT)
    warnings = tuple(fault for fault in faults if fault.level is not Level.FAULT)
    plan = None if manifest is None else plan_import(db, who, manifest, codes_confirmed=codes_confirmed)
    return Checked(plan=plan, faults=stopping, warnings=warnings)


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


def _match_names(draft: ImportDraft, path: Path) -> tuple[Fault, ...]:
    """Put uploaded pictures where the manifest looks for them; refuse what would have the server look elsewhere."""
    log = FaultLog()
    sheet = read_sheet(path.read_bytes(), log)
    if sheet is None:
        return log.sorted()
    rows = name_columns(sheet, log)
    for image in rows.get("image", []):
        draft.named(str(image))
    for name in rows.get("device_profile", []):
        if "/" in str(name) or "\\" in str(name) or str(name).startswith("."):
            what = "a device is named here, no file"
            return (Fault(level=Level.FAULT, code="device_profile", what=what, remedy="add it on the page Devices"),)
    return ()
