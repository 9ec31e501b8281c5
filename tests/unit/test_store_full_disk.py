"""A disk that is really full, and one that is really read-only: nothing half-written, and it is said."""

import os
import shutil
import subprocess

import pytest
from sqlalchemy import select

from hairdensity.clinic.opening import open_workplace
from hairdensity.errors import StorageError
from hairdensity.store.audit import record
from hairdensity.store.audit_checking import verify_audit
from hairdensity.store.audit_stamp import Stamp
from hairdensity.store.backup import back_up
from hairdensity.store.models import Clinic


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 3 MB in memory, and a function that has it mounted anew with other options."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(*options):
        command = [shutil.which("mount") or "mount", *options, str(folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 -- of the system

    if not mount("-t", "tmpfs", "-o", "size=3m", "tmpfs"):
        pytest.skip("a disk can be mounted by root alone; the same faults are raised by hand in test_store_database")
    yield folder, mount
    subprocess.run([shutil.which("umount") or "umount", "-l", str(folder)], check=True)  # noqa: S603 -- of the system


def add(at, name):
    with at.database.session() as db:
        db.add(Clinic(name=name))
        record(db, "clinic added", ("clinic", name), clinic_id=None, user_id=None, detail={"pad": "x" * 4000})


def names(at):
    with at.database.session(writes=False) as db:
        return db.scalars(select(Clinic.name)).all()


def fill_up(at):
    """Write files until none fits any more; gives how many there are."""
    for size in (100_000, 10_000, 1000):
        with pytest.raises(StorageError, match="No space left on device"):
            for _ in range(1000):
                at.files.put(os.urandom(size))
    return len(at.files.names())


def test_a_full_disk_loses_nothing_that_was_there(small_disk, tmp_path):
    folder, _ = small_disk
    with open_workplace(folder / "data") as at:
        add(at, "first")
        n_files = fill_up(at)
        assert all(at.files.is_whole(sha256) for sha256 in at.files.names())
        assert list((at.files.folder / "incoming").iterdir()) == []
        with pytest.raises(StorageError, match="is full: nothing was saved"):
            for number in range(100):
                add(at, f"more {number}")
        with pytest.raises(StorageError, match="cannot write"):
            back_up(at.database, at.files, folder / "backup")
        assert not (folder / "backup").exists()
        assert verify_audit(at.database, Stamp(at.folder)) == []
        for sha256 in at.files.names():
            at.files.remove(sha256)
        assert n_files > 10
        add(at, "after")
        assert {"first", "after"} <= set(names(at))
        assert verify_audit(at.database, Stamp(at.folder)) == []


def test_a_read_only_disk_is_said_and_does_no_harm(small_disk):
    folder, mount = small_disk
    with open_workplace(folder / "data") as at:
        add(at, "first")
        kept = at.files.put(b"a picture")
    assert mount("-o", "remount,ro")
    with pytest.raises(StorageError, match=r"Read-only file system|cannot write|cannot make"):
        open_workplace(folder / "data")
    assert mount("-o", "remount,rw")
    with open_workplace(folder / "data") as at:
        assert at.files.read(kept) == b"a picture"
        assert names(at) == ["first"]
