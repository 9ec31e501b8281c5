"""What a child is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["TaskSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSettings:
    """What a child is told when it starts.

    Parameters
    ----------
    files : Path
        Folder of the store of files.
    cache : Path
        Folder of what can be made again.
    model : str or None
        A shipped model's name or a folder; None for the newest shipped one.
    device : str
        ``cpu`` or ``cuda``: where the network runs.
    niceness : int
        How much the child stands back behind the server.
    cache_bytes : int
        Of the analyses on the disk.
    """

    files: Path
    cache: Path
    model: str | None = None
    device: str = "cpu"
    niceness: int = 0
    cache_bytes: int = 2_000_000_000
