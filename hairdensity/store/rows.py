"""Every row of a database as lines of JSON, the same for SQLite and PostgreSQL, and back.

Tables are taken as the database has them, not as `models` has them: a backup of an older version is read too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy import JSON, Boolean, Column, Connection, Date, DateTime, MetaData, Table, func, insert, null, select

from hairdensity.errors import StorageError

__all__ = ["TableFacts", "is_empty", "read_rows", "tables_of", "write_rows"]

REVISIONS = "alembic_version"
_AT_ONCE = 500


class TableFacts(NamedTuple):
    """What a backup states about a table: its rows, and the sha256 of their lines."""

    n_rows: int
    sha256: str


def tables_of(connection: Connection) -> list[Table]:
    """The tables of a database, those that others refer to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != REVISIONS]


def is_empty(connection: Connection) -> bool:
    """Whether a database has no row at all."""
    tables = tables_of(connection)
    return not any(connection.scalar(select(func.count()).select_from(table)) for table in tables)


def write_rows(connection: Connection, table: Table, file: BinaryIO | None = None) -> TableFacts:
    """Write a table's rows, in one order; without a file they are only counted and hashed.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    hashed, n_rows = hashlib.sha256(), 0
    for line in _lines(connection, table):
        hashed.update(line)
        n_rows += 1
        if file is not None:
            file.write(line)
    return TableFacts(n_rows, hashed.hexdigest())


def read_rows(connection: Connection, table: Table, file: BinaryIO) -> None:
    """Insert the rows of a file.

    Raises
    ------
    StorageError
        If its lines are no rows of this table.
    """
    for line in file:
        try:
            values = _values(table, json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise StorageError(f"the backup's rows of {table.name} cannot be read: it is damaged") from error
        connection.execute(insert(table).values(values))


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    # A row that refers to another one of its own table comes after those that do not.
    own = [column.is_not(None) for column in table.columns if _refers_to_own(column)]
    query = select(table).order_by(*own, *table.primary_key.columns).execution_options(yield_per=_AT_ONCE)
    for row in connection.execute(query).mappings():
        stated = {column.name: _stated(row[column]) for column in table.columns}
        yield (json.dumps(stated, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n").encode()


def _refers_to_own(column: Column[Any]) -> bool:
    return any(key.column.table is column.table for key in column.foreign_keys)


def _stated(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _values(table: Table, stated: dict[str, Any]) -> dict[str, Any]:
    return {column.name: _value(column, stated[column.name]) for column in table.columns}


def _value(column: Column[Any], stated: Any) -> Any:
    if stated is None:
        # A plain None would become JSON's null where the column is JSON.
        return null()
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(stated)
    if isinstance(column.type, Date):
        return date.fromisoformat(stated)
    return bool(stated) if isinstance(column.type, Boolean) and not isinstance(column.type, JSON) else stated
