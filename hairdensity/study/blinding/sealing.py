"""Blinding: from a manifest to the readers' folders and the sealed key, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hairdensity.chain import entry_after, line_of
from hairdensity.errors import InputError
from hairdensity.files import json_bytes, new_folder, write_whole
from hairdensity.resources import package_version
from hairdensity.scoring import Request
from hairdensity.study.blinding.copying import StripTask
from hairdensity.study.blinding.draws import Draws, draw_codes, draw_order, draw_repeats
from hairdensity.study.blinding.handing_out import Handout, Sources, write_reader
from hairdensity.study.blinding.key import (
    KEY_FILE,
    KEY_FOLDER,
    SEALED_FILE,
    SEALED_SCHEMA,
    BlindingError,
    Key,
    cells_of,
)
from hairdensity.study.blinding.record import RECORD_FILE, SEALED
from hairdensity.study.columns import READINGS
from hairdensity.study.manifest import Manifest
from hairdensity.study.planning import Picture, plan_study
from hairdensity.workers import Outcome

__all__ = ["FIGURES", "BlindSettings", "Blinded", "blind"]

FIGURES = ("n_hairs", "n_units", "area_cm2")

STRIPPED = "stripped"
MEASURED = ("um_per_px", "scale_error")

COPY_TIME_S = 946_684_800
"""1 January 2000: the time of every file that readers get; their own times would tell the order of the visits."""

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSettings:
    """How a study is blinded.

    Parameters
    ----------
    seed : int
        Of the order, stated in the protocol.
    repeats : float
        Share of the pictures that each reader gets twice.
    n_readers : int
    figures : tuple of str
        Columns of the form that readers fill in.
    always_rewrite : bool
        All copies as PNG.
    secret : bytes
        32 random bytes; those of an earlier key repeat its blinding.
    """

    seed: int
    repeats: float = 0.1
    n_readers: int = 2
    figures: tuple[str, ...] = FIGURES
    always_rewrite: bool = False
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(SECRET_BYTES), repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.n_readers <= 99:
            raise InputError(f"there must be 1-99 readers, got {self.n_readers}")
        taken = {column.name for column in READINGS}
        for name in self.figures:
            if not name.isidentifier() or not name.islower() or name in taken or self.figures.count(name) > 1:
                raise InputError(f"figures are different names such as n_hairs or area_cm2, got {name!r}")
        if not self.figures:
            raise InputError("the readers' form needs a figure: name one, e.g. n_hairs")

    @property
    def readers(self) -> tuple[str, ...]:
        """Their codes, which name their folders."""
        return tuple(f"reader-{number}" for number in range(1, self.n_readers + 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blinded:
    """What a blinding came to.

    Parameters
    ----------
    folder : Path
    key : Key
    key_sha256 : str
    """

    folder: Path
    key: Key
    key_sha256: str


def blind(
    manifest: Manifest, out: Path, settings: BlindSettings, *, strip_all: Callable[[Sequence[StripTask]], list[Outcome]]
) -> Blinded:
    """Write coded copies for each reader and the key.

    Parameters
    ----------
    manifest : Manifest
    out : Path
        A folder that is not there yet.
    settings : BlindSettings
    strip_all : callable
        Handles the tasks with `prepare_stripping`, e.g. in child processes; outcomes in the order of the tasks.

    Raises
    ------
    InputError
        If the folder is there, or no picture can be read.
    StorageError
        If it cannot be written; then nothing is left behind.
    """
    with new_folder(out) as folder:
        (folder / STRIPPED).mkdir()
        sites = plan_study(manifest.rows, folder=manifest.folder, request=Request())
        pictures = {picture.row: picture for site in sites for picture in site.pictures}
        notes, failed = _strip(pictures, folder / STRIPPED, settings, strip_all)
        if not notes:
            raise BlindingError(f"no picture can be read; the first: {failed[0]['error_message']}")
        sources = Sources(folder=folder / STRIPPED, notes=notes, pictures=pictures)
        handouts = _hand_out(folder, sources, settings)
        key = _make_key(manifest, settings, handouts=handouts, notes=notes, failed=failed)
        shutil.rmtree(folder / STRIPPED)
        key_sha256 = _seal(folder, key)
    return Blinded(folder=out, key=key, key_sha256=key_sha256)


def _strip(
    pictures: Mapping[int, Picture],
    folder: Path,
    settings: BlindSettings,
    strip_all: Callable[[Sequence[StripTask]], list[Outcome]],
) -> tuple[dict[int, dict[str, Any]], list[dict[str, Any]]]:
    """What was noted about each row that could be stripped, and the rows that could not."""
    tasks = [
        StripTask(
            path=picture.path, request=picture.request, stem=folder / str(row), always_rewrite=settings.always_rewrite
        )
        for row, picture in sorted(pictures.items())
    ]
    outcomes = dict(zip(sorted(pictures), strip_all(tasks), strict=True))
    notes = {row: outcome.value for row, outcome in outcomes.items() if outcome.value is not None}
    failed = [
        {"row": row, "error_code": outcome.code, "error_message": outcome.message}
        for row, outcome in outcomes.items()
        if outcome.value is None
    ]
    return notes, failed


def _hand_out(folder: Path, sources: Sources, settings: BlindSettings) -> list[Handout]:
    """Write the readers' folders."""
    draws = Draws(seed=settings.seed, secret=settings.secret)
    rows = sorted(sources.notes)
    repeats = draw_repeats(draws, rows, settings.repeats)
    taken: set[str] = set()
    handouts = []
    for reader in settings.readers:
        places = draw_order(draws, rows, repeats, reader=reader)
        codes = draw_codes(draws, len(places), reader=reader, taken=taken)
        handouts.append(
            write_reader(folder / reader, places, codes, sources=sources, draws=draws, figures=settings.figures)
        )
    return handouts


