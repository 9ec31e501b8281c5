"""``hairdensity clinic verify``: whether all is as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from hairdensity.cli.clinic.options import Data
from hairdensity.cli.faults import EXIT_SOME_FAILED, faults_as_exit_codes

if TYPE_CHECKING:
    from hairdensity.store.checking import FileFindings

__all__ = ["verify"]


def verify(
    data: Data = None,
    remove_strays: Annotated[
        bool, typer.Option("--remove-strays", help="Delete files that belong to no row; stop the server before.")
    ] = False,
) -> None:
    """Check the audit entry by entry and every file against its hash, while it runs.

    The chain shows entries that were altered, removed or put in; the note of its end beside the database shows an end
    that was cut. Who may write both can write all of it anew: compare the last entry with the one that a backup states.
    """
    with faults_as_exit_codes():
        from hairdensity.clinic.opening import (  # noqa: PLC0415 -- --help must answer at once
            data_folder,
            open_to_read,
            open_workplace,
        )
        from hairdensity.store.audit_checking import verify_audit  # noqa: PLC0415
        from hairdensity.store.audit_stamp import Stamp, head_of  # noqa: PLC0415
        from hairdensity.store.checking import check_files  # noqa: PLC0415
        from hairdensity.store.references import remove_unnamed  # noqa: PLC0415

        # Beside a server that takes pictures in, a file may be there before its row.
        with (open_workplace if remove_strays else open_to_read)(data or data_folder()) as at:
            breaks = verify_audit(at.database, Stamp(at.folder))
            with at.database.session(writes=False) as db:
                head = head_of(db)
            found = check_files(at.database, at.files)
            removed = remove_unnamed(at.database, at.files, found.unnamed) if remove_strays and found.n_files else ()
    if head is not None:
        typer.echo(f"audit: {head.number} entries, the last one {head.hash}")
    typer.echo(f"files: {found.n_files} that rows name")
    for sha256 in found.unnamed:
        what = "was removed" if sha256 in removed else "--remove-strays deletes it"
        typer.echo(f"the file {sha256} belongs to no row: an interrupted upload or deletion has left it; {what}")
    faults = [*map(str, breaks), *_faults(found, remove_strays=remove_strays)]
    for fault in faults:
        typer.echo(f"hairdensity: {fault}", err=True)
    if faults:
        raise typer.Exit(EXIT_SOME_FAILED)
    typer.echo("all is as it was written")


def _faults(found: FileFindings, *, remove_strays: bool) -> Iterator[str]:
    for sha256 in found.missing:
        yield f"the file {sha256} is missing: restore it from a backup"
    for sha256 in found.damaged:
        yield f"the file {sha256} is damaged: restore it from a backup"
    if remove_strays and found.unnamed and not found.n_files:
        yield "no row names any file, so none was removed: is this the database of these files?"
