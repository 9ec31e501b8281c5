"""A manifest as far as folder and file names tell it."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hairdensity.errors import InputError
from hairdensity.inputs import find_images, shown
from hairdensity.report.spreadsheets import no_formula
from hairdensity.study.proposal.capture_date import capture_date
from hairdensity.study.proposal.guessing import guess_fields
from hairdensity.study.proposal.pattern import PathPattern
from hairdensity.study.proposal.unifying import with_one_name_each
from hairdensity.study.reading.visits import visit_name_key

__all__ = ["Proposal", "propose_manifest"]

COLUMNS = (
    "image",
    "patient",
    "site",
    "visit",
    "week",
    "date",
    "replicate",
    "arm",
    "center",
    "device",
    "um_per_px",
    "area",
    "control_site",
    "treatment",
    "needle_depth_mm",
    "sessions",
    "interval_days",
    "combined_with",
    "alopecia_type",
)
"""What a trialist is asked for; other ways to state scale and area are in the docs."""

_TO_FILL_IN = {
    "patient": "a code for each patient, never a name",
    "site": "the place on the scalp; empty means that there is one for all",
    "visit": "the name of the visit, e.g. baseline, week 12",
    "week": "planned weeks since baseline, 0 for the baseline",
    "date": "the day of the picture, YYYY-MM-DD",
    "arm": "the arm that the patient was assigned to; empty in a study of one arm",
    "um_per_px": "the scale: no name tells it; empty where the picture has a scale bar or device_profile is added",
}

MOST_ARMS = 8
"""A level of folders with more names is no level of arms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A manifest to be completed by a person.

    Parameters
    ----------
    rows : (R, C) DataFrame
        Text, empty where nothing is known.
    notes : tuple of str
        What was read from where, and what is to be filled in.
    """

    rows: pd.DataFrame
    notes: tuple[str, ...]

    def csv(self) -> bytes:
        """The rows as UTF-8 with the mark by which spreadsheets know it."""
        buffer = io.StringIO()
        self.rows.to_csv(buffer, index=False, lineterminator="\n")
        return buffer.getvalue().encode("utf-8-sig")


def propose_manifest(
    folder: Path, *, beside: Path | None = None, pattern: str | None = None, arm_level: int | None = None
) -> Proposal:
    """Propose a manifest of the pictures in a folder and below it.

    Parameters
    ----------
    folder : Path
    beside : Path, optional
        Folder that the manifest will lie in; the pictures' own by default.
    pattern : str, optional
        Form of the paths, e.g. ``"{patient}/{site}/{visit}"``; guessed without.
    arm_level : int, optional
        Level of the folders that are named by arms; 1 is the one right below ``folder``.

    Raises
    ------
    InputError
        If there is no picture, the pattern is none, or the manifest would lie beside the pictures and not above them.
    """
    top = folder if beside is None else beside
    images, errors = find_images([str(folder)])
    if not folder.is_dir() or not images:
        raise InputError(
            "; ".join(f"{error.path}: {error.message}" for error in errors) or f"{shown(folder)} is no folder"
        )
    notes = [f"not looked into: {error.path}: {error.message}" for error in errors]
    images = _writable(images, notes)
    reader = _Reader(pattern, arm_level)
    rows = pd.DataFrame([reader.fields(image.relative_to(folder)) for image in images], columns=COLUMNS, dtype=object)
    rows = rows.fillna("").assign(image=[_relative(image, top) for image in images])
    rows = _with_dates(rows, images, notes)
    rows = with_one_name_each(_without_formulas(rows, notes), notes)
    rows = _with_weeks(_without_doubtful_replicates(rows, notes))
    notes += reader.notes()
    notes += _levels_not_read(images, folder, arm_level) if pattern is None else []
    notes += _gaps(rows)
    rows = rows.sort_values(["patient", "site", "week", "date", "image"], key=_sortable, kind="stable")
    return Proposal(rows=rows.reset_index(drop=True), notes=tuple(notes))


class _Reader:
    """Reads the fields of paths, by a pattern or by guessing, and remembers which did not fit."""

    def __init__(self, pattern: str | None, arm_level: int | None) -> None:
        self._pattern = None if pattern is None else PathPattern(pattern)
        self._arm_level = arm_level
        self._misfits: list[Path] = []
        self._shallow: list[Path] = []

    def fields(self, path: Path) -> dict[str, str]:
        parts = [*path.parts[:-1], path.stem]
        arm: dict[str, str] = {}
        if self._arm_level is not None:
            if len(path.parts) > self._arm_level:
                arm = {"arm": parts.pop(self._arm_level - 1)}
            else:
                self._shallow.append(path)
        if self._pattern is None:
            return guess_fields(parts) | arm
        fields = self._pattern.read(parts)
        if fields is None:
            self._misfits.append(path)
        return (fields or {}) | arm

    def notes(self) -> list[str]:
        texts = (("do not fit the pattern", self._misfits), ("have no folder at the level of arms", self._shallow))
        return [f"{len(paths)} pictures {text}, e.g. {shown(paths[0])}" for text, paths in texts if paths]


def _writable(images: Sequence[Path], notes: list[str]) -> list[Path]:
    """The pictures whose names can be written to a text file."""
    good = [image for image in images if str(image).isprintable() and not _has_surrogates(str(image))]
    if len(good) < len(images):
        bad = next(image for image in images if image not in set(good))
        notes.append(
            f"{len(images) - len(good)} pictures are left out, their names cannot be written: rename, e.g. {shown(bad)}"
        )
    return good


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _relative(image: Path, top: Path) -> str:
    path = Path(os.path.relpath(image.absolute(), top.absolute())).as_posix()
    if path.startswith("../"):
        raise InputError(
            f"the manifest must lie in {shown(image.parent)} or above it: its paths may not lead out of its folder"
        )
    return f"./{path}" if path != path.strip() else no_formula(path)


def _with_dates(rows: pd.DataFrame, images: Sequence[Path], notes: list[str]) -> pd.DataFrame:
    """The rows with the camera's day where names tell none."""
    taken = pd.Series([capture_date(image) for image in images], index=rows.index, dtype=object)
    in_name = rows["date"] != ""
    from_camera = ~in_name & (taken != "")
    contradicting = in_name & (taken != "") & (taken != rows["date"])
    if in_name.any():
        notes.append(f"date: from the names of {in_name.sum()} pictures")
    if from_camera.any():
        notes.append(f"date: from the camera's clock (EXIF) of {from_camera.sum()} pictures; check that it was set")
    if contradicting.any():
        first = rows.loc[contradicting, "image"].iloc[0]
        notes.append(
            f"date: the camera's clock contradicts the name of {contradicting.sum()} pictures, e.g. {shown(first)}"
        )
    return rows.assign(date=rows["date"].mask(from_camera, taken))


