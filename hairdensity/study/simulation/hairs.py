"""Hairs and follicular units of a simulated trial's registered comparisons: what became of them.

Of each pair, new less lost hairs are its change of density on the common area, to the hair. Re-activated and emptied
units scatter by chance around each patient's own rate. Of units, the line at an even chance is taken to tell right:
errors of the probabilities of fates are not simulated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.metrics.intervals import TWO_SIDED_95
from hairdensity.report.change_fates import LEAST_PROBABILITY
from hairdensity.study.columns import PAIR_KEYS
from hairdensity.study.simulation.patients import share_of_effect
from hairdensity.study.simulation.pictures import HAIRS_PER_UNIT, SPREAD_UM
from hairdensity.study.simulation.settings import TrialSettings
from hairdensity.study.tables import are_registered, columns_of
from hairdensity.tables import make_table

__all__ = ["matches_of"]

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Rng = np.random.Generator

_SURE, _HARDLY = 0.94, 0.04
"""Probability that a hair is there: where it was seen, and where it was not."""

_FRAILTY_SHAPE = 4.0
"""Of the gamma distribution of patients' rates of re-activation around their arm's: a deviation of a half of it."""

_SMALL_UM = 20.0
"""No shaft is thinner."""


def matches_of(
    changes: pd.DataFrame, patients: pd.DataFrame, settings: TrialSettings, rng: Rng
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables matches and unit_matches.

    Parameters
    ----------
    changes : DataFrame
        Of `hairdensity.study.simulation.comparisons.changes_of`.
    patients : DataFrame
        Of `hairdensity.study.simulation.patients.draw_patients`.
    settings : TrialSettings
    rng : Generator
    """
    is_density = changes["figure"] == "density_per_cm2"
    pairs = changes[is_density & are_registered(changes)].reset_index(drop=True)
    own = patients.set_index("patient")
    rate = own["arm"].map({arm.name: arm.reactivated_per_cm2 for arm in settings.arms})
    own = own.assign(reactivated=rate * rng.gamma(_FRAILTY_SHAPE, 1.0 / _FRAILTY_SHAPE, len(own)))
    pairs = pairs.join(own[["true_density_per_cm2", "true_diameter_effect_um", "reactivated"]], on="patient")
    share = dict(zip(settings.weeks, share_of_effect(settings), strict=True))
    pairs["share"] = pairs["week"].map(share)
    return _hairs(pairs, settings, rng), _units(pairs, settings, rng)


def _hairs(pairs: pd.DataFrame, settings: TrialSettings, rng: Rng) -> pd.DataFrame:
    area, value = (pairs[name].to_numpy(np.float64) for name in ("overlap_cm2", "value"))
    turned = rng.poisson(2.0 * settings.turnover_per_cm2 * area)
    expected = {
        "new": np.maximum((turned + value * area) / 2.0, 0.0),
        "lost": np.maximum((turned - value * area) / 2.0, 0.0),
    }
    counts = {fate: np.ceil(part / (_SURE - _HARDLY)).astype(np.int64) for fate, part in expected.items()}
    # The probabilities of those that one visit shows add up to what is expected of the pair.
    seen = {fate: _HARDLY + part / np.maximum(counts[fate], 1) for fate, part in expected.items()}
    stay = pairs["true_density_per_cm2"].to_numpy() * area - expected["lost"]
    counts = {"kept": np.maximum(np.round(stay / _SURE), 0).astype(np.int64), **counts}
    pair, fate, number = _rows(counts)
    before = np.select([fate == "kept", fate == "lost"], [_SURE, seen["lost"][pair]], _HARDLY)
    after = np.select([fate == "kept", fate == "new"], [_SURE, seen["new"][pair]], _HARDLY)
    known: dict[str, Any] = {
        "match_id": number,
        "baseline_hair_id": pd.arrays.IntegerArray(number, fate == "new"),
        "follow_up_hair_id": pd.arrays.IntegerArray(number, fate == "lost"),
        "fate": fate,
        "fate_probability": np.where(fate == "kept", before * after, np.abs(after - before)),
        "partner_probability": 1.0,
        "baseline_probability": before,
        "follow_up_probability": after,
        "in_area": True,
        **_diameters(pairs, pair, fate, settings, rng),
    }
    return _filled("matches", pairs, pair, known)


