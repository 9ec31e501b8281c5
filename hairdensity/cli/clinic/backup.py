"""``hairdensity clinic backup`` and ``restore``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hairdensity.cli.clinic.options import Data
from hairdensity.cli.faults import EXIT_SOME_FAILED, faults_as_exit_codes
from hairdensity.inputs import shown

__all__ = ["backup", "restore"]


def backup(
    target: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="A new folder; in a folder that is there, one named after the moment."),
    ],
    data: Data = None,
) -> None:
    """Copy every row and every file of an installation, each with its hash, while it runs.

    The copy is not encrypted: keep it where patients' data may be kept, and on another disk.
    """
    with faults_as_exit_codes():
        from hairdensity.clinic.opening import data_folder, open_to_read  # noqa: PLC0415 -- --help must answer at once
        from hairdensity.store.backup import back_up  # noqa: PLC0415
        from hairdensity.store.backup_notes import note_backup  # noqa: PLC0415

        folder = target / f"hairdensity-{datetime.now(UTC):%Y%m%dT%H%M%SZ}" if target.is_dir() else target
        with open_to_read(data or data_folder()) as at:
            made = back_up(at.database, at.files, folder.absolute())
            note_backup(at.folder, folder.absolute(), made.made_at)
    n_rows = sum(facts.n_rows for facts in made.tables.values())
    typer.echo(f"{shown(folder)}: {n_rows} rows, {len(made.files)} files, {made.n_bytes / 1e6:.1f} MB")
    if made.audit is not None:
        typer.echo(f"audit: {made.audit.number} entries, the last one {made.audit.hash}")
    if made.missing:
        typer.echo(
            f"hairdensity: {len(made.missing)} files are gone or damaged and not in the backup; "
            "hairdensity clinic verify names them, an older backup may hold them",
            err=True,
        )
        raise typer.Exit(EXIT_SOME_FAILED)


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="A folder that `clinic backup` has made.")],
    data: Data = None,
) -> None:
    """Make an installation from a backup, in an empty place; every hash is checked before it says done."""
    with faults_as_exit_codes():
        from hairdensity.clinic.opening import data_folder, restore_workplace  # noqa: PLC0415

        folder = data or data_folder()
        restored = restore_workplace(source, folder)
    manifest = restored.manifest
    n_rows = sum(facts.n_rows for facts in manifest.tables.values())
    typer.echo(f"restored to {shown(folder)}: {n_rows} rows and {len(manifest.files)} files of {manifest.made_at}")
    for broken in restored.breaks:
        typer.echo(f"hairdensity: {broken}; so it was when the backup was made", err=True)
    if manifest.missing:
        typer.echo(f"hairdensity: {len(manifest.missing)} files were gone already when it was made", err=True)
    if restored.breaks or manifest.missing:
        raise typer.Exit(EXIT_SOME_FAILED)
