"""Second look: what it means that a hair of one visit has no partner at the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from hairdensity.comparison.matching_settings import Evidence, MatchingSettings
from hairdensity.comparison.pairing.presence import Beside
from hairdensity.comparison.pairing.sightings import Sightings

__all__ = ["Absence", "Verdicts", "Witnesses", "judge", "look_again"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

USUAL_DIAMETER_UM = 60.0

ROUNDS = 40


class Witnesses(NamedTuple):
    """What the other visit shows, in um on the baseline's skin.

    Parameters
    ----------
    points_um : (P, 2) float64 ndarray
        Of the axes of its matched shafts.
    shaft : (P,) int64 ndarray
        Whose.
    half_width_um : (M,) float64 ndarray
        Of each of its shafts.
    widening : (M,) float64 ndarray
        Log ratio by which each of its shafts is wider than its partner at this visit, beyond that of most; 0 where
        unknown.
    refused_um : (R, 2) float64 ndarray
        Roots of the shafts that were weighed and refused.
    refused_per_um2 : float
        How many such roots chance puts anywhere.
    spread_um : float
        Deviation of a root's place between visits.
    """

    points_um: Array
    shaft: Ids
    half_width_um: Array
    widening: Array
    refused_um: Array
    refused_per_um2: float
    spread_um: float


class Absence(NamedTuple):
    """Of U hairs without a partner.

    Parameters
    ----------
    overlooked : (U,) float64 ndarray
        Density of what the other visit shows if the hair is there but not seen, over that if it is gone.
    behind : (U,) int64 ndarray
        Number of the other visit's shaft that is nearest to its course; -1 without any.
    """

    overlooked: Array
    behind: Ids


class Verdicts(NamedTuple):
    """Of U hairs without a partner; what is missing to 1 is that it is no hair.

    Parameters
    ----------
    gone : (U,) float64 ndarray
        Probability that the hair is there at one visit alone.
    overlooked : (U,) float64 ndarray
        That it is there at both.
    turnover : float
        Share of hairs that are there at one visit alone.
    """

    gone: Array
    overlooked: Array
    turnover: float


def look_again(
    seen: Sightings, courses_um: Array, witnesses: Witnesses, beside: Beside, *, evidence: Evidence
) -> Absence:
    """What the other visit shows at the places of hairs that have no partner there.

    Parameters
    ----------
    seen : Sightings
        U hairs without a partner.
    courses_um : (U, K, 2) float64 ndarray
        K places along each shaft.
    witnesses : Witnesses
    beside : Beside
        Whether the picture shows them beside the shafts that were found.
    evidence : Evidence
    """
    distance, behind = _nearest_course(courses_um, witnesses)
    hidden = (behind >= 0) & (distance < evidence.bundle_um)
    widening = np.zeros(len(courses_um))
    widening[hidden] = np.clip(witnesses.widening[behind[hidden]], 0.0, 0.4)
    thinness = np.clip(np.nan_to_num(seen.log_diameter - np.log(USUAL_DIAMETER_UM), nan=0.0), -np.log(4), np.log(4))
    log_odds = (
        evidence.intercept
        + evidence.by_presence * seen.presence
        + _by_beside(beside, evidence)
        + evidence.by_width * widening
        + evidence.by_diameter * thinness
    )
    overlooked = np.maximum(np.exp(np.minimum(log_odds, 10.0)), evidence.least)
    return Absence(overlooked + evidence.refused * _by_refused(seen.roots_um, witnesses), behind)


def judge(
    probability: Array,
    absence: Absence,
    *,
    counts: NDArray[np.bool_],
    kept_probability: Array,
    settings: MatchingSettings,
) -> Verdicts:
    """Whether each hair without a partner is gone, overlooked or none, by what the pair itself shows of all hairs.

    Expectation and maximization of two shares. The turnover says how far to believe in each absence, and their sum is
    the turnover: a pair without change so comes to believe in overlooked hairs, one with much change in real losses.
    And what is no hair shows again at the other visit or not: pigment, a scar or a skin line does, a loose piece does
    not. Where more doubtful shafts have a partner than doubt allows, no hair is likely to show again, and one without
    a partner is the more likely a hair that is gone.

    Parameters
    ----------
    probability : (U,) float64 ndarray
        That they are hairs.
    absence : Absence
    counts : (U,) bool ndarray
        Whose places both visits show: the others say nothing about the shares.
    kept_probability : (K,) float64 ndarray
        That the hairs of this visit that have a partner are hairs, by this visit alone.
    settings : MatchingSettings
    """
    turnover, again = settings.usual_turnover, settings.usual_showing_again
    gone = overlooked = np.zeros(len(probability))
    for _ in range(ROUNDS):
        is_gone = probability * turnover
        is_overlooked = probability * (1 - turnover) * absence.overlooked
        is_none = (1 - probability) * (1 - again)
        total = np.maximum(is_gone + is_overlooked + is_none, np.finfo(np.float64).tiny)
        gone, overlooked = is_gone / total, is_overlooked / total
        n_gone, n_overlooked = gone[counts].sum(), overlooked[counts].sum()
        again = _showing_again(kept_probability, (is_none / total)[counts], turnover, again, settings)
        turnover = _turnover(len(kept_probability), float(n_gone), float(n_overlooked), settings)
    return Verdicts(gone, overlooked, turnover)


def _turnover(n_kept: int, n_gone: float, n_overlooked: float, settings: MatchingSettings) -> float:
    """Share of hairs that are there at one visit alone, with the prior's weight."""
    weight = settings.usual_turnover_hairs
    return (settings.usual_turnover * weight + n_gone) / (weight + n_kept + n_gone + n_overlooked)


