"""What happens in a Dask worker: each of its threads hands tasks to a relay, and waits."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from hairdensity.study.cluster.errand import FAREWELL, LENGTH

__all__ = ["Slots", "handle_on_worker"]


class Slots(WorkerPlugin):
    """The relays of one run in one Dask worker; new workers of the cluster get them too.

    Parameters
    ----------
    errand : bytes
        Pickle of the `hairdensity.study.cluster.errand.Errand`; opened by the relays alone.
    """

    def __init__(self, errand: bytes) -> None:
        self._errand = errand

    def setup(self, worker: Worker) -> None:
        """Called by Dask in each worker; relays are started when there is a task for them."""
        self._address = worker.address
        self._lock = threading.Lock()
        self._idle: list[_Relay] = []
        self._busy: list[_Relay] = []

    def teardown(self, worker: Worker) -> None:
        """Called by Dask when the worker closes or the run is over."""
        with self._lock:
            relays = self._idle + self._busy
            self._idle = []
        for relay in relays:
            relay.kill()

    def handle(self, task: bytes) -> str:
        """The relay's answer to a pickled task, as JSON text."""
        while True:
            relay = self._take()
            answer = relay.ask(task)
            with self._lock:
                self._busy.remove(relay)
                if answer is not None and not relay.is_over(answer):
                    self._idle.append(relay)
            if answer is None:
                relay.kill()
                return json.dumps(
                    {"value": None, "code": "crashed", "message": f"the processes on {self._address} were killed"}
                )
            if not relay.is_over(answer):
                return answer
            relay.kill()

    def _take(self) -> _Relay:
        with self._lock:
            relay = self._idle.pop() if self._idle else _Relay(self._errand)
            self._busy.append(relay)
        return relay


class _Relay:
    """A relay, seen from the Dask worker."""

    def __init__(self, errand: bytes) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hairdensity.study.cluster.relay"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._send(errand)

    def ask(self, task: bytes) -> str | None:
        """Its answer; None when it was killed."""
        self._send(task)
        stdout = self._process.stdout
        line = stdout.readline() if stdout else b""
        return line.decode() if line.endswith(b"\n") else None

    @staticmethod
    def is_over(answer: str) -> bool:
        """It had nothing to do for too long and left without looking at the task."""
        return FAREWELL in json.loads(answer)

    def kill(self) -> None:
        """End it; its child dies with it."""
        # Its stdin's end is what makes it kill its child.
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        try:
            self._process.wait(timeout=5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, data: bytes) -> None:
        stdin = self._process.stdin
        # One that is gone says so by the end of its answers.
        with contextlib.suppress(OSError, ValueError):
            if stdin:
                stdin.write(LENGTH.pack(len(data)) + data)
                stdin.flush()


def handle_on_worker(run: str, task: bytes) -> str:
    """Handle a pickled task of a run: what Dask calls in a thread of its worker.

    Returns
    -------
    str
        JSON: an `hairdensity.workers.Outcome`, or what prevents every task.
    """
    slots: Any = get_worker().plugins[run]
    answer: str = slots.handle(task)
    return answer
