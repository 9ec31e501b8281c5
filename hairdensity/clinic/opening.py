"""Open an installation: its folder made, its database brought to this version, nobody else in it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from hairdensity.clinic.forgetting import finish_removals
from hairdensity.clinic.import_leftovers import discard_old_drafts
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import StorageError
from hairdensity.files import make_folder
from hairdensity.store.audit import record
from hairdensity.store.audit_stamp import Stamp
from hairdensity.store.backup import back_up
from hairdensity.store.backup_notes import note_backup
from hairdensity.store.database import open_database, sqlite_url
from hairdensity.store.files import FileStore
from hairdensity.store.lock import FolderLock
from hairdensity.store.restoring import Restored, restore
from hairdensity.store.schema import newest_revision, refuse_newer, revision_of, upgrade

__all__ = [
    "DATABASE_URL",
    "DATA_FOLDER",
    "data_folder",
    "database_address",
    "open_to_read",
    "open_workplace",
    "restore_workplace",
    "upgrade_workplace",
]

DATA_FOLDER = "HAIRDENSITY_DATA"
"""The environment variable that names the data folder."""

DATABASE_URL = "HAIRDENSITY_DATABASE_URL"
"""The environment variable that names a PostgreSQL database: ``postgresql://user:password@host/name``."""

SQLITE_FILE = "clinic.sqlite"


def data_folder() -> Path:
    """Where an installation lies: as the environment says, else where the platform keeps data of programs."""
    named = os.environ.get(DATA_FOLDER)
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "hairdensity"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "hairdensity"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "hairdensity"


def database_address(folder: Path, database_url: str | None = None) -> str:
    """The database of an installation: as given, else as the environment says, else a file in its folder."""
    return database_url or os.environ.get(DATABASE_URL) or sqlite_url(folder / SQLITE_FILE)


def open_workplace(folder: Path, *, database_url: str | None = None) -> Workplace:
    """Open an installation for this process alone; the folder and the tables are made where they are missing.

    Parameters
    ----------
    folder : Path
        Only its owner may look into it when it is made here.
    database_url : str, optional
        ``HAIRDENSITY_DATABASE_URL`` where it is not given, else SQLite in the folder.

    Raises
    ------
    StorageError
        If another process has it open, if it cannot be written, or if a newer version has written it.
    MissingDependencyError
        If the driver for PostgreSQL is not installed.
    """
    folder = folder.absolute()
    _make_private(folder)
    with contextlib.ExitStack() as opened:
        lock = FolderLock(folder)
        opened.callback(lock.release)
        database = open_database(database_address(folder, database_url))
        opened.callback(database.close)
        refuse_newer(revision_of(database))
        upgrade(database, folder)
        Stamp(folder).follow(database)
        opened.pop_all()
    files = FileStore(folder / "files")
    files.remove_leftovers()
    workplace = Workplace(folder=folder, database=database, files=files, lock=lock)
    discard_old_drafts(workplace)
    finish_removals(workplace)
    return workplace


def open_to_read(folder: Path, *, database_url: str | None = None) -> Workplace:
    """Open an installation beside the process that works in it: to back it up and to verify it, never to write.

    Raises
    ------
    StorageError
        If there is none, or another version of the program has written it.
    MissingDependencyError
        If the driver for PostgreSQL is not installed.
    """
    folder = folder.absolute()
    address = database_address(folder, database_url)
    _refuse_nothing(folder, address)
    database = open_database(address)
    if revision_of(database) != newest_revision():
        database.close()
        raise StorageError(
            "another version of hairdensity has written the database: use that one, or upgrade it "
            "(hairdensity clinic upgrade)"
        )
    return Workplace(folder=folder, database=database, files=FileStore(folder / "files"))


def _refuse_nothing(folder: Path, address: str) -> None:
    if not folder.is_dir() or (address.startswith("sqlite") and not (folder / SQLITE_FILE).exists()):
        raise StorageError(f"there is no installation in {folder}: name its data folder, or start it once with serve")


def _make_private(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make {folder}: {error.strerror}; name another one with --data") from error
    make_folder(folder)


def upgrade_workplace(folder: Path, backup: Path, *, database_url: str | None = None) -> tuple[str, str] | None:
    """Back up an installation of an older version and bring it to this one.

    Parameters
    ----------
    folder : Path
    backup : Path
        A new folder.
    database_url : str, optional
        As for `open_workplace`.

    Returns
    -------
    (str, str) or None
        The revision before and after; None where it was of this version already.

    Raises
    ------
    InputError
        If there is something at the backup's place.
    StorageError
        If there is no installation, if a newer version has written it, or if it is open or cannot be written.
    """
    folder = folder.absolute()
    address = database_address(folder, database_url)
    _refuse_nothing(folder, address)
    with FolderLock(folder), contextlib.closing(open_database(address)) as database:
        before = revision_of(database)
        refuse_newer(before)
        if before is None or before == newest_revision():
            return None
        made = back_up(database, FileStore(folder / "files"), backup)
        note_backup(folder, backup, made.made_at)
    open_workplace(folder, database_url=database_url).close()
    return before, newest_revision()


def restore_workplace(backup: Path, folder: Path, *, database_url: str | None = None) -> Restored:
    """Make an installation from a backup, bring it to this version and put that on record.

    Parameters
    ----------
    backup : Path
        Of `store.backup.back_up`, from SQLite or PostgreSQL.
    folder : Path
    database_url : str, optional
        As for `open_workplace`.

    Raises
    ------
    InputError
        If it is no backup, or the place is not empty.
    StorageError
        If the backup is damaged, or the place cannot be written.
    """
    folder = folder.absolute()
    _make_private(folder)
    with FolderLock(folder), contextlib.closing(open_database(database_address(folder, database_url))) as database:
        restored = restore(backup, folder, database)
    detail = {"made_at": restored.manifest.made_at, "version": restored.manifest.version}
    with open_workplace(folder, database_url=database_url) as at, at.database.session() as db:
        record(db, "installation restored", ("installation", ""), clinic_id=None, user_id=None, detail=detail)
    return restored
