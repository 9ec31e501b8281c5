"""Task ``score``: the figures of a picture, and what a browser shows of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hairdensity.clinic.tasks.bench import Bench
from hairdensity.clinic.tasks.viewing import write_views
from hairdensity.report.document import describe

if TYPE_CHECKING:
    from hairdensity.analysis import Analysis

__all__ = ["handle", "keep_result"]


def handle(task: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Analyze a picture, write its views and keep its result.

    Parameters
    ----------
    task : dict
        ``picture`` (see `Bench.analysis`) and ``capture_id``.
    bench : Bench

    Returns
    -------
    dict
        As `keep_result`.
    """
    analysis = bench.analysis(task["picture"])
    write_views(analysis.image, bench.views(task["picture"]["sha256"]))
    return keep_result(analysis, describe(analysis, path=task["capture_id"]), bench)


def keep_result(analysis: Analysis, result: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Keep an entry of ``results`` as a file, and say what a reading needs of it.

    Parameters
    ----------
    analysis : Analysis
    result : dict
        The analysis as `describe` gives it.
    bench : Bench

    Returns
    -------
    dict
        ``result_sha256``; ``summary``, the entry without edits, hairs, ostia and outline; ``model`` (None without) and
        ``version``.
    """
    sha256 = bench.files.put(json.dumps(result, allow_nan=False).encode())
    summary = {name: value for name, value in result.items() if name not in ("edits", "hairs", "ostia")}
    area = {name: value for name, value in result["target_area"].items() if name != "boundary_px"}
    return {
        "result_sha256": sha256,
        "summary": {**summary, "target_area": area},
        "model": None if analysis.model is None else asdict(analysis.model),
        "version": analysis.version,
    }
