"""``hairdensity export``: make a model of a training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hairdensity.cli.faults import faults_as_exit_codes
from hairdensity.cli.requirements import require_training

__all__ = ["export"]


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a training.")],
    *,
    name: Annotated[str, typer.Option(help="Name of the model, such as hairnet.")],
    version: Annotated[str, typer.Option(help="Its version, such as 1.0; the highest one is used by default.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of models.")] = Path("models"),
    performance: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="For its card: how well it does. [default: the validation losses]"),
    ] = None,
) -> None:
    """Make a model of a training: weights, network and card, checked against each other. Needs PyTorch."""
    with faults_as_exit_codes():
        require_training()
        from hairdensity.training.scenes import export_run  # noqa: PLC0415

        typer.echo(export_run(run, name=name, version=version, out=out, performance=performance))
