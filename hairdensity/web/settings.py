"""What differs between a clinic's own computer and a server behind TLS."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

__all__ = ["LOOPBACK", "WebSettings", "is_loopback"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How the application is reached.

    Parameters
    ----------
    behind_tls : bool
        Browsers reach it over https: cookies are Secure, HSTS is set.
    hosts : tuple of str
        Names by which it may be asked for, besides loopback, addresses and this machine's own name. A page of a
        stranger that gives its own name this machine's address (DNS rebinding) is refused.
    n_workers : int or None
        Processes that compute; None for as many as fit this machine.
    """

    behind_tls: bool = False
    hosts: tuple[str, ...] = ()
    n_workers: int | None = None

    def allows(self, host: str) -> bool:
        """Whether a request's Host header names this installation."""
        name = _without_port(host).casefold()
        own = socket.gethostname().casefold()
        return name in LOOPBACK or name in (own, f"{own}.local") or name in self.hosts or _is_address(name)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