def _diameters(
    pairs: pd.DataFrame, pair: Counts, fate: NDArray[np.object_], settings: TrialSettings, rng: Rng
) -> dict[str, Any]:
    """Shafts at both visits, and which of the kept ones changed beyond the error."""
    before = np.maximum(settings.diameter_um + SPREAD_UM * rng.standard_normal(len(pair)), _SMALL_UM)
    se = settings.hair_diameter_error_um
    true = (pairs["share"] * pairs["true_diameter_effect_um"]).to_numpy()[pair]
    change = np.where(fate == "kept", true + se * rng.standard_normal(len(pair)), np.nan)
    limit = TWO_SIDED_95 * se
    return {
        "baseline_diameter_um": np.where(fate == "new", np.nan, before),
        "follow_up_diameter_um": np.where(fate == "kept", before + change, np.where(fate == "new", before, np.nan)),
        "diameter_change_um": change,
        "diameter_change_se_um": np.where(fate == "kept", se, np.nan),
        "thickness": np.select(
            [np.isnan(change), change > limit, change < -limit], ["", "thicker", "thinner"], "similar"
        ).astype(object),
    }


def _units(pairs: pd.DataFrame, settings: TrialSettings, rng: Rng) -> pd.DataFrame:
    area = pairs["overlap_cm2"].to_numpy(np.float64)
    rates = {
        "re-activated": (pairs["share"] * pairs["reactivated"]).to_numpy(),
        "emptied": np.full(len(pairs), settings.emptied_per_cm2),
    }
    counts = {fate: rng.poisson(rate * area) for fate, rate in rates.items()}
    kept = np.round(pairs["true_density_per_cm2"].to_numpy() * area / HAIRS_PER_UNIT).astype(np.int64)
    # As many places again where a unit may have been re-activated, but more likely was not.
    pair, fate, number = _rows({"kept": kept, **counts, "unsure": rng.poisson(rates["re-activated"] * area)})
    is_sure = fate != "unsure"
    fate = np.where(is_sure, fate, "re-activated").astype(object)
    chance = rng.random(len(pair))
    known = {
        "unit_match_id": number,
        "baseline_unit_id": pd.arrays.IntegerArray(number, fate == "re-activated"),
        "follow_up_unit_id": pd.arrays.IntegerArray(number, fate == "emptied"),
        "fate": fate,
        "fate_probability": LEAST_PROBABILITY * np.where(is_sure, 1.0 + chance, chance),
        "baseline_n_hairs": np.where(fate == "re-activated", 0, 2),
        "follow_up_n_hairs": np.where(fate == "emptied", 0, 2),
        "in_area": True,
    }
    return _filled("unit_matches", pairs, pair, known)


def _rows(counts: dict[str, Counts]) -> tuple[Counts, NDArray[np.object_], Counts]:
    """For each row of a table its pair, its fate and its number within the pair; pairs in their order."""
    n_pairs = len(next(iter(counts.values())))
    each = np.column_stack(list(counts.values())).ravel()
    cells = np.repeat(np.arange(len(each)), each)
    pair, fate = np.divmod(cells, len(counts))
    first = np.concatenate([[0], np.cumsum(np.bincount(pair, minlength=n_pairs))])[:-1]
    return pair, np.array(list(counts), dtype=object)[fate], np.arange(len(pair)) - first[pair]


def _filled(name: str, pairs: pd.DataFrame, pair: Counts, known: dict[str, Any]) -> pd.DataFrame:
    """The table with its keys; what is not simulated stays empty."""
    keys = {column.name: pairs[column.name].to_numpy()[pair] for column in PAIR_KEYS}
    cells = keys | known
    n, columns = len(pair), columns_of(name)
    table = {
        column.name: _full(cells[column.name], n) if column.name in cells else _full(_EMPTY[column.dtype], n)
        for column in columns
    }
    return make_table(columns, table)


_EMPTY: dict[str, Any] = {"object": "", "float64": np.nan, "int64": 0, "Int64": pd.NA, "bool": False}


def _full(value: Any, n: int) -> Any:
    if value is pd.NA:
        return pd.array([pd.NA], dtype="Int64").repeat(n)
    return np.full(n, value, dtype=object if isinstance(value, str) else None) if np.isscalar(value) else value
