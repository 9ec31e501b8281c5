"""``hairdensity simulate``: render pictures with their truth."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hairdensity.cli.faults import EXIT_NONE_USABLE, EXIT_SOME_FAILED, faults_as_exit_codes
from hairdensity.cli.progress import progress, usable_cores
from hairdensity.inputs import shown
from hairdensity.workers import run_tasks

__all__ = ["simulate"]

RENDERING_LIMIT_S = 900.0
"""For one picture: 30 MP of long hair take minutes."""


def simulate(
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Write pictures and annotations to this folder.")],
    pictures: Annotated[int, typer.Option(min=1, help="How many; those that are there already are kept.")],
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other pictures.")] = 0,
    mode: Annotated[
        str,
        typer.Option(help="clipped (hairs of 0.2-1.5 mm), short (1-4 mm), long (3-15 mm), bald, or mix of them all."),
    ] = "mix",
    megapixels: Annotated[float, typer.Option(help="Size of a picture.")] = 1.0,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes. [default: one per core]")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no messages but failures.")] = False,
) -> None:
    """Render pictures of scalps with exact annotations, to train and to test on.

    A picture depends on seed, mode, size and its number alone. An interrupted run goes on where it stopped when it is
    asked for again.
    """
    from hairdensity.synthetic.simulation import Simulation, prepare_simulation, unfinished  # noqa: PLC0415

    with faults_as_exit_codes():
        simulation = Simulation(folder=out, n_pictures=pictures, seed=seed, mode=mode, megapixels=megapixels)
        numbers = unfinished(simulation)
        with progress(len(numbers), quiet=quiet, doing="rendering") as on_done:
            outcomes = run_tasks(
                partial(prepare_simulation, simulation),
                numbers,
                n_workers=min(workers or usable_cores(), max(1, len(numbers))),
                limit_s=RENDERING_LIMIT_S,
                on_done=on_done,
            )
        failed = [(n, outcome) for n, outcome in zip(numbers, outcomes, strict=True) if outcome.value is None]
        for number, outcome in failed:
            typer.echo(f"failed: picture {number}: {outcome.message} [{outcome.code}]", err=True)
        if not quiet:
            typer.echo(f"{pictures - len(failed)} of {pictures} pictures are in {shown(out)}", err=True)
    if failed:
        raise typer.Exit(EXIT_SOME_FAILED if len(failed) < pictures else EXIT_NONE_USABLE)
