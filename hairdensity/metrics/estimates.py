"""The types that a figure can have: a number with two intervals, or a histogram."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError

__all__ = ["Estimate", "Histogram"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95 % intervals; NaN where it cannot be stated.

    Parameters
    ----------
    value : float
    low, high : float
        How far the figure may be from what this picture really shows: errors of detection, measurement and scale.
    n : int
        Number of hairs, units, openings or tiles of skin that it rests on.
    site_low, site_high : float
        What another placement nearby could show: sampling is added.
    """

    value: float
    low: float
    high: float
    n: int
    site_low: float = math.nan
    site_high: float = math.nan

    def times(self, factor: float) -> Estimate:
        """The figure in another unit."""
        return Estimate(
            value=self.value * factor,
            low=self.low * factor,
            high=self.high * factor,
            n=self.n,
            site_low=self.site_low * factor,
            site_high=self.site_high * factor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Numbers of hairs by diameter, as measured.

    Parameters
    ----------
    bin_um : float
        Width of a bin; the first begins at 0, and a value on an edge belongs to the upper bin.
    counts : tuple of int
        The last bin also holds what is thicker.
    """

    bin_um: float
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.bin_um > 0 or not self.counts:
            raise InputError(f"a histogram needs bins wider than 0 um, got {len(self.counts)} of {self.bin_um:g} um")

    @classmethod
    def of(cls, values_um: NDArray[np.float64], *, bin_um: float, n_bins: int) -> Histogram:
        """Count the known values."""
        known = values_um[np.isfinite(values_um)]
        bins = np.clip(known // bin_um, 0, n_bins - 1).astype(np.int64)
        return cls(bin_um=bin_um, counts=tuple(np.bincount(bins, minlength=n_bins).tolist()))

    @property
    def edges_um(self) -> tuple[float, ...]:
        """Lower edge of each bin."""
        return tuple(self.bin_um * i for i in range(len(self.counts)))
