"""From the widths of cross-sections to one width per hair: median, spread, taper, standard error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["HairWidths", "grouped_quantiles", "summarize", "taper_of"]

Array = NDArray[np.float64]

IQR_PER_SIGMA = 1.349
MEDIAN_PENALTY = 1.2533
"""Standard error of a median over that of a mean: sqrt(pi / 2)."""

PRIOR_SECTIONS = 4.0
"""The spread of the picture's hairs counts as so many cross-sections when a hair's own spread is told from few."""


class HairWidths(NamedTuple):
    """Widths of N hairs in px; NaN where there is no cross-section.

    ``median``, ``spread`` (interquartile range), ``se`` (standard error of the median from the scatter alone), each
    (N,) float64; ``n_profiles`` (N,) int64.
    """

    median: Array
    spread: Array
    se: Array
    n_profiles: NDArray[np.int64]


def summarize(width_px: Array, hair: NDArray[np.int64], independence: Array) -> HairWidths:
    """Medians of N hairs.

    Parameters
    ----------
    width_px : (K,) float64 ndarray
        Of clean cross-sections.
    hair : (K,) int64 ndarray
    independence : (N,) float64 ndarray
        What one cross-section of each hair is worth: neighbors share blur and edges.
    """
    n_hairs = len(independence)
    count = np.bincount(hair, minlength=n_hairs)
    low, median, high = grouped_quantiles(width_px, hair, n_hairs, (0.25, 0.5, 0.75)).T
    spread = high - low
    worth = np.maximum(count * independence, 1.0)
    typical = float(np.median(spread[count > PRIOR_SECTIONS])) if (count > PRIOR_SECTIONS).any() else 0.0
    own = np.nan_to_num(spread)
    variance = (worth * own**2 + PRIOR_SECTIONS * typical**2) / (worth + PRIOR_SECTIONS)
    se = MEDIAN_PENALTY * np.sqrt(variance / worth) / IQR_PER_SIGMA
    return HairWidths(median, spread, np.where(count > 0, se, np.nan), count)


def taper_of(width_px: Array, along_px: Array, hair: NDArray[np.int64], n_hairs: int) -> Array:
    """(N,) change of width per px towards the tip: the median slope of all pairs (Theil-Sen); NaN without a pair.

    Parameters
    ----------
    width_px, along_px : (K,) float64 ndarray
        Width, and distance from the root, of cross-sections in the order of their hairs.
    hair : (K,) int64 ndarray
    n_hairs : int
    """
    count = np.bincount(hair, minlength=n_hairs)
    rank = np.arange(len(hair)) - np.repeat(np.cumsum(count) - count, count)
    grid = np.full((2, n_hairs, int(count.max(initial=1))), np.nan)
    grid[:, hair, rank] = width_px, along_px
    first, second = np.triu_indices(grid.shape[2], 1)
    rise, run = grid[:, :, second] - grid[:, :, first]
    slope = np.where(run > 0, rise / np.where(run > 0, run, 1.0), np.nan)
    owner, pair = np.nonzero(np.isfinite(slope))
    return grouped_quantiles(slope[owner, pair], owner, n_hairs, (0.5,))[:, 0]


def grouped_quantiles(
    values: NDArray[np.float64], group: NDArray[np.int64], n_groups: int, quantiles: tuple[float, ...]
) -> NDArray[np.float64]:
    """(G, Q) quantiles of the values of each group, linear between order statistics; NaN for an empty group."""
    if len(values) == 0:
        return np.full((n_groups, len(quantiles)), np.nan)
    ordered = values[np.lexsort((values, group))]
    count = np.bincount(group, minlength=n_groups)
    first = np.cumsum(count) - count
    place = first[:, None] + np.maximum(count[:, None] - 1, 0) * np.asarray(quantiles)
    below = np.minimum(np.floor(place).astype(np.int64), len(values) - 1)
    above = np.minimum(np.ceil(place).astype(np.int64), len(values) - 1)
    found = ordered[below] + (place - np.floor(place)) * (ordered[above] - ordered[below])
    return np.where(count[:, None] > 0, found, np.nan)
