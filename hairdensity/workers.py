"""A small pool of killable child processes: what happens in one of them can cost one task, never the run.

A decoder can crash, hang or be killed for its memory. A ProcessPoolExecutor loses all work then, so each child holds
one task at a time, has a time limit, and is replaced when it dies; its task is tried once more, alone.

A child lives for the whole run, so the import of its libraries is paid once a child. The parent needs none of them:
even a single task goes to a child, which costs no second import and guards the parent.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from typing import Any

from hairdensity.child import Child, Handler, Outcome, PreparationError, fatal_message, raise_if_fatal

__all__ = [
    "REPEATED",
    "TIME_LIMIT_S",
    "MemoryLimits",
    "Outcome",
    "PreparationError",
    "WorkerPool",
    "fatal_message",
    "raise_if_fatal",
    "run_tasks",
]

TIME_LIMIT_S = 120.0

REPEATED = ("crashed", "timeout", "out_of_memory")
"""Faults that may be the machine's and not the task's: tried once more, alone; their child is replaced."""

MEMORY_LOOK_S = 0.1
"""s between two looks at the memory of busy children: what is allocated in between is the overshoot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLimits:
    """How much memory children may hold, where the system tells it (Linux).

    Parameters
    ----------
    most_bytes : int
        A child that holds more is killed: its task's fault is ``out_of_memory``.
    between_tasks_bytes : int
        A child that holds more when it has done a task, and twice what it held after its first one, is replaced by a
        fresh one.
    """

    most_bytes: int
    between_tasks_bytes: int


