"""A folder that is there whole or not at all, and what a killed process has left of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hairdensity.errors import InputError
from hairdensity.files import new_folder


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_has_its_name_at_the_end(tmp_path: Path) -> None:
    with new_folder(tmp_path / "study") as draft:
        (draft / "a").write_text("a")
        assert not (tmp_path / "study").exists()
    assert names_in(tmp_path) == ["study"]
    assert names_in(tmp_path / "study") == ["a"]


def test_nothing_is_left_of_one_that_fails(tmp_path: Path) -> None:
    with pytest.raises(InputError), new_folder(tmp_path / "study") as draft:
        (draft / "a").write_text("a")
        raise InputError("no")
    assert names_in(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not locked there, so nothing is deleted")
def test_what_a_killed_process_left_goes_and_what_another_one_writes_stays(tmp_path: Path) -> None:
    left = tmp_path / ".study.unfinished-killed"
    left.mkdir()
    (left / "copy.jpg").write_bytes(b"picture")
    (tmp_path / ".other.unfinished-killed").mkdir()
    with new_folder(tmp_path / "study") as first:
        with pytest.raises(InputError, match="second"), new_folder(tmp_path / "study"):
            raise InputError("second")
        assert first.exists()
        assert not left.exists()
    assert names_in(tmp_path) == [".other.unfinished-killed", "study"]
