"""An opened installation: its folder, its database, its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hairdensity.store.database import Database
from hairdensity.store.files import FileStore

__all__ = ["Workplace"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Workplace:
    """An opened installation.

    Parameters
    ----------
    folder : Path
        Of the installation: the database of SQLite, ``files/``, ``cache/``.
    database : Database
    files : FileStore
    """

    folder: Path
    database: Database
    files: FileStore

    @property
    def cache(self) -> Path:
        """A folder for what can be made again: tiles, warped pictures, pickled analyses of the workers."""
        return self.folder / "cache"
