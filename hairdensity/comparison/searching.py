"""Searching: the best similarity between two constellations, and its best rival."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.comparison.constellation import Constellation
from hairdensity.comparison.refining import Refined, moved, refine_similarities, shared_um2
from hairdensity.comparison.voting import VotingSettings, vote

__all__ = ["Search", "search"]

Array = NDArray[np.float64]

OTHER_UM = 250.0
"""Alignments that move the shared skin further apart than this are different ones: units stand a mm from each other."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Search:
    """The best similarity between two constellations.

    Parameters
    ----------
    similarity : (2, 3) float64 ndarray
        From baseline to follow-up um.
    log10_false_alarms : float
        How many as good ones chance makes, see `false_alarms`.
    n_units : int
        Units that have a partner.
    rival : float
        ``log10_false_alarms`` of the best alignment that is another one; infinite without any.
    overlap_um2 : float
        Skin inside both frames, in um2 of the baseline.
    overlap_fraction : float
        The same as a share of the smaller frame.
    """

    similarity: Array
    log10_false_alarms: float
    n_units: int
    rival: float
    overlap_um2: float
    overlap_fraction: float

    @property
    def zoom(self) -> float:
        """Follow-up um for each baseline um: 1 where both scales are right."""
        return float(np.sqrt(np.linalg.det(self.similarity[:, :2])))


def search(
    baseline: Constellation, follow_up: Constellation, *, zoom: tuple[float, float], settings: VotingSettings
) -> Search | None:
    """Look for the baseline's units among those of the follow-up.

    Parameters
    ----------
    baseline, follow_up : Constellation
    zoom : (float, float)
        Least and greatest factor from baseline um to follow-up um.
    settings : VotingSettings

    Returns
    -------
    Search or None
        None where no two pairs of units are alike.
    """
    candidates = vote(baseline, follow_up, zoom=zoom, settings=settings)
    if not len(candidates.matrix):
        return None
    refined = refine_similarities(candidates.matrix, baseline, follow_up, zoom=zoom, n_trials=candidates.n_trials)
    order = np.argsort(refined.log10_false_alarms, kind="stable")
    best = refined.taken(order[:1])
    others = refined.taken(order[_differs(best.matrix, refined.matrix[order], baseline, follow_up)])
    return _summary(best, others, baseline, follow_up)


def _differs(best: Array, others: Array, baseline: Constellation, follow_up: Constellation) -> NDArray[np.bool_]:
    """(K,) True where an alignment takes the skin that the best one shows twice to another place."""
    places = moved(best, baseline.units_um)[0]
    shared = baseline.units_um[follow_up.shows(places)]
    if not len(shared):
        return np.ones(len(others), dtype=bool)
    apart = np.linalg.norm(moved(others, shared) - moved(best, shared), axis=-1)
    return np.asarray(np.median(apart, axis=1) > OTHER_UM)


def _summary(best: Refined, others: Refined, baseline: Constellation, follow_up: Constellation) -> Search:
    matrix = best.matrix[0]
    overlap = float(shared_um2(best.matrix, baseline, follow_up)[0] / np.linalg.det(matrix[:, :2]))
    smaller = min(np.prod(baseline.frame_um), np.prod(follow_up.frame_um) / np.linalg.det(matrix[:, :2]))
    return Search(
        similarity=matrix,
        log10_false_alarms=float(best.log10_false_alarms[0]),
        n_units=int((best.partner[0] >= 0).sum()),
        rival=float(others.log10_false_alarms.min(initial=np.inf)),
        overlap_um2=overlap,
        overlap_fraction=min(1.0, overlap / float(smaller)),
    )
