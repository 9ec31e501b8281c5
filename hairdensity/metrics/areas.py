"""Figures per area: hairs, units, openings, and sums of width and cross-section."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.metrics.draws import Draws, deviation
from hairdensity.metrics.figures import OSTIUM_FIGURES
from hairdensity.metrics.intervals import TWO_SIDED_95, Finding
from hairdensity.metrics.thickness import Thickness

__all__ = ["count_figures", "opening_figures", "sum_figures"]

Array = NDArray[np.float64]

Shares = Mapping[float, tuple[Finding, Array]]


def count_figures(draws: Draws, shares: Shares, area_cm2: float, relative_error: float) -> dict[str, Finding]:
    """Hairs and units over the area; ``shares`` are those of `thin_shares`."""
    inside = draws.units["in_area"].to_numpy(dtype=np.float64)
    figures = {
        "density_per_cm2": _count(len(draws.hairs), draws.over_hairs(np.ones(len(draws.hairs))), area_cm2),
        "unit_density_per_cm2": _count(int(inside.sum()), draws.over_units(inside), area_cm2),
    }
    density, drawn_density = figures["density_per_cm2"], _densities(draws, area_cm2)
    for cut_off, (share, drawn) in shares.items():
        for kind, part, parts in (("vellus", share, drawn), ("terminal", _opposite(share), 1 - drawn)):
            name = f"{kind}_density_per_cm2_{cut_off:.0f}um"
            figures[name] = _part_of(density, part, parts * drawn_density, relative_error)
    return figures


def opening_figures(ostia: pd.DataFrame | None, area_cm2: float) -> dict[str, Finding]:
    """Openings over the area; each comes by itself."""
    if ostia is None:
        return {}
    kinds = ostia.loc[ostia["in_area"].astype(bool), "kind"]
    counts = {name: int((kinds == kind).sum()) for name, kind in OSTIUM_FIGURES.items()}
    return {
        name: Finding(value=n / area_cm2, n=n, sampling_sd=math.sqrt(n) / area_cm2, one=1 / area_cm2)
        for name, n in counts.items()
    }


def _densities(draws: Draws, area_cm2: float) -> Array:
    """(B,) hairs per cm2 of the draws."""
    return draws.over_hairs(np.ones(len(draws.hairs))) / area_cm2


def _count(n: int, drawn: Array, area_cm2: float) -> Finding:
    return Finding(value=n / area_cm2, n=n, sampling_sd=deviation(drawn) / area_cm2, one=1 / area_cm2)


def _opposite(share: Finding) -> Finding:
    """The share of the other hairs."""
    moved = None if share.scaled is None else (1 - share.scaled[0], 1 - share.scaled[1])
    return replace(share, value=1 - share.value, scaled=moved)


def _part_of(density: Finding, share: Finding, drawn: Array, relative_error: float) -> Finding:
    """The density of a share of the hairs. A larger scale enlarges the area and thickens the hairs at once."""
    if density.n == 0:
        return density
    value, noise = density.value * share.value, density.value * share.noise_sd
    # What measuring adds to the draws is kept apart; of a few hairs no draw shows less than their chance to be there.
    least = value * (1 - share.value) * density.one
    sampling = math.sqrt(max(deviation(drawn) ** 2 - noise**2, least))
    scaled = None
    if share.scaled is not None:
        shift = TWO_SIDED_95 * relative_error
        larger, smaller = (density.value / (1 + side) ** 2 for side in (shift, -shift))
        scaled = (larger * share.scaled[0], smaller * share.scaled[1])
    grain = density.one if share.grain else 0.0
    return replace(density, value=value, n=share.n, sampling_sd=sampling, noise_sd=noise, grain=grain, scaled=scaled)


def sum_figures(draws: Draws, thickness: Thickness, area_cm2: float) -> dict[str, Finding]:
    """Widths and round cross-sections added up; a hair without diameter counts with the mean of the others."""
    width_mm, error_mm = thickness.diameter_um / 1000, thickness.se_um / 1000
    # The scatter of a width adds its variance to the square.
    section_mm2 = math.pi / 4 * np.maximum(width_mm**2 - error_mm**2, 0.0)
    relative = thickness.relative_scatter
    return {
        "cumulative_diameter_mm_per_cm2": _sum(draws, width_mm, relative, area_cm2),
        "cross_section_mm2_per_cm2": _sum(draws, section_mm2, relative**2, area_cm2),
    }


def _sum(draws: Draws, values: Array, scattered: Array, area_cm2: float) -> Finding:
    """The sum of a value per hair over the area; ``scattered`` are (M, n) factors on the known ones."""
    known = values[np.isfinite(values)]
    if len(values) == 0:
        return Finding(value=0.0, n=0, one=math.nan)
    if len(known) == 0:
        return Finding(value=math.nan, n=0)
    density = len(values) / area_cm2
    drawn = draws.mean_over_hairs(values) * _densities(draws, area_cm2)
    noise = float((scattered @ known).std()) / len(known) * density if len(scattered) > 1 else 0.0
    return Finding(value=density * float(known.mean()), n=len(known), sampling_sd=deviation(drawn), noise_sd=noise)
