"""``hairdensity train``: train the network, or fine-tune a model."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from hairdensity.cli.faults import faults_as_exit_codes
from hairdensity.cli.options import Device
from hairdensity.cli.requirements import require_training
from hairdensity.inputs import shown

__all__ = ["train"]


def train(  # noqa: PLR0913 -- each is an option of the command
    *,
    out: Annotated[Path, typer.Option(metavar="RUN", help="Folder of the training; the same again goes on with it.")],
    scenes: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Rendered pictures, written by `hairdensity simulate`.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Annotated pictures of your own, to fine-tune a model on; with --scenes, mixed with those.",
        ),
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Settings as TOML.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="[default: 20000, or 1000 with --data]")] = None,
    device: Annotated[Device | None, typer.Option(help="[default: cpu]")] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Model to begin with, by name or folder. [default: random weights, or the newest shipped one with "
            "--data]",
        ),
    ] = None,
    validation_pictures: Annotated[
        int | None, typer.Option(min=0, help="How many of --scenes are held out. [default: 16]")
    ] = None,
    validation_share: Annotated[
        float | None, typer.Option(help="Share of --data that is held out, by whole patients. [default: 0.25]")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; results and failures only.")] = False,
) -> None:
    """Train the network on rendered pictures, or fine-tune a model on your own annotated ones.

    Ctrl-C ends it after the step in hand; the same command goes on from there. Needs PyTorch.

    Exit codes: 0 ok, 2 usage, 4 environment, 130 interrupted.
    """
    if scenes is None and data is None:
        raise typer.BadParameter("name --scenes to train on rendered pictures, or --data to fine-tune on your own")
    if data is None and validation_share is not None:
        raise typer.BadParameter("--validation-share is for --data: with --scenes alone, use --validation-pictures")
    if data is not None and validation_pictures is not None:
        raise typer.BadParameter("--validation-pictures is for --scenes alone: with --data, use --validation-share")
    order: dict[str, Any] = {"out": out, "config": config, "steps": steps, "start": start}
    order["device"] = None if device is None else device.value
    shares = {"n_validation": validation_pictures, "validation_share": validation_share}
    order |= {name: value for name, value in shares.items() if value is not None}
    with faults_as_exit_codes():
        require_training()
        say = partial(_say, quiet=quiet)
        if data is None:
            from hairdensity.training.scenes import SceneTraining, train_on_scenes  # noqa: PLC0415

            train_on_scenes(SceneTraining(scenes=cast("Path", scenes), **order), say)
            say(f"trained; `hairdensity export {shown(out)} --name NAME --version X.Y` makes a model of it")
        else:
            from hairdensity.training.finetuning import FineTuning, finetune  # noqa: PLC0415

            outcome = finetune(FineTuning(data=data, scenes=scenes, **order), say)
            typer.echo(outcome.text())
            say(f"the model is in {shown(outcome.model)}: hairdensity score --method network --model ...")


def _say(text: str, *, quiet: bool) -> None:
    if not quiet:
        typer.echo(text, err=True)
