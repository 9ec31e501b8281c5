"""The engines: SQLite in one file by default, PostgreSQL by its address.

SQLite below 3.51.3 can lose committed pages of its write-ahead log when one connection writes while another one
checkpoints [1]_. So there is one writing connection in one process, which checkpoints as well; every other connection
reads, never checkpoints and never waits for the writer.

References
----------
.. [1] SQLite. Write-Ahead Logging, "The WAL-Reset Bug". https://sqlite.org/wal.html
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from hairdensity.errors import BusyError, ConflictError, HairDensityError, InputError, StorageError
from hairdensity.extras import require
from hairdensity.files import drafted

__all__ = ["Database", "after_commit", "open_database", "sqlite_url"]

WAIT_S = 15
"""s that a writer waits for its turn: fifty uploads at once take turns."""

N_READERS = 40
"""As many threads as the web framework has for requests."""

_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_ADDRESSES = "postgresql://user@host/name or sqlite:////path/to/file"

_FULL = ("database or disk is full", "no space left", "could not extend file", "disk i/o error")
_READ_ONLY = ("readonly database", "read-only")
_UNREACHABLE = (
    "unable to open database file",
    "connection",
    "could not translate host name",
    "failed to resolve host",
)
_BUSY = ("database is locked", "deadlock detected", "could not serialize", "too many clients", "too many connections")

_PATIENCE_MS = 1000
"""ms that the log waits for readers, while no one else can write."""

_NOT_STORED = ("nul (0x00)",)
"""PostgreSQL keeps no text with it; SQLite does."""

_TAKEN = ("unique constraint",)
_GONE = ("foreign key constraint",)

_LATER = "after commit"


class Database:
    """A database and its sessions.

    Parameters
    ----------
    engine : Engine
        Writes.
    reading : Engine, optional
        Reads; the same engine where it is not given.
    """

    def __init__(self, engine: Engine, reading: Engine | None = None) -> None:
        self.engine = engine
        self.after_commit: list[Callable[[Session], None]] = []
        """Called with a session that has written and committed."""
        self._reading = engine if reading is None else reading
        self._writers = sessionmaker(engine, expire_on_commit=False)
        if engine.dialect.name == "postgresql":
            # As SQLite has it: whoever reads sees one moment, from the first question to the last.
            self._reading = self._reading.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._readers = sessionmaker(self._reading, expire_on_commit=False, autoflush=False)

    @contextmanager
    def session(self, *, writes: bool = True) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back when something is raised.

        Parameters
        ----------
        writes : bool, optional
            Without, the session can only read; it sees one moment and waits for nobody.

        Raises
        ------
        BusyError
            If other writers took longer than 15 s.
        StorageError
            If the disk is full or the database cannot be written; nothing of the transaction stays.
        """
        sessions = self._writers if writes else self._readers
        try:
            with sessions() as session, session.begin():
                yield session
        except (DBAPIError, PoolTimeoutError) as error:
            raise _named(error, writes=writes) from error
        if writes:
            for call in (*self.after_commit, *session.info.pop(_LATER, ())):
                call(session)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection that writes, in one transaction, for what has no rows: migrations."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except (DBAPIError, PoolTimeoutError) as error:
            raise _named(error, writes=True) from error

    def copy_file(self, path: Path) -> None:
        """Copy SQLite's file as it is at this moment; nothing happens with PostgreSQL.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with drafted([path]) as (draft,), self.session(writes=False) as db:
            original: Any = db.connection().connection.driver_connection
            with contextlib.closing(sqlite3.connect(draft)) as copy:
                original.backup(copy)

    def overwrite_deleted(self) -> None:
        """See that SQLite's log holds nothing any more of what was deleted, unless a reader needs it at this moment.

        The pages themselves are overwritten with the deletion (``secure_delete``); with PostgreSQL nothing happens, its
        own VACUUM does it.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with contextlib.suppress(DBAPIError, sqlite3.Error, PoolTimeoutError):
            connection = self.engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                cursor.execute(f"PRAGMA busy_timeout={WAIT_S * 1000}")
                cursor.close()
            finally:
                connection.close()

    def close(self) -> None:
        """Give all connections back."""
        self._reading.dispose()
        self.engine.dispose()


