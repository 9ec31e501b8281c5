"""The hairs of two pictures of a patient with what became of them, from the tables of a study."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Hairs", "PairHairs", "hairs_of_pair"]

_HAIR_COLUMNS = ["row", "hair_id", "root_row_px", "root_col_px", "tip_row_px", "tip_col_px", "in_area"]
_MATCH_COLUMNS = ["baseline_row", "row", "baseline_hair_id", "follow_up_hair_id", "fate", "in_area"]


class Hairs(NamedTuple):
    """The counted hairs of a picture.

    Parameters
    ----------
    ends_px : (N, 2, 2) float ndarray
        Root and tip, (row, col).
    fates : (N,) ndarray of str
        kept, lost, new; empty where the hair was not matched.
    """

    ends_px: NDArray[np.float64]
    fates: NDArray[np.str_]

    @classmethod
    def none(cls) -> Hairs:
        """No hairs to draw."""
        return cls(np.zeros((0, 2, 2)), np.array([], dtype=np.str_))

    def where(self, chosen: NDArray[np.bool_]) -> Hairs:
        """The (N,) chosen of them."""
        return Hairs(self.ends_px[chosen], self.fates[chosen])

    def words(self) -> str:
        """How many of each fate."""
        counts = Counter(self.fates.tolist())
        named = [f"{counts[fate]} {fate}" for fate in ("kept", "lost", "new") if counts[fate]]
        if not named:
            return f"{len(self.fates)} counted hairs marked." if len(self.fates) else ""
        return f"Marked hairs: {', '.join(named)}."


class PairHairs(NamedTuple):
    """The hairs of both pictures.

    Parameters
    ----------
    before, after : Hairs
    partners_px : (K, 2, 2) float ndarray
        Roots of the kept hairs at baseline and at follow-up, (row, col), each in its own picture.
    """

    before: Hairs
    after: Hairs
    partners_px: NDArray[np.float64]


def hairs_of_pair(folder: Path, baseline_row: int, row: int) -> PairHairs:
    """The hairs of both pictures; none where the run kept no table of hairs."""
    hairs = _rows(folder / "hairs.parquet", _HAIR_COLUMNS, {"row": [baseline_row, row]})
    matches = _rows(folder / "matches.parquet", _MATCH_COLUMNS, {"row": [row], "baseline_row": [baseline_row]})
    return PairHairs(
        _of_picture(hairs, matches, baseline_row, "baseline_hair_id"),
        _of_picture(hairs, matches, row, "follow_up_hair_id"),
        _partners(hairs, matches, (baseline_row, row)),
    )


def _partners(hairs: pd.DataFrame, matches: pd.DataFrame, rows: tuple[int, int]) -> NDArray[np.float64]:
    both = matches.dropna(subset=["baseline_hair_id", "follow_up_hair_id"])
    sides = []
    for row, key in zip(rows, ("baseline_hair_id", "follow_up_hair_id"), strict=True):
        roots = hairs[hairs["row"] == row].set_index("hair_id")[["root_row_px", "root_col_px"]]
        sides.append(roots.reindex(both[key].astype(int)).to_numpy(dtype=np.float64))
    partners = np.stack(sides, axis=1)
    return np.asarray(partners[np.isfinite(partners).all(axis=(1, 2))])


def _of_picture(hairs: pd.DataFrame, matches: pd.DataFrame, row: int, key: str) -> Hairs:
    own = hairs[hairs["row"] == row]
    if len(matches):
        known = matches[matches[key].notna() & matches["in_area"].astype(bool)]
        fates = dict(zip(known[key].astype(int), known["fate"].astype(str), strict=True))
        own = own[own["hair_id"].isin(list(fates))]
        found = [fates[hair] for hair in own["hair_id"]]
    else:
        own = own[own["in_area"].astype(bool)]
        found = [""] * len(own)
    ends = own[["root_row_px", "root_col_px", "tip_row_px", "tip_col_px"]].to_numpy(dtype=np.float64)
    return Hairs(ends.reshape(-1, 2, 2), np.array(found, dtype=np.str_))


def _rows(path: Path, columns: list[str], wanted: dict[str, list[int]]) -> pd.DataFrame:
    """Rows of a table by their keys: a study has millions of hairs, a report shows a few hundred."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    if not path.is_file():
        return pd.DataFrame(columns=columns)
    filters: list[Any] = [(name, "in", values) for name, values in wanted.items()]
    return pd.DataFrame(pq.read_table(path, columns=columns, filters=filters).to_pandas())
