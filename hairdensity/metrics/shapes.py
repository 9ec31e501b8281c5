"""Figures of units, cover, lengths and directions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hairdensity.metrics.draws import Draws, deviation, ratio
from hairdensity.metrics.intervals import Finding

__all__ = ["cover_figures", "direction_figures", "distance_figures", "length_figures", "unit_figures"]

Array = NDArray[np.float64]

MUTUAL_SHARE = 0.62
"""Share of points in a plane that are their nearest neighbor's nearest (Cox 1981): their distance comes twice."""


def unit_figures(draws: Draws) -> dict[str, Finding]:
    """Hairs and neighbors of the units in the area."""
    inside = draws.units["in_area"].to_numpy(dtype=np.float64)
    size = draws.units["n_hairs"].to_numpy(dtype=np.float64)
    n, drawn = int(inside.sum()), draws.over_units(inside)
    figures = {}
    for name, part in (("hairs_per_unit", inside * size), ("single_hair_unit_fraction", inside * (size == 1))):
        sd = draws.deviation_of_mean(ratio(draws.over_units(part), drawn))
        figures[name] = Finding(value=float(part.sum() / n) if n else math.nan, n=n, sampling_sd=sd)
    return figures


def distance_figures(draws: Draws) -> dict[str, Finding]:
    """How far units stand apart."""
    inside = draws.units["in_area"].to_numpy(dtype=bool)
    distance = np.where(inside, draws.units["nearest_unit_um"].to_numpy(dtype=np.float64), np.nan)
    known = distance[np.isfinite(distance)]
    (drawn,) = draws.quantiles(distance, (0.5,), of_units=True)
    value = float(np.median(known)) if len(known) else math.nan
    sd = math.sqrt(1 + MUTUAL_SHARE) * draws.deviation_of_mean(drawn)
    return {"inter_unit_distance_um": Finding(value=value, n=len(known), sampling_sd=sd)}


def length_figures(draws: Draws) -> dict[str, Finding]:
    """Visible lengths."""
    length, n = draws.hair_column("length_um"), len(draws.hairs)
    median, mean = (float(np.median(length)), float(length.mean())) if n else (math.nan, math.nan)
    return {
        "median_length_um": Finding(
            value=median, n=n, sampling_sd=draws.deviation_of_mean(draws.quantiles(length, (0.5,))[0])
        ),
        "mean_length_um": Finding(value=mean, n=n, sampling_sd=draws.deviation_of_mean(draws.mean_over_hairs(length))),
    }


def cover_figures(draws: Draws, coverage_fraction: float) -> dict[str, Finding]:
    """Cover, which varies from site to site as the sum of length times width does."""
    width = draws.hair_column("diameter_px")
    known = np.isfinite(width)
    shade = draws.hair_column("length_px") * np.where(known, width, np.median(width[known]) if known.any() else 1.0)
    covered = draws.over_hairs(shade) * (coverage_fraction / shade.sum() if shade.sum() > 0 else math.nan)
    n = len(draws.hairs)
    return {"coverage_fraction": Finding(value=coverage_fraction, n=n, sampling_sd=deviation(covered))}


def direction_figures(draws: Draws) -> dict[str, Finding]:
    """How alike the hairs' axes run: the mean of doubled angles has a length of 1 when all are parallel.

    Of n axes at random the squared length is 1 / n on average; Kutil (2012) takes that out.
    """
    move = [draws.hair_column(f"tip_{axis}_px") - draws.hair_column(f"root_{axis}_px") for axis in ("row", "col")]
    known = np.hypot(*move) > 0
    n, angle = int(known.sum()), 2 * np.arctan2(*move)
    if n < 2:
        return {}
    parts = np.where(known, [np.cos(angle), np.sin(angle)], np.nan)
    squared = float(np.sum(np.nanmean(parts, axis=1) ** 2))
    drawn = np.hypot(*(draws.mean_over_hairs(part) for part in parts))
    value = math.sqrt(max(0.0, (n * squared - 1) / (n - 1)))
    return {"direction_coherence": Finding(value=min(value, 1.0), n=n, sampling_sd=draws.deviation_of_mean(drawn))}
