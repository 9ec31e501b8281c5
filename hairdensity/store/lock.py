"""One process at a time: the lock of a data folder, held for as long as the process lives."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Self

from hairdensity.errors import StorageError

__all__ = ["FolderLock"]

NAME = "in-use.lock"


class FolderLock:
    """The lock of a folder; a context manager.

    The file stays; what counts is the operating system's lock on it, which goes with the process however it ends.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    StorageError
        If another process holds it, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageError(f"cannot write to {folder}: {error.strerror}; see who owns it and the disk") from error
        try:
            _lock(self._descriptor)
        except OSError as error:
            holder = os.pread(self._descriptor, 20, 0).decode(errors="replace").strip() if os.name != "nt" else ""
            os.close(self._descriptor)
            raise StorageError(
                f"{folder} is in use by another hairdensity{f' (process {holder})' if holder else ''}: stop that one "
                "first, or do the same on its page; backup and verify work while it runs"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let the next one in; nothing happens where it was released before."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 -- Windows alone

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 -- Unix alone

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
