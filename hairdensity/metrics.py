"""Figures of a picture from its tables and its area, each with its 95 % interval.

Intervals: follicular units, not hairs, are drawn again (hairs of one unit share their fate), and the scale's own error
is added. What detection misses is not in them yet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.calibration import Calibration
from hairdensity.errors import InputError
from hairdensity.target_area import TargetArea

__all__ = ["METRICS", "Estimate", "MetricInfo", "Metrics", "MetricsSettings", "compute_metrics"]

Array = NDArray[np.float64]

CM2_PER_INCH2 = 6.4516
VELLUS_UM = (30.0, 40.0)
"""At or below: 30 um (Rakowska 2009), 40 um (TrichoScan). Both are always stated."""

DIAMETER_SHARES = (0.1, 0.5, 0.9)

RULE_OF_THREE = 3.0
"""Upper 95 % bound of a Poisson mean of which nothing was seen: -ln 0.05."""

TWO_SIDED_95 = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """How intervals are drawn.

    Parameters
    ----------
    n_draws : int
    seed : int
        The same picture gives the same interval.
    """

    n_draws: int = 1000
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95 % interval; NaN where it cannot be stated.

    Parameters
    ----------
    value, low, high : float
    n : int
        Number of hairs or units that it rests on.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """All figures of one picture, as METRICS defines them.

    ``None`` in place of an Estimate means that the figure needs a calibration which is not known.

    Parameters
    ----------
    n_hairs : int
        Hairs whose root lies in the target area: the count.
    n_hairs_by_ends : float
        Visible ends (roots and tips) in the target area, halved: the unbiased cross-check.
    n_units : int
        Follicular units in the target area.
    """

    n_hairs: int
    n_hairs_by_ends: float
    n_units: int
    density_per_cm2: Estimate | None
    density_per_inch2: Estimate | None
    unit_density_per_cm2: Estimate | None
    hairs_per_unit: Estimate
    single_hair_unit_fraction: Estimate
    median_diameter_px: Estimate
    median_diameter_um: Estimate | None
    mean_diameter_um: Estimate | None
    diameter_p10_um: Estimate | None
    diameter_p90_um: Estimate | None
    diameter_cv: Estimate
    vellus_fraction_30um: Estimate | None
    vellus_fraction_40um: Estimate | None
    terminal_vellus_ratio_30um: Estimate | None
    terminal_vellus_ratio_40um: Estimate | None
    cumulative_diameter_mm_per_cm2: Estimate | None
    median_length_um: Estimate | None
    coverage_fraction: Estimate


class MetricInfo(NamedTuple):
    """What one field of Metrics is; tables, documents and docs take their words from here."""

    name: str
    unit: str
    definition: str
    source: str = ""
    needs_scale: bool = False


METRICS: tuple[MetricInfo, ...] = (
    MetricInfo("n_hairs", "", "hairs whose root lies in the target area", "roots are unbiased at the border"),
    MetricInfo("n_hairs_by_ends", "", "roots and tips in the target area, halved", "cross-check of n_hairs"),
    MetricInfo("n_units", "", "follicular units whose middle lies in the target area"),
    MetricInfo("density_per_cm2", "/cm2", "n_hairs over the readable area", needs_scale=True),
    MetricInfo("density_per_inch2", "/inch2", "density_per_cm2 times 6.4516", needs_scale=True),
    MetricInfo("unit_density_per_cm2", "/cm2", "n_units over the readable area", needs_scale=True),
    MetricInfo("hairs_per_unit", "", "mean number of hairs of the units in the area"),
    MetricInfo("single_hair_unit_fraction", "", "share of the units in the area that have one hair"),
    MetricInfo("median_diameter_px", "px", "median diameter of the counted hairs"),
    MetricInfo("median_diameter_um", "um", "median diameter of the counted hairs", needs_scale=True),
    MetricInfo("mean_diameter_um", "um", "mean diameter of the counted hairs", "Rakowska 2009", needs_scale=True),
    MetricInfo("diameter_p10_um", "um", "a tenth of the counted hairs is thinner", needs_scale=True),
    MetricInfo("diameter_p90_um", "um", "a tenth of the counted hairs is thicker", needs_scale=True),
    MetricInfo("diameter_cv", "", "standard deviation of the diameters over their mean (anisotrichosis)"),
    MetricInfo(
        "vellus_fraction_30um", "", "share of the measured hairs of 30 um or less", "Rakowska 2009", needs_scale=True
    ),
    MetricInfo(
        "vellus_fraction_40um", "", "share of the measured hairs of 40 um or less", "TrichoScan", needs_scale=True
    ),
    MetricInfo(
        "terminal_vellus_ratio_30um",
        "",
        "hairs above 30 um for each one at or below",
        "Rakowska 2009",
        needs_scale=True,
    ),
    MetricInfo(
        "terminal_vellus_ratio_40um", "", "hairs above 40 um for each one at or below", "TrichoScan", needs_scale=True
    ),
    MetricInfo(
        "cumulative_diameter_mm_per_cm2",
        "mm/cm2",
        "density_per_cm2 times mean diameter (hair mass): hairs whose diameter is missing count with the mean",
        needs_scale=True,
    ),
    MetricInfo("median_length_um", "um", "median visible length of the counted hairs", needs_scale=True),
    MetricInfo("coverage_fraction", "", "share of the readable area that hair covers"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Draws:
    """The counted hairs and their units, and how often each unit comes in each of B draws.

    A unit comes Poisson(1) times: the number of units varies as it would at a neighboring site. Drawing a fixed number
    of units would leave only the variation of hairs per unit in the density.
    """

    hairs: pd.DataFrame
    units: pd.DataFrame
    unit_of_hair: NDArray[np.int64]
    times: Array  # (B, U)

    @classmethod
    def of(cls, hairs: pd.DataFrame, units: pd.DataFrame, settings: MetricsSettings) -> _Draws:
        """Draw from the hairs in the area and the units that they or the area hold."""
        counted = hairs[hairs["in_area"]]
        involved = units[units["in_area"] | units["unit_id"].isin(counted["unit_id"])].sort_values("unit_id")
        rng = np.random.default_rng(settings.seed)
        return cls(
            hairs=counted,
            units=involved,
            unit_of_hair=np.searchsorted(involved["unit_id"].to_numpy(), counted["unit_id"].to_numpy()),
            times=rng.poisson(1.0, (settings.n_draws, len(involved))).astype(np.float64),
        )

    def hair_column(self, name: str) -> Array:
        """(N,) one column of the counted hairs."""
        return self.hairs[name].to_numpy(dtype=np.float64)

    def sum_over_hairs(self, values: Array) -> Array:
        """(B,) sums in each draw of a value per hair."""
        totals = np.bincount(self.unit_of_hair, weights=values, minlength=len(self.units))
        return self.sum_over_units(totals.astype(np.float64))

    def sum_over_units(self, values: Array) -> Array:
        """(B,) sums in each draw of a value per unit."""
        return np.asarray(self.times @ values, dtype=np.float64)

    def quantiles(self, values: Array, shares: tuple[float, ...]) -> Array:
        """(Q, B) quantiles in each draw of a value per hair; NaN where no hair with a value was drawn."""
        known = np.flatnonzero(np.isfinite(values))
        if len(known) == 0:
            return np.full((len(shares), len(self.times)), np.nan)
        order = known[np.argsort(values[known], kind="stable")]
        below = np.cumsum(self.times[:, self.unit_of_hair[order]], axis=1)  # (B, n)
        total = below[:, -1:]
        found = [values[order][np.argmax(below >= share * total, axis=1)] for share in shares]
        return np.where(total[:, 0] > 0, np.stack(found), np.nan)


def compute_metrics(
    hairs: pd.DataFrame,
    units: pd.DataFrame,
    target_area: TargetArea,
    calibration: Calibration | None,
    *,
    coverage_fraction: float,
    settings: MetricsSettings | None = None,
) -> Metrics:
    """All figures of one picture.

    Parameters
    ----------
    hairs : DataFrame
        Columns ``tables.HAIRS``; those with ``in_area`` count.
    units : DataFrame
        Columns ``tables.UNITS``.
    target_area : TargetArea
    calibration : Calibration or None
        None leaves out every figure in um, mm, cm2 or inch2.
    coverage_fraction : float
        Share of the area's pixels that hair covers, 0-1.
    settings : MetricsSettings, optional

    Raises
    ------
    InputError
        If ``coverage_fraction`` is no fraction, or area and calibration disagree on whether there is a scale.
    """
    if not 0 <= coverage_fraction <= 1:
        raise InputError(f"coverage_fraction must lie in 0-1, got {coverage_fraction:g}: divide by the area's pixels")
    if (calibration is None) != (target_area.area_cm2 is None):
        raise InputError("target_area and calibration must both have a scale or both have none; place the area again")
    draws = _Draws.of(hairs, units, settings or MetricsSettings())
    ends = hairs[["tip_row_px", "tip_col_px"]].to_numpy(dtype=np.float64)
    figures: dict[str, Any] = dict.fromkeys(info.name for info in METRICS if info.needs_scale)
    diameters_px = draws.quantiles(draws.hair_column("diameter_px"), DIAMETER_SHARES)
    figures |= _unit_figures(draws) | _shape_figures(draws, diameters_px[1], coverage_fraction)
    # Where nothing is readable there is no area to count on; sizes stay, of no hairs.
    if calibration is not None and target_area.area_cm2:
        figures |= _densities(draws, target_area.area_cm2, calibration) | _sizes(draws, diameters_px, calibration)
    return Metrics(
        n_hairs=len(draws.hairs),
        n_hairs_by_ends=(len(draws.hairs) + int(np.count_nonzero(target_area.contains(ends)))) / 2,
        n_units=int(units["in_area"].sum()),
        **figures,
    )


def _unit_figures(draws: _Draws) -> dict[str, Estimate]:
    """Figures of the units in the area."""
    inside = draws.units["in_area"].to_numpy(dtype=np.float64)
    size = draws.units["n_hairs"].to_numpy(dtype=np.float64)
    n = int(inside.sum())
    drawn = draws.sum_over_units(inside)
    single = inside * (size == 1)
    sizes, singles = (_ratio(draws.sum_over_units(part), drawn) for part in (inside * size, single))
    return {
        "hairs_per_unit": _estimate(_share((inside * size).sum(), n), sizes, n),
        "single_hair_unit_fraction": _fraction(_share(single.sum(), n), singles, n),
    }


def _shape_figures(draws: _Draws, medians_px: Array, coverage_fraction: float) -> dict[str, Estimate]:
    """Figures that need no scale."""
    diameter = draws.hair_column("diameter_px")
    known = np.isfinite(diameter)
    n = int(known.sum())
    typical = float(np.median(diameter[known])) if n else 1.0
    shade = draws.hair_column("length_px") * np.where(known, diameter, typical)
    covered = draws.sum_over_hairs(shade) * _share(coverage_fraction, shade.sum())
    return {
        "median_diameter_px": _estimate(_quantile(diameter, 0.5), medians_px, n),
        "diameter_cv": _variation(draws, diameter),
        "coverage_fraction": _estimate(coverage_fraction, covered, len(draws.hairs)),
    }


def _variation(draws: _Draws, diameter: Array) -> Estimate:
    """Standard deviation over mean, of the sample (n - 1)."""
    known = np.isfinite(diameter)
    n = int(known.sum())
    if n < 2:
        return Estimate(value=math.nan, low=math.nan, high=math.nan, n=n)
    # About the mean, so that the difference of squares keeps its digits.
    off = np.where(known, diameter - diameter[known].mean(), 0.0)
    drawn = draws.sum_over_hairs(known.astype(np.float64))
    mean, square = (_ratio(draws.sum_over_hairs(part), drawn) for part in (off, off**2))
    variance = np.maximum(square - mean**2, 0.0) * _ratio(drawn, drawn - 1)
    value = float(diameter[known].std(ddof=1) / diameter[known].mean())
    return _estimate(value, _ratio(np.sqrt(variance), mean + diameter[known].mean()), n)


def _densities(draws: _Draws, area_cm2: float, calibration: Calibration) -> dict[str, Estimate]:
    """Counts per area; an area carries the scale's error twice."""
    error = 2 * calibration.relative_error
    inside = draws.units["in_area"].to_numpy(dtype=np.float64)
    per_cm2 = _count(len(draws.hairs), draws.sum_over_hairs(np.ones(len(draws.hairs))), area_cm2, error)
    units_per_cm2 = _count(int(inside.sum()), draws.sum_over_units(inside), area_cm2, error)
    return {
        "density_per_cm2": per_cm2,
        "density_per_inch2": Estimate(
            value=per_cm2.value * CM2_PER_INCH2,
            low=per_cm2.low * CM2_PER_INCH2,
            high=per_cm2.high * CM2_PER_INCH2,
            n=per_cm2.n,
        ),
        "unit_density_per_cm2": units_per_cm2,
        "cumulative_diameter_mm_per_cm2": _cumulative_diameter(draws, area_cm2, calibration),
    }


