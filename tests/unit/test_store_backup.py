"""Backup, destroy, restore: the same rows and files, on either database and from one to the other."""

import json
import shutil

import pytest
from sqlalchemy import text

from hairdensity.clinic.opening import open_workplace, restore_workplace
from hairdensity.errors import InputError, StorageError
from hairdensity.store.audit_checking import verify_audit
from hairdensity.store.audit_stamp import Stamp
from hairdensity.store.backup import back_up, read_manifest
from hairdensity.store.checking import check_files
from hairdensity.store.rows import tables_of, write_rows
from tests.clinic_rows import fill


def rows_of(at):
    with at.database.session(writes=False) as db:
        return {table.name: write_rows(db.connection(), table) for table in tables_of(db.connection())}


def back_up_of(at, folder):
    return back_up(at.database, at.files, folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request):
    return request.getfixturevalue("postgres_url") if request.param == "postgresql" else None


@pytest.fixture
def backed_up(tmp_path):
    """A backup of a filled installation that has been destroyed since, and the rows that it had."""
    with open_workplace(tmp_path / "first") as at:
        fill(at)
        rows = rows_of(at)
        back_up_of(at, tmp_path / "backup")
    shutil.rmtree(tmp_path / "first")
    return tmp_path / "backup", rows


def restored_equals(at, rows):
    after = rows_of(at)
    # The restoring itself is the one new entry.
    assert after.pop("audit").n_rows == rows["audit"].n_rows + 1
    assert after == {name: facts for name, facts in rows.items() if name != "audit"}
    found = check_files(at.database, at.files)
    assert (found.n_files, found.missing, found.damaged, found.unnamed) == (8, [], [], [])
    assert verify_audit(at.database, Stamp(at.folder)) == []
    with at.database.session(writes=False) as db:
        last = db.execute(text("SELECT event FROM audit ORDER BY number DESC LIMIT 1")).scalar_one()
    assert last == "installation restored"


def test_what_was_destroyed_is_restored_to_either_database(backed_up, empty_url, tmp_path):
    backup, rows = backed_up
    restored = restore_workplace(backup, tmp_path / "second", database_url=empty_url)
    assert restored.breaks == []
    with open_workplace(tmp_path / "second", database_url=empty_url) as at:
        restored_equals(at, rows)


def test_a_backup_of_postgresql_is_restored_to_a_file(postgres_url, tmp_path):
    with open_workplace(tmp_path / "first", database_url=postgres_url) as at:
        fill(at)
        rows = rows_of(at)
        back_up_of(at, tmp_path / "backup")
    restore_workplace(tmp_path / "backup", tmp_path / "second")
    with open_workplace(tmp_path / "second") as at:
        restored_equals(at, rows)


def test_a_backup_is_taken_while_somebody_writes(installation, tmp_path):
    fill(installation)
    with installation.database.session() as db:
        db.execute(text("UPDATE patients SET code = 'not committed'"))
        db.flush()
        made = back_up_of(installation, tmp_path / "backup")
    assert made.tables["patients"].n_rows == 1
    assert "not committed" not in (tmp_path / "backup" / "rows" / "patients.jsonl").read_text()


def test_a_manifest_states_versions_rows_and_files(backed_up):
    backup, rows = backed_up
    manifest = read_manifest(backup)
    assert manifest.tables == rows
    assert manifest.audit.number == rows["audit"].n_rows
    assert (len(manifest.files), manifest.missing) == (8, [])
    assert all((backup / "files" / sha256[:2] / sha256).stat().st_size == n for sha256, n in manifest.files.items())
    assert (backup.stat().st_mode & 0o077) == 0, "nobody else looks into it"


@pytest.mark.parametrize("part", ["files", "rows"])
def test_a_damaged_backup_is_refused_and_nothing_is_written(backed_up, tmp_path, part):
    backup, _ = backed_up
    victim = next(path for path in sorted((backup / part).rglob("*")) if path.is_file() and path.stat().st_size)
    victim.write_bytes(victim.read_bytes() + b"x")
    with pytest.raises(StorageError, match=r"missing or damaged.*nothing was restored"):
        restore_workplace(backup, tmp_path / "second")
    with open_workplace(tmp_path / "second") as at:
        assert sum(facts.n_rows for facts in rows_of(at).values()) == 0


def test_what_is_there_is_never_written_over(backed_up, tmp_path, empty_url):
    backup, _ = backed_up
    with open_workplace(tmp_path / "busy", database_url=empty_url) as at:
        fill(at, picture=b"other")
        rows = rows_of(at)
    with pytest.raises(InputError, match="hold"):
        restore_workplace(backup, tmp_path / "busy", database_url=empty_url)
    if empty_url:
        with pytest.raises(InputError, match="has rows already"):
            restore_workplace(backup, tmp_path / "elsewhere", database_url=empty_url)
    with open_workplace(tmp_path / "busy", database_url=empty_url) as at:
        assert rows_of(at) == rows
    with open_workplace(tmp_path / "third") as at, pytest.raises(InputError, match="nothing is written over"):
        back_up_of(at, backup)


def test_a_backup_of_a_newer_version_is_refused(backed_up, tmp_path):
    backup, _ = backed_up
    document = json.loads((backup / "manifest.json").read_text())
    (backup / "manifest.json").write_text(json.dumps(document | {"revision": "9999"}))
    with pytest.raises(StorageError, match="install the version that wrote it"):
        restore_workplace(backup, tmp_path / "second")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": "hairdensity-backup-2"}'])
def test_what_is_no_backup_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(InputError, match="backup"):
        restore_workplace(tmp_path, tmp_path / "second")


def test_a_backup_with_a_broken_audit_is_restored_and_says_so(tmp_path):
    with open_workplace(tmp_path / "first") as at:
        fill(at)
        fill(at, code="P-2")
        with at.database.session() as db:
            db.execute(text("DROP TRIGGER audit_no_update"))
            db.execute(text("UPDATE audit SET event = 'x' WHERE number = 1"))
        back_up_of(at, tmp_path / "backup")
    restored = restore_workplace(tmp_path / "backup", tmp_path / "second")
    assert [broken.number for broken in restored.breaks] == [1]


def test_a_missing_file_is_named_and_the_rest_is_backed_up(tmp_path):
    with open_workplace(tmp_path / "first") as at:
        rows = fill(at)
        at.files.remove(rows.pictures[0])
        made = back_up_of(at, tmp_path / "backup")
    assert made.missing == [rows.pictures[0]]
    assert len(made.files) == 7
    restore_workplace(tmp_path / "backup", tmp_path / "second")
    with open_workplace(tmp_path / "second") as at:
        assert check_files(at.database, at.files).missing == [rows.pictures[0]]
