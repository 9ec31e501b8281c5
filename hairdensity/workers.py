"""A small pool of killable child processes: what happens in one of them can cost one task, never the run.

A decoder can crash, hang or be killed for its memory. A ProcessPoolExecutor loses all work then, so each child holds
one task at a time, has a time limit, and is replaced when it dies; its task is tried once more, alone.

Children are spawned, not forked: that works alike on every system, and the libraries see the one-thread settings before
they are loaded. A child lives for the whole run, so their import is paid once a child. The parent needs none of
them: even a single task goes to a child, which costs no second import and guards the parent.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any

from hairdensity.errors import HairDensityError, InputError, StorageError

__all__ = ["Outcome", "PreparationError", "WorkerPool", "run_tasks"]

TIME_LIMIT_S = 120.0

START_LIMIT_S = 120.0
"""s. Importing the libraries takes 1 s; a cold network drive can take a minute."""

Handler = Callable[[Any], dict[str, Any]]

# A second OpenCV thread gains nothing at 3 MP, a second process doubles the throughput.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class PreparationError(HairDensityError):
    """A child could not get ready for any task at all."""

    code = "preparation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one task: a value, or the code and message of its fault.

    Parameters
    ----------
    value : dict or None
        What the handler returned; None for a fault.
    code : str
        Stable name of the fault, e.g. ``"truncated"``, ``"crashed"`` or ``"timeout"``; empty without one.
    message : str
        The fault in words.
    """

    value: dict[str, Any] | None = None
    code: str = ""
    message: str = ""


class WorkerPool:
    """Child processes that stay for several batches of tasks: the import of the libraries is paid once.

        with WorkerPool(prepare, n_workers=2) as pool:
            outcomes = pool.run(tasks)

    Parameters
    ----------
    prepare : callable
        Called once in each child; returns the function that turns a task into a dict that JSON can carry. Must be
        picklable.
    n_workers : int
        At most; a child is started when there is a task for it.
    n_threads : int, optional
        That the network of each child may use.
    """

    def __init__(self, prepare: Callable[[], Handler], *, n_workers: int, n_threads: int = 1) -> None:
        self._start = partial(_Child, prepare, n_threads)
        self._n_workers = n_workers
        self._children: list[_Child] = []

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        _dismiss(self._children, keep=0)

    def run(
        self, tasks: Sequence[Any], *, limit_s: float = TIME_LIMIT_S, on_done: Callable[[], object] = lambda: None
    ) -> list[Outcome]:
        """Handle every task; see `run_tasks`."""
        outcomes: dict[int, Outcome] = {}
        remaining = list(range(len(tasks)))
        # The second round runs alone: a task that was killed for its memory may fit when no other one runs.
        for is_last, n_children in ((False, self._n_workers), (True, 1)):
            if is_last and not remaining:
                break
            _dismiss(self._children, keep=n_children)
            repeated = []
            for index, outcome in _run_round(
                self._children, self._start, {i: tasks[i] for i in remaining}, n_children=n_children, limit_s=limit_s
            ):
                outcomes[index] = outcome
                if outcome.code in _REPEATED and not is_last:
                    repeated.append(index)
                else:
                    on_done()
            remaining = sorted(repeated)
        return [outcomes[index] for index in range(len(tasks))]


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
    with WorkerPool(prepare, n_workers=n_workers, n_threads=n_threads) as pool:
        return pool.run(tasks, limit_s=limit_s, on_done=on_done)


_REPEATED = ("crashed", "timeout")

_CONTEXT = multiprocessing.get_context("spawn")


class _Child:
    """One child process, seen from the parent; it holds at most one task."""

    def __init__(self, prepare: Callable[[], Handler], n_threads: int) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(theirs, prepare), daemon=True)
        with _environment(_ONE_THREAD | {"OMP_NUM_THREADS": str(n_threads)}), _interrupts_held():
            self.process.start()
        # Only the child may hold its end: its death then closes the pipe, which wakes the parent.
        theirs.close()
        self.is_ready = False
        self.task: int | None = None
        self.deadline = time.monotonic() + START_LIMIT_S

    def give(self, index: int, task: Any, *, limit_s: float) -> None:
        self.task, self.deadline = index, time.monotonic() + limit_s
        # A child that died idle is noticed, and its task with it, at the next wait.
        with contextlib.suppress(OSError):
            self.connection.send(task)

    def receive(self) -> dict[str, Any] | None:
        """The child's message; None when it died."""
        try:
            # JSON and not a pickle: a child that a hostile file has taken over cannot run code in the parent.
            message: dict[str, Any] = json.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            return None
        return message

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def _dismiss(children: list[_Child], *, keep: int) -> None:
    while len(children) > keep:
        children.pop().kill()


