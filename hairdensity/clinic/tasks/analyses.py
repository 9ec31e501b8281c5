"""Analyses that children remember: the last few in memory, more of them as files that all children share.

A pickle can run code where it is loaded. These are written by children and read by children, never by the server: a
child that a hostile file has taken over could reach no further by them than it has got already.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hairdensity.analysis import Analysis

__all__ = ["Analyses"]

N_IN_MEMORY = 3
"""What a person goes back and forth between; a picture of 12 MP takes 130 MB, half of it for corrections."""

SUFFIX = ".pickle"


class Analyses:
    """Analyses by key.

    Parameters
    ----------
    folder : Path
        Shared by the children.
    most_bytes : int
        Of all files in it; those that were not used for longest go first.
    """

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._in_memory: OrderedDict[str, Analysis] = OrderedDict()

    def get(self, key: str, make: Callable[[], Analysis]) -> Analysis:
        """The analysis of a key, made where nobody remembers it.

        Parameters
        ----------
        key : str
            Hexadecimal digits.
        make : callable
        """
        analysis = self._in_memory.pop(key, None) or self._load(key)
        if analysis is None:
            analysis = make()
            self._save(key, analysis)
        self._in_memory[key] = analysis
        while len(self._in_memory) > N_IN_MEMORY:
            self._in_memory.popitem(last=False)
        return analysis

    def _load(self, key: str) -> Analysis | None:
        path = self._folder / f"{key}{SUFFIX}"
        try:
            analysis: Analysis = pickle.loads(path.read_bytes())  # noqa: S301 -- see above
            os.utime(path)
        except Exception:
            # Not there, or half of one after a power cut: a damaged pickle can raise anything, and is made again.
            return None
        analysis.image.pixels.setflags(write=False)
        return analysis

    def _save(self, key: str, analysis: Analysis) -> None:
        # A disk that is full costs time later, never the result.
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self._folder / f".{key}.{os.getpid()}"
            try:
                draft.write_bytes(pickle.dumps(analysis, protocol=5))
                draft.replace(self._folder / f"{key}{SUFFIX}")
            finally:
                draft.unlink(missing_ok=True)
            self._make_room()

    def _make_room(self) -> None:
        known = []
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                facts = path.stat()
                known.append((facts.st_mtime, facts.st_size, path))
        held = sum(size for _, size, _ in known)
        for _, size, path in sorted(known)[:-1]:
            if held <= self._most_bytes:
                return
            path.unlink(missing_ok=True)
            held -= size
