"""The readings of all forms, held against the codes that were given out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from hairdensity.inputs import shown
from hairdensity.study.blinding.key import Key
from hairdensity.study.reading.faults import Fault, FaultLog
from hairdensity.study.readings import ReadingsError, read_readings

__all__ = ["collect_readings", "hash_of_readings"]

ALL_FORMS = "of all forms"
"""What a list of faults is about when it is about no single file."""


def collect_readings(key: Key, forms: Sequence[Path], *, partial: bool = False) -> pd.DataFrame:
    """The readings of some forms, still coded, by reader and position.

    Parameters
    ----------
    key : Key
    forms : sequence of Path
        One or more for each reader.
    partial : bool, optional
        Readings may be missing.

    Returns
    -------
    (N,) DataFrame
        Columns `READINGS` with ``code``; ``reading`` as the key has it.

    Raises
    ------
    ReadingsError
        With all faults of all forms.
    """
    copies = key.copies_table().set_index("code")
    faults: list[Fault] = []
    found: list[pd.DataFrame] = []
    for form in forms:
        try:
            found.append(_coded(read_readings(form)).assign(form=shown(form.name)))
        except ReadingsError as error:
            faults += [*error.faults]
    readings = (
        pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["code", "reader", "figure", "form"])
    )
    log = FaultLog()
    _check_codes(readings, copies, log)
    if not partial and not faults:
        _check_complete(readings, copies, key.readers, log)
    if faults := [*faults, *log.sorted()]:
        raise ReadingsError(ALL_FORMS, tuple(faults))
    readings = readings.assign(
        reading=readings["code"].map(copies["reading"]), position=readings["code"].map(copies["position"])
    )
    return readings.sort_values(["reader", "position"], kind="stable", ignore_index=True)


def hash_of_readings(readings: pd.DataFrame) -> str:
    """The hash of what was read, whatever the order and the form it came in."""
    lines = sorted(
        f"{code}\t{figure}\t{value!r}\t{comment}"
        for code, figure, value, comment in zip(
            readings["code"], readings["figure"], readings["value"].astype(float), readings["comment"], strict=True
        )
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _coded(readings: pd.DataFrame) -> pd.DataFrame:
    """With the code of each copy: the name of its file without the suffix."""
    names = [PurePosixPath(name.replace("\\", "/")).stem.upper() for name in readings["image"]]
    return readings.assign(code=names)


def _check_codes(readings: pd.DataFrame, copies: pd.DataFrame, log: FaultLog) -> None:
    once = readings.drop_duplicates(["form", "code"])
    for code, reader, form in zip(once["code"], once["reader"], once["form"], strict=True):
        if code not in copies.index:
            log.add(
                "unknown_code",
                f"{form} has {shown(code)}, which was never given out",
                "correct the name of the picture, or leave the row out",
            )
        elif reader != (owner := copies.loc[code, "reader"]):
            log.add(
                "other_reader",
                f"{form} has {code} as read by {shown(reader)}, but it was given to {owner}",
                "correct the reader, or find out who read it",
            )
    again = readings[readings.duplicated(["code", "figure"])].drop_duplicates(["form", "code"])
    for code, form in zip(again["code"], again["form"], strict=True):
        log.add(
            "twice",
            f"{form} has {shown(code)}, which was read already",
            "leave out the reading that does not count; a form must be given once",
        )


def _check_complete(readings: pd.DataFrame, copies: pd.DataFrame, readers: Iterable[str], log: FaultLog) -> None:
    read = set(readings["code"])
    for reader in readers:
        codes = copies.index[copies["reader"] == reader]
        missing = [code for code in codes if code not in read]
        if len(missing) == len(codes):
            log.add(
                "reader_missing",
                f"there is no reading by {reader}",
                "give the form too, or add --partial: whoever has not read yet is then no longer blinded",
            )
            continue
        for code in missing:
            log.add(
                "reading_missing",
                f"{reader} has no row for {code}",
                "let it be read, leave the cells of its row empty if it cannot be, or add --partial",
            )
