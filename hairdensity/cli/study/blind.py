"""``hairdensity study blind``: coded copies for readers, and the key that stays behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hairdensity.cli.faults import EXIT_SOME_FAILED, faults_as_exit_codes
from hairdensity.cli.options import Quiet
from hairdensity.cli.progress import progress, usable_cores
from hairdensity.cli.study.next_step import command, say_next
from hairdensity.inputs import shown

if TYPE_CHECKING:
    from hairdensity.study.blinding.key import Key
    from hairdensity.study.blinding.sealing import Blinded

__all__ = ["blind"]


def blind(  # noqa: PLR0913 -- each is an option of the command
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", help="Manifest of the study.")],
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="New folder for the readers' folders and the key.")],
    seed: Annotated[int, typer.Option(help="Seed of the random order, as the protocol states it.")],
    repeats: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the pictures that each reader gets a second time.")
    ] = 0.1,
    readers: Annotated[int, typer.Option(min=1, max=99, help="Readers; each gets own codes in an own order.")] = 2,
    figures: Annotated[
        str | None,
        typer.Option(help="Columns of the form that readers fill in. [default: n_hairs,n_units,area_cm2]"),
    ] = None,
    as_png: Annotated[
        bool, typer.Option("--as-png", help="All copies as PNG: JPEG compression can tell cameras apart.")
    ] = False,
    secret_of: Annotated[
        Path | None, typer.Option(metavar="KEY", help="Repeat the blinding of this key: the same codes and order.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes. [default: one per core]")] = None,
    quiet: Quiet = False,
) -> None:
    """Copy the pictures for blinded readers.

    Each reader gets a folder of copies under random codes, without any metadata, in random order, with a share of
    repeats, and a form to fill in. The folder `key` says which copy is which picture: a person who neither reads nor
    analyzes keeps it. Its hash lies with the readers: a key that is altered is refused by `study unblind`.

    Exit codes: 0 ok, 1 some pictures cannot be read, 2 usage, 4 environment, 130 interrupted.
    """
    with faults_as_exit_codes():
        from hairdensity.study.blinding.key import read_key  # noqa: PLC0415
        from hairdensity.study.blinding.sealing import FIGURES, BlindSettings  # noqa: PLC0415
        from hairdensity.study.blinding.sealing import blind as write_blinded  # noqa: PLC0415
        from hairdensity.study.manifest import read_manifest  # noqa: PLC0415

        chosen: dict[str, Any] = {} if secret_of is None else {"secret": bytes.fromhex(read_key(secret_of)[0].secret)}
        settings = BlindSettings(
            seed=seed,
            repeats=repeats,
            n_readers=readers,
            figures=FIGURES if figures is None else tuple(name.strip() for name in figures.split(",")),
            always_rewrite=as_png,
            **chosen,
        )

        def strip_all(tasks: Sequence[Any]) -> list[Any]:
            return _strip_all(tasks, n_workers=workers, quiet=quiet)

        blinded = write_blinded(read_manifest(manifest), out, settings, strip_all=strip_all)
        if not quiet:
            _describe(blinded)
        _warn(blinded.key)
        say_next(_next(blinded), quiet=quiet)
    if blinded.key.failed:
        raise typer.Exit(EXIT_SOME_FAILED)


def _strip_all(tasks: Sequence[Any], *, n_workers: int | None, quiet: bool) -> list[Any]:
    from hairdensity.study.blinding.copying import prepare_stripping  # noqa: PLC0415
    from hairdensity.workers import run_tasks  # noqa: PLC0415

    n_workers = min(n_workers or usable_cores(), max(1, len(tasks)))
    with progress(len(tasks), quiet=quiet, doing="stripping") as on_done:
        return run_tasks(prepare_stripping, tasks, n_workers=n_workers, on_done=on_done)


def _describe(blinded: Blinded) -> None:
    key = blinded.key
    n_rewritten = sum(bool(row.get("is_rewritten")) for row in key.rows)
    n_repeats = sum(copy.reading == 2 for copy in key.copies) // len(key.readers)
    n_pictures = len(key.rows) - len(key.failed)
    typer.echo(f"{n_pictures} pictures, {n_repeats} of them twice, for {len(key.readers)} readers, seed {key.seed}")
    if n_rewritten:
        typer.echo(f"{n_rewritten} were written anew as PNG of the same pixels; the others kept their compressed data")
    for reader in key.readers:
        typer.echo(f"  {shown(blinded.folder / reader)}: give this folder to {reader}, without the others")
    typer.echo(f"  {shown(blinded.folder / 'key')}: a person who does not read keeps this, and no reader sees it")
    typer.echo(f"sha256 of the key: {blinded.key_sha256}; write it into the study's log")


def _next(blinded: Blinded) -> str:
    forms = [word for number, _ in enumerate(blinded.key.readers, 1) for word in ("--readings", f"FORM{number}.csv")]
    opening = command("unblind", blinded.folder / "key" / "key.json", *forms, "--out", "OPEN")
    return f"hand out the folders; when all forms are filled in: {opening} --by CODE --reason WHY"


def _warn(key: Key) -> None:
    """What a person has to look at before anything is handed out."""
    for fault in key.failed:
        typer.echo(f"failed: row {fault['row']}: {fault['error_message']} [{fault['error_code']}]", err=True)
    burned_in = [row for row in key.rows if row.get("has_text") or row.get("has_graphics")]
    if burned_in:
        typer.echo(
            f"look before you hand out: letters or marks seem to be burned into {len(burned_in)} of the pictures, and "
            "nothing removes them (names, dates?):",
            err=True,
        )
    files: dict[int, list[str]] = {}
    for copy in key.copies:
        files.setdefault(copy.row, []).append(copy.file)
    for row in burned_in:
        names = ", ".join(files[row["row"]])
        kind = "text" if row["has_text"] else "marks"
        typer.echo(f"  {kind}: row {row['row']}, {shown(row['image'])}: {names}", err=True)
