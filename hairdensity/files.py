"""Files that are there whole or not at all, the bytes of a JSON file, and the hash of a file."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hairdensity.errors import InputError, StorageError

__all__ = ["drafted", "json_bytes", "make_folder", "new_folder", "sha256_of", "write_whole"]


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


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a private folder that takes the name of the wanted one at the end; when something fails, it goes.

    What a killed process has left of the same folder goes as well, at the start.

    Raises
    ------
    InputError
        If there is something of that name: nothing is written over.
    StorageError
        If it cannot be written.
    """
    if os.path.lexists(folder):
        raise InputError(f"{folder} is there already, and nothing is written over: name a new folder")
    make_folder(folder.parent)
    prefix = f".{folder.name[:80]}.unfinished-"
    draft, held = None, None
    try:
        _remove_leftovers(folder.parent, prefix)
        draft = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
        held = _hold(draft)
        yield draft
        draft.rename(folder)
    except OSError as error:
        raise _refused("write", folder, error) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
        if held is not None:
            os.close(held)


def _remove_leftovers(parent: Path, prefix: str) -> None:
    for path in [path for path in parent.iterdir() if path.name.startswith(prefix)]:
        held = _hold(path)
        if held is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(held)


def _hold(folder: Path) -> int | None:
    """Lock a folder for as long as this process lives; None where another one holds it, or nothing can be locked."""
    if sys.platform == "win32":
        return None
    import fcntl  # noqa: PLC0415 -- Unix alone

    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under another name, flush it to the disk and rename it: a reader never sees half of it.

    Raises
    ------
    StorageError
        If the file cannot be written; what stood there before stays.
    """
    with drafted([path]) as (draft,):
        draft.write_bytes(data)


@contextlib.contextmanager
def drafted(paths: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Names to write files under; at the end they are flushed to the disk, and renamed once all of them are.

    Parameters
    ----------
    paths : sequence of Path
        What the files are called when they are whole. A draft that is not written leaves no file under its name.

    Raises
    ------
    StorageError
        If a file cannot be written; what stood there before stays.
    """
    drafts = tuple(path.with_name(f".{path.name[:80]}.{os.getpid()}.tmp") for path in paths)
    try:
        yield drafts
        for draft in drafts:
            _flush(draft)
        for draft, path in zip(drafts, paths, strict=True):
            if draft.exists():
                draft.replace(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise _refused("write", paths[0], error) from error
    finally:
        for draft in drafts:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """A JSON file that people can read too: the same bytes for the same document.

    Raises
    ------
    ValueError
        If it holds NaN or infinity, which JSON does not know.
    """
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of a file, which is read in pieces.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(draft: Path) -> None:
    if draft.exists():
        with draft.open("rb") as file:
            os.fsync(file.fileno())


def _refused(what: str, path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot {what} {path}: {error.strerror or error}; choose a folder that you may write to, on a disk with room"
    )