class WorkerPool:
    """Child processes that stay for many tasks: the import of the libraries is paid once.

        with WorkerPool(prepare, n_workers=2) as pool:
            outcomes = pool.run(tasks)

    `run` handles a batch; `submit` and `wait` are for who has more tasks than should wait in memory, or tasks that
    follow from others.

    Parameters
    ----------
    prepare : callable
        Called once in each child; returns the function that turns a task into a dict that JSON can carry. Must be
        picklable.
    n_workers : int
        At most; a child is started when there is a task for it.
    n_threads : int, optional
        That the network of each child may use.
    limit_s : float, optional
        Time for one task.
    memory : MemoryLimits, optional
        No limits by default.
    """

    def __init__(
        self,
        prepare: Callable[[], Handler],
        *,
        n_workers: int,
        n_threads: int = 1,
        limit_s: float = TIME_LIMIT_S,
        memory: MemoryLimits | None = None,
    ) -> None:
        self._start = partial(Child, prepare, n_threads)
        self._n_workers = n_workers
        self._limit_s = limit_s
        self._memory = memory
        self._children: list[Child] = []
        self._waiting: deque[tuple[str, Any, float]] = deque()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self._dismiss(keep=0)

    @property
    def n_slots(self) -> int:
        """Tasks that run at the same time."""
        return self._n_workers

    def start(self) -> None:
        """Start all children now, without a task: the first one will not wait for their libraries."""
        while len(self._children) < self._n_workers:
            self._children.append(self._start())

    def interrupt(self) -> None:
        """End every child at once; the tasks in flight count as crashed. The one call that another thread may make."""
        for child in tuple(self._children):
            child.process.kill()

    def submit(self, key: str, task: Any, *, limit_s: float | None = None) -> None:
        """Queue a task under a name that no other one in flight has.

        A task that is the only one in flight runs alone: idle children are dismissed but one, with their memory.
        """
        self._waiting.append((key, task, self._limit_s if limit_s is None else limit_s))
        if len(self._waiting) == 1 and not any(child.task is not None for child in self._children):
            self._dismiss(keep=1)
        self._hand_out()

    def wait(self) -> tuple[str, Outcome]:
        """Block until a submitted task is done.

        Raises
        ------
        InputError, StorageError, PreparationError
            If no task can be handled at all.
        """
        while True:
            self._start_children()
            self._hand_out()
            for child in self._attentive():
                key, outcome = child.task, self._hear(child)
                if outcome is None:
                    continue
                self._settle(child, outcome)
                self._hand_out()
                if key is not None:
                    return key, outcome

    def run(
        self, tasks: Sequence[Any], *, limit_s: float | None = None, on_done: Callable[[], object] = lambda: None
    ) -> list[Outcome]:
        """Handle every task; see `run_tasks`."""
        outcomes: dict[int, Outcome] = {}
        for index, task in enumerate(tasks):
            self.submit(str(index), task, limit_s=limit_s)
        for _ in tasks:
            key, outcome = self.wait()
            outcomes[int(key)] = outcome
            if outcome.code not in REPEATED:
                on_done()
        # Alone: a task that was killed for its memory may fit when no other one runs.
        for index in sorted(index for index, outcome in outcomes.items() if outcome.code in REPEATED):
            self.submit(str(index), tasks[index], limit_s=limit_s)
            outcomes[index] = self.wait()[1]
            on_done()
        return [outcomes[index] for index in range(len(tasks))]

    def _start_children(self) -> None:
        """As many as there are tasks for."""
        n_idle = sum(child.task is None for child in self._children)
        while len(self._children) < self._n_workers and n_idle < len(self._waiting):
            self._children.append(self._start())
            n_idle += 1

    def _hand_out(self) -> None:
        for child in self._children:
            if child.is_ready and child.task is None and self._waiting:
                key, task, limit_s = self._waiting.popleft()
                child.give(key, task, limit_s=limit_s)

    def _attentive(self) -> list[Child]:
        """Block until a child has spoken, died, passed its deadline or may have grown."""
        concerned = [child for child in self._children if child.task is not None or not child.is_ready]
        pause = max(0.0, min(child.deadline for child in concerned) - time.monotonic())
        if self._memory is not None:
            pause = min(pause, MEMORY_LOOK_S)
        heard = wait([child.connection for child in concerned], timeout=pause)
        now = time.monotonic()
        return [
            child
            for child in concerned
            if child.connection in heard or child.deadline <= now or self._is_too_large(child)
        ]

    def _hear(self, child: Child) -> Outcome | None:
        """What became of its task; None where it has just become ready."""
        if child.connection.poll() or child.deadline <= time.monotonic():
            return child.listen()
        most_gb = 0.0 if self._memory is None else self._memory.most_bytes / 1e9
        return Outcome(code="out_of_memory", message=f"needs more than the {most_gb:.3g} GB that a picture may take")

    def _is_too_large(self, child: Child) -> bool:
        return self._memory is not None and child.resident_bytes() > self._memory.most_bytes

    def _settle(self, child: Child, outcome: Outcome) -> None:
        """Free the child, or replace it."""
        if outcome.code in REPEATED or self._has_grown(child):
            self._children.remove(child)
            child.kill()
        child.task = None

    def _has_grown(self, child: Child) -> bool:
        if self._memory is None:
            return False
        held = child.resident_bytes()
        # The libraries of a GPU alone take more than some limits: a child that needs that much must not be replaced.
        child.least_bytes = child.least_bytes or held
        return held > max(self._memory.between_tasks_bytes, 2 * child.least_bytes)

    def _dismiss(self, *, keep: int) -> None:
        while len(self._children) > keep:
            self._children.pop().kill()


def run_tasks(
    prepare: Callable[[], Handler],
    tasks: Sequence[Any],
    *,
    n_workers: int,
    n_threads: int = 1,
    limit_s: float = TIME_LIMIT_S,
    on_done: Callable[[], object] = lambda: None,
) -> list[Outcome]:
    """Handle every task in a pool of child processes.

    Parameters
    ----------
    prepare : callable
        Called once in each child; returns the function that turns a task into a dict that JSON can carry. Must be
        picklable.
    tasks : sequence
        Picklable.
    n_workers : int
    n_threads : int, optional
        That the network of each child may use.
    limit_s : float, optional
        Time for one task.
    on_done : callable, optional
        Called once for each finished task.

    Returns
    -------
    list of Outcome
        In the order of ``tasks``.

    Raises
    ------
    InputError
        If ``prepare`` refuses its arguments.
    StorageError
        If a result cannot be written.
    PreparationError
        If a child cannot start.
    """
    with WorkerPool(prepare, n_workers=n_workers, n_threads=n_threads, limit_s=limit_s) as pool:
        return pool.run(tasks, on_done=on_done)
