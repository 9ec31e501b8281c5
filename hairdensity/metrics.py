"""Figures of a picture from its tables and its area, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Estimate", "Metrics"]


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
    """All figures of one picture.

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
