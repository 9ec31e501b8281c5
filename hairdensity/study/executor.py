"""Where the tasks of a run are handled: in children of this machine, or on a cluster. The run sees no difference."""

from __future__ import annotations

from typing import Any, Protocol

from hairdensity.workers import Outcome

__all__ = ["Executor"]


class Executor(Protocol):
    """Handles tasks one by one, in any order; a context manager that leaves no process behind.

    A task that crashes, hangs or runs out of memory comes back as an `Outcome` with its code (``crashed``, ``timeout``,
    ``out_of_memory``); it is the caller who tries it again, alone. What prevents every task (a bad request, a missing
    model, a full disk) is raised.
    """

    @property
    def n_slots(self) -> int:
        """Tasks that run at the same time; a caller keeps a few more submitted."""
        ...

    def submit(self, key: str, task: Any) -> None:
        """Queue a task under a name that no other task in flight has."""
        ...

    def wait(self) -> tuple[str, Outcome]:
        """Block until a submitted task is done."""
        ...

    def __enter__(self) -> Executor:
        """Start."""
        ...

    def __exit__(self, *exc: object) -> None:
        """Stop at once: what is in flight is given up."""
        ...
