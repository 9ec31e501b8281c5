"""Searching: the best similarity between two constellations, and its best rival."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hairdensity.comparison.registering.constellation import Constellation
from hairdensity.comparison.registering.evidence import EvidenceSettings, weigh
from hairdensity.comparison.registering.refining import moved, refine_similarities, shared_um2
from hairdensity.comparison.registering.voting import VotingSettings, vote
from hairdensity.errors import InputError

__all__ = ["Search", "SearchSettings", "search", "zoom_range"]

Array = NDArray[np.float64]

OTHER_UM = 250.0
"""Alignments that move the shared skin further apart than this are different ones: units stand a mm from each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """How constellations are looked for.

    Parameters
    ----------
    voting : VotingSettings
    evidence : EvidenceSettings
    max_weighed : int
        Candidates that are weighed: those that bring most units together.
    """

    voting: VotingSettings = field(default_factory=VotingSettings)
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    max_weighed: int = 15

    def __post_init__(self) -> None:
        if self.max_weighed < 2:
            raise InputError(f"max_weighed must be 2 or more, one and its rival, got {self.max_weighed}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Search:
    """The best similarity between two constellations.

    Parameters
    ----------
    similarity : (2, 3) float64 ndarray
        From baseline to follow-up um.
    log10_false_alarms : float
        How many as good ones chance makes, see `evidence`.
    n_roots : int
        Roots that have a partner.
    rival : float
        ``log10_false_alarms`` of the best alignment that is another one; infinite without any.
    overlap_um2 : float
        Skin inside both frames, in um2 of the baseline.
    overlap_fraction : float
        The same as a share of the smaller frame.
    """

    similarity: Array
    log10_false_alarms: float
    n_roots: int
    rival: float
    overlap_um2: float
    overlap_fraction: float

    @property
    def zoom(self) -> float:
        """Follow-up um for each baseline um: 1 where both scales are right."""
        return float(np.sqrt(np.linalg.det(self.similarity[:, :2])))


def zoom_range(tolerance: float) -> tuple[float, float]:
    """Least and greatest factor between scales that disagree by this share at most."""
    return 1 / (1 + tolerance), 1 + tolerance


def search(
    baseline: Constellation, follow_up: Constellation, *, zoom: tuple[float, float], settings: SearchSettings
) -> Search | None:
    """Look for the baseline's units among those of the follow-up.

    Parameters
    ----------
    baseline, follow_up : Constellation
    zoom : (float, float)
        Least and greatest factor from baseline um to follow-up um.
    settings : SearchSettings

    Returns
    -------
    Search or None
        None where no two pairs of units are alike.
    """
    candidates = vote(baseline, follow_up, zoom=zoom, settings=settings.voting)
    if not len(candidates.matrix):
        return None
    matrix = refine_similarities(candidates.matrix, baseline, follow_up, zoom=zoom)[: settings.max_weighed]
    weights = [weigh(similarity, baseline, follow_up, settings.evidence) for similarity in matrix]
    false_alarms = math.log10(candidates.n_trials) - np.array([weight.log10_ratio for weight in weights])
    best = int(np.argmin(false_alarms))
    is_other = _differs(matrix[best], matrix, baseline, follow_up)
    overlap = float(shared_um2(matrix[best][None], baseline, follow_up)[0])
    return Search(
        similarity=matrix[best],
        log10_false_alarms=float(false_alarms[best]),
        n_roots=len(weights[best].pairs.first),
        rival=float(false_alarms[is_other].min(initial=np.inf)),
        overlap_um2=overlap / float(np.linalg.det(matrix[best][:, :2])),
        overlap_fraction=min(1.0, overlap / _smaller_um2(matrix[best], baseline, follow_up)),
    )


def _differs(best: Array, others: Array, baseline: Constellation, follow_up: Constellation) -> NDArray[np.bool_]:
    """(K,) True where an alignment takes the skin of the best one's shared part to another place."""
    places = moved(best, baseline.units_um)
    is_shared = follow_up.shows(places)
    if not is_shared.any():
        return np.ones(len(others), dtype=bool)
    apart = np.linalg.norm(moved(others, baseline.units_um[is_shared]) - places[is_shared], axis=-1)
    return np.asarray(np.median(apart, axis=1) > OTHER_UM)


def _smaller_um2(similarity: Array, baseline: Constellation, follow_up: Constellation) -> float:
    """Of both frames the smaller one, in um2 of the follow-up."""
    before = math.prod(baseline.frame_um) * float(np.linalg.det(similarity[:, :2]))
    return min(before, math.prod(follow_up.frame_um))
