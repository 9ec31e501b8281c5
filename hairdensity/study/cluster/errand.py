"""What a client tells the relays of its run, and the signs between a Dask worker and a relay."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from hairdensity.child import Handler

__all__ = ["FAREWELL", "LENGTH", "PROBE", "Errand"]

LENGTH = struct.Struct("<Q")

PROBE = None
"""The task that asks whether tasks can be handled at all."""

FAREWELL = "farewell"
"""Key of the message of a relay that had nothing to do for a long time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What every relay of a run is told.

    Parameters
    ----------
    prepare : callable
        Called once in each child; returns the function that turns a task into a dict that JSON can carry.
    limit_s : float
        Time for one task.
    memory_gb : float
        Memory for one task.
    identify : callable
        Called once in each child: what results depend on, by name.
    identity : dict
        What it says at the client.
    idle_s : float
        Without a task for so long, a relay ends: its client was killed.
    """

    prepare: Callable[[], Handler]
    limit_s: float
    memory_gb: float
    identify: Callable[[], dict[str, str]]
    identity: dict[str, str]
    idle_s: float
