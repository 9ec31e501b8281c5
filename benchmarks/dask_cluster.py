"""A Dask cluster of this machine for tests and benchmarks: scheduler and workers, processes that may be killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_S = 60.0


class DaskCluster:
    """A scheduler on a free port, and its workers.

    Parameters
    ----------
    folder : Path
        Where the scheduler writes its address.
    environment : mapping, optional
        Of the workers; this process's own by default.
    """

    def __init__(self, folder: Path, *, environment: Mapping[str, str] | None = None) -> None:
        self._file = folder / "scheduler.json"
        self._environment = environment
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        self.address = self._wait_for_address()

    def add_worker(self, nanny: str = "--no-nanny") -> None:
        """Start a worker with one thread, under a nanny or without."""
        self.workers.append(self._start("worker", nanny, "--nthreads", "1"))

    def stop(self) -> None:
        """End all processes."""
        for process in self.workers:
            process.terminate()
        for process in self.workers:
            process.wait(timeout=20)
        # Asked in a friendly way, it would wait for its clients.
        self.scheduler.kill()
        self.scheduler.wait()

    def _wait_for_address(self) -> str:
        deadline = time.monotonic() + START_S
        while not self._file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        address: str = json.loads(self._file.read_text())["address"]
        return address

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--scheduler-file", str(self._file)]
        # The tasks of tests are found from the root alone.
        return subprocess.Popen(
            [*command, *options, "--no-dashboard"],
            cwd=Path(__file__).parents[1],
            env=None if self._environment is None else dict(self._environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def dask_cluster(folder: Path, *nannies: str, environment: Mapping[str, str] | None = None) -> Iterator[DaskCluster]:
    """A scheduler with a worker for each of ``--nanny`` and ``--no-nanny``."""
    cluster = DaskCluster(folder, environment=environment)
    try:
        for nanny in nannies:
            cluster.add_worker(nanny)
        yield cluster
    finally:
        cluster.stop()
