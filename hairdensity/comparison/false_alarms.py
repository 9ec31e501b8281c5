"""How often chance alone would make two unrelated constellations agree as well as these do.

The a-contrario method: an agreement is believed when, among all the similarities that pairs of units propose, less than
one in millions would bring so many units so near to a partner if units lay at random.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

__all__ = ["RADII_UM", "log10_false_alarms"]

Array = NDArray[np.float64]

RADII_UM = np.array([30.0, 45.0, 65.0, 90.0, 120.0])
"""Distances at which agreements are counted: sharp ones on firm skin, wide ones on stretched skin."""

FIXED_BY_FIT = 2
"""Units that a similarity meets exactly, whatever it is worth."""


def log10_false_alarms(distances_um: Array, n: NDArray[np.int64], density_per_um2: Array, n_trials: float) -> Array:
    """Decadic logarithm of the expected number of chance agreements at least as good.

    Parameters
    ----------
    distances_um : (K, N) float64 ndarray
        From each of N units to its own partner, for K alignments; infinite without one.
    n : (K,) int64 ndarray
        Units that lie inside the other frame and could have a partner.
    density_per_um2 : (K,) float64 ndarray
        Of the possible partners there.
    n_trials : float
        Alignments that were tried.

    Returns
    -------
    (K,) float64 ndarray
        Of the radius that speaks most clearly; the choice is paid for. At most that of no agreement at all.

    References
    ----------
    .. [1] Moisan & Stival (2004). A probabilistic criterion to detect rigid point matches between two images and
       estimate the fundamental matrix. IJCV 57(3), 201-218.
    """
    within = (distances_um[..., None] <= RADII_UM).sum(axis=1)  # (K, radii)
    chance = 1 - np.exp(-np.pi * RADII_UM**2 * density_per_um2[:, None])
    tried = np.maximum(n - FIXED_BY_FIT, 0)[:, None]
    hit = np.clip(within - FIXED_BY_FIT, 0, tried)
    tail = binom.logsf(hit - 1, tried, np.minimum(chance, 1.0)) / np.log(10)
    return np.asarray(tail.min(axis=1, initial=0.0) + np.log10(max(n_trials, 1.0) * len(RADII_UM)))
