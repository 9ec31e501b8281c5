"""A backup: every row and every file, each with its hash, and a manifest that states them all.

It is taken while the program works: all rows are read in one transaction that sees one moment, and files never change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from hairdensity.errors import InputError, StorageError
from hairdensity.files import json_bytes, new_folder, sha256_of, write_whole
from hairdensity.resources import package_version
from hairdensity.store.audit_stamp import Head, head_of
from hairdensity.store.database import Database
from hairdensity.store.files import FileStore
from hairdensity.store.references import named_files
from hairdensity.store.rows import TableFacts, tables_of, write_rows
from hairdensity.store.schema import revision_on

__all__ = ["FILES", "Manifest", "back_up", "check_backup", "read_manifest", "rows_file"]

FORMAT = "hairdensity-backup-1"
MANIFEST = "manifest.json"
ROWS = "rows"
FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds.

    Parameters
    ----------
    version : str
        Of the program that made it.
    revision : str
        Of its tables.
    made_at : str
        UTC.
    audit : Head or None
        The last entry of the audit.
    tables : dict of str to TableFacts
    files : dict of str to int
        Bytes by sha256.
    missing : list of str
        Files that rows name and that were gone or damaged when it was made.
    """

    version: str
    revision: str
    made_at: str
    audit: Head | None
    tables: dict[str, TableFacts]
    files: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @property
    def n_bytes(self) -> int:
        """Of all files."""
        return sum(self.files.values())

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        tables = {name: facts._asdict() for name, facts in self.tables.items()}
        audit = None if self.audit is None else self.audit._asdict()
        plain = {"version": self.version, "revision": self.revision, "made_at": self.made_at}
        return {
            "format": FORMAT,
            **plain,
            "audit": audit,
            "tables": tables,
            "files": self.files,
            "missing": self.missing,
        }


def back_up(database: Database, files: FileStore, folder: Path) -> Manifest:
    """Write a backup to a new folder, which is there whole or not at all.

    Parameters
    ----------
    database : Database
    files : FileStore
    folder : Path
        Only its owner may look into it.

    Raises
    ------
    InputError
        If there is something of that name.
    StorageError
        If it cannot be written.
    """
    with new_folder(folder) as draft:
        with database.session(writes=False) as db:
            made = _with_rows(db, draft)
            named = sorted(named_files(db))
        kept = FileStore(draft / FILES)
        for sha256 in named:
            try:
                content = files.read(sha256)
            except StorageError:
                made.missing.append(sha256)
                continue
            kept.put(content)
            made.files[sha256] = len(content)
        write_whole(draft / MANIFEST, json_bytes(made.document()))
    return made


def _with_rows(db: Session, draft: Path) -> Manifest:
    connection = db.connection()
    (draft / ROWS).mkdir()
    tables = {}
    for table in tables_of(connection):
        with rows_file(draft, table.name).open("xb") as file:
            tables[table.name] = write_rows(connection, table, file)
    return Manifest(
        version=package_version(),
        revision=str(revision_on(connection)),
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        audit=head_of(db),
        tables=tables,
    )


def read_manifest(folder: Path) -> Manifest:
    """What a backup states to hold.

    Raises
    ------
    InputError
        If the folder is no backup, or one of a later format.
    """
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
        stated = document.pop("format")
        if stated != FORMAT:
            raise InputError(
                f"{folder} is a backup of the format {stated!r}, not {FORMAT!r}: restore it with a newer version"
            )
        audit = document.pop("audit")
        tables = {name: TableFacts(**facts) for name, facts in document.pop("tables").items()}
        return Manifest(**document, tables=tables, audit=None if audit is None else Head(**audit))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{folder} is no backup: it has no {MANIFEST} that can be read") from error


def check_backup(folder: Path, manifest: Manifest) -> list[str]:
    """What is wrong with a backup's files; nothing in a whole one."""
    kept = FileStore(folder / FILES)
    found = [f"the file {sha256} is missing or damaged" for sha256 in manifest.files if not kept.is_whole(sha256)]
    for name, facts in manifest.tables.items():
        try:
            is_whole = sha256_of(rows_file(folder, name)) == facts.sha256
        except OSError:
            is_whole = False
        if not is_whole:
            found.append(f"the rows of {name} are missing or damaged")
    return found


def rows_file(folder: Path, table: str) -> Path:
    """Where the rows of a table lie."""
    return folder / ROWS / f"{table}.jsonl"
