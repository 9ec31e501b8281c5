"""The same picture under two names: found by size first, so that few files are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from hairdensity.files import sha256_of
from hairdensity.study.reading.faults import FaultLog, quoted

__all__ = ["find_same_contents", "refuse_same_contents"]


def find_same_contents(rows: pd.DataFrame, folder: Path, log: FaultLog) -> None:
    """Note each row whose picture is, byte for byte, that of an earlier row.

    Only files of the same size are read, in pieces; files that cannot be read are left to the run.

    Parameters
    ----------
    rows : DataFrame
        With ``row``, ``line``, ``image``, ``patient``, ``site`` and ``visit``.
    folder : Path
        Of the manifest.
    log : FaultLog
    """
    sizes = pd.Series([_size(folder / image) for image in rows["image"]], index=rows.index)
    alike = rows[sizes.duplicated(keep=False) & (sizes > 0)]
    hashes = {int(row): _hash(folder / image) for row, image in zip(alike["row"], alike["image"], strict=True)}
    refuse_same_contents(rows, {row: sha256 for row, sha256 in hashes.items() if sha256}, log)


def refuse_same_contents(rows: pd.DataFrame, sha256_of_row: Mapping[int, str], log: FaultLog) -> None:
    """Note each row whose hash an earlier row has; rows without a hash are passed over.

    It is a fault, not a warning: one of the rows shows something else than it says. Under two visits the change would
    be exactly zero, as replicates of one visit the repeatability perfect, and of two patients one has no data.
    """
    hashed = rows.assign(sha256=rows["row"].map(dict(sha256_of_row)))
    hashed = hashed[hashed["sha256"].notna()]
    again = hashed.duplicated("sha256")
    log.at(
        hashed,
        again,
        "image",
        code="same_content",
        what=pd.Series(list(_words(hashed)), index=hashed.index, dtype=object),
        remedy="find the picture that belongs to this row, or delete the row; a copied file has no news",
    )


def _words(hashed: pd.DataFrame) -> Iterator[str]:
    """Yield what is wrong with each row, were it one of the later ones of its content."""
    first = hashed.groupby("sha256")[["image", "row", "patient", "site", "visit"]].transform("first")
    for image, other in zip(hashed["image"], first.itertuples(), strict=True):
        place = f"row {other.row} ({other.patient}, {other.site}, {other.visit})"
        yield f"{quoted(image)} is byte for byte {quoted(other.image)} of {place}"


def _hash(path: Path) -> str:
    """Empty for a file that cannot be read."""
    try:
        return sha256_of(path)
    except OSError:
        return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
