"""A reader's folder: the coded copies, their manifest, and the form to fill in."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hairdensity.files import write_whole
from hairdensity.study.blinding.draws import Draws, Place
from hairdensity.study.blinding.key import Copy
from hairdensity.study.blinding.stripping import N_SHAPES, Stripped, with_other_bytes
from hairdensity.study.planning import Picture

__all__ = ["FORM_FILE", "MANIFEST_FILE", "Handout", "Sources", "write_reader"]

MANIFEST_FILE, FORM_FILE = "manifest.csv", "readings.csv"
MANIFEST_COLUMNS = ("image", "patient", "visit", "um_per_px", "scale_error", "ruler_tick_mm", "area", "area_mask")
"""A manifest that `study run` takes: each copy is a patient of its own with one visit, so that nothing is compared."""

BLINDED_VISIT = "blinded"
AREA_SUFFIX = ".area.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What copies are made of.

    Parameters
    ----------
    folder : Path
        Holds the stripped pictures under the numbers of their rows.
    notes : mapping of int to dict
        By row: what `prepare_stripping` noted.
    pictures : mapping of int to Picture
        By row: what the manifest says.
    """

    folder: Path
    notes: Mapping[int, dict[str, Any]]
    pictures: Mapping[int, Picture]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """What one reader gets: the copies in their order, and the hashes of the other files that nobody may alter."""

    copies: tuple[Copy, ...]
    files: dict[str, str]


def write_reader(
    folder: Path,
    places: Sequence[Place],
    codes: Sequence[str],
    *,
    sources: Sources,
    draws: Draws,
    figures: tuple[str, ...],
) -> Handout:
    """Make a reader's folder, named by the reader's code; copies are written in the order in which they are read.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    folder.mkdir()
    reader = folder.name
    copies, lines, files = [], [], {}
    for position, (place, code) in enumerate(zip(places, codes, strict=True), start=1):
        # Odd for repeats, else even: the two files of one picture are never the same.
        number = 2 * draws.below(N_SHAPES // 2, "bytes", reader, *place) + place.reading - 1
        name, sha256 = _copy(sources, place.row, folder / code, number)
        copies.append(
            Copy(
                code=code,
                reader=reader,
                position=position,
                row=place.row,
                reading=place.reading,
                file=f"{reader}/{name}",
                sha256=sha256,
            )
        )
        mask = ""
        if sources.notes[place.row]["has_area_mask"]:
            mask, files[f"{reader}/{code}{AREA_SUFFIX}"] = _copy_mask(sources, place.row, folder / code, number)
        lines.append(_manifest_line(sources, place.row, code=code, image=name, mask=mask))
    files[f"{reader}/{MANIFEST_FILE}"] = _write_csv(folder / MANIFEST_FILE, MANIFEST_COLUMNS, lines)
    form = [(reader, copy.file.partition("/")[2], *[""] * len(figures), "") for copy in copies]
    _write_csv(folder / FORM_FILE, ("reader", "image", *figures, "comment"), form)
    return Handout(copies=tuple(copies), files=files)


def _copy(sources: Sources, row: int, stem: Path, number: int) -> tuple[str, str]:
    """Name and hash of a picture's copy."""
    suffix = sources.notes[row]["suffix"]
    return _write_other_bytes(sources.folder / f"{row}{suffix}", stem.with_suffix(suffix), suffix, number)


def _copy_mask(sources: Sources, row: int, stem: Path, number: int) -> tuple[str, str]:
    return _write_other_bytes(sources.folder / f"{row}{AREA_SUFFIX}", stem.with_suffix(AREA_SUFFIX), ".png", number)


def _write_other_bytes(source: Path, target: Path, suffix: str, number: int) -> tuple[str, str]:
    stripped = Stripped(data=source.read_bytes(), suffix=suffix, is_rewritten=False)
    data = with_other_bytes(stripped, number)
    write_whole(target, data)
    return target.name, hashlib.sha256(data).hexdigest()


def _manifest_line(sources: Sources, row: int, *, code: str, image: str, mask: str) -> tuple[str, ...]:
    notes, request = sources.notes[row], sources.pictures[row].request
    area = "" if mask or request.area == "whole" else request.area
    numbers = (notes["um_per_px"], notes["scale_error"], request.tick_mm)
    return (image, code, BLINDED_VISIT, *map(_number, numbers), area, mask)


def _number(value: float | None) -> str:
    # repr() reads back as the same number: the copy is analyzed on exactly the original's scale.
    return "" if value is None or math.isnan(value) else repr(value)


def _write_csv(path: Path, header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Write a table and return its hash."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    data = text.getvalue().encode()
    write_whole(path, data)
    return hashlib.sha256(data).hexdigest()
