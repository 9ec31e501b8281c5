"""A connection to a Dask cluster: a scheduler that may go, workers that come and go."""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hairdensity.child import PreparationError
from hairdensity.extras import require
from hairdensity.resources import package_version

__all__ = ["RESUME", "ClusterError", "Connection", "Patience"]

CONNECT_S = 20.0

LOOK_S = 0.5
"""s between two looks while there is no worker."""

RESUME = "what is done is kept, run the same command again to go on"


class ClusterError(PreparationError):
    """The cluster cannot be reached, has no workers, or workers that do not fit."""

    code = "cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What a run does when the cluster has no worker.

    Parameters
    ----------
    limit_s : float
        It waits so long for one.
    announce : callable
        Told in words what it waits for.
    """

    limit_s: float = 300.0
    announce: Callable[[str], object] = lambda _: None


class Connection:
    """A client of a scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler, e.g. ``tcp://host:8786``.
    patience : Patience

    Raises
    ------
    MissingDependencyError
        Without distributed.
    ClusterError
        If the scheduler does not answer.
    """

    def __init__(self, address: str, patience: Patience) -> None:
        self.address = address
        self.client = _connect(address)
        self._patience = patience
        self._lonely_since: float | None = None

    def close(self) -> None:
        """Give up what is in flight."""
        self.client.close(timeout=5.0)

    def threads(self) -> dict[str, int]:
        """Threads of each worker, by its address."""
        with self.guarded():
            return dict(self.client.nthreads(callback_timeout=CONNECT_S))

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Say in words that the scheduler is gone.

        Raises
        ------
        ClusterError
        """
        # A closed client says RuntimeError; TimeoutError and broken connections are OSErrors.
        try:
            yield
        except (OSError, RuntimeError) as error:
            raise self.gone() from error

    def gone(self) -> ClusterError:
        """The fault of a scheduler that does not answer any more."""
        return ClusterError(f"the scheduler {self.address} is gone: start it, and its workers, again; {RESUME}")

    def wait_for_workers(self) -> None:
        """Block until there is a worker.

        Raises
        ------
        ClusterError
            If none has come for a long time.
        """
        while not self.has_workers():
            time.sleep(LOOK_S)

    def has_workers(self) -> bool:
        """Whether there is a worker; to be asked again and again.

        Raises
        ------
        ClusterError
            If there has been none for a long time.
        """
        if self.threads():
            self._lonely_since = None
            return True
        if self._lonely_since is None:
            self._lonely_since = time.monotonic()
            self._patience.announce(
                f"the cluster {self.address} has no worker: waiting up to {self._patience.limit_s:g} s for one"
            )
        elif time.monotonic() - self._lonely_since > self._patience.limit_s:
            raise ClusterError(
                f"the cluster {self.address} has had no worker for {self._patience.limit_s:g} s: start some with "
                f"'dask worker {self.address}'; {RESUME}"
            )
        return False

    def refuse_other_versions(self) -> None:
        """Refuse workers with another version of this package, before they open anything of it.

        Raises
        ------
        ClusterError
        """
        here = package_version()
        with self.guarded():
            found = self.client.run(importlib.metadata.version, "hairdensity", on_error="return")
        others = {address: version for address, version in found.items() if version != here}
        if others:
            address, version = next(iter(others.items()))
            has = "no hairdensity" if isinstance(version, Exception) else f"hairdensity {version}"
            raise ClusterError(
                f"{len(others)} of {len(found)} workers differ: {address} has {has}, this machine {here}; "
                "install the same version on every machine"
            )


def _connect(address: str) -> Any:
    require("distributed", doing="--scheduler", extra="cluster")
    from distributed import Client  # noqa: PLC0415 -- an extra

    # It prints a traceback when the scheduler is gone, which `gone` says in words.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        asyncio.run(_knock(address))
        # Half of its methods have no types.
        connected: Any = Client(  # type: ignore[no-untyped-call]
            address, timeout=CONNECT_S, set_as_default=False, direct_to_workers=False
        )
    # Each part of an address, and TLS without its files, is refused by an error of its own kind.
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterError(
            f"no Dask scheduler answers at {address} ({reason}): check the address and the network, or start one with "
            "'dask scheduler'"
        ) from error
    return connected


async def _knock(address: str) -> None:
    """Connect and hang up: a client that fails to connect is left half open, and can block the next one for ever."""
    from distributed.comm.core import connect  # noqa: PLC0415 -- an extra
    from distributed.security import Security  # noqa: PLC0415 -- an extra

    # Without types as well.
    security: Any = Security()  # type: ignore[no-untyped-call]
    comm: Any = await connect(  # type: ignore[no-untyped-call]
        address, timeout=CONNECT_S, **security.get_connection_args("client")
    )
    comm.abort()
