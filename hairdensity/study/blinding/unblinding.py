"""Unblinding: recorded first, then written; readings that change afterwards are known as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hairdensity.chain import entry_after
from hairdensity.errors import InputError
from hairdensity.extras import require_pyarrow
from hairdensity.files import json_bytes, new_folder, write_whole
from hairdensity.inputs import shown
from hairdensity.resources import package_version
from hairdensity.study.blinding.collecting import collect_readings, hash_of_readings
from hairdensity.study.blinding.key import BlindingError, Key, read_key
from hairdensity.study.blinding.record import RECORD_FILE, UNBLINDED, append_entry, read_record
from hairdensity.study.blinding.restoring import restore_readings, restore_table, restored_columns
from hairdensity.study.blinding.verifying import blinded_folder, check_seal
from hairdensity.study.columns import READINGS
from hairdensity.study.folder import RUN, StudyTables, read_study
from hairdensity.study.table_files import TableWriter
from hairdensity.study.tables import TABLE_NAMES, columns_of, covariates_of
from hairdensity.tables import Column

__all__ = ["UnblindSettings", "Unblinded", "unblind"]

UNBLINDING_FILE = "unblinding.json"

CODED_TABLES = ("images", "hairs", "units")
"""Tables with a row for a picture or its parts. Of comparisons there is none: every copy is a patient of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblindSettings:
    """What is opened, by whom, and why.

    Parameters
    ----------
    key : Path
    out : Path
        A folder that is not there yet.
    by : str
        Code of the person.
    reason : str
    readings : tuple of Path
        Forms that readers filled in.
    study : Path or None
        Folder of a study run over one reader's coded copies.
    folder : Path or None
        Holds the readers' folders; None for the one that the key was written to.
    partial : bool
        Some readings may be missing.
    after_unblinding : bool
        The readings may differ from those that were opened before; the record says so.
    """

    key: Path
    out: Path
    by: str
    reason: str
    readings: tuple[Path, ...] = ()
    study: Path | None = None
    folder: Path | None = None
    partial: bool = False
    after_unblinding: bool = False

    def __post_init__(self) -> None:
        for name, text in (("by", self.by), ("reason", self.reason)):
            if not text.strip():
                raise InputError(f"an unblinding needs --{name}: it stands in the record")
        if not self.readings and self.study is None:
            raise InputError("there is nothing to open: give --readings, --study or both")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unblinded:
    """What an unblinding came to: its entry in the record, and how many readings were opened."""

    entry: dict[str, Any]
    n_readings: int
    n_missing: int


def unblind(settings: UnblindSettings) -> Unblinded:
    """Put patient, visit and arm back to readings, and to the tables of a run over coded copies.

    Everything is checked before; the record is written before anything is revealed.

    Raises
    ------
    BlindingError
        If key or record were altered, the folder is there, or the readings were changed after an unblinding.
    ReadingsError
        With all faults of the readings.
    StorageError
        If record or results cannot be written.
    """
    require_pyarrow()
    key, key_sha256 = read_key(settings.key)
    if faults := check_seal(key, key_sha256, blinded_folder(settings.key, settings.folder)):
        raise BlindingError(f"the key is not the sealed one: {'; '.join(faults)}; find the key as it was written")
    record_path = settings.key.with_name(RECORD_FILE)
    record = read_record(record_path)
    if record[0]["key_sha256"] != key_sha256:
        raise BlindingError(f"the record {shown(record_path)} belongs to another key; find the one beside this key")
    readings = collect_readings(key, settings.readings, partial=settings.partial) if settings.readings else None
    study = None if settings.study is None else read_study(settings.study)
    readings_sha256 = "" if readings is None else hash_of_readings(readings)
    is_after = _is_after(record, readings_sha256)
    if is_after and not settings.after_unblinding:
        raise BlindingError(
            "these readings are not those that were opened before: somebody could have known the arms when they were "
            "written; add --after-unblinding to open them all the same, marked so in the record"
        )
    with new_folder(settings.out) as folder:
        _write_tables(folder, key, readings, study)
        entry = entry_after(
            record[-1],
            UNBLINDED,
            by=settings.by.strip(),
            reason=settings.reason.strip(),
            key_sha256=key_sha256,
            readings_sha256=readings_sha256,
            after_unblinding=is_after,
            n_readings=0 if readings is None else len(readings),
            with_study=study is not None,
            version=package_version(),
        )
        write_whole(folder / UNBLINDING_FILE, json_bytes({"schema": "hairdensity/unblinding-1", **entry}))
        # The tables become visible only under their name, which they take after this.
        append_entry(record_path, entry)
    n_missing = 0 if readings is None else int(readings["value"].isna().sum())
    return Unblinded(entry=entry, n_readings=entry["n_readings"], n_missing=n_missing)


def _is_after(record: Sequence[dict[str, Any]], readings_sha256: str) -> bool:
    """Whether the codes were opened before these readings were shown."""
    opened = [entry["readings_sha256"] for entry in record if entry["event"] == UNBLINDED]
    return bool(opened and readings_sha256) and readings_sha256 not in opened


def _write_tables(folder: Path, key: Key, readings: pd.DataFrame | None, study: StudyTables | None) -> None:
    if readings is not None:
        _write_table(folder, "readings", READINGS, restore_readings(readings, key))
    if study is None:
        return
    covariates = covariates_of(pd.DataFrame(list(key.rows)))
    for name in TABLE_NAMES:
        table: pd.DataFrame = getattr(study, name)
        if name not in CODED_TABLES:
            _write_table(folder, name, columns_of(name), table)
            continue
        table = restore_table(table, name, key, covariates)
        _write_table(folder, name, restored_columns(name, covariates), table)
    # The hashes are those of the coded tables.
    run = {name: value for name, value in study.run.items() if name != "sha256"}
    write_whole(folder / RUN, json_bytes({**run, "unblinded": True}))


def _write_table(folder: Path, name: str, columns: Sequence[Column], table: pd.DataFrame) -> None:
    with TableWriter(columns, parquet=folder / f"{name}.parquet", csv=folder / f"{name}.csv") as writer:
        writer.add({}, {str(column): table[column].tolist() for column in table})
