"""Whether rows and files of an installation belong together, and every file is as it was written."""

from __future__ import annotations

from dataclasses import dataclass

from hairdensity.store.database import Database
from hairdensity.store.files import FileStore
from hairdensity.store.references import named_files

__all__ = ["FileFindings", "check_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFindings:
    """What the files of an installation are like.

    Parameters
    ----------
    n_files : int
        That rows name.
    missing, damaged : list of str
        Of those, by sha256.
    unnamed : list of str
        Files that no row names: what an interrupted upload or deletion has left.
    """

    n_files: int
    missing: list[str]
    damaged: list[str]
    unnamed: list[str]


def check_files(database: Database, files: FileStore) -> FileFindings:
    """Read every file and compare it with its name and with the rows."""
    # Files first: one that is uploaded meanwhile is there before its row.
    there = files.names()
    with database.session(writes=False) as db:
        named = named_files(db)
    missing = [sha256 for sha256 in sorted(named - there) if not files.path(sha256).exists()]
    damaged = [sha256 for sha256 in sorted(named - set(missing)) if not files.is_whole(sha256)]
    return FileFindings(n_files=len(named), missing=missing, damaged=damaged, unnamed=sorted(there - named))
