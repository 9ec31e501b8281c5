"""The audit: grows alone, in one chain, and what is done to it behind the program's back is found."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hairdensity.clinic.opening import open_workplace
from hairdensity.store.audit import record
from hairdensity.store.audit_checking import SETTLE_S, verify_audit
from hairdensity.store.audit_stamp import Stamp

UNGUARDED = {
    "sqlite": "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_no_replace",
    "postgresql": "DROP TRIGGER audit_only_grows ON audit",
}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    assert SETTLE_S == 1.0
    monkeypatch.setattr("hairdensity.store.audit_checking.SETTLE_S", 0.0)


def write(at, n=1, **detail):
    for _ in range(n):
        with at.database.session() as db:
            record(db, "capture added", ("capture", "c" * 32), clinic_id=None, user_id=None, detail=detail)


def tamper(at, *statements):
    """What somebody does who owns the database, with the guards removed."""
    with at.database.session() as db:
        for statement in (*UNGUARDED[db.get_bind().dialect.name].split("; "), *statements):
            db.execute(text(statement))


def found(at):
    return [(broken.number, broken.what) for broken in verify_audit(at.database, Stamp(at.folder))]


def test_an_audit_as_it_was_written_has_no_breaks(installation):
    write(installation, 5, n_bytes=12, note="ä")
    assert found(installation) == []


def test_one_altered_row_is_found(installation):
    write(installation, 5)
    tamper(installation, "UPDATE audit SET event = 'capture deleted' WHERE number = 3")
    assert found(installation) == [(3, "is not as it was written")]


def test_one_altered_detail_is_found(installation):
    write(installation, 3, n_bytes=12)
    tamper(installation, """UPDATE audit SET detail = '{"n_bytes": 13}' WHERE number = 2""")
    assert found(installation) == [(2, "is not as it was written")]


def test_a_row_written_anew_with_its_hash_is_found_by_the_next_one(installation):
    write(installation, 3)
    tamper(installation, "UPDATE audit SET hash = 'another' WHERE number = 2")
    assert (3, "does not follow the entry before it") in found(installation)


def test_a_deleted_row_is_found(installation):
    write(installation, 5)
    tamper(installation, "DELETE FROM audit WHERE number = 2")
    assert found(installation) == [(3, "follows entry 1: what was between them is gone")]


def test_a_deleted_first_row_is_found(installation):
    write(installation, 2)
    tamper(installation, "DELETE FROM audit WHERE number = 1")
    assert found(installation) == [(2, "follows entry 0: what was between them is gone")]


def test_a_cut_end_is_found_by_the_stamp(installation):
    write(installation, 5)
    tamper(installation, "DELETE FROM audit WHERE number > 3")
    assert found(installation) == [(5, "is gone, with the end of the audit")]
    assert verify_audit(installation.database) == [], "the chain alone cannot show it"


def test_an_emptied_audit_is_found(installation):
    write(installation, 2)
    tamper(installation, "DELETE FROM audit")
    assert found(installation) == [(2, "is gone, with the end of the audit")]


def test_an_entry_that_the_program_did_not_add_is_found(installation):
    write(installation, 2)
    note_nothing = installation.database.after_commit.pop()
    write(installation)
    installation.database.after_commit.append(note_nothing)
    assert found(installation) == [(3, "was added while the stamp stood at 2: by something that notes none")]


def test_an_end_that_was_written_anew_is_found_by_the_stamp(installation):
    write(installation, 3)
    tamper(installation, "DELETE FROM audit WHERE number = 3")
    note_nothing = installation.database.after_commit.pop()
    write(installation, 1, other=1)
    installation.database.after_commit.append(note_nothing)
    assert found(installation) == [(3, "is another one than the stamp beside the database notes")]


def test_what_was_added_unnoted_is_on_record_after_the_next_start(tmp_path):
    with open_workplace(tmp_path) as at:
        write(at, 2)
        at.database.after_commit.clear()
        write(at, 1)
    with open_workplace(tmp_path) as at:
        assert found(at) == []
        with at.database.session(writes=False) as db:
            event, detail = db.execute(text("SELECT event, detail FROM audit ORDER BY number DESC LIMIT 1")).one()
    assert (event, detail) == ("audit ahead of its stamp", '{"from": 2, "to": 3}')


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET event = 'x'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE number = 2",
    ],
)
def test_the_database_itself_refuses_to_alter_the_audit(installation, statement):
    write(installation, 2)
    with pytest.raises(DBAPIError, match="the audit only grows"), installation.database.session() as db:
        db.execute(text(statement))
    assert found(installation) == []


def test_replacing_a_row_is_refused_too(tmp_path):
    with open_workplace(tmp_path) as at:
        write(at, 2)
        with pytest.raises(DBAPIError, match="the audit only grows"), at.database.session() as db:
            db.execute(text("INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE number = 1"))


def test_truncating_is_refused_too(postgres_url, tmp_path):
    with open_workplace(tmp_path, database_url=postgres_url) as at:
        write(at, 2)
        with pytest.raises(DBAPIError, match="the audit only grows"), at.database.session() as db:
            db.execute(text("TRUNCATE audit"))


def test_many_threads_write_one_chain(installation):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: write(installation, 5, thread=number), range(8)))
    assert found(installation) == []
    assert Stamp(installation.folder).read().number == 40
