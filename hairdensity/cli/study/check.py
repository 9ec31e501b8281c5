"""``hairdensity study check``: every fault of a manifest in one list, and what the study is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hairdensity.cli.faults import EXIT_USAGE, faults_as_exit_codes
from hairdensity.cli.options import AsJson, Quiet
from hairdensity.cli.progress import console
from hairdensity.cli.study.next_step import command, say_next
from hairdensity.inputs import shown
from hairdensity.resources import package_version

if TYPE_CHECKING:
    from hairdensity.study.manifest import Fault, Manifest

__all__ = ["check"]

MOST_OF_A_KIND = 20
"""Faults of one kind in the table; the document has all."""


def check(
    manifest: Annotated[
        Path, typer.Argument(metavar="MANIFEST", help="CSV, Parquet or a raw CSV export of REDCap: one row an image.")
    ],
    *,
    by_hash: Annotated[
        bool, typer.Option("--hash", help="Also look for the same picture under two names: reads files of equal size.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Check a manifest before anything runs: every fault with its row and remedy, and what the study is.

    Faults stop a run, warnings do not.

    Exit codes: 0 without faults, 2 with, 4 environment, 130 interrupted.
    """
    from hairdensity.study.manifest import Level, check_manifest  # noqa: PLC0415 -- pandas

    with faults_as_exit_codes():
        found, faults = check_manifest(manifest, by_hash=by_hash)
        stops = any(fault.level is Level.FAULT for fault in faults)
        if as_json:
            typer.echo(json.dumps(_document(manifest, found, faults, stops=stops), allow_nan=False))
        else:
            if found is not None and not quiet:
                _print_study(found)
            _print_faults(manifest, faults, quiet=quiet)
        _say_next(manifest, stops=stops, quiet=quiet)
    if stops:
        raise typer.Exit(EXIT_USAGE)


def _say_next(manifest: Path, *, stops: bool, quiet: bool) -> None:
    if stops:
        say_next("correct the manifest, then check it again", quiet=quiet)
        return
    blind = command("blind", manifest, "--out", "DIR", "--seed", "N")
    say_next(f"{command('run', manifest, '--out', 'DIR')} (for blinded readers: {blind})", quiet=quiet)


def _document(source: Path, found: Manifest | None, faults: Sequence[Fault], *, stops: bool) -> dict[str, Any]:
    from hairdensity.study.reading.summary import summarize  # noqa: PLC0415

    return {
        "schema": "hairdensity/manifest-check-1",
        "version": package_version(),
        "manifest": {"path": shown(source), "sha256": None if found is None else found.sha256},
        "accepted": not stops,
        "study": None if found is None else summarize(found.rows),
        "faults": [asdict(fault) for fault in faults],
    }


def _print_study(found: Manifest) -> None:
    """What the study is, to stdout."""
    from rich.table import Table  # noqa: PLC0415

    from hairdensity.study.reading.summary import summarize  # noqa: PLC0415

    study = summarize(found.rows)
    arms = [shown(arm) or "no arm" for arm in study["arms"]]
    table = Table(
        title=f"{study['n_images']} images of {study['n_patients']} patients at {len(study['sites'])} site(s)"
    )
    for name in ("visit", "week"):
        table.add_column(name)
    for arm in arms:
        table.add_column(f"{arm}: patients (images)", justify="right")
    for visit in study["visits"]:
        week = "" if visit["week"] is None else f"{visit['week']:g}"
        counts = [f"{count['n_patients']} ({count['n_images']})" for count in visit["by_arm"]]
        table.add_row(shown(visit["visit"]), week, *counts)
    console().print(table, markup=False)
    console().print(f"sites: {', '.join(map(shown, study['sites']))}; scale: {study['scale']}", markup=False)


def _print_faults(source: Path, faults: Sequence[Fault], *, quiet: bool) -> None:
    """All kinds of faults to stderr, each with its places."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from hairdensity.study.manifest import Level  # noqa: PLC0415

    listed = [fault for fault in faults if not quiet or fault.level is Level.FAULT]
    table = Table("row", "line", "column", "what", "remedy", show_lines=False)
    shown_of: Counter[tuple[str, str]] = Counter()
    for fault in listed:
        kind = (fault.code, fault.column)
        shown_of[kind] += 1
        if shown_of[kind] <= MOST_OF_A_KIND:
            place = ("" if fault.row is None else str(fault.row), "" if fault.line is None else str(fault.line))
            what = fault.what if fault.level is Level.FAULT else f"warning: {fault.what}"
            table.add_row(*map(Text, (*place, shown(fault.column), what, fault.remedy)))
    if listed:
        console(stderr=True).print(table)
    for (code, column), count in shown_of.items():
        if count > MOST_OF_A_KIND:
            more = f"and {count - MOST_OF_A_KIND} more of the kind {code} in {shown(column)}: --json lists all"
            typer.echo(more, err=True)
    n_faults = sum(fault.level is Level.FAULT for fault in faults)
    n_warnings = len(faults) - n_faults
    if n_faults or not quiet:
        verdict = "stops a run" if n_faults else "may run"
        typer.echo(f"{shown(source)}: {n_faults} fault(s), {n_warnings} warning(s): the manifest {verdict}", err=True)
