"""The hairs of the common skin as one population, each there at either visit with a probability.

A hair without a partner may be lost or new; it may be overlooked at one visit; or it may be no hair. So it counts at
each visit with the probability that it is there, and what changed is the expected change: in pairs without change, the
sum over uncertain hairs is off by a tenth of what counting them is off by. The diameters of a hair that both visits
show are estimated from both (`shared_diameters`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from hairdensity.analysis import Analysis
from hairdensity.comparison.differencing.common_scale import CommonScale
from hairdensity.comparison.differencing.shared_diameters import share_diameters
from hairdensity.comparison.visits import BASELINE, FOLLOW_UP, SIDES, Side, ids_of
from hairdensity.metrics.draws import ratio
from hairdensity.metrics.figures import VELLUS_UM

__all__ = ["Population", "population_of"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]
Figures = dict[str, Array]

QUANTILES = {"diameter_p10": 0.1, "median_diameter": 0.5, "diameter_p90": 0.9}
UNKNOWN_RELATIVE_SE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """K hairs and W units of the common area at two visits; the first axis of pairs is baseline, follow-up.

    Parameters
    ----------
    presence : (2, K) float64 ndarray
        Probability that a hair is there.
    diameter_px, relative_se : (2, K) float64 ndarray
        In px of the baseline; NaN where no visit measured the hair.
    length_px : (2, K) float64 ndarray
        Visible length in px of the baseline; of a hair that one visit does not show, that of the other.
    block : (K,) int64 ndarray
        Which hairs come and go together: the row of their unit.
    unit_presence, unit_size : (2, W) float64 ndarray
        Probability that a unit bears hair, and its hairs.
    unit_block : (W,) int64 ndarray
    um_per_px : float
        Of the baseline; NaN without a scale.
    area_cm2 : float
        NaN without a scale.
    """

    presence: Array
    diameter_px: Array
    relative_se: Array
    length_px: Array
    block: Ids
    unit_presence: Array
    unit_size: Array
    unit_block: Ids
    um_per_px: float
    area_cm2: float

    def figures(self, visit: int) -> dict[str, float]:
        """Figures at baseline (0) or follow-up (1)."""
        once = np.ones((1, self._n_blocks))
        return {name: float(values[0]) for name, values in self._drawn(visit, once).items()}

    def sampling_of_changes(self, *, n_draws: int, seed: int) -> dict[str, float]:
        """Standard deviation between sites of each figure's change, by drawing the same units at both visits.

        Of counts, the variance is that of hairs gained and lost, and of one hair more: where none came or went, the
        next site may show one.
        """
        if self._n_blocks < 2:
            return {}
        times = np.random.default_rng(seed).poisson(1.0, (n_draws, self._n_blocks)).astype(np.float64)
        before, after = (self._drawn(visit, times) for visit in (0, 1))
        one = {"n_hairs": 1.0, "n_units": 1.0} | dict.fromkeys(
            ("density_per_cm2", "unit_density_per_cm2"), 1.0 / self.area_cm2
        )
        return {name: math.hypot(_deviation(after[name] - before[name]), one.get(name, 0.0)) for name in before}

    @property
    def _n_blocks(self) -> int:
        return int(max(self.block.max(initial=-1), self.unit_block.max(initial=-1))) + 1

    def _drawn(self, visit: int, times: Array) -> Figures:
        """(B,) of each figure in draws of (B, blocks) times."""
        weight = times[:, self.block] * self.presence[visit]
        bearing = times[:, self.unit_block] * self.unit_presence[visit]
        n_hairs, n_units = weight.sum(axis=1), bearing.sum(axis=1)
        single = (self.unit_size[visit] == 1).astype(np.float64)
        figures = {
            "n_hairs": n_hairs,
            "n_units": n_units,
            "hairs_per_unit": ratio(n_hairs, n_units),
            "single_hair_unit_fraction": ratio(bearing @ single, n_units),
        }
        quantiles = _quantiles(self.diameter_px[visit], weight, tuple(QUANTILES.values()))
        spread = dict(zip(QUANTILES, quantiles, strict=True))
        figures["median_diameter_px"] = spread["median_diameter"]
        mean, square = (_mean(self.diameter_px[visit] ** power, weight) for power in (1, 2))
        freedom = ratio(n_hairs, n_hairs - 1)
        figures["diameter_cv"] = ratio(np.sqrt(np.maximum(square - mean**2, 0.0) * freedom), mean)
        if math.isnan(self.um_per_px):
            return figures
        um = self.um_per_px
        figures |= {f"{name}_um": values * um for name, values in spread.items()} | {"mean_diameter_um": mean * um}
        length = self.length_px[visit] * um
        figures["median_length_um"] = _quantiles(length, weight, (0.5,))[0]
        figures["mean_length_um"] = _mean(length, weight)
        return figures | self._over_area(visit, weight, n_units)

    def _over_area(self, visit: int, weight: Array, n_units: Array) -> Figures:
        density = weight.sum(axis=1) / self.area_cm2
        diameter_mm = self.diameter_px[visit] * self.um_per_px / 1000
        figures = {
            "density_per_cm2": density,
            "unit_density_per_cm2": n_units / self.area_cm2,
            "cumulative_diameter_mm_per_cm2": _mean(diameter_mm, weight) * density,
            "cross_section_mm2_per_cm2": math.pi / 4 * _mean(diameter_mm**2, weight) * density,
        }
        for cut_off in VELLUS_UM:
            off = cut_off / 1000 - diameter_mm
            share = _mean(ndtr(off / np.maximum(self.relative_se[visit] * diameter_mm, 1e-9)), weight)
            figures[f"vellus_fraction_{cut_off:.0f}um"] = share
            figures[f"vellus_density_per_cm2_{cut_off:.0f}um"] = share * density
            figures[f"terminal_density_per_cm2_{cut_off:.0f}um"] = (1 - share) * density
        return figures


def population_of(
    visits: tuple[Analysis, Analysis],
    matches: pd.DataFrame,
    unit_matches: pd.DataFrame,
    *,
    scale: CommonScale,
    area_cm2: float | None,
    least_se: float,
) -> Population:
    """The hairs and units that count.

    Parameters
    ----------
    visits : (Analysis, Analysis)
    matches, unit_matches : DataFrame
        Columns ``tables.MATCHES`` and ``tables.UNIT_MATCHES``.
    scale : CommonScale
    area_cm2 : float or None
        Of the common area.
    least_se : float
        Relative error that no measured diameter is taken to fall below.
    """
    counted = matches[matches["in_area"].to_numpy(dtype=bool)]
    units = unit_matches[unit_matches["in_area"].to_numpy(dtype=bool)]
    sizes = {BASELINE: 1.0, FOLLOW_UP: scale.zoom}
    measured = [
        _measured(visit.hairs, ids_of(counted, side), sizes[side], least_se)
        for visit, side in zip(visits, SIDES, strict=True)
    ]
    log_diameter, variance = share_diameters((measured[0][0], measured[1][0]), (measured[0][1], measured[1][1]))
    lengths = [length for _, _, length in measured]
    has_scale = scale.baseline is not None and area_cm2 is not None
    return Population(
        presence=_columns(counted, "probability"),
        diameter_px=np.exp(np.stack(log_diameter)),
        relative_se=np.sqrt(np.stack(variance)),
        length_px=np.stack([np.where(np.isnan(own), other, own) for own, other in (lengths, lengths[::-1])]),
        block=_unit_rows(counted, unit_matches),
        unit_presence=_unit_presence(units),
        unit_size=_columns(units, "n_hairs"),
        unit_block=np.flatnonzero(unit_matches["in_area"].to_numpy(dtype=bool)),
        um_per_px=scale.baseline.um_per_px if has_scale and scale.baseline is not None else math.nan,
        area_cm2=area_cm2 if has_scale and area_cm2 is not None else math.nan,
    )


def _columns(table: pd.DataFrame, name: str) -> Array:
    """(2, N) one column for each visit."""
    return np.stack([table[f"{side}_{name}"].to_numpy(dtype=np.float64) for side in SIDES])


def _measured(hairs: pd.DataFrame, ids: Ids, px: float, least_se: float) -> tuple[Array, Array, Array]:
    """(K,) log diameter, its variance and the length, in baseline px; NaN for an id below 0 and for what is unknown."""
    rows = hairs.set_index("hair_id").reindex(ids)
    relative = (rows["diameter_se_um"] / rows["diameter_um"]).to_numpy(dtype=np.float64)
    relative = np.maximum(np.where(np.isfinite(relative), relative, UNKNOWN_RELATIVE_SE), least_se)
    diameter, length = (rows[name].to_numpy(dtype=np.float64) / px for name in ("diameter_px", "length_px"))
    return np.log(diameter), relative**2, length


def _unit_rows(matches: pd.DataFrame, unit_matches: pd.DataFrame) -> Ids:
    """(K,) the row of each hair's unit: by that at baseline, else by that at follow-up, else a row of its own."""
    rows = np.full(len(matches), -1, dtype=np.int64)
    for side in SIDES[::-1]:
        found = _row_of_unit(unit_matches, side)[ids_of(matches, side, "unit")]
        rows = np.where(found >= 0, found, rows)
    lone = rows < 0
    rows[lone] = len(unit_matches) + np.arange(np.count_nonzero(lone))
    return rows


