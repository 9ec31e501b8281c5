"""Transactions: readers wait for nobody, writers take turns, and faults of the disk are said as such."""

import contextlib
import errno
import os
import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from hairdensity.clinic import opening
from hairdensity.clinic.opening import open_to_read, open_workplace, restore_workplace, upgrade_workplace
from hairdensity.errors import BusyError, InputError, StorageError
from hairdensity.store import database as database_module
from hairdensity.store import schema
from hairdensity.store.backup import read_manifest
from hairdensity.store.database import after_commit, open_database
from hairdensity.store.files import FileStore
from hairdensity.store.models import Base, Clinic
from hairdensity.store.schema import newest_revision


def names(at):
    with at.database.session(writes=False) as db:
        return sorted(db.scalars(select(Clinic.name)))


def add(at, name):
    with at.database.session() as db:
        db.add(Clinic(name=name))


def test_a_reader_does_not_wait_for_an_open_writer_and_sees_what_is_committed(installation):
    add(installation, "first")
    with installation.database.session() as db:
        db.add(Clinic(name="second"))
        db.flush()
        assert names(installation) == ["first"]
    assert names(installation) == ["first", "second"]


def test_a_reader_sees_one_moment(installation):
    add(installation, "first")
    with installation.database.session(writes=False) as db:
        assert len(db.scalars(select(Clinic)).all()) == 1
        add(installation, "second")
        assert len(db.scalars(select(Clinic.name)).all()) == 1


def test_a_reader_cannot_write(installation):
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), installation.database.session(writes=False) as db:
        db.add(Clinic(name="x"))
        db.flush()
    assert names(installation) == []


def test_writers_take_turns(installation):
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: add(installation, f"{number:02}"), range(48)))
    assert names(installation) == [f"{number:02}" for number in range(48)]


def test_a_writer_that_waits_too_long_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setattr(database_module, "WAIT_S", 0.05)
    with open_workplace(tmp_path) as at, at.database.session() as db:
        db.add(Clinic(name="first"))
        db.flush()
        with pytest.raises(BusyError, match="try again"):
            add(at, "second")


def test_what_was_typed_is_in_no_message_of_the_database(installation):
    with pytest.raises(DBAPIError) as raised, installation.database.session() as db:
        db.execute(text("INSERT INTO nowhere VALUES (:typed)"), {"typed": "what-somebody-typed"})
    assert "nowhere" in str(raised.value)
    assert "what-somebody-typed" not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://me:secret@host/name", "sqlite:///", "postgresql:/me:secret@host"]
)
def test_what_is_no_address_of_a_database_is_said_without_its_text(address):
    with pytest.raises(InputError, match="a database's address is postgresql://") as caught:
        open_database(address)
    assert "secret" not in str(caught.value)


def test_an_address_that_cannot_be_read_says_how_it_is_written():
    pytest.importorskip("psycopg")
    with pytest.raises(InputError, match="%40") as caught:
        open_database("postgresql://me:se:cret@host:port/name")
    assert "cret" not in str(caught.value)


def test_a_host_that_is_not_there_is_said(tmp_path):
    pytest.importorskip("psycopg")
    with (
        pytest.raises(StorageError, match="cannot be reached"),
        open_workplace(tmp_path, database_url="postgresql://me@[bad/name"),
    ):
        pass


def test_what_waits_for_the_commit_happens_after_it_or_never(installation):
    seen = []
    with installation.database.session() as db:
        db.add(Clinic(name="kept"))
        after_commit(db, lambda _: seen.append(names(installation)))
        assert seen == []
    assert seen == [["kept"]]
    with pytest.raises(ZeroDivisionError), installation.database.session() as db:
        after_commit(db, lambda _: seen.append("never"))
        raise ZeroDivisionError
    assert seen == [["kept"]]


