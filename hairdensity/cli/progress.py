"""What a person sees while a run goes on, and how wide the terminal is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

__all__ = ["console", "long_progress", "progress", "usable_cores"]

EVERY_S = 60.0
"""s between two lines of progress where nobody sees a bar."""


def usable_cores() -> int:
    """Cores that this process may use, which a container or a scheduler can make fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def progress(n_images: int, *, quiet: bool, doing: str = "scoring") -> Iterator[Callable[[], None]]:
    """Yield what to call for each finished image: a bar on stderr when a person looks at it."""
    if quiet or n_images < 2 or not sys.stderr.isatty():
        yield lambda: None
        return
    with _bar(doing) as shown:
        bar = shown.add_task("", total=n_images)
        yield lambda: shown.advance(bar)


def _bar(doing: str) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console(stderr=True), transient=True)


@contextmanager
def long_progress(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield what to tell how much is done of how much: a bar on stderr, or a line each minute in the log of a batch."""
    if quiet:
        yield lambda n_done, n_tasks: None
    elif sys.stderr.isatty():
        with _bar("scoring and comparing") as shown:
            bar = shown.add_task("", total=None)
            yield lambda n_done, n_tasks: shown.update(bar, completed=n_done, total=n_tasks)
    else:
        yield _Lines().tell


class _Lines:
    """Progress as lines: how much is done, and how long the rest will take at the pace of this run."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self._n_before: int | None = None

    def tell(self, n_done: int, n_tasks: int) -> None:
        now = time.monotonic()
        if self._n_before is None:
            self._n_before = n_done
        if now - self._last < EVERY_S:
            return
        self._last = now
        pace = max(n_done - self._n_before, 1) / (now - self._start)
        sys.stderr.write(f"{n_done} of {n_tasks} done, about {(n_tasks - n_done) / pace / 60:.0f} min left\n")


def console(*, stderr: bool = False) -> Console:
    """A console that does not cut tables at 80 columns when its output goes to a file."""
    from rich.console import Console  # noqa: PLC0415

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 140, highlight=False)
