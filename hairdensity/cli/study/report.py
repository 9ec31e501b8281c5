"""``hairdensity study report``: the outcomes of a study as a document to read, and as tables to go on with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hairdensity.cli.faults import faults_as_exit_codes

__all__ = ["report"]


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that study run and study outcomes wrote to.")],
    title: Annotated[str, typer.Option(help="Title of the report. [default: the folder's name]")] = "",
    examples: Annotated[int, typer.Option(min=0, max=20, help="Patients of each arm whose pictures are shown.")] = 3,
    manifest: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Manifest beside the pictures, if they have moved since the run."),
    ] = None,
) -> None:
    """Write the report of a study: report.html, report.pdf, an ADaM-shaped table and an R script.

    The HTML is one file without network or script. adam_bds.csv and .parquet are shaped like an ADaM Basic Data
    Structure, explained in adam_dictionary.csv and not validated; mmrm.R fits a mixed model for repeated measures to
    them in R.

    Exit codes: 0 ok, 2 usage, 4 environment, 130 interrupted.
    """
    with faults_as_exit_codes():
        from hairdensity.study.reporting.writing import ReportSettings, write_report  # noqa: PLC0415

        settings = ReportSettings(title=title, n_examples=examples, manifest=manifest)
        for path in write_report(folder, settings):
            typer.echo(f"{path} written", err=True)
