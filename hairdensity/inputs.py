"""Which files a run means: files, folders and patterns, each picture once."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from hairdensity.report.envelope import ImageError

__all__ = ["IMAGE_SUFFIXES", "OVERLAY_SUFFIX", "find_images", "shown"]

IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".bmp", ".dib"),
    *(".heic", ".heif", ".hif", ".avif", ".dcm", ".dicom"),
)
"""What a folder is searched for. A file that is named itself is tried whatever it is called."""

OVERLAY_SUFFIX = "_overlay.png"
"""Ends the name of our own drawings: a second run over the same folder must not count the hairs on them."""


def find_images(arguments: Iterable[str]) -> tuple[list[Path], list[ImageError]]:
    """The pictures that a list of arguments means.

    Parameters
    ----------
    arguments : iterable of str
        Files; folders, which are searched with all that is below them for names that end like a picture, without hidden
        ones and our own overlays; patterns with ``*``, ``?``, ``[...]`` or ``**`` that the shell left as they are.

    Returns
    -------
    paths : list of Path
        Sorted by name, each file once.
    errors : list of ImageError
        Arguments that mean no file.
    """
    found: dict[str, Path] = {}
    errors: list[ImageError] = []
    for argument in arguments:
        refused: list[OSError] = []
        try:
            paths = list(_expand(argument, refused))
        except OSError as error:
            paths, refused = [], [error]
        errors += [_unreadable(argument, error) for error in refused]
        if not paths and not refused:
            errors.append(_nothing(argument))
        for path in paths:
            found.setdefault(os.path.realpath(path), path)
    return sorted(found.values(), key=str), errors


def shown(path: str | Path) -> str:
    """A path as it may be printed and stored: unprintable characters and undecodable bytes are replaced."""
    text = os.fsencode(path).decode("utf-8", errors="replace")
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _expand(argument: str, refused: list[OSError]) -> Iterator[Path]:
    if not argument:
        return
    path = Path(argument)
    if path.is_dir():
        yield from _search(path, refused)
    elif path.exists():
        yield path
    elif glob.has_magic(argument):
        for match in glob.iglob(argument, recursive=True):  # noqa: PTH207 -- Path.glob takes no absolute pattern
            yield from _search(Path(match), refused) if Path(match).is_dir() else [Path(match)]


def _search(folder: Path, refused: list[OSError]) -> Iterator[Path]:
    """Yield the pictures in a folder and below it; links to folders are not followed, folders that refuse are noted."""
    for parent, folders, names in os.walk(folder, onerror=refused.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            is_picture = Path(name).suffix.lower() in IMAGE_SUFFIXES and not name.startswith(".")
            if is_picture and not name.endswith(OVERLAY_SUFFIX):
                yield Path(parent, name)


def _unreadable(argument: str, error: OSError) -> ImageError:
    path = error.filename if isinstance(error.filename, str | bytes) else argument
    reason = error.strerror or str(error)
    return ImageError(
        shown(os.fsdecode(path)), "unreadable", f"it cannot be looked into ({reason}): check its name and rights"
    )


def _nothing(argument: str) -> ImageError:
    if not argument:
        return ImageError("", "not_found", "an empty path: name a file or folder, . for this one")
    if Path(argument).is_dir():
        endings = ", ".join(IMAGE_SUFFIXES)
        return ImageError(shown(argument), "no_images", f"the folder holds no picture: looked for {endings}")
    if glob.has_magic(argument):
        return ImageError(shown(argument), "not_found", "no file fits the pattern: check the folder and the spelling")
    return ImageError(shown(argument), "not_found", "no such file or folder: check the spelling")
