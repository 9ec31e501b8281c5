"""Which version a database is of, and the way to this one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hairdensity.errors import StorageError
from hairdensity.store.database import Database

__all__ = ["newest_revision", "refuse_newer", "revision_of", "revision_on", "upgrade", "upgrade_on"]

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def newest_revision() -> str:
    """The revision that this version of the program works with."""
    return str(_scripts().get_current_head())


def revision_of(database: Database) -> str | None:
    """The revision of a database; None for an empty one."""
    with database.session(writes=False) as db:
        return revision_on(db.connection())


def refuse_newer(revision: str | None) -> None:
    """See that this version of the program knows a revision.

    Raises
    ------
    StorageError
        If a newer version has written it.
    """
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise StorageError(
            f"the data are of revision {revision}, and this version of hairdensity knows {newest_revision()} at "
            "most: install the version that wrote it, or a newer one (pip install --upgrade 'hairdensity[web]')"
        )


def upgrade(database: Database, folder: Path) -> None:
    """Bring a database to this version, in one transaction; an empty one receives its tables.

    Parameters
    ----------
    database : Database
    folder : Path
        Where a copy of SQLite's file is kept as it was: a hospital's server has its own backups.

    Raises
    ------
    StorageError
        If it cannot be written; it stays as it was.
    """
    revision = revision_of(database)
    if revision == newest_revision():
        return
    if revision is not None:
        database.copy_file(folder / f"before-upgrade-{revision}.sqlite")
    with database.connection() as connection:
        upgrade_on(connection)


def upgrade_on(connection: Connection, revision: str = "head") -> None:
    """Bring a database to a revision, in the open transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revision_on(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
