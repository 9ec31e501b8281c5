"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from hairdensity.errors import StorageError

__all__ = ["make_folder", "write_whole"]


def make_folder(folder: Path) -> None:
    """Make a folder, and its parents, unless it is there, and try whether a file can be written to it.

    Raises
    ------
    StorageError
        If that is not possible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _refused("write to the folder", folder, error) from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under another name, flush it to the disk and rename it: a reader never sees half of it.

    Raises
    ------
    StorageError
        If the file cannot be written; what stood there before stays.
    """
    draft = path.with_name(f".{path.name[:80]}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise _refused("write", path, error) from error


def _refused(what: str, path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot {what} {path}: {error.strerror or error}; choose a folder that you may write to, on a disk with room"
    )
