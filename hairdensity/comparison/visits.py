"""The names of the two visits in the tables of a comparison."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["BASELINE", "FOLLOW_UP", "SIDES", "Side", "ids_of", "rows_of"]

Side = Literal["baseline", "follow_up"]
BASELINE: Final = "baseline"
FOLLOW_UP: Final = "follow_up"
SIDES: tuple[Side, Side] = (BASELINE, FOLLOW_UP)


def ids_of(matches: pd.DataFrame, side: Side, kind: Literal["hair", "unit"] = "hair") -> NDArray[np.int64]:
    """(M,) numbers of the hairs or units of one visit; -1 where it has none."""
    return matches[f"{side}_{kind}_id"].fillna(-1).to_numpy(dtype=np.int64)


def rows_of(matches: pd.DataFrame, side: Side, hairs: pd.DataFrame) -> NDArray[np.int64]:
    """(M,) rows of the hairs of one visit in its table, columns ``tables.HAIRS``; -1 where it has none.

    The ids of a corrected analysis have gaps: an id is no place in a table.
    """
    rows = pd.Index(hairs["hair_id"]).get_indexer(pd.Index(ids_of(matches, side)))
    return np.asarray(rows, dtype=np.int64)
