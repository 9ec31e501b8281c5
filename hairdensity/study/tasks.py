"""What a child does with one picture or one pair of a study.

A comparison needs the analyses of both pictures. A child that has scored a picture leaves its Analysis as a pickle in a
private folder of the run, and the child that compares takes it from there; see `hairdensity.comparing` for why that
reaches no further than the child did already. The folder saves time and is no result: where a pickle is not there, or
cannot be written, the picture is analyzed again.
"""

from __future__ import annotations

import os
import pickle
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairdensity.errors import HairDensityError, InputError
from hairdensity.files import sha256_of
from hairdensity.scoring import Request, prepare_analyzing

if TYPE_CHECKING:
    import pandas as pd

    from hairdensity.analysis import Analysis

__all__ = ["ChangedFileError", "CompareTask", "MissingFileError", "ScoreTask", "prepare_study"]

SIGNIFICANT = 6
"""Digits of the numbers in the tables of hairs, as in hairs.csv of `hairdensity score`."""

N_PREPARED = 8
"""Requests that a child keeps ready; an area mask is as large as its picture."""


class ChangedFileError(InputError):
    """A file is another one than when the run began."""

    code = "changed"


class MissingFileError(InputError):
    """A file that was there when the run began is not there for the process that is to read it."""

    code = "not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTask:
    """Task: score a picture.

    Parameters
    ----------
    path : Path
    request : Request
    image_sha256 : str
        Of the file when its key was made.
    keep_at : Path or None
        Where its analysis goes when a comparison needs it.
    overlay_at : Path or None
        Where the picture of what was counted goes.
    """

    path: Path
    request: Request
    image_sha256: str
    keep_at: Path | None = None
    overlay_at: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareTask:
    """Task: compare two pictures that have been scored.

    Parameters
    ----------
    baseline, follow_up : ScoreTask
    control : (ScoreTask, ScoreTask) or None
        The same visits of an untreated site.
    """

    baseline: ScoreTask
    follow_up: ScoreTask
    control: tuple[ScoreTask, ScoreTask] | None = None

    @property
    def visits(self) -> tuple[ScoreTask, ...]:
        """All pictures that it needs."""
        return (self.baseline, self.follow_up, *(self.control or ()))


Handler = Callable[[ScoreTask | CompareTask], dict[str, Any]]


def prepare_study(request: Request) -> Handler:
    """Check what holds for every picture and return the function that handles the tasks of a study.

    For a `ScoreTask` the function returns ``summary`` (as `hairdensity.report.document.describe_picture`, with the
    figures under ``metrics``), ``hairs`` and ``units`` (values by column); for a `CompareTask` ``summary`` (as
    `hairdensity.report.change_document.describe_change`), ``matches`` and ``unit_matches``.

    Raises
    ------
    InputError
        If the request makes no sense for any picture.
    ResourceError
        If its model is not there or damaged.
    """
    prepare_analyzing(request)
    return partial(_handle, analyzer=lru_cache(maxsize=N_PREPARED)(prepare_analyzing))


def _handle(
    task: ScoreTask | CompareTask, *, analyzer: Callable[[Request], Callable[[Path], Analysis]]
) -> dict[str, Any]:
    analyze = partial(_analyze, analyzer=analyzer)
    return _score(task, analyze) if isinstance(task, ScoreTask) else _compare(task, analyze)


def _analyze(task: ScoreTask, *, analyzer: Callable[[Request], Callable[[Path], Analysis]]) -> Analysis:
    """Analyze a picture, unless it is another one than the key says."""
    try:
        analysis = analyzer(task.request)(task.path)
    except HairDensityError:
        if not task.path.exists():
            raise MissingFileError(
                f"{platform.node()} does not see the file: put it back, or all pictures into a folder that "
                "every machine sees under the same path; then run the same command again"
            ) from None
        _refuse_changed(task, _sha256_of(task.path))
        raise
    _refuse_changed(task, analysis.image.sha256)
    _keep(analysis, task.keep_at)
    return analysis


def _sha256_of(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:
        return ""


def _refuse_changed(task: ScoreTask, found_sha256: str) -> None:
    if found_sha256 != task.image_sha256:
        raise ChangedFileError("the file was changed or taken away while the run went on: run the same command again")


def _score(task: ScoreTask, analyze: Callable[[ScoreTask], Analysis]) -> dict[str, Any]:
    from hairdensity.flags import HairFlag, flag_names  # noqa: PLC0415 -- in the worker alone
    from hairdensity.report.document import describe_picture  # noqa: PLC0415
    from hairdensity.report.values import figure_values  # noqa: PLC0415

    analysis = analyze(task)
    if task.overlay_at is not None:
        from hairdensity.report.overlay import write_overlay  # noqa: PLC0415

        write_overlay(analysis, task.overlay_at)
    summary = describe_picture(analysis, path="") | {
        "metrics": figure_values(analysis.metrics),
        "model": None if analysis.model is None else asdict(analysis.model),
    }
    # The same for thousands of pictures: the ledger keeps it once, under its hash.
    del summary["settings"]
    flags = [";".join(flag_names(HairFlag(bits))) for bits in analysis.hairs["flags"]]
    return {
        "summary": summary,
        "hairs": _by_column(analysis.hairs.assign(flags=flags)),
        "units": _by_column(analysis.units),
    }


def _compare(task: CompareTask, analyze: Callable[[ScoreTask], Analysis]) -> dict[str, Any]:
    from hairdensity.comparison.change import compare  # noqa: PLC0415 -- in the worker alone
    from hairdensity.report.change_document import describe_change  # noqa: PLC0415

    baseline, follow_up, *control = (_load(visit.keep_at) or analyze(visit) for visit in task.visits)
    change = compare(baseline, follow_up, control=(control[0], control[1]) if control else None)
    summary = describe_change(change)
    del summary["images"]
    return {"summary": summary, "matches": _by_column(change.matches), "unit_matches": _by_column(change.units)}


def _keep(analysis: Analysis, path: Path | None) -> None:
    if path is None:
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(pickle.dumps(analysis.without_sight(), protocol=5))
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)


def _load(path: Path | None) -> Analysis | None:
    """An analysis that a child of this run has left; None where there is none."""
    try:
        data = b"" if path is None else path.read_bytes()
    except OSError:
        return None
    # Written by a child of this run into a folder that nobody else can enter: see above.
    return pickle.loads(data) if data else None  # noqa: S301


def _by_column(table: pd.DataFrame) -> dict[str, list[Any]]:
    return {str(name): [_cell(value) for value in table[name].tolist()] for name in table.columns}


def _cell(value: Any) -> Any:
    """A value as JSON has it: None where it is missing."""
    if isinstance(value, float):
        # NaN and infinity are no numbers of JSON.
        return float(f"{value:.{SIGNIFICANT}g}") if abs(value) < float("inf") else None
    return value if isinstance(value, str | int | bool) else None
