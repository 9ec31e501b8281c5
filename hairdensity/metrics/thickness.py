"""Figures of the diameters of the counted hairs, with the scatter of every measurement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.metrics.draws import Draws, deviation, ratio
from hairdensity.metrics.estimates import Histogram
from hairdensity.metrics.figures import VELLUS_UM
from hairdensity.metrics.intervals import TWO_SIDED_95, Finding
from hairdensity.metrics.true_diameters import ThinShare, TrueDiameters, deconvolve

__all__ = ["Thickness", "spread_figures", "thin_shares"]

Array = NDArray[np.float64]

SHARES = {"diameter_p10_um": 0.1, "median_diameter_um": 0.5, "diameter_p90_um": 0.9}
BIN_UM, N_BINS = 10.0, 16
"""Beyond 160 um nothing is measured as one shaft."""

EXACT_SD = 1e-6
"""Of a share: below, every hair is surely thin or surely not."""

N_SCATTERED = 200
"""Times that every diameter is moved by its own error: the deviation of a figure is known within 5 %."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Thickness:
    """Diameters of N counted hairs; NaN is missing.

    Parameters
    ----------
    draws : Draws
    diameter_um, se_um : (N,) float64 ndarray
        All NaN without a calibration.
    diameter_px : (N,) float64 ndarray
    """

    draws: Draws
    diameter_um: Array
    se_um: Array
    diameter_px: Array

    @classmethod
    def of(cls, draws: Draws) -> Thickness:
        """The diameters of the counted hairs."""
        return cls(
            draws=draws,
            diameter_um=draws.hair_column("diameter_um"),
            se_um=_standard_errors(draws.hairs),
            diameter_px=draws.hair_column("diameter_px"),
        )

    @property
    def known(self) -> NDArray[np.bool_]:
        """(N,) True where there is a diameter in um."""
        return np.asarray(np.isfinite(self.diameter_um))

    @property
    def n(self) -> int:
        """Number of hairs with a diameter in px."""
        return int(np.isfinite(self.diameter_px).sum())

    @cached_property
    def relative_scatter(self) -> Array:
        """(M, n) factors on the known diameters, each moved by its own error; none where errors are not known."""
        relative = (self.se_um / self.diameter_um)[np.isfinite(self.diameter_px)]
        if not np.nan_to_num(relative).any():
            return np.ones((1, len(relative)))
        moves = np.random.default_rng(0).standard_normal((N_SCATTERED, len(relative)))
        return np.maximum(1 + np.nan_to_num(relative) * moves, 0.0)

    @cached_property
    def true(self) -> TrueDiameters:
        """The distribution behind the measured diameters."""
        return deconvolve(self.diameter_um[self.known], self.se_um[self.known])

    def thin_share(self, cut_off_um: float) -> ThinShare:
        """The share of hairs at or below a cut-off; the influence of hairs without diameter is 0."""
        share = self.true.thin_share(cut_off_um)
        influence = np.zeros(len(self.diameter_um))
        influence[self.known] = share.influence
        return ThinShare(value=share.value, noise_sd=share.noise_sd, influence=influence)

    def histogram(self) -> Histogram:
        """Counted hairs by measured diameter."""
        return Histogram.of(self.diameter_um, bin_um=BIN_UM, n_bins=N_BINS)


def thin_shares(thickness: Thickness, relative_error: float) -> dict[float, tuple[Finding, Array]]:
    """By cut-off: the share of hairs at or below it, and the (B,) shares of the draws.

    The density of true diameters is not fitted again in each draw: it moves by the influence of the hairs drawn.
    """
    return {cut_off: _thin_share(thickness, cut_off, relative_error) for cut_off in VELLUS_UM}


