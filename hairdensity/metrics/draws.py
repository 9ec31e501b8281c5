"""Block bootstrap over follicular units: how figures vary from site to site.

Units are drawn, not hairs, for the hairs of a unit share their fate. Their number varies less than that of places at
random, because units keep clear of each other: see `MetricsSettings.unit_dispersion`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, t

from hairdensity.metrics.intervals import TWO_SIDED_95
from hairdensity.metrics.settings import MetricsSettings
from hairdensity.target_area import TargetArea

__all__ = ["Draws", "deviation", "dispersion_at_least", "ratio"]

Array = NDArray[np.float64]

UNITS_PER_TILE = 4.0
FEWEST_TILES = 6
SAME = 1e-9
SAMPLES_PER_SIDE = 16
FULL_TILE = 0.5
"""Tiles that are less readable than this say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """The counted hairs and their units, and how often each unit comes in each of B draws.

    Parameters
    ----------
    hairs, units : DataFrame
        N counted hairs, and U units that they or the area hold.
    unit_of_hair : (N,) int64 ndarray
    times : (B, U) float64 ndarray
    """

    hairs: pd.DataFrame
    units: pd.DataFrame
    unit_of_hair: NDArray[np.int64]
    times: Array

    @classmethod
    def of(cls, hairs: pd.DataFrame, units: pd.DataFrame, area: TargetArea, settings: MetricsSettings) -> Draws:
        """Draw from the hairs in the area and the units that they or the area hold."""
        counted = hairs[hairs["in_area"]]
        involved = units[units["in_area"] | units["unit_id"].isin(counted["unit_id"])].sort_values("unit_id")
        places = involved[["row_px", "col_px"]].to_numpy(dtype=np.float64)
        dispersion = max(settings.unit_dispersion, dispersion_at_least(places, area))
        return cls(
            hairs=counted,
            units=involved,
            unit_of_hair=np.searchsorted(involved["unit_id"].to_numpy(), counted["unit_id"].to_numpy()),
            times=_times(len(involved), dispersion, settings),
        )

    def hair_column(self, name: str) -> Array:
        """(N,) one column of the counted hairs."""
        return self.hairs[name].to_numpy(dtype=np.float64)

    def over_hairs(self, values: Array) -> Array:
        """(B,) sums in each draw of a value per hair."""
        totals = np.bincount(self.unit_of_hair, weights=values, minlength=len(self.units))
        return self.over_units(totals.astype(np.float64))

    def over_units(self, values: Array) -> Array:
        """(B,) sums in each draw of a value per unit."""
        return np.asarray(self.times @ values, dtype=np.float64)

    def mean_over_hairs(self, values: Array) -> Array:
        """(B,) means in each draw of the known values per hair; NaN where none was drawn."""
        known = np.isfinite(values)
        return ratio(self.over_hairs(np.where(known, values, 0.0)), self.over_hairs(known.astype(np.float64)))

    def deviation_of_mean(self, drawn: Array) -> float:
        """Deviation of the draws of a mean, quantile or ratio, with Student's factor for few units.

        Draws of n units vary as n - 1 of them do, and their own deviation is uncertain. Of counts it is not: it
        follows from the dispersion.
        """
        n = len(self.units)
        if n < 2:
            return math.nan
        student = float(t.ppf(0.975, n - 1)) / TWO_SIDED_95
        return deviation(drawn) * math.sqrt(n / (n - 1)) * student

    def quantiles(self, values: Array, shares: tuple[float, ...], *, of_units: bool = False) -> Array:
        """(Q, B) quantiles in each draw of a value per hair or unit; NaN where none with a value was drawn."""
        known = np.flatnonzero(np.isfinite(values))
        if len(known) == 0:
            return np.full((len(shares), len(self.times)), np.nan)
        order = known[np.argsort(values[known], kind="stable")]
        below = np.cumsum(self.times[:, order if of_units else self.unit_of_hair[order]], axis=1)  # (B, n)
        total = below[:, -1:]
        found = [values[order][np.argmax(below >= share * total, axis=1)] for share in shares]
        return np.where(total[:, 0] > 0, np.stack(found), np.nan)