def test_sqlite_is_set_up_against_loss(tmp_path):
    with open_workplace(tmp_path) as at:
        with at.database.session() as db:
            facts = [db.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]
        with at.database.session(writes=False) as db:
            readers = [db.scalar(text(f"PRAGMA {name}")) for name in ("wal_autocheckpoint", "query_only")]
    assert facts == ["wal", 2, 1]
    assert readers == [0, 1], "one connection writes, and it alone checkpoints"


def test_an_installation_is_open_once(tmp_path):
    with open_workplace(tmp_path):
        with pytest.raises(StorageError, match=f"in use by another hairdensity .process {os.getpid()}.: stop that one"):
            open_workplace(tmp_path)
        open_to_read(tmp_path).close()
    open_workplace(tmp_path).close()


def test_a_new_folder_is_private_and_a_reader_makes_none(tmp_path):
    with pytest.raises(StorageError, match="there is no installation"):
        open_to_read(tmp_path / "data")
    open_workplace(tmp_path / "data").close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_database_of_a_newer_version_is_refused_and_stays_as_it_is(installation):
    folder, url = installation.folder, installation.database.engine.url.render_as_string(hide_password=False)
    with installation.database.session() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    installation.lock.release()
    with pytest.raises(StorageError, match="install the version that wrote it, or a newer one"):
        open_workplace(folder, database_url=url)
    with pytest.raises(StorageError, match="another version"):
        open_to_read(folder, database_url=url)
    with installation.database.session() as db:
        assert db.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
        db.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": newest_revision()})
    installation.lock.__init__(folder)


def test_the_platform_decides_where_data_lie_unless_the_environment_does(monkeypatch, tmp_path):
    monkeypatch.delenv("HAIRDENSITY_DATA", raising=False)
    monkeypatch.delenv("HAIRDENSITY_DATABASE_URL", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert opening.data_folder() == tmp_path / "hairdensity"
    monkeypatch.setenv("HAIRDENSITY_DATA", "/srv/hair")
    assert opening.data_folder() == Path("/srv/hair")
    assert opening.database_address(tmp_path) == f"sqlite:///{tmp_path}/clinic.sqlite"
    monkeypatch.setenv("HAIRDENSITY_DATABASE_URL", "postgresql://u@h/d")
    assert opening.database_address(tmp_path) == "postgresql://u@h/d"


def test_a_full_database_says_so_and_keeps_nothing(tmp_path):
    with open_workplace(tmp_path) as at:
        add(at, "first")
        with at.database.session() as db:
            pages = db.scalar(text("PRAGMA page_count"))
            db.execute(text(f"PRAGMA max_page_count={pages}"))
        with pytest.raises(StorageError, match="database is full: nothing was saved"), at.database.session() as db:
            db.add_all(Clinic(name=f"{number:0120}") for number in range(400))
        assert names(at) == ["first"]
        add(at, "second")


def test_a_database_that_cannot_be_written_says_so(tmp_path):
    open_workplace(tmp_path).close()
    (tmp_path / "clinic.sqlite").unlink()
    (tmp_path / "clinic.sqlite").mkdir()
    with pytest.raises(StorageError, match="the database cannot be reached"):
        open_workplace(tmp_path)


@pytest.mark.parametrize("failing", ["write_bytes", "replace"])
def test_a_full_disk_leaves_no_half_file(tmp_path, monkeypatch, failing):
    files = FileStore(tmp_path)

    def full(path, *_):
        if failing == "write_bytes":
            with path.open("wb") as file:
                file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Path, failing, full)
        with pytest.raises(StorageError, match="No space left on device; make room"):
            files.put(b"a picture")
    assert files.names() == set()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert files.read(files.put(b"a picture")) == b"a picture"


def test_a_file_is_on_the_disk_before_its_name_is(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append(f"flush {_kind(fd)}"), fsync(fd))[1])
    monkeypatch.setattr(Path, "replace", lambda path, to: (done.append("rename"), replace(path, to))[1])
    FileStore(tmp_path).put(b"a picture")
    assert done == ["flush file", "rename", "flush folder", "flush folder"]