def _cumulative_diameter(draws: _Draws, area_cm2: float, calibration: Calibration) -> Estimate:
    """Sum of the diameters per area; its scale error is single: a length over an area."""
    diameter_mm = draws.hair_column("diameter_um") / 1000
    known = np.isfinite(diameter_mm)
    n_known, n_hairs = int(known.sum()), len(known)
    if n_hairs == 0:
        return Estimate(value=0.0, low=0.0, high=math.nan, n=0)
    sums = draws.sum_over_hairs(np.where(known, diameter_mm, 0.0))
    counts = draws.sum_over_hairs(np.ones(n_hairs))
    drawn = counts * _ratio(sums, draws.sum_over_hairs(known.astype(np.float64))) / area_cm2
    value = n_hairs * _share(diameter_mm[known].sum(), n_known) / area_cm2
    return _estimate(value, drawn, n_known, scale_error=calibration.relative_error)


def _sizes(draws: _Draws, diameters_px: Array, calibration: Calibration) -> dict[str, Estimate]:
    """Diameters, lengths and what follows from cut-offs in um."""
    diameter, length = draws.hair_column("diameter_um"), draws.hair_column("length_um")
    known = np.isfinite(diameter)
    n = int(known.sum())
    error = calibration.relative_error
    names = ("diameter_p10_um", "median_diameter_um", "diameter_p90_um")
    means = _ratio(draws.sum_over_hairs(np.where(known, diameter, 0.0)), draws.sum_over_hairs(known.astype(np.float64)))
    figures = {
        name: _estimate(_quantile(diameter, share), calibration.to_um(drawn_px), n, scale_error=error)
        for name, share, drawn_px in zip(names, DIAMETER_SHARES, diameters_px, strict=True)
    }
    figures["mean_diameter_um"] = _estimate(_share(diameter[known].sum(), n), means, n, scale_error=error)
    figures["median_length_um"] = _estimate(
        _quantile(length, 0.5), draws.quantiles(length, (0.5,))[0], len(length), scale_error=error
    )
    for cut_off in VELLUS_UM:
        vellus = _vellus_fraction(draws, diameter, cut_off, error)
        figures[f"vellus_fraction_{cut_off:.0f}um"] = vellus
        figures[f"terminal_vellus_ratio_{cut_off:.0f}um"] = _terminal_vellus_ratio(vellus)
    return figures