def dispersion_at_least(places_px: Array, area: TargetArea) -> float:
    """The dispersion that places in an area show beyond doubt; 0 where there are too few to say.

    Tiles hold four units on average. The 95 % bound of their chi-square sum keeps chance from widening intervals.

    Parameters
    ----------
    places_px : (U, 2) float64 ndarray
    area : TargetArea
    """
    if len(places_px) < UNITS_PER_TILE * FEWEST_TILES or area.area_px == 0:
        return 0.0
    side = max(1, round((area.area_px * UNITS_PER_TILE / len(places_px)) ** 0.5))
    readable = _readable_shares(area.mask, side)
    counts = np.zeros(readable.shape)
    place = np.clip(places_px // side, 0, np.array(readable.shape) - 1).astype(np.int64)
    np.add.at(counts, (place[:, 0], place[:, 1]), 1.0)
    full = readable >= FULL_TILE
    if np.count_nonzero(full) < FEWEST_TILES or not counts[full].any():
        return 0.0
    expected = readable[full] * counts[full].sum() / readable[full].sum()
    statistic = float(((counts[full] - expected) ** 2 / expected).sum())
    return statistic / float(chi2.ppf(0.95, len(expected) - 1))


def _readable_shares(mask: NDArray[np.bool_], side: int) -> Array:
    """(R, C) readable share of square tiles, from about 16 x 16 of their pixels; a tile cut by the edge is not full."""
    step = max(1, side // SAMPLES_PER_SIDE)
    rows, cols = (math.ceil(length / side) for length in mask.shape)
    sampled = mask[::step, ::step]
    row, col = (
        np.minimum(np.arange(n) * step // side, last - 1) for n, last in zip(sampled.shape, (rows, cols), strict=True)
    )
    tile = row[:, None] * cols + col
    readable = np.bincount(tile[sampled], minlength=rows * cols)
    return np.asarray(readable.reshape(rows, cols) * (step / side) ** 2)


def _times(n_units: int, dispersion: float, settings: MetricsSettings) -> Array:
    """(B, U) how often each unit is drawn: 1 on average, in all with the variance U times the dispersion."""
    rng = np.random.default_rng(settings.seed)
    if n_units == 0:
        return np.zeros((settings.n_draws, 0))
    totals = _counts(n_units, dispersion, settings.n_draws, rng)
    chosen = rng.integers(0, n_units, int(totals.sum()))
    draw = np.repeat(np.arange(settings.n_draws), totals)
    flat = np.bincount(draw * n_units + chosen, minlength=settings.n_draws * n_units)
    return flat.reshape(settings.n_draws, n_units).astype(np.float64)


def _counts(mean: int, dispersion: float, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(n,) numbers of this mean, at least 0, whose variance is the mean times the dispersion."""
    if dispersion == 1.0:
        return rng.poisson(mean, n).astype(np.int64)
    if dispersion < 1.0:
        # Of a binomial the variance is the mean times 1 - p.
        trials = max(mean, round(mean / (1.0 - dispersion)))
        return rng.binomial(trials, mean / trials, n).astype(np.int64)
    return rng.poisson(rng.gamma(mean / (dispersion - 1.0), dispersion - 1.0, n)).astype(np.int64)


def ratio(part: Array, whole: Array) -> Array:
    """(B,) quotients; NaN where the whole is 0 or less."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def deviation(drawn: Array) -> float:
    """Standard deviation of the draws that are known; NaN where fewer than two are, or all are the same."""
    known = drawn[np.isfinite(drawn)]
    if len(known) < 2 or np.ptp(known) <= SAME * np.abs(known).max():
        return math.nan
    return float(known.std())
