"""Which files of the store rows name."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Column, inspect, select
from sqlalchemy.orm import Session

from hairdensity.store.audit import lock_audit
from hairdensity.store.database import Database
from hairdensity.store.files import FileStore
from hairdensity.store.models import NAMES_A_FILE, Base

__all__ = ["named_files", "remove_unnamed"]

_AT_ONCE = 500
"""Names in one question: SQLite takes 999 variables at least."""


def named_files(db: Session, among: Collection[str] | None = None) -> set[str]:
    """The sha256 of every file that a row names.

    Parameters
    ----------
    db : Session
    among : collection of str, optional
        Ask for these alone.
    """
    found: set[str] = set()
    if among is None:
        for column in _columns_there(db):
            found.update(db.scalars(select(column)))
        return found
    names = sorted(among)
    for column in _columns():
        for start in range(0, len(names), _AT_ONCE):
            found.update(db.scalars(select(column).where(column.in_(names[start : start + _AT_ONCE]))))
    return found


def remove_unnamed(database: Database, files: FileStore, candidates: Collection[str]) -> set[str]:
    """Delete those files that no row names any more; gives their sha256.

    It holds the writer's turn, and a row is added after a look for its file in that same turn: a picture that somebody
    uploads again at this moment is not lost.
    """
    with database.session() as db:
        lock_audit(db)
        unnamed = set(candidates) - named_files(db, candidates)
        for sha256 in unnamed:
            files.remove(sha256)
    return unnamed


def _columns_there(db: Session) -> list[Column[str]]:
    """Those that a database of an older version has: it is backed up before it is upgraded."""
    inspector = inspect(db.connection())
    there = {
        table: {column["name"] for column in inspector.get_columns(table)} for table in inspector.get_table_names()
    }
    return [column for column in _columns() if column.name in there.get(column.table.name, ())]


def _columns() -> list[Column[str]]:
    tables = Base.metadata.sorted_tables
    return [column for table in tables for column in table.columns if column.info == NAMES_A_FILE]
