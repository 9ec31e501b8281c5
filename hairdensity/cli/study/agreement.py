"""``hairdensity study agreement``: how well readers, the algorithm and repeats agree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from hairdensity.cli.faults import faults_as_exit_codes
from hairdensity.cli.options import AsJson, Quiet
from hairdensity.cli.study.next_step import command, say_next
from hairdensity.errors import InputError
from hairdensity.files import json_bytes, make_folder, write_whole
from hairdensity.inputs import shown

__all__ = ["agreement"]

DOCUMENT = "agreement.json"


def agreement(  # noqa: PLR0913 -- each is an option of the command
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of a study run: compares with the algorithm.")
    ] = None,
    *,
    readings: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Readings by people, CSV or Parquet; may be repeated.")
    ] = None,
    figure: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this figure, e.g. density_per_cm2; may be repeated. [default: all]"),
    ] = None,
    grade: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A figure whose numbers are grades (classes in order); may be repeated."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Print all figures of each comparison with their intervals.")
    ] = False,
    as_json: AsJson = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write agreement.json here. [default: the study's folder]")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a Bland-Altman figure (PNG) for each pair here.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Say how well readers, the algorithm and repeats agree.

    Compared are each two readers, each reader with the algorithm (with DIR), and repeats: second readings of a
    reader, and several pictures of one site that were taken on one day. Pictures of one patient are not independent:
    then intervals rest on the patients. Printed is one table, the plan's primary figure first; agreement.json has all.

    Exit codes: 0 ok, 2 usage or nothing to compare, 4 environment, 130 interrupted.
    """
    if folder is None and not readings:
        raise typer.BadParameter("name the folder of a study run, --readings FILE, or both")
    with faults_as_exit_codes():
        target = out or folder
        for place in (target, figures):
            if place is not None:
                make_folder(place)
        document = _compared(folder, readings or [], figures=figure or [], grades=grade or [])
        if as_json:
            typer.echo(json_bytes(document).decode(), nl=False)
        elif not quiet:
            _print(document, folder, full=full)
        _write(document, target, figures, quiet=quiet)
        if folder is not None:
            say_next(command("outcomes", folder), quiet=quiet)


def _compared(folder: Path | None, readings: list[Path], *, figures: list[str], grades: list[str]) -> dict[str, Any]:
    from hairdensity.study.agreement.study import compare_study  # noqa: PLC0415

    document = compare_study(folder, readings, figures=figures, grades=grades)
    if not document["analyses"]:
        reasons = "; ".join(f"{refusal['what']}: {refusal['reason']}" for refusal in document["refused"])
        raise InputError(
            "nothing can be compared: no picture was read by two readers, twice by one, or by a reader and the "
            "algorithm, and no site has two pictures of one day"
            + (f" ({reasons})" if reasons else "; check the names of pictures and figures in the readings")
            + ". Coded copies have another name with each reader: open them with 'hairdensity study unblind' first"
        )
    return document


def _print(document: Mapping[str, Any], folder: Path | None, *, full: bool) -> None:
    from hairdensity.cli.progress import console  # noqa: PLC0415
    from hairdensity.study.agreement.terminal import print_agreement  # noqa: PLC0415
    from hairdensity.study.agreement.wording import agreement_lines  # noqa: PLC0415

    if not full:
        print_agreement(console(), document, primary_figure=_primary_figure(folder))
        return
    for line in agreement_lines(document):
        typer.echo(line)


def _primary_figure(folder: Path | None) -> str:
    """That of the study's own plan, where one can be read: what is wrong with it is told where it is followed."""
    from hairdensity.study.plan import Plan  # noqa: PLC0415
    from hairdensity.study.plan_reading import read_plan  # noqa: PLC0415

    try:
        plan = Plan() if folder is None else read_plan(folder / "plan.toml")
    except InputError:
        plan = Plan()
    return plan.primary_figure


def _write(document: Mapping[str, Any], target: Path | None, figures: Path | None, *, quiet: bool) -> None:
    if target is not None:
        write_whole(target / DOCUMENT, json_bytes(document))
        if not quiet:
            typer.echo(f"agreement written to {shown(target / DOCUMENT)}", err=True)
    if figures is not None:
        from hairdensity.study.agreement.figure import write_figures  # noqa: PLC0415

        n_figures = write_figures(document, figures)
        if not quiet:
            typer.echo(f"{n_figures} figures written to {shown(figures)}", err=True)
