"""How the change of a figure varies from site to site: a bootstrap of both visits at once, over follicular units.

A block is a unit of one visit with those of the other that share hairs with it. Drawing the same blocks at both visits
leaves only what differs between them: of a count, the variance is that of hairs gained and lost.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtr

from hairdensity.comparison.paired_tables import Tables
from hairdensity.comparison.visits import SIDES, ids_of
from hairdensity.metrics.draws import Draws, ratio
from hairdensity.metrics.figures import VELLUS_UM

__all__ = ["sampling_of_changes"]

Array = NDArray[np.float64]
Figures = dict[str, Array]

QUANTILES = {"diameter_p10_um": 0.1, "median_diameter_um": 0.5, "diameter_p90_um": 0.9}

PATCHES = 1.0
"""Blocks come and go by themselves: their number varies as that of places at random."""


def sampling_of_changes(
    tables: tuple[Tables, Tables], matches: pd.DataFrame, *, area_cm2: float | None, n_draws: int, seed: int
) -> dict[str, float]:
    """Standard deviation between sites of each figure's change; figures that are not named have none known.

    Parameters
    ----------
    tables : (Tables, Tables)
    matches : DataFrame
        Columns ``tables.MATCHES``.
    area_cm2 : float or None
        Of the common area.
    n_draws, seed : int
    """
    blocks = _blocks(tables, matches)
    n_blocks = max((int(block.max()) + 1 for block in blocks if len(block)), default=0)
    if n_blocks < 2:
        return {}
    times = np.random.default_rng(seed).poisson(PATCHES, (n_draws, n_blocks)).astype(np.float64)
    drawn = [_drawn(visit, block, times, area_cm2) for visit, block in zip(tables, blocks, strict=True)]
    sds = {name: _deviation(drawn[1][name] - drawn[0][name]) for name in drawn[0]}
    return {name: math.hypot(sd, one) for name, sd in sds.items() for one in (_one(name, area_cm2),)}


def _one(name: str, area_cm2: float | None) -> float:
    """Of counts, one hair: where none was gained or lost, the next site may show one."""
    if name in ("n_hairs", "n_units"):
        return 1.0
    return 1.0 / area_cm2 if area_cm2 and name in ("density_per_cm2", "unit_density_per_cm2") else 0.0


def _blocks(tables: tuple[Tables, Tables], matches: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The block of every unit of both visits: kept hairs tie the units that hold them."""
    sizes = [len(visit.units) for visit in tables]
    unit_of = [
        visit.hairs.set_index("hair_id")["unit_id"].reindex(ids_of(matches, side)).to_numpy(dtype=np.float64)
        for visit, side in zip(tables, SIDES, strict=True)
    ]
    tied = np.isfinite(unit_of[0]) & np.isfinite(unit_of[1])
    places = [
        pd.Index(visit.units["unit_id"]).get_indexer(unit[tied].astype(np.int64))
        for visit, unit in zip(tables, unit_of, strict=True)
    ]
    ends = places[0], places[1] + sizes[0]
    n = sum(sizes)
    ties = coo_array((np.ones(len(ends[0])), ends), shape=(n, n))
    block = np.asarray(connected_components(ties, directed=False)[1], dtype=np.int64)
    return block[: sizes[0]], block[sizes[0] :]


def _drawn(visit: Tables, block: NDArray[np.int64], times: Array, area_cm2: float | None) -> Figures:
    """(B,) of each figure in the draws of one visit."""
    hairs = visit.hairs[visit.hairs["in_area"]]
    place = pd.Index(visit.units["unit_id"]).get_indexer(hairs["unit_id"])
    draws = Draws(hairs=hairs, units=visit.units, unit_of_hair=place.astype(np.int64), times=times[:, block])
    ones, inside = np.ones(len(hairs)), visit.units["in_area"].to_numpy(dtype=np.float64)
    n_hairs, n_units = draws.over_hairs(ones), draws.over_units(inside)
    size = visit.units["n_hairs"].to_numpy(dtype=np.float64)
    figures = {
        "n_hairs": n_hairs,
        "n_units": n_units,
        "hairs_per_unit": ratio(draws.over_units(inside * size), n_units),
        "single_hair_unit_fraction": ratio(draws.over_units(inside * (size == 1)), n_units),
        "median_diameter_px": draws.quantiles(draws.hair_column("diameter_px"), (0.5,))[0],
    }
    return figures if not area_cm2 else figures | _drawn_with_scale(draws, n_hairs, n_units, area_cm2)


def _drawn_with_scale(draws: Draws, n_hairs: Array, n_units: Array, area_cm2: float) -> Figures:
    diameter, length = draws.hair_column("diameter_um"), draws.hair_column("length_um")
    mean = draws.mean_over_hairs(diameter)
    square = draws.mean_over_hairs(diameter**2)
    density = n_hairs / area_cm2
    figures = {
        "density_per_cm2": density,
        "unit_density_per_cm2": n_units / area_cm2,
        "mean_diameter_um": mean,
        "diameter_cv": np.sqrt(np.maximum(square - mean**2, 0.0)) / mean,
        "cumulative_diameter_mm_per_cm2": mean * density / 1000,
        "cross_section_mm2_per_cm2": math.pi / 4 * square * density / 1e6,
        "median_length_um": draws.quantiles(length, (0.5,))[0],
        "mean_length_um": draws.mean_over_hairs(length),
    }
    figures |= dict(zip(QUANTILES, draws.quantiles(diameter, tuple(QUANTILES.values())), strict=True))
    for cut_off in VELLUS_UM:
        share = draws.mean_over_hairs(_chance_below(cut_off, diameter, draws.hair_column("diameter_se_um")))
        figures[f"vellus_fraction_{cut_off:.0f}um"] = share
        figures[f"vellus_density_per_cm2_{cut_off:.0f}um"] = share * density
        figures[f"terminal_density_per_cm2_{cut_off:.0f}um"] = (1 - share) * density
    return figures


def _chance_below(cut_off_um: float, diameter_um: Array, se_um: Array) -> Array:
    """(N,) that each hair is at or below a cut-off; NaN where it has no diameter."""
    return np.asarray(ndtr((cut_off_um - diameter_um) / np.maximum(se_um, 1e-6)))


def _deviation(drawn: Array) -> float:
    known = drawn[np.isfinite(drawn)]
    return float(known.std()) if len(known) > 1 else math.nan
