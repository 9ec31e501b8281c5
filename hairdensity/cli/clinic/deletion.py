"""``hairdensity clinic delete-patient``: deletion on request."""

from __future__ import annotations

from typing import Annotated

import typer

from hairdensity.cli.clinic.options import ClinicName, Data
from hairdensity.cli.faults import faults_as_exit_codes
from hairdensity.inputs import shown

__all__ = ["delete_patient"]


def delete_patient(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Of the patient.")],
    clinic: ClinicName = None,
    data: Data = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Delete a patient with all visits, pictures, figures and comparisons; this cannot be undone.

    The audit keeps that it was done, with ids alone. Backups that were made before are named: they still hold it all.
    """
    with faults_as_exit_codes():
        from hairdensity.clinic import console, deleting  # noqa: PLC0415 -- --help must answer at once
        from hairdensity.clinic.opening import data_folder, open_workplace  # noqa: PLC0415
        from hairdensity.clinic.patients import patient_of_code  # noqa: PLC0415
        from hairdensity.errors import NotFoundError  # noqa: PLC0415
        from hairdensity.store.backup_notes import noted_backups  # noqa: PLC0415

        if not yes:
            typer.confirm(f"Delete the patient {shown(code)} with all pictures and figures, for good?", abort=True)
        with open_workplace(data or data_folder()) as at:
            with at.database.session() as db:
                who = console.console_of(console.clinic_of_name(db, clinic))
                patient = patient_of_code(db, who, code)
                if patient is None:
                    raise NotFoundError(f"there is no patient of the code {code!r}")
                since = patient.created_at
                deleted = deleting.delete_patient(at, db, who, patient.id)
            holding = noted_backups(at.folder, since=since)
    typer.echo(f"deleted: {deleted.n_captures} pictures, {deleted.n_readings} readings")
    for folder in holding:
        typer.echo(f"this backup still holds the patient: {shown(folder)}")
    typer.echo("Copies of backups, exports and prints are not known here: see to them too.")
