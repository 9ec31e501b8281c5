"""The command ``hairdensity``: arguments in, worker processes, reports out. Nothing is computed here.

Exit codes: 0 ok, 1 some images failed, 2 usage, 3 no usable image, 4 environment (disk full, read-only folder, damaged
installation), 130 interrupted. ``hairdensity --help`` must answer at once, so numpy and all that needs it are imported
in the workers alone, and rich where it prints.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from hairdensity.errors import InputError, MissingDependencyError, ResourceError, StorageError
from hairdensity.files import make_folder
from hairdensity.inputs import find_images, shown
from hairdensity.report.document import ImageError, document_lines
from hairdensity.resources import package_version, sample_image_paths
from hairdensity.scoring import Request, Task, prepare_scoring
from hairdensity.workers import Outcome, PreparationError, run_tasks

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["app", "main"]

EXIT_SOME_FAILED = 1
EXIT_USAGE = 2
EXIT_NONE_USABLE = 3
EXIT_ENVIRONMENT = 4
EXIT_INTERRUPTED = 130

RENDERING_LIMIT_S = 900.0
"""For one picture: 30 MP of long hair take minutes."""

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


class Method(StrEnum):
    """How shafts are found."""

    NETWORK = "network"
    RIDGES = "ridges"


class Device(StrEnum):
    """Where the network runs."""

    CPU = "cpu"
    CUDA = "cuda"


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


@app.command()
def score(  # noqa: PLR0913 -- each is an option of the command
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Pictures, folders (searched with all that is below them) or patterns such as '*.jpg'.",
        ),
    ],
    *,
    um_per_px: Annotated[float | None, typer.Option(help="Scale: um of skin in one pixel.")] = None,
    px_per_mm: Annotated[float | None, typer.Option(help="Scale: pixels in 1 mm of skin.")] = None,
    field_width_mm: Annotated[float | None, typer.Option(help="Scale: mm of skin across the whole picture.")] = None,
    scale_error: Annotated[
        float | None,
        typer.Option(help="Relative error of the scale, one standard deviation. [default: 0.02, i.e. 2 %]"),
    ] = None,
    area: Annotated[
        str | None,
        typer.Option(
            help="Target area: whole, rectangle=TOP,LEFT,HEIGHT,WIDTH, circle=ROW,COL,RADIUS or polygon=ROW,COL,...; "
            "px, or mm with 'mm' at the end. [default: whole]"
        ),
    ] = None,
    area_mask: Annotated[
        Path | None, typer.Option(help="Target area: a picture of the same size, white where to analyze.")
    ] = None,
    method: Annotated[
        Method, typer.Option(help="network finds hairs with the shipped weights, ridges with filters alone.")
    ] = Method.NETWORK,
    model: Annotated[
        str | None,
        typer.Option(help="A shipped model's name or the folder of your own. [default: the newest shipped one]"),
    ] = None,
    device: Annotated[
        Device, typer.Option(help="Where the network runs; cuda needs PyTorch and an NVIDIA GPU.")
    ] = Device.CPU,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of the table.")] = False,
    csv: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write images.csv, hairs.csv and units.csv to this folder.")
    ] = None,
    overlay: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a picture of what was counted for each image.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes. [default: one per core, at most one per image]")
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, no table and no messages but failures.")
    ] = False,
) -> None:
    """Count and measure the hairs of pictures.

    State the scale once, for all pictures; without it counts and px are given, never um or cm2. A picture that fails is
    reported and does not end the run.

    Exit codes: 0 ok, 1 some images failed, 2 usage, 3 no usable image, 4 environment, 130 interrupted.
    """
    _refuse_contradictions(
        scales={"--um-per-px": um_per_px, "--px-per-mm": px_per_mm, "--field-width-mm": field_width_mm},
        scale_error=scale_error,
        areas={"--area": area, "--area-mask": area_mask},
    )
    request = Request(
        um_per_px=um_per_px,
        px_per_mm=px_per_mm,
        field_width_mm=field_width_mm,
        relative_error=scale_error,
        area="whole" if area is None else area,
        area_mask=area_mask,
        method=method.value,
        model=model,
        device=device.value,
        overlay_folder=overlay,
        with_hairs=as_json,
        with_tables=csv is not None,
    )
    with _faults_as_exit_codes():
        # Found out now, not after an hour of scoring.
        for folder in (overlay, csv):
            if folder is not None:
                make_folder(folder)
        images, errors = find_images(paths)
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


@app.command()
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

    with _faults_as_exit_codes():
        simulation = Simulation(folder=out, n_pictures=pictures, seed=seed, mode=mode, megapixels=megapixels)
        numbers = unfinished(simulation)
        with _progress(len(numbers), quiet=quiet, doing="rendering") as on_done:
            outcomes = run_tasks(
                partial(prepare_simulation, simulation),
                numbers,
                n_workers=min(workers or _usable_cores(), max(1, len(numbers))),
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


@app.command()
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
    with _faults_as_exit_codes():
        _require_training()
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


@app.command()
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
    with _faults_as_exit_codes():
        _require_training()
        from hairdensity.training.scenes import export_run  # noqa: PLC0415

        typer.echo(export_run(run, name=name, version=version, out=out, performance=performance))


@app.command()
def samples() -> None:
    """Print the paths of the sample images that come with the package."""
    with _faults_as_exit_codes():
        for path in sample_image_paths():
            typer.echo(path)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say what is installed, what works here, and what does not."""
    from hairdensity.doctor import diagnose  # noqa: PLC0415

    with _faults_as_exit_codes():
        findings = diagnose()
        if as_json:
            typer.echo(json.dumps(findings, indent=2))
        else:
            typer.echo("\n".join(_outline(findings)))
    if findings["problems"]:
        raise typer.Exit(EXIT_ENVIRONMENT)


