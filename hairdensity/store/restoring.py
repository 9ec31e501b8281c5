"""A backup becomes an installation again: checked before, and compared with what was written after."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from hairdensity.errors import InputError, StorageError
from hairdensity.store.audit_checking import AuditBreak, verify_audit
from hairdensity.store.audit_stamp import Stamp
from hairdensity.store.backup import FILES, Manifest, check_backup, read_manifest, rows_file
from hairdensity.store.database import Database
from hairdensity.store.files import FileStore
from hairdensity.store.rows import is_empty, read_rows, tables_of, write_rows
from hairdensity.store.schema import refuse_newer, revision_on, upgrade_on

__all__ = ["Restored", "restore"]


class Restored(NamedTuple):
    """What was restored, and where its audit was broken already when the backup was made."""

    manifest: Manifest
    breaks: list[AuditBreak]


def restore(backup: Path, folder: Path, database: Database) -> Restored:
    """Write a backup's rows and files to an empty installation, and compare both with what the backup states.

    Parameters
    ----------
    backup : Path
    folder : Path
        Of the installation.
    database : Database
        Without a row. All rows are there at the end, or none of them.

    Raises
    ------
    InputError
        If it is no backup, or the place is not empty.
    StorageError
        If the backup is damaged or of a newer version, or if it cannot be written.
    """
    manifest = read_manifest(backup)
    refuse_newer(manifest.revision)
    found = check_backup(backup, manifest)
    if found:
        raise StorageError(f"the backup is damaged: {'; '.join(found[:5])}; use another one, nothing was restored")
    files = FileStore(folder / "files")
    _refuse_others(files, manifest)
    with database.connection() as connection:
        if not is_empty(connection):
            raise InputError("the database has rows already, and nothing is written over: restore to an empty one")
        _restore_files(FileStore(backup / FILES), files, manifest)
        _restore_rows(connection, backup, manifest)
    if manifest.audit is not None:
        Stamp(folder).write(manifest.audit)
    return Restored(manifest, verify_audit(database, Stamp(folder)))


def _refuse_others(files: FileStore, manifest: Manifest) -> None:
    others = files.names() - manifest.files.keys()
    if others:
        raise InputError(
            f"{files.folder} holds {len(others)} files that are not in the backup, and nothing is mixed: name an empty "
            "folder"
        )


def _restore_files(kept: FileStore, files: FileStore, manifest: Manifest) -> None:
    for sha256 in manifest.files:
        files.put(kept.read(sha256))


def _restore_rows(connection: Connection, backup: Path, manifest: Manifest) -> None:
    if revision_on(connection) not in (None, manifest.revision):
        raise InputError("the database has tables of another version: restore to one without tables")
    upgrade_on(connection, manifest.revision)
    for table in tables_of(connection):
        with rows_file(backup, table.name).open("rb") as file:
            read_rows(connection, table, file)
    for table in tables_of(connection):
        if write_rows(connection, table) != manifest.tables[table.name]:
            raise StorageError(f"the rows of {table.name} are not what the backup states: nothing was restored")
