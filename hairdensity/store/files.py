"""Files under their sha256: pictures, results, views. What is there never changes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hairdensity.errors import StorageError
from hairdensity.files import make_folder, write_whole

__all__ = ["FileStore"]


class FileStore:
    """A folder of files that are named by their content.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Keep bytes; gives their sha256. The same bytes are kept once."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if not path.exists():
            make_folder(path.parent)
            write_whole(path, content)
        return sha256

    def path(self, sha256: str) -> Path:
        """Where a file lies, or would lie.

        Raises
        ------
        ValueError
            If it is no sha256: nothing else ever becomes part of a path.
        """
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
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

    def remove(self, sha256: str) -> None:
        """Delete a file; nothing happens where there is none."""
        self.path(sha256).unlink(missing_ok=True)
