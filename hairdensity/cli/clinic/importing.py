"""``hairdensity clinic import``: pictures of a study or of a folder, brought into the clinic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairdensity.cli.clinic.options import Data
from hairdensity.cli.faults import EXIT_USAGE, faults_as_exit_codes
from hairdensity.inputs import shown

if TYPE_CHECKING:
    from hairdensity.clinic.import_plan import Plan

__all__ = ["import_"]

MOST_SHOWN = 50
"""Faults on the terminal."""

PROPOSED = "manifest.csv"


def import_(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST|FOLDER", help="A study's manifest; of a folder, a manifest is proposed first."
        ),
    ],
    by: Annotated[str, typer.Option(metavar="NAME", help="The account that the pictures are added by.")],
    data: Data = None,
    *,
    codes_are_codes: Annotated[
        bool, typer.Option("--codes-are-codes", help="Patients that look like names or dates are codes.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, and add nothing.")] = False,
) -> None:
    """Add the pictures of a manifest: patients, sites, visits, scales and areas; they are scored when the server runs.

    All faults are listed at once, and with a single one nothing is added. Running it again adds nothing twice. Arms,
    blinding and treatments are not imported: these stay with `hairdensity study`.

    Exit codes: 0 without faults, 2 with, 4 environment.
    """
    with faults_as_exit_codes():
        if source.is_dir():
            _propose(source)
            return
        from hairdensity.clinic.import_plan import plan_import  # noqa: PLC0415 -- --help must answer at once
        from hairdensity.clinic.importing import account_of, carry_out  # noqa: PLC0415
        from hairdensity.clinic.opening import data_folder, open_workplace  # noqa: PLC0415
        from hairdensity.study.manifest import read_manifest  # noqa: PLC0415

        manifest = read_manifest(source)
        with open_workplace(data or data_folder()) as at:
            with at.database.session(writes=False) as db:
                who = account_of(db, by)
                plan = plan_import(db, who, manifest, codes_confirmed=codes_are_codes)
            _say(plan)
            if plan.refusals:
                raise typer.Exit(EXIT_USAGE)
            if dry_run:
                return
            done = carry_out(at, who, plan)
    typer.echo(
        f"added: {done.n_captures} pictures, {done.n_patients} patients, {done.n_sites} sites, {done.n_visits} visits; "
        f"{done.n_known} pictures were there already"
    )


def _propose(folder: Path) -> None:
    """Write a manifest of what names tell, for a person to complete."""
    from hairdensity.errors import InputError  # noqa: PLC0415
    from hairdensity.files import write_whole  # noqa: PLC0415
    from hairdensity.study.proposal import propose_manifest  # noqa: PLC0415

    target = folder / PROPOSED
    if target.exists():
        raise InputError(f"there is a {shown(target)} already: import that one, or delete it")
    proposal = propose_manifest(folder)
    write_whole(target, proposal.csv())
    for note in proposal.notes:
        typer.echo(note, err=True)
    typer.echo(f"proposed: {shown(target)}; look through it, then import it")


def _say(plan: Plan) -> None:
    for refusal in plan.refusals[:MOST_SHOWN]:
        typer.echo(str(refusal), err=True)
    if len(plan.refusals) > MOST_SHOWN:
        typer.echo(f"and {len(plan.refusals) - MOST_SHOWN} more", err=True)
    if plan.left_out:
        typer.echo(f"not imported: {', '.join(plan.left_out)}", err=True)
    typer.echo(f"{len(plan.rows)} pictures of {plan.n_patients} patients, {plan.n_visits} visits")
