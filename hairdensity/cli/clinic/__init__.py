"""``hairdensity clinic``: an installation of the clinic's page, at its console. One file for each sort of command."""

from __future__ import annotations

import typer

from hairdensity.cli.clinic import accounts, backup, deletion, importing, upgrade, verify

__all__ = ["app"]

app = typer.Typer(
    name="clinic",
    help="Look after an installation of the clinic's page: backups, checks, upgrades, accounts.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def _clinic() -> None:
    """Look after an installation of the clinic's page: backups, checks, upgrades, accounts."""


app.command("backup", short_help="Copy every row and file, while it runs.")(backup.backup)
app.command("restore", short_help="Make an installation from a backup.")(backup.restore)
app.command("verify", short_help="Check the audit and every file.")(verify.verify)
app.command("upgrade", short_help="Back up, then bring the database to this version.")(upgrade.upgrade)
app.command("add-user", short_help="Add an account.")(accounts.add_user)
app.command("reset-password", short_help="Give an account a new password.")(accounts.reset_password)
app.command("delete-patient", short_help="Delete a patient with all pictures and figures.")(deletion.delete_patient)
app.command("import", short_help="Add the pictures of a manifest or a folder.")(importing.import_)
