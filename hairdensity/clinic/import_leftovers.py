"""Uploads for an import that have to go: nobody has confirmed them, or they speak of a patient who was deleted."""

from __future__ import annotations

import json
import shutil
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from hairdensity.clinic.access import Person
from hairdensity.clinic.workplace import Workplace
from hairdensity.files import sha256_of

__all__ = ["FILES", "IMPORTS", "KEPT_S", "MANIFEST_SUFFIXES", "OWNER", "discard_drafts_of", "discard_old_drafts"]

KEPT_S = 24 * 3600.0
"""s. A draft that nobody has confirmed goes with the next start, or when the next one is made."""

IMPORTS = "imports"
FILES = "files"
OWNER = "owner.json"
MANIFEST_SUFFIXES = (".csv", ".tsv", ".txt")


def discard_old_drafts(at: Workplace) -> None:
    """Delete drafts that nobody has confirmed within a day."""
    for folder in (at.folder / IMPORTS).glob("*"):
        if folder.is_dir() and time.time() - folder.stat().st_mtime > KEPT_S:
            shutil.rmtree(folder, ignore_errors=True)


def discard_drafts_of(at: Workplace, who: Person, code: str, pictures: Mapping[str, int]) -> None:
    """Delete the drafts of a clinic that hold a picture of a patient who was deleted, or say the patient's code.

    Parameters
    ----------
    at : Workplace
    who : Person
    code : str
    pictures : mapping of str to int
        Bytes by sha256.
    """
    for folder in (at.folder / IMPORTS).glob("*"):
        with suppress(OSError, ValueError, KeyError):
            is_ours = json.loads((folder / OWNER).read_bytes())["clinic_id"] == who.clinic_id
            if is_ours and any(_speak_of(folder / FILES, code.casefold(), pictures)):
                shutil.rmtree(folder, ignore_errors=True)


def _speak_of(files: Path, code: str, pictures: Mapping[str, int]) -> Iterator[bool]:
    """For each file: whether its name or its text holds a code, or its bytes are one of the pictures."""
    sizes = set(pictures.values())
    for path in files.rglob("*"):
        yield code in unicodedata.normalize("NFC", str(path.relative_to(files))).casefold()
        if path.suffix.lower() in MANIFEST_SUFFIXES:
            yield code in path.read_text(encoding="utf-8", errors="replace").casefold()
        elif path.is_file() and path.stat().st_size in sizes:
            yield sha256_of(path) in pictures
