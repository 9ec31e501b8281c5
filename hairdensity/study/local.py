"""Tasks in children of this machine: one a core, killed when they take too much time or memory."""

from __future__ import annotations

from collections.abc import Callable

from hairdensity.child import Handler
from hairdensity.workers import TIME_LIMIT_S, MemoryLimits, WorkerPool

__all__ = ["MEMORY_GB", "LocalExecutor"]

MEMORY_GB = 4.0
"""A picture of 24 MP takes 2 GB."""

BETWEEN_TASKS = 0.25
"""Of the limit. A child that holds more between two pictures keeps what a large one has left behind."""


class LocalExecutor(WorkerPool):
    """Handles the tasks of a run in children; see `hairdensity.study.executor.Executor`.

    Parameters
    ----------
    prepare : callable
        Called once in each child; returns the function that turns a task into a dict that JSON can carry. Must be
        picklable.
    n_workers : int
    n_threads : int, optional
        That the network of each child may use.
    limit_s : float, optional
        Time for one task.
    memory_gb : float, optional
        Memory for one task, where the system tells what a process holds (Linux).
    """

    def __init__(
        self,
        prepare: Callable[[], Handler],
        *,
        n_workers: int,
        n_threads: int = 1,
        limit_s: float = TIME_LIMIT_S,
        memory_gb: float = MEMORY_GB,
    ) -> None:
        most = int(memory_gb * 1e9)
        super().__init__(
            prepare,
            n_workers=n_workers,
            n_threads=n_threads,
            limit_s=limit_s,
            memory=MemoryLimits(most_bytes=most, between_tasks_bytes=int(BETWEEN_TASKS * most)),
        )
