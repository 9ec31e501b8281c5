"""What a person has uploaded for an import, until it is confirmed: a folder of its own, seen by that person alone.

Names as uploaded matter here, because a manifest speaks of them; they are cleaned before they become part of a path and
go with the folder. Nothing outside of the folder is ever read.
"""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hairdensity.clinic.access import Person, Role, require_role
from hairdensity.clinic.import_leftovers import FILES, IMPORTS, MANIFEST_SUFFIXES, OWNER, discard_old_drafts
from hairdensity.clinic.uploading import LIMITS
from hairdensity.clinic.workplace import Workplace
from hairdensity.errors import ConflictError, ImageTooLargeError, InputError, NotFoundError
from hairdensity.files import make_folder
from hairdensity.store.models import new_id

__all__ = ["ImportDraft", "find_draft", "new_draft"]

MOST_FILES = 2000
MOST_BYTES = 20_000_000_000
LARGEST_MANIFEST_BYTES = 10_000_000
MOST_PARTS = 8


class ImportDraft:
    """A folder of uploads; made by `new_draft`, found again by `find_draft`.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def id(self) -> str:
        """32 hexadecimal digits."""
        return self._folder.name

    @property
    def files(self) -> Path:
        """The folder of the uploaded files."""
        return self._folder / FILES

    def manifest(self) -> Path | None:
        """The uploaded manifest; None without one.

        Raises
        ------
        ConflictError
            If there are several tables: nobody knows which is meant.
        """
        found = sorted(path for path in self._all() if path.suffix.lower() in MANIFEST_SUFFIXES)
        if len(found) > 1:
            names = ", ".join(path.name for path in found[:3])
            raise ConflictError(f"several tables were uploaded ({names}): begin again with the manifest alone")
        return found[0] if found else None

    def n_pictures(self) -> int:
        """Uploaded files beside the manifest."""
        return sum(path.suffix.lower() not in MANIFEST_SUFFIXES for path in self._all())

    @contextmanager
    def writing(self, name: str) -> Iterator[FileInDraft]:
        """Yield a file to write to; it takes its name at the end.

        Raises
        ------
        InputError
            If the name is none, or there are too many files.
        """
        path = self.files / _clean(name)
        sizes = [each.stat().st_size for each in self._all()]
        if len(sizes) >= MOST_FILES or sum(sizes) > MOST_BYTES:
            raise InputError(
                f"an import takes {MOST_FILES} files and {MOST_BYTES / 1e9:.0f} GB: import in several parts"
            )
        is_manifest = path.suffix.lower() in MANIFEST_SUFFIXES
        earlier = self.manifest() if is_manifest else None
        draft = self._folder / f"{new_id()}.part"
        try:
            yield FileInDraft(draft, LARGEST_MANIFEST_BYTES if is_manifest else LIMITS.max_bytes)
            if earlier is not None:
                earlier.unlink()
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(path)
        except OSError as error:
            raise InputError(f"the file cannot be kept under its name ({error.strerror}): rename it") from error
        finally:
            draft.unlink(missing_ok=True)

    def named(self, image: str) -> None:
        """Give an uploaded picture the path by which the manifest calls it, where its own name alone fits.

        Parameters
        ----------
        image : str
            Relative to the manifest.
        """
        manifest = self.manifest()
        top = self.files if manifest is None else manifest.parent
        try:
            wanted = top / _clean(image)
        except InputError:
            # The manifest's own check says what is wrong with it.
            return
        same = [path for path in self._all() if path.name.casefold() == wanted.name.casefold()]
        if not wanted.exists() and len(same) == 1:
            wanted.parent.mkdir(parents=True, exist_ok=True)
            same[0].rename(wanted)

    def discard(self) -> None:
        """Delete all of it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _all(self) -> list[Path]:
        return [path for path in self.files.rglob("*") if path.is_file()]


class FileInDraft:
    """A file that is coming in."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._n_bytes = 0
        path.touch()

    def add(self, block: bytes) -> None:
        """Take the next bytes.

        Raises
        ------
        ImageTooLargeError
            If they are too many.
        """
        self._n_bytes += len(block)
        if self._n_bytes > self._most_bytes:
            raise ImageTooLargeError(f"a file may have {self._most_bytes / 1e6:.0f} MB here, this one has more")
        with self._path.open("ab") as file:
            file.write(block)


def new_draft(at: Workplace, who: Person) -> ImportDraft:
    """Make a folder for what a person is about to upload.

    Raises
    ------
    NotAllowedError
        If the role is too low.
    StorageError
        If it cannot be made.
    """
    require_role(who, Role.CLINICIAN)
    top = at.folder / IMPORTS
    make_folder(top)
    discard_old_drafts(at)
    draft = ImportDraft(top / new_id())
    make_folder(draft.files)
    (top / draft.id / OWNER).write_text(json.dumps({"user_id": who.user_id, "clinic_id": who.clinic_id}))
    return draft


def find_draft(at: Workplace, who: Person, draft_id: str) -> ImportDraft:
    """A person's own draft.

    Raises
    ------
    NotFoundError
        If there is none of that id, or it is somebody else's.
    """
    require_role(who, Role.CLINICIAN)
    folder = at.folder / IMPORTS / draft_id
    if re.fullmatch(r"[0-9a-f]{32}", draft_id) and (folder / OWNER).is_file():
        owner = json.loads((folder / OWNER).read_text())
        if owner == {"user_id": who.user_id, "clinic_id": who.clinic_id}:
            return ImportDraft(folder)
    raise NotFoundError("there is no such import; it may have been finished, or be older than a day: begin again")


def _clean(name: str) -> Path:
    """A relative path of plain parts.

    Raises
    ------
    InputError
        If it would lead elsewhere, or is no name.
    """
    parts = [part for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/") if part != "."]
    is_plain = all(part and not part.startswith(".") and part.isprintable() for part in parts)
    is_short = len(parts) <= MOST_PARTS and all(len(part.encode(errors="replace")) <= 200 for part in parts)
    if not parts or not is_plain or not is_short or re.match(r"[A-Za-z]:", parts[0]):
        raise InputError("a file's name is a plain one, in at most seven folders: rename it")
    return Path(*parts)
