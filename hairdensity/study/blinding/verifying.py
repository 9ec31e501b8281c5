"""Whether what was sealed is as it was: the key, the copies, the record."""

from __future__ import annotations

import json
from pathlib import Path

from hairdensity.files import sha256_of
from hairdensity.inputs import shown
from hairdensity.study.blinding.handing_out import FORM_FILE
from hairdensity.study.blinding.key import KEY_FOLDER, SEALED_FILE, SEALED_SCHEMA, BlindingError, Key
from hairdensity.study.blinding.record import RECORD_FILE, check_chain

__all__ = ["blinded_folder", "check_copies", "check_record", "check_seal"]


def blinded_folder(key_path: Path, stated: Path | None = None) -> Path:
    """The folder with the readers' folders: the one that is stated, else the one that the key was written to."""
    if stated is not None:
        return stated
    if key_path.absolute().parent.name != KEY_FOLDER:
        raise BlindingError(
            f"{shown(key_path)} does not lie where it was written: name the folder of the readers' folders with "
            "--folder"
        )
    return key_path.absolute().parent.parent


def check_seal(key: Key, key_sha256: str, folder: Path) -> list[str]:
    """Where the hash of the key is not the one that the readers were given."""
    faults = []
    for reader in key.readers:
        path = folder / reader / SEALED_FILE
        try:
            sealed = json.loads(path.read_bytes())
            if not isinstance(sealed, dict) or sealed.get("schema") != SEALED_SCHEMA:
                raise ValueError(f"not of the schema {SEALED_SCHEMA}")
        except (OSError, ValueError) as error:
            faults.append(f"{shown(path)} cannot be read ({error})")
            continue
        if sealed.get("key_sha256") != key_sha256:
            faults.append(f"{shown(path)} commits to another key: {sealed.get('key_sha256')}, this one is {key_sha256}")
    return faults


def check_copies(key: Key, folder: Path) -> list[str]:
    """Which of the readers' files are altered, missing, or were never given out; their forms may change."""
    expected = {copy.file: copy.sha256 for copy in key.copies} | key.files
    faults = []
    for name, sha256 in sorted(expected.items()):
        try:
            found = sha256_of(folder / name)
        except OSError as error:
            faults.append(f"{shown(name)} cannot be read ({error.strerror or error})")
            continue
        if found != sha256:
            faults.append(f"{shown(name)} was altered")
    own = {FORM_FILE, SEALED_FILE}
    for reader in key.readers:
        there = sorted(path.name for path in (folder / reader).glob("*") if path.name not in own)
        faults += [f"{reader}/{shown(name)} was not given out" for name in there if f"{reader}/{name}" not in expected]
    return faults


def check_record(key_path: Path) -> list[str]:
    """What is wrong with the record beside a key."""
    path = key_path.with_name(RECORD_FILE)
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        return [f"{shown(path)} cannot be read ({error.strerror or error})"]
    return [f"{shown(path)}: {fault}" for fault in check_chain(lines)]
