"""What each kind of job is in the database: which task it gives to a worker, and what is kept of the answer.

A job's ``kind`` names a module of this package (`KINDS`) with two functions:

- ``task_of(db, job) -> dict | None``: the task for `hairdensity.clinic.tasks`, of the same kind, when the job's turn
  has come; None when there is nothing left to do. It may note in ``job.order`` (assigned anew, never changed in place)
  what ``keep`` needs to know.
- ``keep(db, job, value) -> None``: rows from what the worker answered, in the transaction that makes the job done.

Both raise an error of `hairdensity.errors` to have the job fail with its code and message.
"""

from __future__ import annotations

import importlib
from typing import Any

from sqlalchemy.orm import Session

from hairdensity.store.models import Job

__all__ = ["KINDS", "keep", "task_of"]

KINDS = {"score": "scoring", "compare": "comparing"}
"""Module of this package by kind of job."""


def task_of(db: Session, job: Job) -> dict[str, Any] | None:
    """The task of a job whose turn has come; None when there is nothing left to do."""
    task: dict[str, Any] | None = _module(job).task_of(db, job)
    return None if task is None else {**task, "kind": job.kind}


def keep(db: Session, job: Job, value: dict[str, Any]) -> None:
    """Keep what a worker answered."""
    _module(job).keep(db, job, value)


def _module(job: Job) -> Any:
    return importlib.import_module(f"{__name__}.{KINDS[job.kind]}")
