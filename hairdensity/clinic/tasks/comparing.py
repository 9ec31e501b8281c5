"""Task ``compare``: what changed between two readings of one site, and what the page shows of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hairdensity.clinic.tasks.aligning import write_aligned
from hairdensity.clinic.tasks.correcting import corrected_analysis
from hairdensity.comparison.change import compare
from hairdensity.report.change_document import change_document
from hairdensity.report.change_frame import frame_of
from hairdensity.report.change_view import change_view

if TYPE_CHECKING:
    from hairdensity.clinic.tasks.bench import Bench

__all__ = ["handle"]

_ROWS = ("matches", "units", "settings")
"""Of a document: what its summary leaves out."""

Subject = dict[str, Any]


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Compare two readings, keep the document and the page's view, write the aligned follow-up.

    Parameters
    ----------
    task : dict
        ``baseline`` and ``follow_up``: each ``picture`` (see `Bench.analysis`), ``capture_id``, ``edits``, ``model``
        and ``version`` of a reading; ``control``: such a pair of an untreated site, or None;
        ``comparison_id``.
    bench : Bench

    Returns
    -------
    dict
        ``result_sha256`` (the change-1 document), ``view_sha256``, ``summary`` and ``version``.

    Raises
    ------
    ConflictError
        If a corrected reading was begun with another version of the program.
    """
    pair = task["baseline"], task["follow_up"]
    control = task["control"]
    baseline, follow_up = (corrected_analysis(subject, bench) for subject in pair)
    controls = None if control is None else tuple(corrected_analysis(subject, bench) for subject in control)
    change = compare(baseline, follow_up, control=None if controls is None else (controls[0], controls[1]))
    document = change_document(
        change, paths=_names(pair), control_paths=None if control is None else _names((control[0], control[1]))
    )
    frame = frame_of(change)
    alignment = change.registration.alignment
    if frame.is_aligned and alignment is not None:
        shape = change.baseline.image.pixels.shape
        write_aligned(change.follow_up.image, alignment, (shape[0], shape[1]), bench.aligned(task["comparison_id"]))
    return {
        "result_sha256": _kept(document, bench),
        "view_sha256": _kept(change_view(change, frame), bench),
        "summary": _summary(document),
        "version": change.version,
    }


def _names(pair: tuple[Subject, Subject]) -> tuple[str, str]:
    return pair[0]["capture_id"], pair[1]["capture_id"]


def _kept(document: dict[str, Any], bench: Bench) -> str:
    return bench.files.put(json.dumps(document, allow_nan=False).encode())


def _summary(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its rows, and without what maps one picture on the other."""
    parts = {name: part for name, part in document.items() if name not in _ROWS}
    registration = {name: part for name, part in parts["registration"].items() if name not in ("matrix", "warp")}
    return {**parts, "registration": registration, "control": _control(document["control"])}


def _control(control: dict[str, Any] | None) -> dict[str, Any] | None:
    if control is None:
        return None
    registration = {name: part for name, part in control["registration"].items() if name not in ("matrix", "warp")}
    return {**control, "registration": registration}
