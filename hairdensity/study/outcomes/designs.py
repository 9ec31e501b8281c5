"""Design matrices: arms beside baseline, center and covariates, all but the arms centered at the analyzed patients.

With centered covariates the intercept is the reference arm's adjusted mean. A class (center, text covariate) is
centered at its shares among the analyzed patients: adjusted means hold for the patients of this study (observed
margins).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Design", "adjusting_columns", "independent_columns"]

_ALIASED = 1e-9
"""Share of a column's length that is left beside the columns before it, below which it says nothing new."""

_OTHER = "small centers"
_CENTER = "center="


class Design(NamedTuple):
    """Columns of a model."""

    matrix: NDArray[np.float64]
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def adjusting_columns(patients: pd.DataFrame, *, with_center: bool, covariates: tuple[str, ...]) -> Design:
    """Centered columns of center and covariates, one row for each row of ``patients``.

    Parameters
    ----------
    patients : (N, ...) DataFrame
        With ``center`` (text) and the covariates: numbers, or text for classes.
    with_center : bool
    covariates : tuple of str
    """
    columns: dict[str, NDArray[np.float64]] = {}
    notes: list[str] = []
    if with_center:
        centers = _pool_small(patients["center"], notes)
        columns |= _classes(_CENTER, centers)
    for name in covariates:
        values = patients[name]
        columns |= (
            {name: values.to_numpy(np.float64)}
            if pd.api.types.is_numeric_dtype(values)
            else _classes(f"{name}=", values)
        )
    matrix = np.column_stack(list(columns.values())) if columns else np.empty((len(patients), 0))
    return Design(matrix - matrix.mean(axis=0), tuple(columns), tuple(notes))


def _classes(prefix: str, values: pd.Series) -> dict[str, NDArray[np.float64]]:
    """An indicator for each class but the first."""
    text = values.astype(str)
    return {f"{prefix}{level}": (text == level).to_numpy(np.float64) for level in sorted(text.unique())[1:]}


def _pool_small(centers: pd.Series, notes: list[str]) -> pd.Series:
    """Centers with one patient would fit that patient exactly: they are taken together, or with the largest center."""
    sizes = centers.value_counts()
    small = sorted(sizes.index[sizes < 2])
    if len(sizes) < 2 or not small:
        return centers
    target = _OTHER if len(small) > 1 else sizes.index[0]
    notes.append(f"center {', '.join(small)}: one analyzed patient each, analyzed with {target!r}")
    return centers.where(~centers.isin(small), target)


def independent_columns(design: Design, *, n_first: int) -> Design:
    """Leave out the columns behind the first ones that say nothing beside those before them, with a note.

    Parameters
    ----------
    design : Design
    n_first : int
        Columns that stay: they must be independent.
    """
    basis = np.empty((len(design.matrix), 0))
    kept, notes = [], list(design.notes)
    for place, (name, column) in enumerate(zip(design.names, design.matrix.T, strict=True)):
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > _ALIASED * max(float(np.linalg.norm(column)), 1e-300):
            basis = np.column_stack([basis, rest / length])
            kept.append(place)
        elif place < n_first:
            kept.append(place)
        elif name.startswith(_CENTER):
            notes.append(f"{name}: centers and arms cannot be told apart: what differs may be the centers, left out")
        else:
            notes.append(f"{name}: cannot be told from the columns before it, left out")
    return Design(design.matrix[:, kept], tuple(design.names[place] for place in kept), tuple(notes))
