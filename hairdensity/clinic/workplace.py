"""An opened installation: its folder, its database, its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hairdensity.store.database import Database
from hairdensity.store.files import FileStore
from hairdensity.store.lock import FolderLock

__all__ = ["Workplace"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Workplace:
    """An opened installation; a context manager.

    Parameters
    ----------
    folder : Path
        Of the installation: the database of SQLite, ``files/``, ``cache/``.
    database : Database
    files : FileStore
    lock : FolderLock, optional
        Given back with the rest.
    """

    folder: Path
    database: Database
    files: FileStore
    lock: FolderLock | None = None

    @property
    def cache(self) -> Path:
        """A folder for what can be made again: tiles, warped pictures, pickled analyses of the workers."""
        return self.folder / "cache"

    def close(self) -> None:
        """Give back the connections and the lock."""
        self.database.close()
        if self.lock is not None:
            self.lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
