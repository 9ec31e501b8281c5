"""A relay: a process that runs one killable child for a thread of a Dask worker, and ends with it.

It reads pickles from stdin, each behind its length: first the `Errand`, then the tasks. It answers each with a line of
JSON on stdout. The pickles come from the person who started the run, as everything that Dask hands to its workers.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import queue
import sys
import threading
from dataclasses import asdict
from functools import partial
from typing import Any, BinaryIO

from hairdensity.child import Handler, PreparationError, fatal_message
from hairdensity.errors import HairDensityError
from hairdensity.study.cluster.errand import FAREWELL, LENGTH, PROBE, Errand
from hairdensity.study.local import LocalExecutor
from hairdensity.workers import WorkerPool

__all__ = ["main"]


def main() -> None:
    """Handle tasks until stdin ends."""
    replies = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not look like an answer.
    os.dup2(2, 1)
    pickles: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, pickles), daemon=True).start()
    errand: Errand = pickle.loads(pickles.get())  # noqa: S301 -- see above
    with LocalExecutor(
        partial(_prepare, errand), n_workers=1, limit_s=errand.limit_s, memory_gb=errand.memory_gb
    ) as child:
        while True:
            try:
                task = pickle.loads(pickles.get(timeout=errand.idle_s))  # noqa: S301 -- see above
            except queue.Empty:
                _say(replies, {FAREWELL: True})
                return
            _say(replies, _handle(child, task))


def _listen(stdin: BinaryIO, pickles: queue.SimpleQueue[bytes]) -> None:
    while len(head := stdin.read(LENGTH.size)) == LENGTH.size:
        pickles.put(stdin.read(*LENGTH.unpack(head)))
    # The Dask worker is gone. A task may hang, so that the main thread would never hear of it.
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(0)


def _prepare(errand: Errand) -> Handler:
    """What a child does first.

    Raises
    ------
    PreparationError
        If results would depend on the machine that made them.
    """
    found = errand.identify()
    if found != errand.identity:
        names = [name for name in errand.identity if found.get(name) != errand.identity[name]]
        told = "; ".join(f"{name} is {found.get(name)!r} there, {errand.identity[name]!r} here" for name in names)
        raise PreparationError(f"a worker of the cluster differs: {told}; install the same on every machine")
    handle = errand.prepare()
    return lambda task: {} if task is PROBE else handle(task)


def _handle(child: WorkerPool, task: Any) -> dict[str, Any]:
    try:
        child.submit("task", task)
        return asdict(child.wait()[1])
    except HairDensityError as error:
        return fatal_message(error)


def _say(replies: BinaryIO, message: dict[str, Any]) -> None:
    replies.write(json.dumps(message, allow_nan=False).encode() + b"\n")
    replies.flush()


if __name__ == "__main__":
    main()
