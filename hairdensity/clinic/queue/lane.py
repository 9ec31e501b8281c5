"""One child process at the service of one thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hairdensity.child import Handler
from hairdensity.errors import HairDensityError
from hairdensity.study.local import LocalExecutor
from hairdensity.workers import Outcome

__all__ = ["Lane"]


class Lane:
    """A child that handles one task at a time, replaced when it dies.

    Parameters
    ----------
    prepare : callable
        As `hairdensity.workers.WorkerPool` takes it.
    memory_gb : float
        For one task.
    """

    def __init__(self, prepare: Callable[[], Handler], *, memory_gb: float) -> None:
        self._make = partial(LocalExecutor, prepare, n_workers=1, memory_gb=memory_gb)
        self._pool = self._make()

    def warm_up(self) -> None:
        """Start the child before anybody waits for it."""
        self._pool.start()

    def run(self, task: dict[str, Any], *, limit_s: float) -> Outcome:
        """Handle a task.

        Raises
        ------
        InputError, StorageError, PreparationError
            If no task can be handled at all; the next one meets a fresh child.
        """
        try:
            self._pool.submit("task", task, limit_s=limit_s)
            return self._pool.wait()[1]
        except HairDensityError:
            self.close()
            self._pool = self._make()
            raise

    def interrupt(self) -> None:
        """From another thread: end what the child is doing; its task is answered as crashed."""
        self._pool.interrupt()

    def close(self) -> None:
        """End the child."""
        self._pool.__exit__()
