"""The process that serves: one, with threads; work on pictures happens in others."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import webbrowser
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from hairdensity.clinic.accounts import is_new, new_welcome_key
from hairdensity.clinic.opening import data_folder, open_workplace
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import StorageError
from hairdensity.web.app import create_app
from hairdensity.web.settings import WebSettings, is_loopback

__all__ = ["Place", "run"]

KEEP_ALIVE_S = 20
STOP_WITHIN_S = 10
MOST_CONNECTIONS = 1000
"""Beyond them the answer is 503 at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to serve.

    Parameters
    ----------
    data : Path or None
        Folder of the installation; None for the platform's own.
    host : str
    port : int
    open_browser : bool
    proxy : str
        Addresses whose forwarded headers are trusted behind TLS.
    """

    data: Path | None
    host: str
    port: int
    open_browser: bool
    proxy: str


def run(place: Place, settings: WebSettings) -> None:
    """Serve until somebody ends it.

    Raises
    ------
    StorageError
        If the folder or the database cannot be opened, or the port is taken.
    """
    _warn_of_plain_http(place, settings)
    listening = _listen(place)
    with open_workplace(place.data or data_folder()) as workplace:
        first_page = _first_page(workplace, _address(place, settings))
        server = _Server(_config(create_app(workplace, settings), place, settings), first_page, place.open_browser)
        server.run(sockets=[listening])


def _address(place: Place, settings: WebSettings) -> str:
    """Where browsers find it: behind a proxy by the first of its names."""
    if settings.behind_tls and settings.hosts:
        return f"https://{settings.hosts[0]}"
    return f"http://{'localhost' if is_loopback(place.host) else place.host}:{place.port}"


def _first_page(workplace: Workplace, address: str) -> str:
    """Where to begin: the link for the first admin as long as nobody has an account."""
    with workplace.database.session() as db:
        return f"{address}/welcome?key={new_welcome_key(db)}" if is_new(db) else f"{address}/"


def _config(app: object, place: Place, settings: WebSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        server_header=False,
        # Its own lines would carry addresses and queries.
        access_log=False,
        log_config=None,
        proxy_headers=settings.behind_tls,
        forwarded_allow_ips=place.proxy if settings.behind_tls else "",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )


def _listen(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # Named as TCP, so that asyncio sends each part of an answer at once: else a connection that is used again waits
    # 40 ms for the browser's acknowledgment of the headers before the page goes out.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((place.host, place.port))
    except OSError as error:
        listening.close()
        raise StorageError(
            f"cannot listen at {place.host} port {place.port}: {error.strerror}; take another one with --port"
        ) from error
    return listening


def _warn_of_plain_http(place: Place, settings: WebSettings) -> None:
    if not is_loopback(place.host) and not settings.behind_tls:
        sys.stderr.write(
            f"hairdensity: {place.host} is reached over the network without encryption: passwords and pictures can be "
            "read on the way. Put a proxy with TLS before it and start with --behind-tls.\n"
        )


class _Server(uvicorn.Server):
    """Says where to begin as soon as it answers."""

    def __init__(self, config: uvicorn.Config, first_page: str, open_browser: bool) -> None:
        super().__init__(config)
        self._first_page = first_page
        self._open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        await super().startup(sockets)
        if self.should_exit:
            return
        is_first = "/welcome" in self._first_page
        sys.stdout.write(
            f"{'Begin here, once' if is_first else 'hairdensity is at'}: {self._first_page}\nEnd it with Ctrl+C.\n"
        )
        sys.stdout.flush()
        if self._open_browser:
            threading.Thread(target=webbrowser.open, args=(self._first_page,), daemon=True).start()
