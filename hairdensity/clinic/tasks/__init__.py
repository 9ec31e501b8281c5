"""What worker processes do for the clinic's page: everything that reads a picture.

A task is a dict that pickle can carry; its ``kind`` names the module of this package that handles it (`KINDS`). Each
of these modules has a function ``handle(task, bench)`` which returns a dict that JSON can carry. It runs in a child
process that may be killed at any moment and shares nothing with the server but the folders of `bench.Bench`:

- ``bench.analysis(picture)`` is the Analysis of a picture, made or remembered; ``picture`` is
  ``{"sha256": ..., "scale": ..., "area": ...}`` as the capture or the reading has them.
- ``bench.files.put(data)`` keeps a result under its sha256; only the sha256 goes back to the server, which writes rows.
- ``bench.views(sha256)`` is the folder of a picture's tiles.

A fault of the input is raised as an error of `hairdensity.errors`: its code and message reach the person who waits.
What a job of the queue becomes in the database is said in `hairdensity.clinic.job_kinds`; what a person waits for goes
by ``queue.ask(kind, task, timeout_s=...)``, which must not be called with a transaction open that writes.

The server imports this package without any of its modules: those bring numpy and OpenCV.
"""

from __future__ import annotations

import importlib
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from hairdensity.child import Handler
from hairdensity.clinic.tasks.settings import TaskSettings

if TYPE_CHECKING:
    from hairdensity.clinic.tasks.bench import Bench

__all__ = ["KINDS", "TaskSettings", "prepare_tasks"]

KINDS = {
    "score": "scoring",
    "correct": "correcting",
    "compare": "comparing",
    "align": "aligning",
    "view": "viewing",
    "strip": "stripping",
    "unwrap": "unwrapping",
    "export": "exporting",
    "propose": "proposing",
    "mark": "marking",
}
"""Module of this package by kind of task."""


def prepare_tasks(settings: TaskSettings) -> Handler:
    """Load the libraries and return the function that handles tasks: what a child does first.

    Parameters
    ----------
    settings : TaskSettings
    """
    import cv2  # noqa: PLC0415 -- in the worker alone

    from hairdensity.clinic.tasks.bench import Bench  # noqa: PLC0415

    cv2.setNumThreads(1)
    if hasattr(os, "nice"):
        os.nice(settings.niceness)
    # Now, and not when somebody waits for the first result.
    for module in ("scoring", "correcting"):
        importlib.import_module(f"{__name__}.{module}")
    return partial(_handle, bench=Bench(settings))


def _handle(task: dict[str, Any], *, bench: Bench) -> dict[str, Any]:
    module = importlib.import_module(f"{__name__}.{KINDS[task['kind']]}")
    value: dict[str, Any] = module.handle(task, bench)
    return value