def _showing_again(
    kept_probability: Array, alone_none: Array, turnover: float, again: float, settings: MatchingSettings
) -> float:
    """Share of what is no hair that has a partner all the same, with the prior's weight."""
    weight = settings.usual_showing_again_shafts
    none_again = (1 - kept_probability) * again
    total = np.maximum(none_again + kept_probability * (1 - turnover), np.finfo(np.float64).tiny)
    n_again = float((none_again / total).sum())
    return (settings.usual_showing_again * weight + n_again) / (weight + n_again + float(alone_none.sum()))


def _nearest_course(courses_um: Array, witnesses: Witnesses) -> tuple[Array, Ids]:
    """(U,) mean distance of a course from the nearest axes, and (U,) the shaft that most of it is nearest to."""
    n = len(courses_um)
    if n == 0 or len(witnesses.points_um) == 0:
        return np.full(n, np.inf), np.full(n, -1, dtype=np.int64)
    distance, point = cKDTree(witnesses.points_um).query(courses_um.reshape(-1, 2))
    shaft = witnesses.shaft[point].reshape(n, -1)
    votes = (shaft[:, :, None] == shaft[:, None, :]).sum(axis=2)
    behind = shaft[np.arange(n), votes.argmax(axis=1)]
    return np.asarray(distance).reshape(n, -1).mean(axis=1), behind


def _by_beside(beside: Beside, evidence: Evidence) -> Array:
    """(U,) log odds by what is seen beside the other visit's shafts."""
    shown = np.clip(np.nan_to_num(beside.presence, nan=0.0), 0.1, 1.0) - 0.5
    open_odds = evidence.by_beside * shown
    return np.asarray(
        np.where(np.isnan(beside.presence), evidence.covered, open_odds) + evidence.by_open * beside.open_share
    )


def _by_refused(roots_um: Array, witnesses: Witnesses) -> Array:
    """(U,) density of the refused shafts' places around each root, over that of chance."""
    if len(witnesses.refused_um) == 0 or len(roots_um) == 0:
        return np.zeros(len(roots_um))
    distance, _ = cKDTree(witnesses.refused_um).query(roots_um)
    spread = witnesses.spread_um
    # Student's t with 2 degrees of freedom in two directions, as for the roots of pairs.
    density = (1 + (distance / spread) ** 2 / 2) ** -2 / (2 * np.pi * spread**2)
    return np.asarray(density / witnesses.refused_per_um2)
