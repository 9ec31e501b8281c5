"""Options that commands of an installation share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["ClinicName", "Data"]

Data = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="HAIRDENSITY_DATA",
        show_envvar=False,
        help="Folder of the clinic's data. [default: HAIRDENSITY_DATA, else where programs keep data]",
    ),
]

ClinicName = Annotated[
    str | None, typer.Option("--clinic", metavar="NAME", help="Needed where an installation serves several clinics.")
]
