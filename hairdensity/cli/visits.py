"""From the pictures of visits to a compared result: what `compare` and `growth` share."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hairdensity.cli.faults import EXIT_NONE_USABLE, EXIT_SOME_FAILED, ended_in_order, faults_as_exit_codes
from hairdensity.cli.progress import console, progress, usable_cores
from hairdensity.comparing import Conclusion, Kept, Outputs, Visit, prepare_comparing
from hairdensity.files import make_folder
from hairdensity.inputs import shown
from hairdensity.report.envelope import ImageError
from hairdensity.resources import package_version
from hairdensity.scoring import Request
from hairdensity.workers import Outcome, WorkerPool

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Order", "run_order", "with_profile", "with_scale"]

CONCLUSION_LIMIT_S = 300.0
"""For comparing and drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one run is asked for.

    Parameters
    ----------
    kind : {"change", "growth", "series"}
    visits : tuple of Path
        The baseline first.
    control : tuple of Path
        Two pictures of an untreated site; empty without.
    baseline, control_baseline : Request
    follow_ups : tuple of Request
        One for each visit after the baseline; the control's follow-up takes the first.
    hours : float or None
    days : tuple of float or None
    outputs : Outputs
    """

    kind: str
    visits: tuple[Path, ...]
    baseline: Request
    follow_ups: tuple[Request, ...]
    control_baseline: Request
    control: tuple[Path, ...] = ()
    hours: float | None = None
    days: tuple[float, ...] | None = None
    outputs: Outputs = field(default_factory=Outputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """What a run came to.

    Parameters
    ----------
    summary : dict or None
        The document without the rows of its hairs; None when there was nothing to compare.
    document : str or None
        The whole document as JSON text, when asked for.
    errors : list of ImageError
    """

    summary: dict[str, Any] | None
    document: str | None
    errors: list[ImageError]


def run_order(order: Order, *, as_json: bool, quiet: bool) -> None:
    """Do all that a command is asked for, and leave with its exit code."""
    with faults_as_exit_codes():
        _prepare_outputs(order.outputs, [*order.visits, *order.control])
        compared = _compare_visits(order, quiet=quiet)
        _print(compared, kind=order.kind, as_json=as_json, quiet=quiet)
        if compared.summary is not None and not quiet:
            _say_where(order.outputs)
    if compared.errors:
        raise typer.Exit(EXIT_NONE_USABLE if compared.summary is None else EXIT_SOME_FAILED)


def _prepare_outputs(outputs: Outputs, inputs: Sequence[Path]) -> None:
    """Find out now, not after the analysis, whether what was asked for can be written.

    Raises
    ------
    StorageError
        If a folder cannot be written to.
    """
    sources = {os.path.realpath(path) for path in inputs}
    files = (("--picture", outputs.picture, (".png",)), ("--html", outputs.page, (".html", ".htm")))
    for option, path, endings in files:
        if path is not None:
            _refuse_name(option, path, endings, sources)
            make_folder(path.parent)
    if outputs.tables is not None:
        make_folder(outputs.tables)


def _refuse_name(option: str, path: Path, endings: tuple[str, ...], sources: set[str]) -> None:
    """Raise a usage error for a file that must not be written, or not under this name."""
    if path.is_dir():
        raise typer.BadParameter(f"{shown(path)} is a folder: name a file in it")
    if os.path.realpath(path) in sources:
        raise typer.BadParameter(f"{shown(path)} is one of the pictures and would be overwritten: name another file")
    if path.suffix.lower() not in endings:
        better = shown(path.with_name(f"{path.stem or 'change'}{endings[0]}"))
        raise typer.BadParameter(f"{option} writes a {endings[0]} file, got {shown(path)}: name it {better}")


def _compare_visits(order: Order, *, quiet: bool) -> _Compared:
    """Analyze every picture at the same time, each in a child, then compare in one of them.

    Raises
    ------
    InputError, StorageError, PreparationError
        If nothing can be compared at all.
    """
    paths = [*order.visits, *order.control]
    cores = usable_cores()
    n_workers = min(cores, len(paths))
    requests = (order.baseline, *order.follow_ups, order.control_baseline)
    which = [*range(len(order.visits)), len(requests) - 1, 1][: len(paths)]
    # Entered by this user alone (mode 700); it goes when the run ends, however it ends.
    with (
        ended_in_order(),
        tempfile.TemporaryDirectory(prefix="hairdensity-", ignore_cleanup_errors=True) as folder,
        WorkerPool(
            partial(prepare_comparing, requests), n_workers=n_workers, n_threads=max(1, cores // n_workers)
        ) as pool,
    ):
        kept = [Kept(path=path, at=Path(folder, f"{index}.pickle")) for index, path in enumerate(paths)]
        tasks = [Visit(path=item.path, keep_at=item.at, request=use) for item, use in zip(kept, which, strict=True)]
        with progress(len(tasks), quiet=quiet, doing="analyzing") as on_done:
            outcomes = pool.run(tasks, on_done=on_done)
        errors = _errors(paths, outcomes)
        conclusion = _conclusion(order, kept, [outcome.value is not None for outcome in outcomes], errors)
        if conclusion is None:
            return _Compared(summary=None, document=None, errors=errors)
        (outcome,) = pool.run([conclusion], limit_s=CONCLUSION_LIMIT_S)
    if outcome.value is None:
        follow_up = shown(order.visits[-1])
        return _Compared(
            summary=None,
            document=None,
            errors=[*errors, ImageError(follow_up, outcome.code, outcome.message)],
        )
    return _Compared(summary=outcome.value["summary"], document=outcome.value["document"], errors=errors)


def _errors(paths: Sequence[Path], outcomes: Sequence[Outcome]) -> list[ImageError]:
    return [
        ImageError(shown(path), outcome.code, outcome.message)
        for path, outcome in zip(paths, outcomes, strict=True)
        if outcome.value is None
    ]


def _conclusion(
    order: Order, kept: Sequence[Kept], is_there: Sequence[bool], errors: Sequence[ImageError]
) -> Conclusion | None:
    """The last task, with the pictures that are there; None without a baseline or without any follow-up."""
    n_visits = len(order.visits)
    there = [index for index in range(n_visits) if is_there[index]]
    if not is_there[0] or len(there) < 2:
        return None
    control = tuple(kept[n_visits:]) if all(is_there[n_visits:]) else ()
    days = None if order.days is None else tuple(order.days[index] for index in there)
    return Conclusion(
        kind=order.kind,
        visits=tuple(kept[index] for index in there),
        control=control,
        hours=order.hours,
        days=days,
        outputs=order.outputs,
        errors=tuple(errors),
    )


def _say_where(outputs: Outputs) -> None:
    """Say on stderr where files went."""
    for what, path in (("tables", outputs.tables), ("picture", outputs.picture), ("page", outputs.page)):
        if path is not None:
            typer.echo(f"{what} written to {shown(path)}", err=True)


def with_scale(request: Request, um_per_px: float) -> Request:
    """The same request with a scale of its own instead of that of the run."""
    return replace(
        request,
        um_per_px=um_per_px,
        px_per_mm=None,
        field_width_mm=None,
        device_profile=None,
        profiles=None,
        resized=False,
    )


def with_profile(request: Request, device_profile: str) -> Request:
    """The same request with the profile of another device instead of the scale of the run."""
    return replace(
        request, um_per_px=None, px_per_mm=None, field_width_mm=None, relative_error=None, device_profile=device_profile
    )


def _print(compared: _Compared, *, kind: str, as_json: bool, quiet: bool) -> None:
    """The result to stdout, failures to stderr."""
    if as_json:
        typer.echo(compared.document or json.dumps(_failure(compared.errors, kind)))
    elif compared.summary is not None and not quiet:
        _printer(kind)(console(), compared.summary)
    for error in compared.errors:
        typer.echo(f"failed: {error.path}: {error.message} [{error.code}]", err=True)


def _failure(errors: Sequence[ImageError], kind: str) -> dict[str, Any]:
    """The document of a comparison that could not be made."""
    return {
        "schema": f"hairdensity/{kind}-1",
        "version": package_version(),
        "errors": [error._asdict() for error in errors],
    }


def _printer(kind: str) -> Callable[[Console, dict[str, Any]], None]:
    from hairdensity.report.change_terminal import print_change  # noqa: PLC0415
    from hairdensity.report.series_terminal import print_growth, print_series  # noqa: PLC0415

    return {"change": print_change, "growth": print_growth, "series": print_series}[kind]
