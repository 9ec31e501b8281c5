"""``hairdensity study unblind``: open a blinding, on record; or say whether anything of it was altered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairdensity.cli.faults import EXIT_SOME_FAILED, faults_as_exit_codes
from hairdensity.cli.study.next_step import command, say_next
from hairdensity.inputs import shown

if TYPE_CHECKING:
    from hairdensity.study.blinding.unblinding import Unblinded

__all__ = ["unblind"]


def unblind(  # noqa: PLR0913 -- each is an option of the command
    key: Annotated[Path, typer.Argument(metavar="KEY", help="key.json of the blinding.")],
    *,
    readings: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A form that a reader filled in; once for each form.")
    ] = None,
    study: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of a `study run` over one reader's coded copies.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="New folder for what is opened.")] = None,
    by: Annotated[str, typer.Option(help="Code of the person who opens the blinding.")] = "",
    reason: Annotated[str, typer.Option(help="Why it is opened, e.g. 'all readings are in'.")] = "",
    folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the readers' folders. [default: where the key was written]"),
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Readings may be missing.")] = False,
    after_unblinding: Annotated[
        bool, typer.Option("--after-unblinding", help="Take readings that were changed after it, marked so.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Open nothing: check the key, the copies and the record.")
    ] = False,
) -> None:
    """Put patient, visit and arm back to what was read blinded.

    The key must be the sealed one, and every reading must belong to a code. Who opens the blinding, when, why and for
    which readings is added to unblinding.jsonl beside the key before anything is revealed. Readings that were changed
    later are refused, or marked.

    Exit codes: 0 ok, 1 altered (--verify), 2 refused, 4 environment, 130 interrupted.
    """
    if verify and (readings or study or out):
        raise typer.BadParameter("--verify opens nothing: leave out --readings, --study and --out")
    with faults_as_exit_codes():
        if verify:
            faults = _verify(key, folder)
            for fault in faults:
                typer.echo(f"altered: {fault}", err=True)
            if faults:
                raise typer.Exit(EXIT_SOME_FAILED)
            return
        if out is None:
            raise typer.BadParameter("name a new folder with --out")
        from hairdensity.study.blinding.unblinding import UnblindSettings  # noqa: PLC0415
        from hairdensity.study.blinding.unblinding import unblind as open_blinding  # noqa: PLC0415

        settings = UnblindSettings(
            key=key,
            out=out,
            by=by,
            reason=reason,
            readings=tuple(readings or ()),
            study=study,
            folder=folder,
            partial=partial,
            after_unblinding=after_unblinding,
        )
        _describe(open_blinding(settings), out)
        if settings.readings:
            compared = command("agreement", "DIR", "--readings", out / "readings.csv")
            say_next(f"{compared} (DIR: the study run of the same manifest)")


def _verify(key_path: Path, folder: Path | None) -> list[str]:
    from hairdensity.study.blinding.key import read_key  # noqa: PLC0415
    from hairdensity.study.blinding.record import RECORD_FILE, read_record  # noqa: PLC0415
    from hairdensity.study.blinding.verifying import (  # noqa: PLC0415
        blinded_folder,
        check_copies,
        check_record,
        check_seal,
    )

    key, key_sha256 = read_key(key_path)
    where = blinded_folder(key_path, folder)
    of_record = check_record(key_path)
    faults = [*check_seal(key, key_sha256, where), *check_copies(key, where), *of_record]
    typer.echo(f"{len(key.copies)} copies for {len(key.readers)} readers; sha256 of the key: {key_sha256}")
    if not of_record:
        record = read_record(key_path.with_name(RECORD_FILE))
        typer.echo(f"{len(record)} entries in the record, the last: {record[-1]['hash']}")
        for entry in record:
            changed = " with readings changed after an unblinding" if entry.get("after_unblinding") else ""
            by = f" by {entry['by']}: {entry['reason']}" if entry["by"] else ""
            typer.echo(f"  {entry['when']} {entry['event']}{changed}{by}")
    if not faults:
        typer.echo("nothing was altered")
    return faults


def _describe(opened: Unblinded, out: Path) -> None:
    typer.echo(f"{opened.n_readings} readings, {opened.n_missing} of them empty, written to {shown(out)}")
    if opened.entry["after_unblinding"]:
        typer.echo("these readings were changed after an unblinding: the record says so", err=True)
    typer.echo(f"recorded as entry {opened.entry['number']}: {opened.entry['hash']}; write it into the study's log")
