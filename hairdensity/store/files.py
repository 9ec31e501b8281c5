"""Files under their sha256: pictures, results, views. What is there never changes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from hairdensity.errors import BusyError, StorageError
from hairdensity.files import make_folder, sha256_of

__all__ = ["FileStore"]

INCOMING = "incoming"
"""Where files lie until they are whole."""

LEFTOVER_S = 24 * 3600
"""s after which an unfinished file belongs to nobody."""


class FileStore:
    """A folder of files that are named by their content.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Keep bytes; gives their sha256. The same bytes are kept once; a damaged file is written again.

        Raises
        ------
        StorageError
            If the disk is full or may not be written; nothing of the file stays.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.is_whole(sha256):
            with self.draft() as draft:
                draft.write_bytes(content)
                self.keep(draft, sha256)
        return sha256

    @contextlib.contextmanager
    def draft(self) -> Iterator[Path]:
        """Yield an empty file on the store's disk to write to; what is not kept goes at the end.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        try:
            folder = self.folder / INCOMING
            make_folder(folder)
            descriptor, name = tempfile.mkstemp(dir=folder)
            os.close(descriptor)
            draft = Path(name)
            try:
                yield draft
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise _refused(error) from error

    def incoming(self, name: str) -> Path:
        """A draft by the name of its file, for another process that works on it.

        Raises
        ------
        StorageError
            If it is no such name.
        """
        if not name or Path(name).name != name:
            raise StorageError("this is no name of a file that comes in; please report this as a bug")
        return self.folder / INCOMING / name

    def keep(self, draft: Path, sha256: str) -> None:
        """Give a draft its name once the disk has it whole.

        Parameters
        ----------
        draft : Path
            Of `draft`, written and closed.
        sha256 : str
            Of its bytes.

        Raises
        ------
        StorageError
            If the disk is full or may not be written.
        """
        path = self.path(sha256)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _flush(draft)
            draft.replace(path)
            # The names too: a file that a row names must be there after a power cut.
            for folder in (path.parent, self.folder):
                _flush(folder)
        except OSError as error:
            raise _refused(error) from error

    def path(self, sha256: str) -> Path:
        """Where a file lies, or would lie.

        Raises
        ------
        ValueError
            If it is no sha256: nothing else ever becomes part of a path.
        """
        if not _is_sha256(sha256):
            raise ValueError(f"{sha256!r} is no sha256")
        return self.folder / sha256[:2] / sha256

    def read(self, sha256: str) -> bytes:
        """The bytes of a file, checked against their name.

        Raises
        ------
        StorageError
            If the file is gone or damaged.
        """
        try:
            content = self.path(sha256).read_bytes()
        except OSError as error:
            raise StorageError(f"the file {sha256} is not in the store: restore it from a backup") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StorageError(f"the file {sha256} is damaged: restore it from a backup")
        return content

    def require(self, sha256: str) -> None:
        """See that a file is there, in the transaction that names it and after its entry in the audit.

        A deletion that removes the same bytes at this moment holds that turn, or waits for it.

        Raises
        ------
        BusyError
            If it has just been removed.
        """
        if not self.path(sha256).exists():
            raise BusyError("the same picture was deleted at this very moment: send it once more")

    def remove(self, sha256: str) -> None:
        """Delete a file; nothing happens where there is none."""
        self.path(sha256).unlink(missing_ok=True)

    def names(self) -> set[str]:
        """The sha256 of every file."""
        return {path.name for path in self.folder.glob("??/*") if _is_sha256(path.name)}

    def is_whole(self, sha256: str) -> bool:
        """Whether a file is there and has the bytes that its name states."""
        try:
            return sha256_of(self.path(sha256)) == sha256
        except OSError:
            return False

    def remove_leftovers(self) -> None:
        """Delete what an ended process has left unfinished."""
        before = time.time() - LEFTOVER_S
        for path in (self.folder / INCOMING).glob("*"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


def _is_sha256(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _flush(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refused(error: OSError) -> StorageError:
    return StorageError(
        f"the file could not be kept: {error.strerror or error}; make room on the disk of the data folder, and see "
        "that it may be written"
    )
