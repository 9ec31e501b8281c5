"""What a person sees while a run goes on, and how wide the terminal is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "progress", "usable_cores"]


def usable_cores() -> int:
    """Cores that this process may use, which a container or a scheduler can make fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def progress(n_images: int, *, quiet: bool, doing: str = "scoring") -> Iterator[Callable[[], None]]:
    """Yield what to call for each finished image: a bar on stderr when a person looks at it."""
    if quiet or n_images < 2 or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as shown:
        bar = shown.add_task("", total=n_images)
        yield lambda: shown.advance(bar)


def console(*, stderr: bool = False) -> Console:
    """A console that does not cut tables at 80 columns when its output goes to a file."""
    from rich.console import Console  # noqa: PLC0415

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 140, highlight=False)
