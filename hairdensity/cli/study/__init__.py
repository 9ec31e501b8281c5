"""``hairdensity study``: outcome studies. One file for each command."""

from __future__ import annotations

import typer

from hairdensity.cli.study import agreement, blind, check, init, outcomes, report, run, unblind

__all__ = ["app"]

app = typer.Typer(
    name="study",
    help="Outcome studies: manifest, batch run, blinding, agreement, outcomes, report.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def _study() -> None:
    """Outcome studies: manifest, batch run, blinding, agreement, outcomes, report."""


# In the order of use, as the help lists them.
app.command("init")(init.init)
app.command("check")(check.check)
app.command("blind")(blind.blind)
app.command("run")(run.run)
app.command("unblind")(unblind.unblind)
app.command("agreement")(agreement.agreement)
app.command("outcomes")(outcomes.outcomes)
app.command("report")(report.report)
