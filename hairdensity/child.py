"""One killable child process, from both sides: what the parent does with it, and what it does itself.

Children are spawned, not forked: that works alike on every system, and the libraries see the one-thread settings before
they are loaded.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hairdensity.errors import HairDensityError, InputError, StorageError

__all__ = ["Child", "Handler", "Outcome", "PreparationError", "fatal_message", "raise_if_fatal"]

START_LIMIT_S = 120.0
"""s. Importing the libraries takes 1 s; a cold network drive can take a minute."""

Handler = Callable[[Any], dict[str, Any]]

# A second OpenCV thread gains nothing at 3 MP, a second process doubles the throughput.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

# glibc gives large arrays back to the system and takes them anew, a page fault for every 4 kB: to keep them saves an
# eighth of a picture's time and no peak. Dask's nanny sets the second to 64 kB, which costs 1.6 times the time.
_KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(256 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(512 << 20),
    "MALLOC_TOP_PAD_": str(64 << 20),
}


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


_CONTEXT = multiprocessing.get_context("spawn")


class Child:
    """One child process, seen from the parent; it holds at most one task.

    Parameters
    ----------
    prepare : callable
        Called once in the child; returns the function that turns a task into a dict that JSON can carry. Must be
        picklable.
    n_threads : int
        That its network may use.
    """

    def __init__(self, prepare: Callable[[], Handler], n_threads: int) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(theirs, prepare, os.getpid()), daemon=True)
        settings = _ONE_THREAD | {"OMP_NUM_THREADS": str(n_threads)} | _KEPT_MEMORY
        with _environment(settings), _interrupts_held():
            self.process.start()
        # Only the child may hold its end: its death then closes the pipe, which wakes the parent.
        theirs.close()
        self.is_ready = False
        self.task: str | None = None
        self.least_bytes = 0
        self.deadline = time.monotonic() + START_LIMIT_S

    def give(self, key: str, task: Any, *, limit_s: float) -> None:
        """Hand it a task."""
        self.task, self.deadline = key, time.monotonic() + limit_s
        # A child that died idle is noticed, and its task with it, at the next wait.
        with contextlib.suppress(OSError):
            self.connection.send(task)

    def listen(self) -> Outcome | None:
        """The outcome of its task, once it has spoken, died or passed its deadline; None when it has become ready.

        Raises
        ------
        InputError, StorageError, PreparationError
            If no task can be handled at all.
        """
        if not self.connection.poll():
            return self._lost("timeout", "took longer than its time limit, twice; the file was given up")
        message = self._receive()
        if message is None:
            self.process.join(timeout=5.0)
            ending = _ending(self.process.exitcode)
            return self._lost("crashed", f"crashed the process that read it, twice ({ending})")
        raise_if_fatal(message)
        if message.get("is_ready"):
            self.is_ready = True
            return None
        return Outcome(value=message["value"], code=message["code"], message=message["message"])

    def resident_bytes(self) -> int:
        """Memory that it holds; 0 where the system does not tell."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.join()
        self.connection.close()

    def _receive(self) -> dict[str, Any] | None:
        """The child's message; None when it died."""
        try:
            # JSON and not a pickle: a child that a hostile file has taken over cannot run code in the parent.
            message: dict[str, Any] = json.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            return None
        return message

    def _lost(self, code: str, message: str) -> Outcome:
        if not self.is_ready:
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


_PR_SET_PDEATHSIG = 1
"""prctl(2)."""

_TOO_LARGE = "too large for this machine's memory"


def _serve(connection: Connection[Any, Any], prepare: Callable[[], Handler], parent: int) -> None:
    """Handle tasks until the parent hangs up: what a child does."""
    # Ctrl-C reaches the whole process group; where the mask of `_interrupts_held` is unknown, this is the guard.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent(parent)
    # stdout carries the result of the run: whatever a library prints goes to stderr.
    os.dup2(sys.stderr.fileno(), 1)
    try:
        handle = prepare()
    except Exception as error:
        _send(connection, fatal_message(error))
        return
    _send(connection, {"is_ready": True})
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        _send(connection, _answer(handle, task))


def _end_with_parent(parent: int) -> None:
    """Let the system end this process when its parent is killed: a decoder that hangs would never notice."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _send(connection: Connection[Any, Any], message: dict[str, Any]) -> None:
    # A parent that is gone needs no answer.
    with contextlib.suppress(OSError):
        connection.send_bytes(json.dumps(message, allow_nan=False).encode())


def fatal_message(error: Exception) -> dict[str, Any]:
    """A message for what prevents every task."""
    kinds = ((StorageError, "storage"), (InputError, "input"))
    kind = next((name for group, name in kinds if isinstance(error, group)), "preparation")
    return {"fatal": kind, "message": _words(error)}


def raise_if_fatal(message: dict[str, Any]) -> None:
    """Raise what prevents every task, when a message says so.

    Raises
    ------
    InputError, StorageError, PreparationError
    """
    if "fatal" in message:
        raise _FATAL[message["fatal"]](message["message"])


def _answer(handle: Handler, task: Any) -> dict[str, Any]:
    try:
        return {"value": handle(task), "code": "", "message": ""}
    except StorageError as error:
        return fatal_message(error)
    except HairDensityError as error:
        return {"value": None, "code": error.code, "message": str(error)}
    except MemoryError:
        return {"value": None, "code": "out_of_memory", "message": _TOO_LARGE}
    except Exception as error:
        if _is_lack_of_memory(error):
            return {"value": None, "code": "out_of_memory", "message": _TOO_LARGE}
        return {"value": None, "code": "internal", "message": f"{_words(error)}; please report this as a bug"}


def _is_lack_of_memory(error: Exception) -> bool:
    """Libraries in C++ have words of their own for it: OpenCV's code -4, onnxruntime's bad_alloc."""
    return getattr(error, "code", None) == -4 or "bad_alloc" in str(error)


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, HairDensityError) else f"{type(error).__name__}: {error}"