def _row_of_unit(unit_matches: pd.DataFrame, side: Side) -> Ids:
    """The row of each unit of a visit by its number; -1 for others, and in the last place for none."""
    ids = ids_of(unit_matches, side, "unit")
    row = np.full(int(ids.max(initial=-1)) + 2, -1, dtype=np.int64)
    row[ids[ids >= 0]] = np.flatnonzero(ids >= 0)
    return row


def _unit_presence(units: pd.DataFrame) -> Array:
    """(2, W) probability that a unit bears hair: all but certain where it was kept, else less by that of its fate."""
    gone = np.where(units["fate"] == "kept", 0.0, units["fate_probability"].to_numpy(dtype=np.float64))
    return np.stack([np.where(units["fate"] == fate, 1.0 - gone, 1.0) for fate in ("re-activated", "emptied")])


def _mean(values: Array, weight: Array) -> Array:
    """(B,) means of (K,) known values with (B, K) weights."""
    known = np.isfinite(values)
    return ratio(weight[:, known] @ values[known], weight[:, known].sum(axis=1))


def _quantiles(values: Array, weight: Array, shares: tuple[float, ...]) -> Array:
    """(Q, B) quantiles of (K,) known values with (B, K) weights.

    Between neighbors they are even; of equal weights they are the common ones (type 7 of Hyndman and Fan 1996).
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) == 0:
        return np.full((len(shares), len(weight)), np.nan)
    order = known[np.argsort(values[known], kind="stable")]
    found = np.full((len(shares), len(weight)), np.nan)
    for draw, weights in enumerate(weight[:, order]):
        there = weights > 0
        own, total = weights[there], weights.sum()
        if len(own):
            mean = total / len(own)
            place = (np.cumsum(own) - own / 2 - mean / 2) / max(total - mean, 1e-12)
            found[:, draw] = np.interp(shares, place, values[order][there])
    return found


def _deviation(drawn: Array) -> float:
    known = drawn[np.isfinite(drawn)]
    return float(known.std()) if len(known) > 1 else math.nan
