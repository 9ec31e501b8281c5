"""``hairdensity study run``: score every picture of a manifest and compare every visit with its baseline."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairdensity.cli.faults import EXIT_NONE_USABLE, EXIT_SOME_FAILED, ended_in_order, faults_as_exit_codes
from hairdensity.cli.options import Device, Method, Model, NetworkDevice, Profiles, Quiet, Ways
from hairdensity.cli.progress import long_progress, usable_cores
from hairdensity.cli.study.next_step import command, say_next
from hairdensity.inputs import shown
from hairdensity.scoring import Request
from hairdensity.workers import TIME_LIMIT_S

if TYPE_CHECKING:
    from hairdensity.study.run import MakeExecutor, RunSummary

__all__ = ["run"]

MOST_NAMED = 10
"""Pictures with a fault that are told one by one; all stand in the images table."""


def run(  # noqa: PLR0913 -- each is an option of the command
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", help="See `hairdensity study check`.")],
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the ledger and the tables.")],
    method: Ways = Method.NETWORK,
    model: Model = None,
    device: NetworkDevice = Device.CPU,
    profiles: Profiles = None,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Only this part of the patients, e.g. 2/8, and no tables.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try pictures again that failed in an earlier run.")
    ] = False,
    overlays: Annotated[
        bool, typer.Option("--overlays", help="Draw what was counted on each picture, to DIR/overlays.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes. [default: one per core]")] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Work on the Dask cluster of this scheduler, e.g. tcp://host:8786. Pictures, manifest and DIR must "
            "have the same path on every machine.",
        ),
    ] = None,
    limit_s: Annotated[float, typer.Option(min=1.0, help="Seconds for one picture or pair.")] = TIME_LIMIT_S,
    memory_gb: Annotated[float, typer.Option(min=0.5, help="Memory for one picture or pair, in GB (Linux).")] = 4.0,
    quiet: Quiet = False,
) -> None:
    """Score every picture of a manifest, compare each visit with its baseline, and write the tables.

    Every result is kept in DIR at once. The same command again goes on where a run was interrupted, killed or ran out
    of disk. A picture that fails is a row of the tables with its error; what crashes, hangs or takes too much memory is
    tried once more, alone.

    \b
    On a cluster without shared memory run every shard, then once more without --shard to write the tables:
      hairdensity study run manifest.csv --out study --shard 1/4
      hairdensity study run manifest.csv --out study

    Exit codes: 0 ok, 1 some images failed, 2 usage, 3 no usable image, 4 environment, 130 interrupted.
    """  # noqa: D301 -- the sign after which click keeps lines as they are
    if scheduler is not None and workers is not None:
        raise typer.BadParameter("--workers is for this machine: a cluster has the workers that were started for it")
    request = Request(method=method.value, model=model, device=device.value, profiles=profiles)
    if scheduler is not None:
        request, manifest, out = _seen_from_anywhere(request), manifest.absolute(), out.absolute()
    with faults_as_exit_codes(), ended_in_order(), _told_what_is_kept():
        from hairdensity.study.manifest import read_manifest  # noqa: PLC0415
        from hairdensity.study.planning import Shard  # noqa: PLC0415
        from hairdensity.study.run import RunSettings, run_study  # noqa: PLC0415

        part = None if shard is None else Shard.parse(shard)
        if scheduler is None:
            make_executor = _local(workers, limit_s=limit_s, memory_gb=memory_gb)
        else:
            make_executor = _cluster(scheduler, request, limit_s=limit_s, memory_gb=memory_gb)
        start = time.monotonic()
        checked = read_manifest(manifest)
        with long_progress(quiet=quiet) as on_progress:
            summary = run_study(
                checked,
                out,
                request=request,
                settings=RunSettings(shard=part, retry_failed=retry_failed, overlays=overlays),
                make_executor=make_executor,
                on_progress=on_progress,
            )
        _say(summary, out, seconds=time.monotonic() - start, quiet=quiet)
    if summary.failed:
        raise typer.Exit(EXIT_SOME_FAILED if len(summary.failed) < summary.n_images else EXIT_NONE_USABLE)


@contextmanager
def _told_what_is_kept() -> Iterator[None]:
    """Say at an interrupt that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("every result so far is kept: the same command again goes on", err=True)
        raise


def _local(workers: int | None, *, limit_s: float, memory_gb: float) -> MakeExecutor:
    from hairdensity.study.local import LocalExecutor  # noqa: PLC0415

    return partial(LocalExecutor, n_workers=workers or usable_cores(), limit_s=limit_s, memory_gb=memory_gb)


def _cluster(address: str, request: Request, *, limit_s: float, memory_gb: float) -> MakeExecutor:
    from hairdensity.study.cluster import DaskExecutor, Patience, identify_study  # noqa: PLC0415

    patience = Patience(announce=partial(typer.echo, err=True))
    return partial(
        DaskExecutor,
        address,
        limit_s=limit_s,
        memory_gb=memory_gb,
        identify=partial(identify_study, request),
        patience=patience,
    )


def _seen_from_anywhere(request: Request) -> Request:
    """The same files, named without the folder that this process is in."""
    model, profiles = request.model, request.profiles
    return replace(
        request,
        model=str(Path(model).absolute()) if model is not None and Path(model).is_dir() else model,
        profiles=None if profiles is None else profiles.absolute(),
    )


def _say(summary: RunSummary, out: Path, *, seconds: float, quiet: bool) -> None:
    for name, code, message in summary.failed[:MOST_NAMED]:
        typer.echo(f"failed: {shown(name)}: {message} [{code}]", err=True)
    if len(summary.failed) > MOST_NAMED:
        typer.echo(f"... and {len(summary.failed) - MOST_NAMED} more failed: see images.csv", err=True)
    for rows in summary.same_content[:MOST_NAMED]:
        named = ", ".join(f"{row} ({shown(name)})" for row, name in rows)
        typer.echo(f"warning: rows {named} show the same picture: correct the rows where it does not belong", err=True)
    if len(summary.same_content) > MOST_NAMED:
        more = len(summary.same_content) - MOST_NAMED
        typer.echo(f"... and {more} more pictures stand on several rows: see image_sha256 in images.csv", err=True)
    if summary.altered_line is not None:
        typer.echo(f"line {summary.altered_line} of the history of runs was altered or is missing", err=True)
    if quiet:
        return
    for line in _lines(summary, out, seconds=seconds):
        typer.echo(line)
    if summary.counts is not None:
        say_next(_next(out))


def _next(out: Path) -> str:
    """The outcomes; before them their plan, where none is stated."""
    if (out / "plan.toml").exists():
        return command("outcomes", out)
    plan = command("outcomes", out, "--write-plan", out / "plan.toml")
    return f"{command('outcomes', out)} (state its plan first: {plan})"


def _lines(summary: RunSummary, out: Path, *, seconds: float) -> list[str]:
    n_failed = len(summary.failed)
    done = f"{summary.n_images} images and {summary.n_pairs} comparisons in {seconds:.0f} s"
    failed = f"{n_failed} image{'' if n_failed == 1 else 's'} failed"
    told = [f"{done}; {summary.n_known} of them were there already; {failed}"]
    counts = summary.counts
    if counts is None:
        return [*told, "when all shards are done, run the same command without --shard: it writes the tables"]
    registered = f"{counts.n_registered} of {counts.n_pairs} comparisons registered"
    return [*told, f"{registered}; tables written to {shown(out)}"]
