"""``hairdensity serve``: the clinic's page on this computer, or for a hospital."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hairdensity.cli.faults import faults_as_exit_codes

__all__ = ["serve"]


def serve(  # noqa: PLR0913, PLR0917 -- each is an option
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of the clinic's data.", show_default="where programs keep data", file_okay=False),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen at; 127.0.0.1 is this computer alone.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.", min=1, max=65535)] = 8765,
    workers: Annotated[
        int | None,
        typer.Option(help="Processes that compute.", show_default="as many as fit this computer", min=1, max=64),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    behind_tls: Annotated[
        bool,
        typer.Option(
            "--behind-tls", help="A proxy in front speaks https: trust what it forwards, secure cookies, HSTS."
        ),
    ] = False,
    proxy: Annotated[
        str, typer.Option(help="With --behind-tls: addresses of the proxy, comma-separated.")
    ] = "127.0.0.1",
    allowed_host: Annotated[
        list[str] | None, typer.Option(help="A name by which browsers ask for this installation; may be repeated.")
    ] = None,
) -> None:
    """Start the clinic's page: upload, see, correct, compare and print, in the browser."""
    from hairdensity.extras import require  # noqa: PLC0415 -- --help must answer at once

    with faults_as_exit_codes():
        require("fastapi", "uvicorn", "jinja2", "sqlalchemy", "alembic", "argon2", doing="serve", extra="web")
        from hairdensity.web.serving import Place, run  # noqa: PLC0415
        from hairdensity.web.settings import WebSettings  # noqa: PLC0415

        settings = WebSettings(
            behind_tls=behind_tls, hosts=tuple(name.casefold() for name in allowed_host or ()), n_workers=workers
        )
        run(Place(data=data, host=host, port=port, open_browser=open_browser, proxy=proxy), settings)