def _make_key(
    manifest: Manifest,
    settings: BlindSettings,
    *,
    handouts: Sequence[Handout],
    notes: Mapping[int, dict[str, Any]],
    failed: Sequence[dict[str, Any]],
) -> Key:
    # The scale that a row states stays as it was written: what was noted is what the copies' manifest states.
    noted = {row: {("copy_" if name in MEASURED else "") + name: value for name, value in note.items()}
             for row, note in notes.items()}  # fmt: skip
    return Key(
        version=package_version(),
        seed=settings.seed,
        secret=settings.secret.hex(),
        repeats=settings.repeats,
        readers=settings.readers,
        manifest_sha256=manifest.sha256,
        rows=tuple(row | noted.get(row["row"], {}) for row in cells_of(manifest.rows)),
        copies=tuple(copy for handout in handouts for copy in handout.copies),
        files={name: sha256 for handout in handouts for name, sha256 in handout.files.items()},
        failed=tuple(failed),
    )


def _seal(folder: Path, key: Key) -> str:
    """Write the key and its record for its keeper alone, and the key's hash for everybody; make all times the same."""
    data = key.to_json()
    key_sha256 = hashlib.sha256(data).hexdigest()
    for reader in key.readers:
        sealed = {"schema": SEALED_SCHEMA, "version": key.version, "reader": reader, "seed": key.seed}
        n_pictures = sum(copy.reader == reader for copy in key.copies)
        write_whole(
            folder / reader / SEALED_FILE, json_bytes({**sealed, "n_pictures": n_pictures, "key_sha256": key_sha256})
        )
        for path in (*(folder / reader).iterdir(), folder / reader):
            os.utime(path, (COPY_TIME_S, COPY_TIME_S))
    kept = folder / KEY_FOLDER
    kept.mkdir(mode=0o700)
    entry = entry_after(None, SEALED, by="", reason="", key_sha256=key_sha256, version=key.version)
    for name, content in ((KEY_FILE, data), (RECORD_FILE, line_of(entry))):
        write_whole(kept / name, content)
        (kept / name).chmod(0o600)
    return key_sha256
