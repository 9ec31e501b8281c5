"""Lines of the log: what was asked and how it went, by ids alone."""

from __future__ import annotations

import logging
import re

from starlette.types import Scope

__all__ = ["log_request", "route_of"]

_LOG = logging.getLogger("hairdensity.web")
_ID = re.compile(r"[0-9a-f]{32}|[0-9]{1,6}")


def route_of(scope: Scope) -> str:
    """Method and path of a request without anything that a person could have typed into it.

    No query, no address; of the path's parts only ids and numbers, and nothing of a path that no route has.
    """
    if scope.get("route") is None:
        return f"{scope['method']} (no such page)"
    path: str = scope["path"]
    for name, value in scope.get("path_params", {}).items():
        if not _ID.fullmatch(str(value)):
            path = path.replace(str(value), f"{{{name}}}")
    return f"{scope['method']} {path}"


def log_request(scope: Scope, status: int, took_s: float) -> None:
    """One line for a request; static files have none."""
    if not scope["path"].startswith("/static/"):
        _LOG.info("%s %d %.0f ms", route_of(scope), status, took_s * 1000)
