"""A manifest as it stands in its file: cells of text under the names that its columns have there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["MOST_COLUMNS", "Sheet"]

MOST_COLUMNS = 1000
"""More are no manifest: a file that was torn, or a matrix of measurements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The cells of one file.

    Parameters
    ----------
    names : tuple of str
        Header of each of the C columns, as written.
    cells : (R, C) DataFrame
        Text without blanks around it, empty where nothing stands; its columns are numbered from 0.
    rows : (R,) int64 ndarray
        Row of data in the file, from 1; empty rows are counted but left out.
    lines : (R,) float64 ndarray
        Line of the file; NaN where it has none.
    decimal_comma : bool
        Numbers may have a comma: the cells are separated by something else.
    """

    names: tuple[str, ...]
    cells: pd.DataFrame
    rows: NDArray[np.int64]
    lines: NDArray[np.float64]
    decimal_comma: bool = False