def _without_formulas(rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """The rows without cells that a spreadsheet would run."""
    for name in ("patient", "site", "visit", "week", "date", "replicate", "arm", "center"):
        risky = rows[name].map(lambda cell: no_formula(cell) != cell)
        if risky.any():
            notes.append(f"{name}: {risky.sum()} names that a spreadsheet would take for a formula are left out")
            rows = rows.assign(**{name: rows[name].mask(risky, "")})
    return rows


def _without_doubtful_replicates(rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Numbers at the ends of names are the replicates where they number each visit's pictures; else they are not."""
    keys = ["patient", "site", "visit"]
    stated = rows["replicate"] != ""
    if not stated.any():
        return rows
    if stated.all() and not rows.duplicated([*keys, "replicate"]).any():
        return rows
    notes.append("replicate: left empty, the numbers in the names do not number each visit's pictures: order by name")
    return rows.assign(replicate="")


def _with_weeks(rows: pd.DataFrame) -> pd.DataFrame:
    keys = {visit: visit_name_key(visit) for visit in rows["visit"].unique() if visit}
    if not all(key.is_exact for key in keys.values()):
        return rows
    weeks = rows["visit"].map({"": ""} | {visit: f"{key.weeks:g}" for visit, key in keys.items()})
    return rows.assign(week=rows["week"].mask(rows["week"] == "", weeks))


def _levels_not_read(images: Sequence[Path], folder: Path, arm_level: int | None) -> list[str]:
    """A hint for each level of folders that looks like arms: few names, many files, nothing else that it could be."""
    notes = []
    parts = [image.relative_to(folder).parts[:-1] for image in images]
    for level in range(1, min(map(len, parts), default=0) + 1):
        names = sorted({part[level - 1] for part in parts})
        unread = [name for name in names if not guess_fields([name, ""])]
        if level != arm_level and 2 <= len(names) <= MOST_ARMS and len(unread) == len(names):
            listed = ", ".join(map(shown, names))
            notes.append(f"the folders of level {level} ({listed}) were not read: --arm-level {level} if they are arms")
    return notes


def _gaps(rows: pd.DataFrame) -> list[str]:
    notes = []
    for name, meaning in _TO_FILL_IN.items():
        n_empty = int((rows[name] == "").sum())
        if n_empty:
            count = "all rows" if n_empty == len(rows) else f"{n_empty} of {len(rows)} rows"
            notes.append(f"fill in {name} ({count}): {meaning}")
    return notes


def _sortable(cells: pd.Series) -> pd.Series:
    """Numbers in names sort by value: week 4 before week 12."""
    return cells.map(lambda cell: re.sub(r"\d+", lambda digits: digits[0].zfill(8), cell))