def _require_training() -> None:
    """Found out before any picture is read."""
    missing = [name for name in ("torch", "onnx", "safetensors") if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingDependencyError(
            f"training needs {' and '.join(missing)}: pip install 'hairdensity[train]'. On Linux this brings several "
            "GB for NVIDIA GPUs; for the CPU alone, first pip install torch --index-url "
            "https://download.pytorch.org/whl/cpu"
        )


def _say(text: str, *, quiet: bool) -> None:
    if not quiet:
        typer.echo(text, err=True)


def _refuse_contradictions(
    *, scales: dict[str, float | None], scale_error: float | None, areas: dict[str, str | Path | None]
) -> None:
    """Usage errors that need no picture."""
    stated = [name for name, value in scales.items() if value is not None]
    if len(stated) > 1:
        raise typer.BadParameter(f"state the scale once: got {' and '.join(stated)}; leave out all but one")
    if scale_error is not None and not stated:
        raise typer.BadParameter(f"--scale-error needs a scale: add one of {', '.join(scales)}")
    if None not in areas.values():
        raise typer.BadParameter(f"state the area once: got {' and '.join(areas)}; leave one out")


def _score_all(images: Sequence[Path], request: Request, *, n_workers: int | None, quiet: bool) -> list[Outcome]:
    names = Counter(path.stem.casefold() for path in images)
    tasks = [Task(path=path, shares_name=names[path.stem.casefold()] > 1) for path in images]
    cores = _usable_cores()
    n_workers = min(n_workers or cores, max(1, len(tasks)))
    # With fewer pictures than cores, the cores that are left share a picture's network.
    n_threads = max(1, cores // n_workers)
    prepare = partial(prepare_scoring, request)
    with _progress(len(tasks), quiet=quiet) as on_done:
        return run_tasks(prepare, tasks, n_workers=n_workers, n_threads=n_threads, on_done=on_done)


def _usable_cores() -> int:
    """Cores that this process may use, which a container or a scheduler can make fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _progress(n_images: int, *, quiet: bool, doing: str = "scoring") -> Iterator[Callable[[], None]]:
    """Yield what to call for each finished image: a bar on stderr when a person looks at it."""
    if quiet or n_images < 2 or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=n_images)
        yield lambda: progress.advance(bar)


def _write_csv(folder: Path, replies: Sequence[dict[str, Any]], errors: Sequence[ImageError]) -> None:
    from hairdensity.report.tables import write_tables  # noqa: PLC0415

    write_tables(
        folder,
        results=[reply["summary"] for reply in replies],
        hairs=[reply["hairs"] for reply in replies],
        units=[reply["units"] for reply in replies],
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

        print_results(_console(), [reply["summary"] for reply in replies])
    for error in errors:
        typer.echo(f"failed: {error.path}: {error.message} [{error.code}]", err=True)


def _say_where(folders: dict[str, Path | None]) -> None:
    for what, folder in folders.items():
        if folder is not None:
            typer.echo(f"{what} written to {shown(folder)}", err=True)


def _console(*, stderr: bool = False) -> Console:
    """A console that does not cut tables at 80 columns when its output goes to a file."""
    from rich.console import Console  # noqa: PLC0415

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 140, highlight=False)


@contextmanager
def _faults_as_exit_codes() -> Iterator[None]:
    """Turn what ends a whole run into a message on stderr and its exit code."""
    try:
        yield
    except InputError as error:
        typer.echo(f"hairdensity: {error}", err=True)
        raise typer.Exit(EXIT_USAGE) from None
    except (StorageError, PreparationError, ResourceError, MissingDependencyError) as error:
        typer.echo(f"hairdensity: {error}", err=True)
        raise typer.Exit(EXIT_ENVIRONMENT) from None
    except BrokenPipeError:
        # Who reads stdout has seen enough (e.g. head); Python must not complain when it closes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        typer.echo(f"hairdensity: {error}; the result could not be written completely", err=True)
        raise typer.Exit(EXIT_ENVIRONMENT) from None
    except KeyboardInterrupt:
        typer.echo("hairdensity: interrupted", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _outline(value: Any, indent: str = "") -> Iterator[str]:
    """Yield nested dicts and lists as indented lines."""
    for name, item in value.items():
        if isinstance(item, dict):
            yield f"{indent}{name}:"
            yield from _outline(item, indent + "  ")
        elif isinstance(item, list):
            yield f"{indent}{name}:" if item else f"{indent}{name}: none"
            yield from (f"{indent}  {line}" for line in item)
        else:
            yield f"{indent}{name}: {'not installed' if item is None else item}"


if __name__ == "__main__":
    main()
