"""What worker processes do with the visits of one site: analyze each, compare them, write what was asked for.

The pictures are hostile until decoded, so decoding, analysis and comparison happen in children that may die, and only
JSON text comes back to the parent. The visits are analyzed at the same time, each by a child, which leaves its Analysis
as a pickle in a private folder of the run; then one of the children loads them all, compares and writes.

A pickle can run code where it is loaded. These are written by a child and read by a child, never by the parent: a child
that a hostile file has taken over could reach no further by them than it has got already, because all children are the
same user's processes, with the same rights. The folder can be entered by that user alone and goes with the run.
"""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairdensity.errors import StorageError
from hairdensity.inputs import shown
from hairdensity.report.envelope import ImageError
from hairdensity.scoring import Request, prepare_analyzing

if TYPE_CHECKING:
    from hairdensity.analysis import Analysis
    from hairdensity.comparison.change import Change

__all__ = ["Conclusion", "Kept", "Outputs", "Visit", "prepare_comparing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Task: analyze a picture and keep the analysis.

    Parameters
    ----------
    path : Path
    keep_at : Path
        Where the analysis goes: in the run's private folder.
    request : int
        Which of the run's requests holds for it.
    """

    path: Path
    keep_at: Path
    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An analysis that a child has left.

    Parameters
    ----------
    path : Path
        Of the picture.
    at : Path
        Of the pickle.
    """

    path: Path
    at: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What to write beside the document.

    Parameters
    ----------
    with_document : bool
        Send the whole document as JSON text.
    tables : Path or None
        Folder of the CSV tables.
    picture : Path or None
        PNG.
    page : Path or None
        HTML.
    """

    with_document: bool = False
    tables: Path | None = None
    picture: Path | None = None
    page: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """Task: compare analyses that are there, and write.

    Parameters
    ----------
    kind : {"change", "growth", "series"}
    visits : tuple of Kept
        The baseline first.
    control : tuple of Kept
        Baseline and follow-up of an untreated site; empty without.
    hours : float or None
        Between the two pictures of a growth measurement.
    days : tuple of float or None
        Of the visits of a series.
    outputs : Outputs
    errors : tuple of ImageError
        Pictures that could not be used, for the document.
    """

    kind: str
    visits: tuple[Kept, ...]
    control: tuple[Kept, ...] = ()
    hours: float | None = None
    days: tuple[float, ...] | None = None
    outputs: Outputs = field(default_factory=Outputs)
    errors: tuple[ImageError, ...] = ()


Handler = Callable[[Visit | Conclusion], dict[str, Any]]


def prepare_comparing(requests: tuple[Request, ...]) -> Handler:
    """Check the requests and return the function that handles the tasks of a comparison.

    For a `Visit` the function returns nothing; for a `Conclusion` ``summary`` (the document without the rows of its
    matches) and ``document`` (the whole as JSON text, when asked for).

    Raises
    ------
    InputError
        If a request makes no sense for any picture.
    ResourceError
        If a model is not there or damaged.
    """
    analyzers = [prepare_analyzing(request) for request in requests]
    return partial(_handle, analyzers=analyzers)


def _handle(task: Visit | Conclusion, *, analyzers: list[Callable[[Path], Analysis]]) -> dict[str, Any]:
    if isinstance(task, Visit):
        _keep(analyzers[task.request](task.path), task.keep_at)
        return {}
    return _CONCLUDE[task.kind](task)


def _keep(analysis: Analysis, path: Path) -> None:
    # Unflushed: it is read at once and lives no longer than the run.
    try:
        path.write_bytes(pickle.dumps(analysis.without_sight(), protocol=5))
    except OSError as error:
        raise StorageError(
            f"cannot keep an analysis in {path.parent}: {error.strerror or error}; set TMPDIR to a disk with room"
        ) from error


def _load(kept: Kept) -> Analysis:
    # Written by a child of this run into a folder that nobody else can enter: see above.
    analysis: Analysis = pickle.loads(kept.at.read_bytes())  # noqa: S301
    return analysis


def _conclude_change(task: Conclusion) -> dict[str, Any]:
    from hairdensity.comparison.change import compare  # noqa: PLC0415
    from hairdensity.report.change_document import change_document  # noqa: PLC0415

    baseline, follow_up = (_load(kept) for kept in task.visits)
    control = (_load(task.control[0]), _load(task.control[1])) if task.control else None
    change = compare(baseline, follow_up, control=control)
    names = _pair(task.visits)
    control_names = _pair(task.control) if task.control else None
    document = change_document(change, paths=names, control_paths=control_names, errors=task.errors)
    _write_change(change, document, task.outputs)
    return _reply(document, task.outputs, without=("matches", "units"))


def _pair(kept: tuple[Kept, ...]) -> tuple[str, str]:
    before, after = (shown(visit.path) for visit in kept)
    return before, after


def _conclude_growth(task: Conclusion) -> dict[str, Any]:
    from hairdensity.comparison.change import compare  # noqa: PLC0415
    from hairdensity.comparison.growth import measure_growth  # noqa: PLC0415
    from hairdensity.report.change_tables import ComparedPair, write_change_tables, write_keyed  # noqa: PLC0415
    from hairdensity.report.growth_document import growth_document  # noqa: PLC0415
    from hairdensity.tables import GROWTH  # noqa: PLC0415

    baseline, follow_up = (_load(kept) for kept in task.visits)
    growth = measure_growth(compare(baseline, follow_up), hours=task.hours or math.nan)
    document = growth_document(growth, paths=_pair(task.visits), errors=task.errors)
    folder = task.outputs.tables
    if folder is not None:
        pair = ComparedPair(document, growth.change.matches, growth.change.units)
        write_change_tables(folder, [pair])
        write_keyed(folder / "growth.csv", GROWTH, [growth.hairs], [pair])
    _write_views(growth.change, document, task.outputs, phases=growth.hairs["phase"].tolist())
    return _reply(document, task.outputs, without=("hairs",))


def _conclude_series(task: Conclusion) -> dict[str, Any]:
    from hairdensity.comparison.series import follow_series  # noqa: PLC0415
    from hairdensity.report.series_document import series_document  # noqa: PLC0415
    from hairdensity.report.series_tables import write_series_tables  # noqa: PLC0415

    series = follow_series([_load(kept) for kept in task.visits], days=task.days)
    names = [shown(kept.path) for kept in task.visits]
    document = series_document(series, paths=names, errors=task.errors)
    if task.outputs.tables is not None:
        write_series_tables(task.outputs.tables, series, document)
    _write_views(series.changes[-1], _last_change(document), task.outputs)
    return _reply(document, task.outputs, without=("tracks", "sightings"))


def _last_change(document: dict[str, Any]) -> dict[str, Any]:
    """The newest visit against the baseline, as a document that a picture can be drawn from."""
    return {"version": document["version"], "control": None, "trends": document["trends"], **document["changes"][-1]}


def _write_change(change: Change, document: dict[str, Any], outputs: Outputs) -> None:
    if outputs.tables is not None:
        from hairdensity.report.change_tables import ComparedPair, write_change_tables  # noqa: PLC0415

        pair = ComparedPair(document, change.matches, change.units, document["control"])
        write_change_tables(outputs.tables, [pair])
    _write_views(change, document, outputs)


def _write_views(
    change: Change, document: dict[str, Any], outputs: Outputs, *, phases: list[str] | None = None
) -> None:
    if outputs.picture is not None:
        from hairdensity.report.change_picture import write_change_picture  # noqa: PLC0415

        write_change_picture(change, document, outputs.picture, phases=phases)
    if outputs.page is not None:
        from hairdensity.report.change_page import write_change_page  # noqa: PLC0415

        write_change_page(change, document, outputs.page, phases=phases)


def _reply(document: dict[str, Any], outputs: Outputs, *, without: tuple[str, ...]) -> dict[str, Any]:
    text = json.dumps(document, allow_nan=False) if outputs.with_document else None
    return {"summary": {name: part for name, part in document.items() if name not in without}, "document": text}


_CONCLUDE: dict[str, Callable[[Conclusion], dict[str, Any]]] = {
    "change": _conclude_change,
    "growth": _conclude_growth,
    "series": _conclude_series,
}