def _vellus_fraction(draws: _Draws, diameter: Array, cut_off_um: float, relative_error: float) -> Estimate:
    """Share of the measured hairs at or below a cut-off; the scale's error moves hairs across it."""
    known = np.isfinite(diameter)
    n = int(known.sum())
    thin = (diameter <= cut_off_um).astype(np.float64)  # NaN compares False
    drawn = _ratio(draws.sum_over_hairs(thin), draws.sum_over_hairs(known.astype(np.float64)))
    sampled = _fraction(_share(thin.sum(), n), drawn, n)
    shift = TWO_SIDED_95 * relative_error
    fewer, more = (_share((diameter * (1 + side) <= cut_off_um).sum(), n) for side in (shift, -shift))
    if math.isnan(sampled.low):
        return sampled
    below = math.hypot(sampled.value - sampled.low, sampled.value - fewer)
    above = math.hypot(sampled.high - sampled.value, more - sampled.value)
    return Estimate(value=sampled.value, low=max(0.0, sampled.value - below), high=min(1.0, sampled.value + above), n=n)


def _terminal_vellus_ratio(vellus: Estimate) -> Estimate:
    """Terminal hairs for each vellus hair; NaN, and a lower bound alone, where no vellus hair was seen."""
    value, low, high = (
        (1 - share) / share if share > 0 else math.nan for share in (vellus.value, vellus.high, vellus.low)
    )
    return Estimate(value=value, low=low, high=high, n=vellus.n)


