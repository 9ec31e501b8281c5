"""Views of a picture for a browser: where they lie, and making them again when the cache was emptied."""

from __future__ import annotations

from pathlib import Path

from hairdensity.clinic.asking import Ask
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import NotFoundError
from hairdensity.store.models import Capture

__all__ = ["MAKING_LIMIT_S", "view_file", "views_folder"]

MAKING_LIMIT_S = 60.0


def views_folder(at: Workplace, sha256: str) -> Path:
    """The folder of the views of a picture."""
    return at.cache / "views" / sha256


def view_file(at: Workplace, capture: Capture, name: str, *, ask: Ask) -> Path:
    """A view of a capture that the person may see.

    Parameters
    ----------
    at : Workplace
    capture : Capture
        As `access.find` gave it.
    name : str
        ``thumbnail.jpg``, or level and tile: ``11/3_2.jpg``.
    ask : callable
        Has a worker make the views when they are not there.

    Raises
    ------
    NotFoundError
        If the picture has no such tile.
    BusyError
        If no worker was free in time.
    """
    folder = views_folder(at, capture.sha256)
    if not folder.exists():
        ask("view", {"sha256": capture.sha256}, MAKING_LIMIT_S)
    path = folder / name
    if not path.is_file():
        raise NotFoundError(f"the picture has no view {name}")
    return path
