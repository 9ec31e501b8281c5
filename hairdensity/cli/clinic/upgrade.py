"""``hairdensity clinic upgrade``: a backup, then the steps to this version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hairdensity.cli.clinic.options import Data
from hairdensity.cli.faults import faults_as_exit_codes
from hairdensity.inputs import shown

__all__ = ["upgrade"]


def upgrade(
    backup: Annotated[Path, typer.Option(metavar="DIR", help="A new folder for the backup that is made first.")],
    data: Data = None,
) -> None:
    """Back up, then bring the database to this version of the program; stop the server before."""
    with faults_as_exit_codes():
        from hairdensity.clinic.opening import data_folder, upgrade_workplace  # noqa: PLC0415 -- see above

        upgraded = upgrade_workplace(data or data_folder(), backup.absolute())
    if upgraded is None:
        typer.echo("the database is of this version already: nothing was done")
    else:
        typer.echo(f"backed up to {shown(backup)}; the database went from revision {upgraded[0]} to {upgraded[1]}")
