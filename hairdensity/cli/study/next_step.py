"""What to do after a command of a study: one line that can be copied."""

from __future__ import annotations

import shlex
from pathlib import Path

import typer

from hairdensity.inputs import shown

__all__ = ["command", "say_next"]


def command(*words: str | Path) -> str:
    """A command of `hairdensity study` as a shell takes it, with control characters of names made visible."""
    return shown(shlex.join(["hairdensity", "study", *map(str, words)]))


def say_next(words: str, *, quiet: bool = False) -> None:
    """Name the next step on stderr."""
    if not quiet:
        typer.echo(f"next: {words}", err=True)