def _run_round(
    children: list[_Child],
    start: Callable[[], _Child],
    tasks: dict[int, Any],
    *,
    n_children: int,
    limit_s: float,
) -> Iterator[tuple[int, Outcome]]:
    """Yield the outcome of each task when it is known; starts children as needed and drops the dead from the list."""
    waiting = deque(tasks)
    while waiting or any(child.task is not None for child in children):
        while len(children) < n_children and sum(child.task is None for child in children) < len(waiting):
            children.append(start())
        for child in children:
            if child.is_ready and child.task is None and waiting:
                next_task = waiting.popleft()
                child.give(next_task, tasks[next_task], limit_s=limit_s)
        for child in _wait(children):
            index, outcome = child.task, _listen(child)
            if outcome is None:
                child.is_ready = True
                continue
            if outcome.code in _REPEATED:
                children.remove(child)
                child.kill()
            child.task = None
            if index is not None:
                yield index, outcome


def _wait(children: list[_Child]) -> list[_Child]:
    """Block until a child has spoken, died or passed its deadline."""
    concerned = [child for child in children if child.task is not None or not child.is_ready]
    pause = max(0.0, min(child.deadline for child in concerned) - time.monotonic())
    heard = wait([child.connection for child in concerned], timeout=pause)
    now = time.monotonic()
    return [child for child in concerned if child.connection in heard or child.deadline <= now]


def _listen(child: _Child) -> Outcome | None:
    """The outcome of a child's task; None when it has just become ready.

    Raises
    ------
    InputError, StorageError, PreparationError
        If no task can be handled at all.
    """
    if not child.connection.poll():
        return _lost(child, code="timeout", message="took longer than its time limit, twice; the file was given up")
    message = child.receive()
    if message is None:
        child.process.join(timeout=5.0)
        return _lost(
            child,
            code="crashed",
            message=f"crashed the process that read it, twice ({_ending(child.process.exitcode)})",
        )
    if "fatal" in message:
        raise _FATAL[message["fatal"]](message["message"])
    if message.get("is_ready"):
        return None
    return Outcome(value=message["value"], code=message["code"], message=message["message"])


def _lost(child: _Child, *, code: str, message: str) -> Outcome:
    if not child.is_ready:
        raise PreparationError(
            f"a worker process could not start ({code}): run 'hairdensity doctor', and see the messages above"
        )
    return Outcome(code=code, message=message)


def _ending(exit_code: int | None) -> str:
    """How a process ended, in words."""
    if exit_code is None or exit_code >= 0:
        return f"exit code {exit_code}"
    name = signal.Signals(-exit_code).name
    return f"{name}: out of memory?" if name == "SIGKILL" else name


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for a while: the way to reach a child before it loads any library."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait for a moment, and for good in a child that is started meanwhile: the parent decides and kills.

    A child inherits the mask. Were it to block SIGINT itself, Ctrl-C would hit the interpreter while it starts, which
    then prints a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield  # Windows
        return
    # Its start would lift the mask.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_FATAL: dict[str, type[HairDensityError]] = {
    "input": InputError,
    "storage": StorageError,
    "preparation": PreparationError,
}


def _serve(connection: Connection[Any, Any], prepare: Callable[[], Handler]) -> None:
    """Handle tasks until the parent hangs up: what a child does."""
    # Ctrl-C reaches the whole process group; where the mask of `_interrupts_held` is unknown, this is the guard.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # stdout carries the result of the run: whatever a library prints goes to stderr.
    os.dup2(sys.stderr.fileno(), 1)
    try:
        handle = prepare()
    except Exception as error:
        _send(connection, _fatal(error))
        return
    _send(connection, {"is_ready": True})
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        _send(connection, _answer(handle, task))


def _send(connection: Connection[Any, Any], message: dict[str, Any]) -> None:
    # A parent that is gone needs no answer.
    with contextlib.suppress(OSError):
        connection.send_bytes(json.dumps(message, allow_nan=False).encode())


def _fatal(error: Exception) -> dict[str, Any]:
    kinds = ((StorageError, "storage"), (InputError, "input"))
    kind = next((name for group, name in kinds if isinstance(error, group)), "preparation")
    return {"fatal": kind, "message": _words(error)}


def _answer(handle: Handler, task: Any) -> dict[str, Any]:
    try:
        return {"value": handle(task), "code": "", "message": ""}
    except StorageError as error:
        return _fatal(error)
    except HairDensityError as error:
        return {"value": None, "code": error.code, "message": str(error)}
    except MemoryError:
        return {"value": None, "code": "out_of_memory", "message": "too large for this machine's memory"}
    except Exception as error:
        return {"value": None, "code": "internal", "message": f"{_words(error)}; please report this as a bug"}


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, HairDensityError) else f"{type(error).__name__}: {error}"
