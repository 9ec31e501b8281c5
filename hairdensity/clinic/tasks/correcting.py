"""Task ``correct``: the figures of a picture as a person has corrected its hairs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hairdensity.clinic.tasks.scoring import keep_result
from hairdensity.correction import apply_edits, parse_edits
from hairdensity.errors import ConflictError
from hairdensity.report.document import describe

if TYPE_CHECKING:
    from hairdensity.analysis import Analysis
    from hairdensity.clinic.tasks.bench import Bench

__all__ = ["corrected_analysis", "handle"]


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Apply edits to a picture's automatic analysis.

    Parameters
    ----------
    task : dict
        As `corrected_analysis`, with ``capture_id`` and ``is_kept``: whether the result becomes a reading.
    bench : Bench

    Returns
    -------
    dict
        ``result``, the entry of ``results``; of one that is kept, what `scoring.keep_result` gives.
    """
    analysis = corrected_analysis(task, bench)
    result = describe(analysis, path=task["capture_id"])
    return keep_result(analysis, result, bench) if task["is_kept"] else {"result": result}


def corrected_analysis(subject: dict[str, Any], bench: Bench) -> Analysis:
    """The analysis of a reading, with its edits applied.

    Parameters
    ----------
    subject : dict
        ``picture`` (see `Bench.analysis`); ``edits`` as JSON has them; ``model`` and ``version`` of the automatic
        reading that they were made on.
    bench : Bench

    Raises
    ------
    ConflictError
        If there are edits, and that reading is of another version of the program.
    InputError
        If an edit cannot be made.
    """
    if not subject["edits"]:
        return bench.analysis(subject["picture"])
    return bench.corrected(
        [subject[name] for name in ("picture", "edits", "model", "version")], lambda: _apply(subject, bench)
    )


def _apply(subject: dict[str, Any], bench: Bench) -> Analysis:
    analysis = bench.analysis(subject["picture"])
    model = None if analysis.model is None else asdict(analysis.model)
    if (subject["model"], subject["version"]) != (model, analysis.version):
        # The numbers of the hairs that were edited are those of the reading of then.
        raise ConflictError(
            "this picture was read by another version of the program, whose hairs had other numbers: have it read "
            "again, and correct that reading"
        )
    shape = analysis.image.pixels.shape
    return apply_edits(analysis, parse_edits(subject["edits"], image_shape=(shape[0], shape[1])))