def _thin_share(thickness: Thickness, cut_off_um: float, relative_error: float) -> tuple[Finding, Array]:
    draws, n = thickness.draws, int(thickness.known.sum())
    if n == 0:
        return Finding(value=math.nan, n=0), np.full(len(draws.times), np.nan)
    share = thickness.thin_share(cut_off_um)
    moved = draws.over_hairs(share.influence) - share.influence.sum()
    drawn = share.value + moved
    # A share of n varies at least as n tosses of a coin do; what measuring adds is kept apart.
    least = share.value * (1 - share.value) / n
    sampling = math.sqrt(max(_known(deviation(moved)) ** 2 - share.noise_sd**2, least))
    shift = TWO_SIDED_95 * relative_error
    larger, smaller = (thickness.true.share_below(cut_off_um / (1 + side)) for side in (shift, -shift))
    finding = Finding(
        value=share.value,
        n=n,
        sampling_sd=sampling,
        noise_sd=share.noise_sd,
        grain=1 / n if share.noise_sd > EXACT_SD else 0.0,
        scaled=(larger, smaller) if relative_error else None,
    )
    return finding, drawn


def spread_figures(draws: Draws, thickness: Thickness, um_per_px: float | None) -> dict[str, Finding]:
    """Quantiles, mean and variation; in px, and in um where there is a scale."""
    diameter = thickness.diameter_px
    known = diameter[np.isfinite(diameter)]
    scattered = known * thickness.relative_scatter
    drawn = dict(zip(SHARES, draws.quantiles(diameter, tuple(SHARES.values())), strict=True))
    moved = dict(zip(SHARES, np.quantile(scattered, list(SHARES.values()), axis=1) if len(known) else (), strict=False))
    values = {name: float(np.quantile(known, share)) if len(known) else math.nan for name, share in SHARES.items()}
    median = "median_diameter_um"
    figures = {
        "median_diameter_px": _finding(draws, values[median], drawn[median], moved.get(median), thickness.n),
        "diameter_cv": _variation(draws, diameter, scattered),
    }
    if um_per_px is None:
        return figures
    values["mean_diameter_um"] = float(known.mean()) if len(known) else math.nan
    drawn["mean_diameter_um"] = draws.mean_over_hairs(diameter)
    moved["mean_diameter_um"] = scattered.mean(axis=1) if len(known) else np.zeros(0)
    for name, value in values.items():
        noise = moved[name] * um_per_px if name in moved else None
        figures[name] = _finding(draws, value * um_per_px, drawn[name] * um_per_px, noise, thickness.n)
    return figures


def _known(value: float) -> float:
    """0 for NaN."""
    return 0.0 if math.isnan(value) else value


def _finding(draws: Draws, value: float, drawn: Array, scattered: Array | None, n: int) -> Finding:
    noise = 0.0 if scattered is None or len(scattered) < 2 else float(scattered.std())
    return Finding(value=value, n=n, sampling_sd=draws.deviation_of_mean(drawn), noise_sd=noise)


def _variation(draws: Draws, diameter: Array, scattered: Array) -> Finding:
    """Standard deviation over mean, of the sample (n - 1)."""
    known = np.isfinite(diameter)
    n = int(known.sum())
    if n < 2:
        return Finding(value=math.nan, n=n)
    mean = diameter[known].mean()
    # About the mean, so that the difference of squares keeps its digits.
    off = np.where(known, diameter - mean, 0.0)
    drawn = draws.over_hairs(known.astype(np.float64))
    shift, square = (ratio(draws.over_hairs(part), drawn) for part in (off, off**2))
    deviations = np.sqrt(np.maximum(square - shift**2, 0.0) * ratio(drawn, drawn - 1))
    value = float(diameter[known].std(ddof=1) / mean)
    return _finding(
        draws, value, deviations / (shift + mean), scattered.std(axis=1, ddof=1) / scattered.mean(axis=1), n
    )


def _standard_errors(hairs: pd.DataFrame) -> Array:
    """(N,) of the diameters in um, without the scale's error; 0 where only the diameter is known."""
    error = hairs["diameter_se_um"].to_numpy(dtype=np.float64)
    return np.where(np.isfinite(hairs["diameter_um"]), np.nan_to_num(error), np.nan)