def _count(n: int, drawn: Array, area_cm2: float, scale_error: float) -> Estimate:
    """A count per area; of nothing, the exact Poisson upper bound."""
    if n == 0:
        high = RULE_OF_THREE / area_cm2 * math.exp(TWO_SIDED_95 * scale_error)
        return Estimate(value=0.0, low=0.0, high=high, n=0)
    return _estimate(n / area_cm2, drawn / area_cm2, n, scale_error=scale_error)


def _fraction(value: float, drawn: Array, n: int) -> Estimate:
    """A share of n; where all or none were seen, no draw varies: the rule of three bounds it."""
    sampled = _estimate(value, drawn, n)
    if n == 0 or 0 < value < 1:
        return sampled
    beyond = min(1.0, RULE_OF_THREE / n)
    return Estimate(value=value, low=max(0.0, value - beyond), high=min(1.0, value + beyond), n=n)


def _estimate(value: float, drawn: Array, n: int, *, scale_error: float = 0.0) -> Estimate:
    """Percentile interval of the draws, widened by a relative error (one sigma) in quadrature on the log scale.

    Where no draw differs, as with a single unit, the variation is unknown: the bounds are NaN.
    """
    known = drawn[np.isfinite(drawn)]
    if n == 0 or len(known) == 0 or math.isnan(value):
        return Estimate(value=value, low=math.nan, high=math.nan, n=n)
    low, high = np.quantile(known, (0.025, 0.975))
    if math.isclose(low, high, rel_tol=1e-9):
        return Estimate(value=value, low=math.nan, high=math.nan, n=n)
    scale = TWO_SIDED_95 * scale_error
    return Estimate(
        value=value,
        low=value * math.exp(-math.hypot(_log_ratio(value, low), scale)),
        high=value * math.exp(math.hypot(_log_ratio(high, value), scale)),
        n=n,
    )


def _log_ratio(larger: float, smaller: float) -> float:
    """log(larger / smaller), at least 0; infinite for a smaller one of 0."""
    if smaller <= 0:
        return math.inf
    return max(0.0, math.log(larger / smaller))


def _quantile(values: Array, share: float) -> float:
    """Quantile of the known values; NaN of none."""
    known = values[np.isfinite(values)]
    return float(np.quantile(known, share)) if len(known) else math.nan


def _ratio(part: Array, whole: Array) -> Array:
    """(B,) quotients; NaN where the whole is 0 or less."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def _share(part: float, whole: float) -> float:
    """A quotient; NaN of a whole that is 0."""
    return float(part / whole) if whole > 0 else math.nan
