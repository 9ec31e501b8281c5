"""Which backups were made, noted in the data folder: a deletion names those that still hold the patient."""

from __future__ import annotations

import contextlib
import json
import os
from datetime import datetime
from pathlib import Path

from hairdensity.files import json_bytes, write_whole

__all__ = ["note_backup", "noted_backups"]

NAME = "backups.json"


def note_backup(folder: Path, backup: Path, made_at: str) -> None:
    """Note a backup; those that are gone are forgotten.

    Parameters
    ----------
    folder : Path
        Of the installation.
    backup : Path
        Where it lies.
    made_at : str
        As its manifest states it.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    known = {path: made for path, made in _read(folder).items() if os.path.lexists(path)}
    write_whole(folder / NAME, json_bytes({**known, str(backup): made_at}))


def noted_backups(folder: Path, *, since: datetime) -> list[str]:
    """Backups that were made since a moment and are still there."""
    there = {path: made for path, made in _read(folder).items() if os.path.lexists(path)}
    return sorted(path for path, made in there.items() if datetime.fromisoformat(made) >= since.replace(microsecond=0))


def _read(folder: Path) -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        known = json.loads((folder / NAME).read_bytes())
        if isinstance(known, dict):
            return known
    return {}
