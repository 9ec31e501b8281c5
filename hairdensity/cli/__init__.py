"""The command ``hairdensity``: arguments in, worker processes, reports out. Nothing is computed here.

One file for each command. ``hairdensity --help`` must answer at once, so numpy and all that needs it are imported in
the workers and inside the commands, and rich where it prints.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hairdensity.cli import calibrate, compare, doctor, export, growth, samples, score, serve, simulate, train
from hairdensity.cli import clinic as clinic_commands
from hairdensity.cli import study as study_commands
from hairdensity.cli.faults import EXIT_ENVIRONMENT, EXIT_INTERRUPTED
from hairdensity.resources import package_version

__all__ = ["app", "main"]

app = typer.Typer(
    name="hairdensity",
    help="Count hairs and measure their thickness in trichoscopy images. Research use, not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain help: rich's boxes cost 80 ms, cut long lines and take [default: ...] for markup.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line."""
    # A file name or a sign that the terminal's encoding lacks must not end the run.
    if sys.stderr is None:
        # A closed stderr loses the messages; it must not lose the results.
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 -- for as long as the process runs
    if sys.stdout is None:
        sys.stderr.write("hairdensity: stdout is closed: there is nowhere to write the results to\n")
        sys.exit(EXIT_ENVIRONMENT)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"hairdensity {package_version()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Count hairs and measure their thickness in trichoscopy images. Research use, not a medical device."""


for _command in (
    score.score,
    compare.compare,
    growth.growth,
    calibrate.calibrate,
    simulate.simulate,
    train.train,
    export.export,
    samples.samples,
    doctor.doctor,
    serve.serve,
):
    app.command()(_command)

app.add_typer(study_commands.app)
app.add_typer(clinic_commands.app)
