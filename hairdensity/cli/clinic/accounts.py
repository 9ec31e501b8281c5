"""``hairdensity clinic add-user`` and ``reset-password``."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from hairdensity.cli.clinic.options import ClinicName, Data
from hairdensity.cli.faults import faults_as_exit_codes

__all__ = ["add_user", "reset_password"]


class RoleName(StrEnum):
    """As `clinic.access.Role` has them; that one is imported with the database."""

    READER = "reader"
    CLINICIAN = "clinician"
    ADMIN = "admin"


Name = Annotated[str, typer.Argument(metavar="NAME", help="To sign in with.")]


def add_user(
    name: Name,
    role: Annotated[RoleName, typer.Option(help="reader sees, clinician works, admin manages.")] = RoleName.CLINICIAN,
    clinic: ClinicName = None,
    data: Data = None,
) -> None:
    """Add an account; the password is asked for, or read from standard input."""
    with faults_as_exit_codes():
        from hairdensity.clinic import console  # noqa: PLC0415 -- --help must answer at once
        from hairdensity.clinic.access import Role  # noqa: PLC0415
        from hairdensity.clinic.opening import data_folder, open_workplace  # noqa: PLC0415

        with open_workplace(data or data_folder()) as at, at.database.session() as db:
            user = console.add_user(db, name, Role(role.value), password=_password(), clinic=clinic)
    typer.echo(f"{user.name} can sign in as {role.value}")


def reset_password(name: Name, data: Data = None) -> None:
    """Give an account a new password, which is asked for or read from standard input; its sessions end."""
    with faults_as_exit_codes():
        from hairdensity.clinic import console  # noqa: PLC0415 -- --help must answer at once
        from hairdensity.clinic.opening import data_folder, open_workplace  # noqa: PLC0415

        with open_workplace(data or data_folder()) as at, at.database.session() as db:
            user = console.reset_password(db, name, _password())
    typer.echo(f"{user.name} has a new password, and is signed out everywhere")


def _password() -> str:
    """Never an argument: those stand in the list of processes and in the shell's history."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
