"""Whether the files that a manifest names are there: each folder is listed once, names compared in Unicode's NFC."""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from pathlib import Path

import pandas as pd

from hairdensity.inputs import IMAGE_SUFFIXES, OVERLAY_SUFFIX
from hairdensity.study.reading.faults import FaultLog, quoted

__all__ = ["find_pictures"]


def find_pictures(rows: pd.DataFrame, name: str, folder: Path, log: FaultLog, *, is_unique: bool) -> pd.Series:
    """(R,) paths of one column as they stand on the disk, relative to the folder, with slashes.

    Parameters
    ----------
    rows : DataFrame
    name : str
        Column of paths.
    folder : Path
        Of the manifest.
    log : FaultLog
        Takes paths that lead nowhere, out of the folder, or to what is no picture.
    is_unique : bool
        A file may be named by one row alone.
    """
    listing = _Listing(folder)
    written = rows[name]
    found = {path: listing.find(path) if path else ("", "") for path in written.unique()}
    faults = written.map({path: reason for path, (_, reason) in found.items()})
    for reason, remedy in _REMEDIES.items():
        is_so = faults == reason
        what = written[is_so].map(listing.hint) if reason == "not_found" else f"{{cell}} {_WHATS[reason]}"
        log.at(rows, is_so, name, code=reason, what=what, remedy=remedy)
    paths = written.map({path: there or path for path, (there, _) in found.items()}).astype(object)
    if is_unique:
        _refuse_twice(rows, paths, name, log)
    return paths


def _refuse_twice(rows: pd.DataFrame, paths: pd.Series, name: str, log: FaultLog) -> None:
    first = rows["row"].groupby(paths).transform("first")
    again = (paths != "") & (first != rows["row"])
    log.at(
        rows,
        again,
        name,
        code="file_twice",
        what=rows[name].map(quoted) + " is the picture of row " + first.astype(str) + " too",
        remedy="one row a picture: name the file that belongs here, or delete the row",
    )


_WHATS = {
    "absolute_path": "is a path from the root of a disk",
    "outside": "leads out of the manifest's folder",
    "no_picture_name": "is no picture by its name",
    "own_drawing": "is a drawing of what was counted, not a picture of skin",
}

_REMEDIES = {
    "absolute_path": "write it relative to the manifest's folder, so that the study can be moved",
    "outside": "put the manifest at the top of the folder that holds all pictures",
    "no_picture_name": f"name a file that ends with one of {', '.join(IMAGE_SUFFIXES)}",
    "own_drawing": "name the picture itself",
    "not_found": "check the spelling, upper and lower case, and the folder",
}


class _Listing:
    """The files below a folder, listed when they are first asked for."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._names: dict[str, dict[str, tuple[str, bool]]] = {}

    def find(self, written: str) -> tuple[str, str]:
        """(path on the disk, "") or ("", name of the fault)."""
        path = written if self._is_there(written) else written.replace("\\", "/")
        if path.startswith("/") or re.match(r"[A-Za-z]:", path):
            return "", "absolute_path"
        path = posixpath.normpath(path)
        if path == ".." or path.startswith("../"):
            return "", "outside"
        if path.lower().endswith(OVERLAY_SUFFIX):
            return "", "own_drawing"
        if posixpath.splitext(path)[1].lower() not in IMAGE_SUFFIXES:
            return "", "no_picture_name"
        there = self._resolved(path)
        return (there, "") if there else ("", "not_found")

    def hint(self, written: str) -> str:
        """What is wrong with a path that leads nowhere: perhaps a name differs by case alone."""
        parent, _, last = posixpath.normpath(written.replace("\\", "/")).rpartition("/")
        there = self._resolved_folder(parent)
        names = {} if there is None else self._listed(there)
        alike = [name for name, _ in names.values() if name.casefold() == last.casefold() and name != last]
        return f"{quoted(written)} is not there" + (f", but {quoted(alike[0])} is" if alike else "")

    def _is_there(self, path: str) -> bool:
        """A backslash may be a letter of a name on Unix."""
        return "\\" in path and not path.startswith("/") and ".." not in path and (self._top / path).is_file()

    def _resolved(self, path: str) -> str:
        parent, _, last = path.rpartition("/")
        folder = self._resolved_folder(parent)
        if folder is None:
            return ""
        name, is_folder = self._listed(folder).get(unicodedata.normalize("NFC", last), ("", True))
        return "" if is_folder else posixpath.join(folder, name)

    def _resolved_folder(self, path: str) -> str | None:
        """A folder's path on the disk, relative to the top; None when it is not there."""
        there = ""
        for part in path.split("/") if path else []:
            name, is_folder = self._listed(there).get(unicodedata.normalize("NFC", part), ("", False))
            if not is_folder:
                return None
            there = posixpath.join(there, name)
        return there

    def _listed(self, folder: str) -> dict[str, tuple[str, bool]]:
        """(name, is a folder) of each entry, by its name in NFC: macOS decomposes accents, other systems do not."""
        if folder not in self._names:
            try:
                with os.scandir(self._top / folder) as entries:
                    listed = {unicodedata.normalize("NFC", e.name): (e.name, e.is_dir()) for e in entries}
            except OSError:
                listed = {}
            self._names[folder] = listed
        return self._names[folder]
