"""Several tests of one family: Holm's step-down adjustment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["adjust_holm"]


def adjust_holm(p: ArrayLike) -> NDArray[np.float64]:
    """Adjust the p values of one family.

    The smallest is multiplied by their number m, the next by m - 1, and so on; none falls below one before it.

    Parameters
    ----------
    p : (N,) array_like
        NaN: no test; it does not count to the family.

    Returns
    -------
    (N,) float ndarray

    References
    ----------
    .. [1] Holm (1979). A simple sequentially rejective multiple test procedure. Scand. J. Statist. 6, 65-70.
    """
    values = np.asarray(p, dtype=np.float64)
    adjusted = np.full(values.shape, np.nan)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    steps = values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(order) else steps
    return adjusted
