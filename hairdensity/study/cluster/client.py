"""The client's side of a run on a cluster: tasks out, outcomes in."""

from __future__ import annotations

import json
import pickle
import queue
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hairdensity.child import Handler, Outcome, raise_if_fatal
from hairdensity.study.cluster.connection import RESUME, ClusterError, Connection, Patience
from hairdensity.study.cluster.errand import PROBE, Errand
from hairdensity.study.cluster.identity import identify_package
from hairdensity.study.local import MEMORY_GB
from hairdensity.workers import TIME_LIMIT_S

__all__ = ["DaskExecutor"]

LOOK_S = 2.0
"""s between two looks at the cluster while no task gets done."""

IDLE_S = 120.0
"""s. A child costs some 300 MB; those of a client that was killed go after this time."""

ROUNDS = 2
"""Dask gives a task up when several workers in turn died of it (4 by default); after so many rounds it is at fault."""


@dataclass(slots=True, kw_only=True)
class _Submitted:
    """A task on the cluster."""

    key: str
    task: bytes
    worker: str | None = None
    round: int = 1
    future: Any = None


class DaskExecutor:
    """Handles the tasks of a run on a Dask cluster; see `hairdensity.study.executor.Executor`.

    Files must lie under the same path on every machine.

    Parameters
    ----------
    address : str
        Of the scheduler, e.g. ``tcp://host:8786``.
    prepare : callable
        Called once in each child; returns the function that turns a task into a dict that JSON can carry. Picklable.
    limit_s : float, optional
        Time for one task.
    memory_gb : float, optional
        Memory for one task, where the system tells what a process holds (Linux).
    identify : callable, optional
        What results depend on, by name: versions, hashes. Called here and in each child; must be picklable. A worker
        that says something else is refused.
    patience : Patience, optional
        What to do when there is no worker.
    """

    def __init__(
        self,
        address: str,
        prepare: Callable[[], Handler],
        *,
        limit_s: float = TIME_LIMIT_S,
        memory_gb: float = MEMORY_GB,
        identify: Callable[[], dict[str, str]] = identify_package,
        patience: Patience | None = None,
    ) -> None:
        self._connect = partial(Connection, address, patience or Patience())
        self._make_errand = partial(
            Errand, prepare=prepare, limit_s=limit_s, memory_gb=memory_gb, identify=identify, idle_s=IDLE_S
        )
        self._identify = identify
        self._run = f"hairdensity-{uuid.uuid4().hex}"
        self._tasks: dict[str, _Submitted] = {}
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._n_slots = 1
        self._asked = 0.0

    @property
    def n_slots(self) -> int:
        """Threads of all workers, at least 1; asked for every few seconds."""
        if time.monotonic() - self._asked > LOOK_S:
            self._n_slots = max(1, sum(self._connection.threads().values()))
            self._asked = time.monotonic()
        return self._n_slots

    def submit(self, key: str, task: Any) -> None:
        """Queue a task under a name that no other task in flight has."""
        self._send(_Submitted(key=key, task=pickle.dumps(task, protocol=5)))

    def wait(self) -> tuple[str, Outcome]:
        """Block until a submitted task is done.

        Raises
        ------
        ClusterError
            If the scheduler is gone, no worker has come for a long time, or a worker does not fit.
        InputError, StorageError, PreparationError
            If no task can be handled at all.
        """
        while True:
            try:
                future = self._done.get(timeout=LOOK_S)
            except queue.Empty:
                self._connection.has_workers()
                continue
            submitted = self._tasks.pop(future.key)
            outcome = self._conclude(submitted, future)
            if outcome is not None:
                return submitted.key, outcome

    def __enter__(self) -> DaskExecutor:
        """Connect, wait for a worker, and see whether every worker can handle tasks.

        Raises
        ------
        MissingDependencyError
            Without distributed.
        ClusterError, InputError, StorageError, PreparationError
            If that fails.
        """
        self._connection = self._connect()
        try:
            self._connection.wait_for_workers()
            self._connection.refuse_other_versions()
            self._register()
            self._probe()
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop at once: what is in flight is given up."""
        client = self._connection.client
        try:
            if client.status == "running":
                client.unregister_worker_plugin(self._run)
        except (OSError, RuntimeError):
            pass  # The scheduler is gone, and its workers with it.
        finally:
            self._connection.close()

    def _register(self) -> None:
        from hairdensity.study.cluster.slots import Slots  # noqa: PLC0415 -- needs distributed

        errand = pickle.dumps(self._make_errand(identity=self._identify()), protocol=5)
        with self._connection.guarded():
            self._connection.client.register_plugin(Slots(errand), name=self._run)

    def _probe(self) -> None:
        """Let every worker start a child, all at the same time: it says whether it can handle tasks."""
        for address in self._connection.threads():
            self._send(_Submitted(key=address, task=pickle.dumps(PROBE), worker=address))
        while self._tasks:
            self.wait()

    def _send(self, submitted: _Submitted) -> None:
        from hairdensity.study.cluster.slots import handle_on_worker  # noqa: PLC0415 -- needs distributed

        key = f"{self._run}-{uuid.uuid4().hex}"
        with self._connection.guarded():
            submitted.future = self._connection.client.submit(
                handle_on_worker,
                self._run,
                submitted.task,
                key=key,
                pure=False,
                workers=submitted.worker,
                # A probe of a worker that dies meanwhile may go elsewhere.
                allow_other_workers=submitted.worker is not None,
            )
        self._tasks[key] = submitted
        submitted.future.add_done_callback(self._done.put)

    def _conclude(self, submitted: _Submitted, future: Any) -> Outcome | None:
        """The outcome of a task that Dask is done with; None when it is sent again."""
        if future.status == "finished":
            return self._gather(submitted, future)
        if future.status == "error":
            return self._judge(submitted, future)
        raise self._connection.gone()

    def _gather(self, submitted: _Submitted, future: Any) -> Outcome | None:
        from distributed import TimeoutError as GatherTimeout  # noqa: PLC0415 -- an extra

        try:
            answer = future.result(timeout=LOOK_S)
        except GatherTimeout:
            # Its worker died with the answer: Dask has it done elsewhere.
            self._tasks[future.key] = submitted
            future.add_done_callback(self._done.put)
            return None
        message = json.loads(answer)
        raise_if_fatal(message)
        return Outcome(**message)

    def _judge(self, submitted: _Submitted, future: Any) -> Outcome | None:
        from distributed.scheduler import KilledWorker  # noqa: PLC0415 -- an extra

        error = future.exception()
        if not isinstance(error, KilledWorker):
            raise ClusterError(
                f"a worker could not handle a task ({type(error).__name__}: {error}); install the same version of "
                f"hairdensity, and of Dask, on every machine; {RESUME}"
            )
        if submitted.round < ROUNDS:
            submitted.round += 1
            self._send(submitted)
            return None
        return Outcome(
            code="crashed", message=f"{ROUNDS * (error.allowed_failures + 1)} workers of the cluster died with it"
        )
