"""``hairdensity doctor``: what is installed and whether it works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from hairdensity.cli.faults import EXIT_ENVIRONMENT, faults_as_exit_codes

__all__ = ["doctor"]


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Say what is installed, what works here, and what does not."""
    from hairdensity.doctor import diagnose  # noqa: PLC0415

    with faults_as_exit_codes():
        findings = diagnose()
        if as_json:
            typer.echo(json.dumps(findings, indent=2))
        else:
            typer.echo("\n".join(_outline(findings)))
    if findings["problems"]:
        raise typer.Exit(EXIT_ENVIRONMENT)


def _outline(value: Any, indent: str = "") -> Iterator[str]:
    """Yield nested dicts and lists as indented lines."""
    for name, item in value.items():
        if isinstance(item, dict):
            yield f"{indent}{name}:"
            yield from _outline(item, indent + "  ")
        elif isinstance(item, list):
            yield f"{indent}{name}:" if item else f"{indent}{name}: none"
            yield from (f"{indent}  {line}" for line in item)
        else:
            yield f"{indent}{name}: {'not installed' if item is None else item}"
