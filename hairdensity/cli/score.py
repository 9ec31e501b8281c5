"""``hairdensity score``: count and measure the hairs of pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from hairdensity.cli.faults import EXIT_NONE_USABLE, EXIT_SOME_FAILED, faults_as_exit_codes
from hairdensity.cli.options import (
    AREA_HELP,
    AreaMask,
    AsJson,
    Device,
    DeviceProfile,
    FieldWidthMm,
    Method,
    Model,
    NetworkDevice,
    Profiles,
    PxPerMm,
    Quiet,
    Resized,
    RulerTickMm,
    ScaleError,
    UmPerPx,
    Ways,
    refuse_contradictions,
    refuse_profile_options,
)
from hairdensity.cli.progress import console, progress, usable_cores
from hairdensity.errors import InputError
from hairdensity.files import make_folder
from hairdensity.inputs import find_images, shown
from hairdensity.report.envelope import ImageError, document_lines
from hairdensity.resources import package_version
from hairdensity.scoring import Request, Task, prepare_scoring
from hairdensity.workers import Outcome, run_tasks

__all__ = ["score"]


def score(  # noqa: PLR0913 -- each is an option of the command
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Pictures, folders (searched with all that is below them) or patterns such as '*.jpg'.",
        ),
    ],
    *,
    um_per_px: UmPerPx = None,
    px_per_mm: PxPerMm = None,
    field_width_mm: FieldWidthMm = None,
    scale_error: ScaleError = None,
    ruler_tick_mm: RulerTickMm = None,
    device_profile: DeviceProfile = None,
    resized: Resized = False,
    profiles: Profiles = None,
    no_scale: Annotated[
        bool, typer.Option("--no-scale", help="Counts and px alone, even where the picture shows a scale.")
    ] = False,
    area: Annotated[str | None, typer.Option(help=AREA_HELP)] = None,
    area_mask: AreaMask = None,
    edits: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Corrections of one picture's hairs: the edits of its document, as JSON."),
    ] = None,
    method: Ways = Method.NETWORK,
    model: Model = None,
    device: NetworkDevice = Device.CPU,
    as_json: AsJson = False,
    csv: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write images.csv, hairs.csv and units.csv to this folder.")
    ] = None,
    overlay: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a picture of what was counted for each image.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes. [default: one per core, at most one per image]")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Count and measure the hairs of pictures.

    The scale is the one you state, else that of a scale bar or ruler in the picture, of the device's profile, or
    of the file's tags; without any, counts and px are given, never um or cm2. A picture that fails is reported and
    does not end the run.

    Exit codes: 0 ok, 1 some images failed, 2 usage, 3 no usable image, 4 environment, 130 interrupted.
    """
    refuse_contradictions(
        scales={"--um-per-px": um_per_px, "--px-per-mm": px_per_mm, "--field-width-mm": field_width_mm},
        scale_error=scale_error,
        areas={"--area": area, "--area-mask": area_mask},
    )
    refuse_profile_options(device_profile, resized=resized, profiles=profiles)
    if no_scale and {um_per_px, px_per_mm, field_width_mm, ruler_tick_mm, device_profile} != {None}:
        raise typer.BadParameter("--no-scale goes without any other option of the scale: leave one out")
    request = Request(
        um_per_px=um_per_px,
        px_per_mm=px_per_mm,
        field_width_mm=field_width_mm,
        relative_error=scale_error,
        tick_mm=ruler_tick_mm,
        device_profile=device_profile,
        profiles=profiles,
        resized=resized,
        without_scale=no_scale,
        area="whole" if area is None else area,
        area_mask=area_mask,
        edits=edits,
        method=method.value,
        model=model,
        device=device.value,
        overlay_folder=overlay,
        with_hairs=as_json,
        with_tables=csv is not None,
    )
    with faults_as_exit_codes():
        # Found out now, not after an hour of scoring.
        for folder in (overlay, csv):
            if folder is not None:
                make_folder(folder)
        images, errors = find_images(paths)
        if edits is not None and len(images) != 1:
            raise InputError(f"--edits corrects one picture, got {len(images)}: score each with its own edits")
        outcomes = _score_all(images, request, n_workers=workers, quiet=quiet)
        replies = [outcome.value for outcome in outcomes if outcome.value is not None]
        errors += [
            ImageError(shown(path), outcome.code, outcome.message)
            for path, outcome in zip(images, outcomes, strict=True)
            if outcome.value is None
        ]
        _print(replies, errors, as_json=as_json, quiet=quiet)
        if csv is not None:
            _write_csv(csv, replies, errors)
        if replies and not quiet:
            _say_where({"overlays": overlay, "tables": csv})
    if errors:
        raise typer.Exit(EXIT_SOME_FAILED if replies else EXIT_NONE_USABLE)


def _score_all(images: Sequence[Path], request: Request, *, n_workers: int | None, quiet: bool) -> list[Outcome]:
    names = Counter(path.stem.casefold() for path in images)
    tasks = [Task(path=path, shares_name=names[path.stem.casefold()] > 1) for path in images]
    cores = usable_cores()
    n_workers = min(n_workers or cores, max(1, len(tasks)))
    # With fewer pictures than cores, the cores that are left share a picture's network.
    n_threads = max(1, cores // n_workers)
    prepare = partial(prepare_scoring, request)
    with progress(len(tasks), quiet=quiet) as on_done:
        return run_tasks(prepare, tasks, n_workers=n_workers, n_threads=n_threads, on_done=on_done)


def _write_csv(folder: Path, replies: Sequence[dict[str, Any]], errors: Sequence[ImageError]) -> None:
    from hairdensity.report.tables import write_tables  # noqa: PLC0415

    write_tables(
        folder,
        results=[reply["summary"] for reply in replies],
        hairs=[reply["hairs"] for reply in replies],
        units=[reply["units"] for reply in replies],
        ostia=[reply["ostia"] for reply in replies],
        errors=errors,
    )


def _print(replies: Sequence[dict[str, Any]], errors: Sequence[ImageError], *, as_json: bool, quiet: bool) -> None:
    """Results to stdout, failures to stderr."""
    if as_json:
        model = replies[0]["model"] if replies else None
        results = (reply["document"] for reply in replies)
        for line in document_lines(results, version=package_version(), model=model, errors=errors):
            typer.echo(line)
    elif replies and not quiet:
        from hairdensity.report.terminal import print_results  # noqa: PLC0415

        print_results(console(), [reply["summary"] for reply in replies])
    for error in errors:
        typer.echo(f"failed: {error.path}: {error.message} [{error.code}]", err=True)


def _say_where(folders: dict[str, Path | None]) -> None:
    for what, folder in folders.items():
        if folder is not None:
            typer.echo(f"{what} written to {shown(folder)}", err=True)
