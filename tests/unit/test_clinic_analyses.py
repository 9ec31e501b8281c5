"""Analyses that children remember: made once, shared over files, bounded."""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from hairdensity.clinic.tasks.analyses import N_IN_MEMORY, Analyses


class Maker:
    """Makes what stands for an analysis, and counts."""

    def __init__(self):
        self.n_made = 0

    def __call__(self):
        self.n_made += 1
        pixels = np.zeros((100, 100, 3), dtype=np.uint8)
        return SimpleNamespace(image=SimpleNamespace(pixels=pixels), number=self.n_made)


@pytest.fixture
def make():
    return Maker()


def test_it_is_made_once_and_known_to_the_next_child(tmp_path, make):
    first, second = (Analyses(tmp_path, most_bytes=10**9) for _ in range(2))
    assert [first.get("aa", make).number, first.get("aa", make).number, second.get("aa", make).number] == [1, 1, 1]
    assert make.n_made == 1
    assert not second.get("aa", make).image.pixels.flags.writeable


def test_memory_holds_the_last_few(tmp_path, make):
    analyses = Analyses(tmp_path / "none", most_bytes=0)
    keys = [f"{number:02x}" for number in range(N_IN_MEMORY + 1)]
    for key in keys:
        analyses.get(key, make)
    for path in (tmp_path / "none").iterdir():
        path.unlink()
    made_before = make.n_made
    analyses.get(keys[-1], make)
    assert make.n_made == made_before
    analyses.get(keys[0], make)
    assert make.n_made == made_before + 1


def test_files_that_were_not_used_for_longest_go_first(tmp_path, make):
    analyses = Analyses(tmp_path, most_bytes=70_000)
    for number, key in enumerate(("aa", "bb")):
        analyses.get(key, make)
        os.utime(tmp_path / f"{key}.pickle", (number, number))
    Analyses(tmp_path, most_bytes=70_000).get("aa", make)
    analyses.get("cc", make)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["aa", "cc"]


def test_half_a_file_is_made_again(tmp_path, make):
    Analyses(tmp_path, most_bytes=10**9).get("aa", make)
    path = tmp_path / "aa.pickle"
    path.write_bytes(path.read_bytes()[:1000])
    assert Analyses(tmp_path, most_bytes=10**9).get("aa", make).number == 2
