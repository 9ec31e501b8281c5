"""``hairdensity study outcomes``: what the arms did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hairdensity.cli.faults import faults_as_exit_codes
from hairdensity.cli.options import AsJson, Quiet
from hairdensity.cli.study.next_step import command, say_next

if TYPE_CHECKING:
    from hairdensity.study.outcomes import Outcomes

__all__ = ["outcomes"]


def outcomes(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `hairdensity study run` wrote.")],
    *,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Analysis plan, stated before. [default: DIR/plan.toml where it is]"),
    ] = None,
    write_plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Write a commented plan for this study, analyze nothing, and end."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Analyze a study: the arms, their change from baseline and their differences, by a plan stated beforehand.

    Writes DIR/outcomes.json and its tables as DIR/outcomes/*.csv: flow of patients, descriptives, analysis of
    covariance, mixed model over visits, hair-to-hair change, responders (only by the plan's threshold), dose-response,
    redness and the size of the next trial. What the data cannot bear is refused with its reason.

    \b
      hairdensity study outcomes results --write-plan plan.toml
      hairdensity study outcomes results --plan plan.toml

    Exit codes: 0 ok, 2 usage (no study folder, faults of the plan), 4 environment, 130 interrupted.
    """  # noqa: D301 -- the sign after which click keeps lines as they are
    if write_plan is not None and plan is not None:
        raise typer.BadParameter("--plan and --write-plan: leave one out")
    with faults_as_exit_codes():
        if write_plan is not None:
            _write_plan(folder, write_plan)
            return
        document = _analyze(folder, plan)
        if as_json:
            typer.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
        elif not quiet:
            _print(document, folder)
        say_next(command("report", folder), quiet=quiet)


def _write_plan(folder: Path, file: Path) -> None:
    from hairdensity.errors import InputError  # noqa: PLC0415
    from hairdensity.files import write_whole  # noqa: PLC0415
    from hairdensity.study.folder import read_study  # noqa: PLC0415
    from hairdensity.study.outcomes import default_plan  # noqa: PLC0415
    from hairdensity.study.plan_template import plan_template  # noqa: PLC0415

    if file.exists():
        raise InputError(f"{file} is there already: a plan is never overwritten; name another file")
    images = read_study(folder, tables=()).images
    write_whole(file, plan_template(default_plan(images), images).encode())
    typer.echo(f"plan written to {file}; change it before anybody sees a result", err=True)
    say_next(f"complete the plan, then: {command('outcomes', folder, '--plan', file)}")


def _analyze(folder: Path, file: Path | None) -> dict[str, Any]:
    """The document, written with its tables."""
    from hairdensity.files import json_bytes, make_folder, write_whole  # noqa: PLC0415
    from hairdensity.study.folder import read_study  # noqa: PLC0415
    from hairdensity.study.outcomes import analyze_outcomes, outcome_sources, outcomes_document  # noqa: PLC0415
    from hairdensity.study.plan_reading import read_plan  # noqa: PLC0415

    own = folder / "plan.toml"
    stated = read_plan(file or own) if file is not None or own.exists() else None
    tables = read_study(folder, tables=("images", "changes", "matches", "unit_matches"))
    found = analyze_outcomes(tables, stated, sources=outcome_sources(folder, tables))
    document = outcomes_document(found)
    make_folder(folder / "outcomes")
    _write_tables(found, folder / "outcomes")
    write_whole(folder / "outcomes.json", json_bytes(document))
    return document


def _write_tables(found: Outcomes, folder: Path) -> None:
    from hairdensity.files import write_whole  # noqa: PLC0415
    from hairdensity.report.spreadsheets import csv_bytes  # noqa: PLC0415
    from hairdensity.study.outcomes import outcome_frames  # noqa: PLC0415

    for name, frame in outcome_frames(found).items():
        write_whole(folder / f"{name}.csv", csv_bytes(frame))


def _print(document: dict[str, Any], folder: Path) -> None:
    from hairdensity.cli.progress import console  # noqa: PLC0415
    from hairdensity.study.outcomes.terminal import print_outcomes  # noqa: PLC0415

    print_outcomes(console(), document)
    typer.echo(f"outcomes written to {folder / 'outcomes.json'} and {folder / 'outcomes'}", err=True)
