import sqlite3

import pytest

from hairdensity.errors import StorageError
from hairdensity.study import ledger as ledger_module
from hairdensity.study.history import first_break, record_event
from hairdensity.study.ledger import Entry, FileStamp, Ledger

SCORED = Entry(kind="score", value={"n": 3, "text": "µ"})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def test_a_result_is_there_after_closing(path):
    with Ledger(path) as ledger:
        ledger.put("a", SCORED)
    with Ledger(path) as ledger:
        assert ledger.get("a") == SCORED
        assert ledger.get("b") is None


def test_a_result_is_added_and_never_changed(path):
    with Ledger(path) as ledger:
        ledger.put("a", SCORED)
        ledger.put("a", Entry(kind="score", code="crashed"))
        assert ledger.get("a") == SCORED


def test_a_fault_is_kept_with_its_words_until_it_is_to_be_tried_again(path):
    fault = Entry(kind="score", code="timeout", message="too slow", attempts=2)
    with Ledger(path) as ledger:
        ledger.put("a", fault)
        ledger.put("b", SCORED)
        assert ledger.get("a") == fault
        assert ledger.codes() == {"a": "timeout", "b": ""}
        assert ledger.forget_faults() == 1
        assert ledger.codes() == {"b": ""}


def test_hashes_and_settings_are_kept_without_a_result(path):
    stamp = FileStamp("/a", 5, 7)
    with Ledger(path) as ledger:
        ledger.put_hash(stamp, "sha")
        ledger.put_settings("s", "{}")
    with Ledger(path) as ledger:
        assert ledger.hashes() == {stamp: "sha"}
        assert ledger.settings() == {"s": "{}"}


def test_merging_takes_what_is_not_here_and_leaves_the_other_alone(path, tmp_path):
    other_path = tmp_path / "other.sqlite"
    with Ledger(other_path) as other:
        other.put("a", Entry(kind="score", code="crashed"))
        other.put("b", SCORED)
        other.put_settings("s", "{}")
    with Ledger(path) as ledger:
        ledger.put("a", SCORED)
        assert ledger.merge(other_path) == 2  # b, s
        assert ledger.merge(other_path) == 0
        assert ledger.get("a") == ledger.get("b") == SCORED
        assert ledger.settings() == {"s": "{}"}
    with Ledger(other_path) as other:
        assert other.codes() == {"a": "crashed", "b": ""}


def test_a_second_run_on_the_same_ledger_is_refused(path, tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_module, "BUSY_S", 0.01)
    with Ledger(path), pytest.raises(StorageError, match="in use by another study run"):
        Ledger(path)
    with Ledger(path), Ledger(tmp_path / "main.sqlite") as main, pytest.raises(StorageError, match="in use"):
        main.merge(path)


def test_a_damaged_ledger_is_refused_and_not_written_over(path):
    path.write_bytes(b"no database" * 500)
    with pytest.raises(StorageError, match="damaged"):
        Ledger(path)
    assert path.read_bytes() == b"no database" * 500


def test_a_ledger_of_a_newer_version_is_refused(path):
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="another version"):
        Ledger(path)


def test_a_ledger_in_no_folder_is_refused(tmp_path):
    with pytest.raises(StorageError, match="choose a folder"):
        Ledger(tmp_path / "none" / "ledger.sqlite")


def test_a_full_disk_loses_nothing_that_was_kept(path):
    noise = {str(i): i**9 for i in range(20_000)}
    with Ledger(path) as ledger:
        ledger.put("a", SCORED)
        # SQLite's own limit of the file's size stands for a full disk: it fails alike (SQLITE_FULL).
        (n_pages,) = ledger._db.execute("PRAGMA page_count").fetchone()
        ledger._db.execute(f"PRAGMA max_page_count = {n_pages + 2}")
        with pytest.raises(StorageError, match=r"full.*what is done is kept"):
            ledger.put("b", Entry(kind="score", value=noise))
    with Ledger(path) as ledger:
        assert ledger.codes() == {"a": ""}


def test_commits_are_flushed_through_a_rollback_journal(path):
    with Ledger(path) as ledger:
        assert ledger._db.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
        assert ledger._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_the_history_shows_which_line_was_altered(tmp_path):
    path = tmp_path / "ledger.history.jsonl"
    for number in range(3):
        record_event(path, "start", {"pictures": number})
    assert first_break(path) is None
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"pictures": 1', b'"pictures": 7'))
    assert first_break(path) == 2
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[1:]))
    assert first_break(path) == 1


def test_a_damaged_last_line_stops_no_run_and_stays_seen(tmp_path):
    path = tmp_path / "ledger.history.jsonl"
    record_event(path, "start", {})
    path.write_bytes(path.read_bytes() + b"{")
    record_event(path, "start", {})
    record_event(path, "end", {})
    assert first_break(path) == 2
