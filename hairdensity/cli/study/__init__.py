"""``hairdensity study``: outcome studies. One file for each command."""

from __future__ import annotations

import typer

from hairdensity.cli.study import agreement, blind, check, init, outcomes, report, run, unblind

__all__ = ["app"]

app = typer.Typer(
    name="study",
    help="Outcome studies, from a folder of pictures to a report; each command names the next one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def _study() -> None:
    """Outcome studies, from a folder of pictures to a report; each command names the next one."""


# In the order of use, as the help lists them; short enough for its lines.
app.command("init", short_help="Propose a manifest from a folder of pictures.")(init.init)
app.command("check", short_help="Check a manifest: every fault with its remedy.")(check.check)
app.command("blind", short_help="Copy the pictures for blinded readers (optional).")(blind.blind)
app.command("run", short_help="Score every picture, compare every visit.")(run.run)
app.command("unblind", short_help="Open the readers' forms, on record.")(unblind.unblind)
app.command("agreement", short_help="How well readers, algorithm and repeats agree.")(agreement.agreement)
app.command("outcomes", short_help="What the arms did, by a plan stated beforehand.")(outcomes.outcomes)
app.command("report", short_help="Write it up: HTML, PDF, ADaM-shaped table, R script.")(report.report)
