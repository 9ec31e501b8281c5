"""Pairing: which hair of the follow-up is which hair of the baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.comparison.matching_settings import MatchingSettings
from hairdensity.comparison.pairing.assignment import Marginals, best_assignment, marginals
from hairdensity.comparison.pairing.likeness import (
    Candidates,
    Spread,
    expected_spread,
    find_candidates,
    learned_spread,
    shaft_axis,
)
from hairdensity.comparison.pairing.sightings import Sightings

__all__ = ["Pairing", "pair_hairs"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

UM2_PER_CM2 = 1e8

SURE_PAIR = 0.9
"""Pairs surer than this say how the skin is still displaced after registration."""

DRIFT_NEIGHBORS = 8
DRIFT_REACH_UM = 900.0
"""Skin this far around moves together; the nearest pairs of it are heard."""

DRIFT_PRIOR_PAIRS = 2.0
"""Weight, in pairs, of the belief that nothing is displaced."""


class Pairing(NamedTuple):
    """Q pairs, one to one, and how sure everything is.

    Parameters
    ----------
    before, after : (Q,) int64 ndarray
        Numbers of the hairs at baseline, rising, and of their partners at follow-up.
    probability : (Q,) float64 ndarray
        That it is this very partner.
    kept_before, kept_after : (N,) and (M,) float64 ndarray
        That a hair has a partner, whichever.
    drift_um : (M, 2) float64 ndarray
        By how much the skin around each hair of the follow-up is still displaced after registration.
    """

    before: Ids
    after: Ids
    probability: Array
    kept_before: Array
    kept_after: Array
    drift_um: Array


def pair_hairs(
    baseline: Sightings, follow_up: Sightings, *, residual_um: float, density_per_cm2: float, settings: MatchingSettings
) -> Pairing:
    """Match hairs one to one: the assignment that all evidence together makes most probable.

    A first assignment shows how the skin is still displaced after registration, and how well roots are placed. What
    neighbors share of the displacement is taken away, and the second assignment can tell the hairs of a unit apart.

    Parameters
    ----------
    baseline, follow_up : Sightings
    residual_um : float
        Median distance of follicular units after registration.
    density_per_cm2 : float
        Of hairs: what chance would put near any place.
    settings : MatchingSettings
    """
    spread = expected_spread(residual_um, settings)
    first, chosen, sure = _assign(baseline, follow_up, spread, density_per_cm2, settings)
    good = chosen & (sure.pair > SURE_PAIR)
    before, after = first.before[good], first.after[good]
    drift = _drift(baseline, follow_up, before, after)
    moved = replace(follow_up, roots_um=follow_up.roots_um - drift, tips_um=follow_up.tips_um - drift)
    left = moved.roots_um[after] - baseline.roots_um[before]
    spread = learned_spread(left, shaft_axis(baseline.leaving[before], moved.leaving[after]), spread)
    pairs, chosen, sure = _assign(baseline, moved, spread, density_per_cm2, settings)
    return Pairing(
        before=pairs.before[chosen],
        after=pairs.after[chosen],
        probability=sure.pair[chosen],
        kept_before=sure.before,
        kept_after=sure.after,
        drift_um=drift,
    )


def _assign(
    baseline: Sightings, follow_up: Sightings, spread: Spread, density_per_cm2: float, settings: MatchingSettings
) -> tuple[Candidates, NDArray[np.bool_], Marginals]:
    pairs = find_candidates(baseline, follow_up, spread=spread, settings=settings)
    shape = len(baseline), len(follow_up)
    gain = pairs.log_likelihood + _odds_of_staying(baseline, follow_up, pairs, density_per_cm2, settings)
    chosen = best_assignment(pairs.before, pairs.after, gain, shape)
    return pairs, chosen, marginals(pairs.before, pairs.after, gain, shape)


def _odds_of_staying(
    baseline: Sightings, follow_up: Sightings, pairs: Candidates, density_per_cm2: float, settings: MatchingSettings
) -> Array:
    """(K,) log of what a kept hair has against a lost one and a new one, before their places are compared.

    What is no hair has no partner either, so that the less probable of two neighbors goes without.
    """
    before, after = baseline.probability[pairs.before], follow_up.probability[pairs.after]
    gone = settings.usual_turnover
    alone_before = before * gone + 1 - before
    alone_after = (after * gone + 1 - after) * max(density_per_cm2, 1.0) / UM2_PER_CM2
    return np.asarray(np.log(before * after * (1 - gone) / (alone_before * alone_after)))


def _drift(baseline: Sightings, follow_up: Sightings, before: Ids, after: Ids) -> Array:
    """(M, 2) displacement shared by the pairs around each hair of the follow-up.

    The median of the nearest pairs, because some roots are placed far off; shrunk while pairs are few. A pair is not
    asked about itself, so what it leaves is its own.
    """
    drift = np.zeros((len(follow_up), 2))
    if len(before) < 2:
        return drift
    places = follow_up.roots_um[after]
    moved = places - baseline.roots_um[before]
    k = min(DRIFT_NEIGHBORS + 1, len(places))
    distance, who = cKDTree(places).query(follow_up.roots_um, k=k, distance_upper_bound=DRIFT_REACH_UM)
    own = np.full(len(follow_up), -1)
    own[after] = np.arange(len(after))
    known = np.isfinite(distance) & (who != own[:, None])
    around = np.where(known[..., None], moved[np.minimum(who, len(places) - 1)], np.nan)
    count = known.sum(axis=1)
    some = count > 0
    drift[some] = np.nanmedian(around[some], axis=1) * (count / (count + DRIFT_PRIOR_PAIRS))[some, None]
    return drift
