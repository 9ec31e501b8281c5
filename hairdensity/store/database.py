"""The engine: SQLite in one file by default, PostgreSQL by its address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

__all__ = ["Database", "open_database"]

BUSY_TIMEOUT_MS = 15_000
"""How long a writer waits for another one; fifty uploads at once take turns."""


class Database:
    """An engine and its sessions.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back when something is raised."""
        with self._sessions() as session, session.begin():
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open a database by its address.

    Parameters
    ----------
    url : str
        ``sqlite:////path/to/file`` or ``postgresql+psycopg://user@host/name``.
    """
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return Database(engine)


def sqlite_url(path: Path) -> str:
    """The address of a file."""
    return f"sqlite:///{path}"


def _set_up_sqlite(connection: Any, _: object) -> None:
    # SQLAlchemy's own BEGIN is used: the driver's would come too late for reads.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    # A reader that turns writer in mid-transaction fails at once under WAL; one that asks first waits its turn.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
