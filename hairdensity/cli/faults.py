"""What ends a run, as a message on stderr and an exit code.

Exit codes: 0 ok, 1 some images failed, 2 usage, 3 no usable image, 4 environment (disk full, read-only folder, damaged
installation), 130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from hairdensity.errors import (
    BusyError,
    ConflictError,
    InputError,
    MissingDependencyError,
    NotAllowedError,
    NotFoundError,
    ResourceError,
    StorageError,
)
from hairdensity.workers import PreparationError

__all__ = [
    "EXIT_ENVIRONMENT",
    "EXIT_INTERRUPTED",
    "EXIT_NONE_USABLE",
    "EXIT_SOME_FAILED",
    "EXIT_TERMINATED",
    "EXIT_USAGE",
    "ended_in_order",
    "faults_as_exit_codes",
]

EXIT_SOME_FAILED = 1
EXIT_USAGE = 2
EXIT_NONE_USABLE = 3
EXIT_ENVIRONMENT = 4
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 128 + 15
"""As the shell has it."""


@contextmanager
def faults_as_exit_codes() -> Iterator[None]:
    """Turn what ends a whole run into a message on stderr and its exit code."""
    try:
        yield
    except (InputError, NotFoundError, NotAllowedError, ConflictError) as error:
        typer.echo(f"hairdensity: {error}", err=True)
        raise typer.Exit(EXIT_USAGE) from None
    except (StorageError, BusyError, PreparationError, ResourceError, MissingDependencyError) as error:
        typer.echo(f"hairdensity: {error}", err=True)
        raise typer.Exit(EXIT_ENVIRONMENT) from None
    except BrokenPipeError:
        # Who reads stdout has seen enough (e.g. head); Python must not complain when it closes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        typer.echo(f"hairdensity: {error}; the result could not be written completely", err=True)
        raise typer.Exit(EXIT_ENVIRONMENT) from None
    except KeyboardInterrupt:
        typer.echo("hairdensity: interrupted", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Let a request to end leave through the exits: private folders with pictures of patients go with the run."""
    try:
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))
    except ValueError:
        # Only the main thread may set one; whoever calls from another has its own way to end.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
