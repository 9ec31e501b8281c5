"""The ledger: what became of every task of a study, kept from the moment it is known, in one SQLite file.

Results are added and never changed (insert or ignore), so a run that is killed, repeated or shared out in shards comes
to the same ledger. One process writes it, and holds the file's exclusive lock while it runs. The journal is a rollback
journal: SQLite below 3.51.3 can lose committed pages of a write-ahead log when that is reset [1]_.

References
----------
.. [1] SQLite. Write-Ahead Logging, "The WAL-Reset Bug". https://sqlite.org/wal.html
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from hairdensity.errors import StorageError

__all__ = ["Entry", "FileStamp", "Ledger"]

SCHEMA_NUMBER = 1

BUSY_S = 2.0
"""s to wait for another process that holds the file."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, kind TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, attempts INTEGER NOT NULL,
    value BLOB
);
CREATE TABLE IF NOT EXISTS files (
    path TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (path, size, mtime_ns)
);
CREATE TABLE IF NOT EXISTS settings (sha256 TEXT PRIMARY KEY, text TEXT NOT NULL);
"""

_TABLES = {"results": "key", "settings": "sha256"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of a task.

    Parameters
    ----------
    kind : {"score", "compare"}
    code, message : str
        Of its fault; empty where there is a value.
    attempts : int
        1, or 2 where it was tried again alone.
    value : dict or None
        Plain values that JSON can carry.
    """

    kind: str
    code: str = ""
    message: str = ""
    attempts: int = 1
    value: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FileStamp:
    """By what a file that was hashed before is known again: its hash needs no second reading."""

    path: str
    size: int
    mtime_ns: int


class Ledger:
    """A study's results by their keys; a context manager.

    Parameters
    ----------
    path : Path
        Made when it is not there.

    Raises
    ------
    StorageError
        Here and in every method: the file cannot be written, is damaged, or another run holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._storing():
            self._db = sqlite3.connect(path, timeout=BUSY_S)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Keep what was remembered and let go of the file."""
        try:
            with self._storing():
                self._db.commit()
        finally:
            self._db.close()

    def put(self, key: str, entry: Entry) -> None:
        """Keep a result for good, unless there is one under this key."""
        blob = None if entry.value is None else _packed(entry.value)
        row = (key, entry.kind, entry.code, entry.message, entry.attempts, blob)
        with self._storing():
            self._db.execute("INSERT OR IGNORE INTO results VALUES (?, ?, ?, ?, ?, ?)", row)
            self._db.commit()

    def get(self, key: str) -> Entry | None:
        """What became of a task; None while it is not known."""
        query = "SELECT kind, code, message, attempts, value FROM results WHERE key = ?"
        with self._storing():
            row = self._db.execute(query, (key,)).fetchone()
            if row is None:
                return None
            kind, code, message, attempts, blob = row
            value = None if blob is None else json.loads(zlib.decompress(blob))
        return Entry(kind=kind, code=code, message=message, attempts=attempts, value=value)

    def codes(self) -> dict[str, str]:
        """The fault's code, empty without one, of every task by its key."""
        with self._storing():
            return dict(self._db.execute("SELECT key, code FROM results"))

    def forget_faults(self) -> int:
        """Forget the tasks that failed, so that they are tried again; how many there were."""
        with self._storing():
            n_forgotten = self._db.execute("DELETE FROM results WHERE code != ''").rowcount
            self._db.commit()
        return n_forgotten

    def put_settings(self, sha256: str, text: str) -> None:
        """Keep the settings that a hash stands for; written with the next result."""
        with self._storing():
            self._db.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (sha256, text))

    def settings(self) -> dict[str, str]:
        """All settings that were kept, by their hash."""
        with self._storing():
            return dict(self._db.execute("SELECT sha256, text FROM settings ORDER BY sha256"))

    def put_hash(self, stamp: FileStamp, sha256: str) -> None:
        """Remember a file's hash; written with the next result."""
        row = (stamp.path, stamp.size, stamp.mtime_ns, sha256)
        with self._storing():
            self._db.execute("INSERT OR IGNORE INTO files VALUES (?, ?, ?, ?)", row)

    def hashes(self) -> dict[FileStamp, str]:
        """All hashes that are remembered."""
        with self._storing():
            rows: Iterable[tuple[str, int, int, str]] = self._db.execute(
                "SELECT path, size, mtime_ns, sha256 FROM files"
            )
            return {FileStamp(path, size, mtime_ns): sha256 for path, size, mtime_ns, sha256 in rows}

    def merge(self, other: Path) -> int:
        """Take over what another ledger holds and this one does not; how many rows that were."""
        with self._storing(other):
            self._db.execute("ATTACH DATABASE ? AS other", (str(other),))
            try:
                self._db.executescript(_SCHEMA.replace("EXISTS ", "EXISTS other."))
                before = self._db.total_changes
                for table, key in _TABLES.items():
                    # The subquery spares the reading of results that are here already.
                    self._db.execute(
                        f"INSERT INTO main.{table} SELECT * FROM other.{table} "  # noqa: S608 -- names of this file
                        f"WHERE {key} NOT IN (SELECT {key} FROM main.{table})"
                    )
                self._db.execute("INSERT OR IGNORE INTO main.files SELECT * FROM other.files")
                self._db.commit()
                return self._db.total_changes - before
            finally:
                self._db.rollback()
                self._db.execute("DETACH DATABASE other")

    def _open(self) -> None:
        # Held until the file is closed: a second run of the same study is refused, and a killed one leaves no lock.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        # Before any table is made: a ledger of a newer version must not be touched.
        (number,) = self._db.execute("PRAGMA user_version").fetchone()
        if number not in (0, SCHEMA_NUMBER):
            raise StorageError(
                f"{self._path} was written by another version of hairdensity: update, or name a new --out"
            )
        self._db.execute("PRAGMA journal_mode = TRUNCATE")
        # Every commit is on the disk before the next task is settled.
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(f"BEGIN EXCLUSIVE; {_SCHEMA} PRAGMA user_version = {SCHEMA_NUMBER}; COMMIT;")

    @contextmanager
    def _storing(self, path: Path | None = None) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, zlib.error) as error:
            raise StorageError(_refusal(path or self._path, error)) from error


def _packed(value: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(value, allow_nan=False, separators=(",", ":")).encode())


def _refusal(path: Path, error: Exception) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{path} is in use by another study run: wait for its end, or name another --out"
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or isinstance(error, zlib.error):
        return f"{path} is damaged ({error}): move it away and run again, or bring it back from a backup"
    return (
        f"cannot write the ledger {path}: {error}; make room on the disk or choose a folder that you may write to, "
        f"and run the same command again: what is done is kept"
    )