def _kind(descriptor):
    return "folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file"  # noqa: PTH112 -- a descriptor


def test_many_threads_keep_the_same_bytes_once(tmp_path):
    files = FileStore(tmp_path)
    start = threading.Barrier(8)

    def put(_):
        start.wait()
        return files.put(b"the same")

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(put, range(8)))) == 1
    assert len(files.names()) == 1
    assert list((tmp_path / "incoming").iterdir()) == []


def test_a_damaged_file_is_written_again(tmp_path):
    files = FileStore(tmp_path)
    sha256 = files.put(b"a picture")
    files.path(sha256).write_bytes(b"a pikture")
    with pytest.raises(StorageError, match="is damaged: restore it from a backup"):
        files.read(sha256)
    assert files.read(files.put(b"a picture")) == b"a picture"


def test_only_a_hash_becomes_part_of_a_path(tmp_path):
    for name in ("../../etc/passwd", "a" * 63, "A" * 64, "a" * 63 + "/"):
        with pytest.raises(ValueError, match="is no sha256"):
            FileStore(tmp_path).path(name)


def test_migrations_and_models_agree(installation):
    with installation.database.connection() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)
    assert found == []


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """Have the program know one migration more."""
    later = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, later, ignore=shutil.ignore_patterns("__pycache__"))
    (later / "versions" / "9000_later.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n\n"
        'revision = "9000"\n'
        f"down_revision = {newest_revision()!r}\n\n\n"
        "def upgrade():\n"
        '    with op.batch_alter_table("clinics") as table:\n'
        '        table.add_column(sa.Column("town", sa.String(80), nullable=False, server_default="unknown"))\n'
    )
    return lambda: monkeypatch.setattr(schema, "MIGRATIONS", later)


def test_a_database_of_an_older_version_is_upgraded_and_its_file_is_kept(tmp_path, next_version):
    with open_workplace(tmp_path / "data") as at:
        add(at, "first")
    before = newest_revision()
    next_version()
    with open_workplace(tmp_path / "data") as at, at.database.session(writes=False) as db:
        assert db.execute(text("SELECT name, town FROM clinics")).all() == [("first", "unknown")]
    copy = sqlite3.connect(tmp_path / "data" / f"before-upgrade-{before}.sqlite")
    with contextlib.closing(copy):
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(before,)]
        assert copy.execute("SELECT name FROM clinics").fetchall() == [("first",)]


def test_an_upgrade_begins_with_a_backup(installation, tmp_path, next_version):
    folder, url = installation.folder, installation.database.engine.url.render_as_string(hide_password=False)
    add(installation, "first")
    installation.close()
    assert upgrade_workplace(folder, tmp_path / "none", database_url=url) is None
    assert not (tmp_path / "none").exists()
    before = newest_revision()
    next_version()
    assert upgrade_workplace(folder, tmp_path / "backup", database_url=url) == (before, "9000")
    assert read_manifest(tmp_path / "backup").revision == before
    restore_workplace(tmp_path / "backup", tmp_path / "second")
    with open_workplace(tmp_path / "second") as at, at.database.session(writes=False) as db:
        assert db.execute(text("SELECT name, town FROM clinics")).all() == [("first", "unknown")]


def test_a_migration_that_fails_leaves_the_database_as_it_was(installation, next_version):
    folder, url = installation.folder, installation.database.engine.url.render_as_string(hide_password=False)
    add(installation, "first")
    installation.close()
    before = newest_revision()
    next_version()
    broken = schema.MIGRATIONS / "versions" / "9000_later.py"
    broken.write_text(broken.read_text() + "    op.execute('no SQL')\n")
    with pytest.raises(DBAPIError, match="syntax error"):
        open_workplace(folder, database_url=url)
    with contextlib.closing(open_database(url)) as database, database.session(writes=False) as db:
        assert db.execute(text("SELECT * FROM clinics")).one().name == "first"
        assert db.scalar(text("SELECT version_num FROM alembic_version")) == before