def after_commit(db: Session, call: Callable[[Session], None]) -> None:
    """Have something done once a session of `Database.session` has committed and given its connection back."""
    db.info.setdefault(_LATER, []).append(call)


def open_database(url: str) -> Database:
    """Open a database by its address.

    Parameters
    ----------
    url : str
        ``sqlite:////path/to/file`` or ``postgresql://user@host/name``.

    Raises
    ------
    InputError
        If it is no address of either.
    MissingDependencyError
        If the driver for PostgreSQL is not installed.
    """
    # Without a file it would be one in memory, gone with the process.
    if url.startswith("sqlite:///") and url.removeprefix("sqlite:///").strip("/"):
        return Database(_sqlite(url, writes=True), _sqlite(url, writes=False))
    scheme, is_split, rest = url.partition("://")
    if scheme not in _POSTGRESQL or not is_split:
        # Without its text: an address may hold a password.
        raise InputError(f"a database's address is {_ADDRESSES}; without one, SQLite is used in the data folder")
    require("psycopg", doing="PostgreSQL", extra="postgres")
    try:
        address = make_url(f"postgresql+psycopg://{rest}")
    except (ArgumentError, ValueError):
        raise InputError(
            "the address of the database cannot be read: write postgresql://user:password@host:5432/name, and signs "
            "such as @ : / in a password as %40 %3A %2F"
        ) from None
    n_kept = N_READERS // 2
    return Database(
        create_engine(address, pool_pre_ping=True, pool_size=n_kept, max_overflow=n_kept, hide_parameters=True)
    )


def sqlite_url(path: Path) -> str:
    """The address of a file."""
    return f"sqlite:///{path}"


def _sqlite(url: str, *, writes: bool) -> Engine:
    size = 1 if writes else N_READERS
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=size, max_overflow=0, pool_timeout=WAIT_S, hide_parameters=True
    )
    event.listen(engine, "connect", _set_up_writer if writes else _set_up_reader)
    event.listen(engine, "begin", _begin_immediate if writes else _begin)
    return engine


def _set_up_writer(connection: Any, _: object) -> None:
    _set_up(connection, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")


def _set_up_reader(connection: Any, _: object) -> None:
    _set_up(connection, "wal_autocheckpoint=0", "query_only=ON")


def _set_up(connection: Any, *pragmas: str) -> None:
    # SQLAlchemy's own BEGIN is used: the driver's would come too late for reads.
    connection.isolation_level = None
    for pragma in (f"busy_timeout={WAIT_S * 1000}", *pragmas):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    # A reader that turns writer in mid-transaction fails at once under WAL; one that asks first waits its turn.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _named(error: Exception, *, writes: bool) -> Exception:
    """The fault of a database as the package names it; what is a mistake of the program stays as it is."""
    said = str(getattr(error, "orig", error)).lower()
    named: HairDensityError | None = None
    if isinstance(error, PoolTimeoutError) or any(part in said for part in _BUSY):
        named = BusyError("the database is busy with other work: try again in a moment")
    elif any(part in said for part in _FULL):
        named = StorageError("the disk of the database is full: nothing was saved; make room and try again")
    elif writes and any(part in said for part in _READ_ONLY):
        named = StorageError("the database cannot be written: nothing was saved; see who owns its folder and the disk")
    elif any(part in said for part in _NOT_STORED):
        named = InputError("the text holds a sign that cannot be stored: type it by hand")
    elif any(part in said for part in _TAKEN):
        named = ConflictError("somebody has saved the same at this very moment: load the page again and look")
    elif any(part in said for part in _GONE):
        named = ConflictError("what this belongs to was deleted at this very moment: nothing was saved")
    elif any(part in said for part in _UNREACHABLE):
        named = StorageError("the database cannot be reached: see its file and folder, or its address and its server")
    return error if named is None else named
