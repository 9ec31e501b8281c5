"""``hairdensity study init``: propose a manifest from a folder of pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from hairdensity.cli.faults import faults_as_exit_codes
from hairdensity.cli.options import Quiet
from hairdensity.cli.study.next_step import command, say_next
from hairdensity.errors import InputError
from hairdensity.files import write_whole
from hairdensity.inputs import shown

__all__ = ["init"]


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Searched with all that is below it.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The manifest, in FOLDER or above it. [default: FOLDER/manifest.csv]"),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            help="Form of the paths, e.g. '{arm}/{patient}/{site}/{visit}'; a last part reads the file's name. "
            "[default: guessed]"
        ),
    ] = None,
    arm_level: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Folders of level N below FOLDER are named by arms.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Propose a manifest from the names of folders and files; what they do not tell stays empty.

    An existing file is never overwritten.

    Exit codes: 0 ok, 2 usage, 4 environment, 130 interrupted.
    """
    from hairdensity.study.proposal import propose_manifest  # noqa: PLC0415 -- pandas

    with faults_as_exit_codes():
        target = folder / "manifest.csv" if out is None else out
        if os.path.lexists(target):
            raise InputError(f"{shown(target)} is there already and is never overwritten: name another file with --out")
        if target.suffix.lower() != ".csv":
            raise InputError(
                f"--out writes a .csv file, got {shown(target)}: name it {shown(target.with_suffix('.csv'))}"
            )
        proposal = propose_manifest(folder, beside=target.parent, pattern=pattern, arm_level=arm_level)
        write_whole(target, proposal.csv())
        if not quiet:
            for note in proposal.notes:
                typer.echo(note, err=True)
            typer.echo(f"{len(proposal.rows)} rows written to {shown(target)}", err=True)
            say_next(f"complete the manifest, then: {command('check', target)}")
