"""The chain of the record: any line that is altered, deleted, moved or put in is found."""

import json

import pytest

from hairdensity.chain import entry_after, line_of
from hairdensity.errors import StorageError
from hairdensity.study.blinding.key import BlindingError
from hairdensity.study.blinding.record import (
    SEALED,
    UNBLINDED,
    append_entry,
    check_chain,
    read_record,
)


def chain(n=4):
    entries = [entry_after(None, SEALED, by="", reason="", key_sha256="k")]
    for number in range(1, n):
        entries.append(entry_after(entries[-1], UNBLINDED, by=f"M{number}", reason="why", key_sha256="k"))
    return entries


def lines_of(entries):
    return [line_of(entry).strip() for entry in entries]


def test_an_intact_chain_has_no_fault_and_says_when():
    entries = chain()
    assert check_chain(lines_of(entries)) == []
    assert [entry["number"] for entry in entries] == [1, 2, 3, 4]
    assert all(entry["when"].endswith("+00:00") for entry in entries)


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("name", ["by", "reason", "when", "key_sha256", "number", "event", "previous", "hash"])
def test_one_altered_value_is_found(at, name):
    entries = chain()
    entries[at] = entries[at] | {name: "0" if name != "number" else 9}
    assert check_chain(lines_of(entries))


def test_a_line_that_is_altered_together_with_its_own_hash_is_found_by_the_next():
    entries = chain()
    forged = entry_after(entries[0], UNBLINDED, by="M9", reason="why", key_sha256="k")
    faults = check_chain(lines_of([entries[0], forged, *entries[2:]]))
    assert faults == ["line 3 does not follow the line before it"]


@pytest.mark.parametrize("order", [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 2, 1, 3], [0, 1, 1, 2, 3], [0, 1, 2, 3, 0], []])
def test_deleted_moved_and_repeated_lines_are_found(order):
    lines = lines_of(chain())
    assert check_chain([lines[number] for number in order])


def test_a_second_sealing_is_found_though_the_chain_is_whole():
    entries = chain(2)
    lines = lines_of([*entries, entry_after(entries[-1], SEALED, by="", reason="", key_sha256="k")])
    assert check_chain(lines) == ["line 3 is not in its place"]


def test_what_is_no_entry_is_found():
    lines = lines_of(chain(2))
    assert check_chain([*lines, b"{"]) == ["line 3 is no entry"]
    assert check_chain([*lines, b"[1]"]) == ["line 3 is no entry"]


def test_entries_are_added_behind_and_read_back(tmp_path):
    path, entries = tmp_path / "record.jsonl", chain(3)
    path.write_bytes(line_of(entries[0]))
    for entry in entries[1:]:
        append_entry(path, entry)
    assert read_record(path) == entries
    assert [json.loads(line) for line in path.read_text().splitlines()] == entries


def test_without_its_file_nothing_is_recorded_and_nothing_read(tmp_path):
    with pytest.raises(StorageError, match="nothing was opened"):
        append_entry(tmp_path / "none.jsonl", chain(1)[0])
    assert not (tmp_path / "none.jsonl").exists()
    with pytest.raises(BlindingError, match="belongs beside the key"):
        read_record(tmp_path / "none.jsonl")


def test_an_altered_record_is_not_read(tmp_path):
    path = tmp_path / "record.jsonl"
    path.write_bytes(b"".join(line_of(entry) for entry in chain()).replace(b"M2", b"M3"))
    with pytest.raises(BlindingError, match="line 3 is not as it was written"):
        read_record(path)
