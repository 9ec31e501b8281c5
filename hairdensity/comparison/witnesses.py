"""What each visit shows at the places of the other one's hairs, on the baseline's skin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.pairing import Pairing
from hairdensity.comparison.second_look import SHAFT_POINTS, SHAFT_UM, SPACING_UM, Witnesses
from hairdensity.comparison.sightings import Sightings

__all__ = ["Paired", "courses_of", "witnesses_of"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

REFUSED_SPREAD_UM = 25.0
"""The root of a shaft that was refused is placed less well than that of a hair."""


class Paired(NamedTuple):
    """Two visits whose hairs are paired; baseline first.

    Parameters
    ----------
    visits : (Analysis, Analysis)
    seen : (Sightings, Sightings)
    pairing : Pairing
    alignment : Alignment
    """

    visits: tuple[Analysis, Analysis]
    seen: tuple[Sightings, Sightings]
    pairing: Pairing
    alignment: Alignment

    @property
    def um_per_px(self) -> float:
        """Of the baseline, on whose skin all places are compared."""
        return self.visits[0].working_um_per_px

    @property
    def partners(self) -> tuple[Ids, Ids]:
        """Numbers of the paired hairs at either visit."""
        return self.pairing.before, self.pairing.after


def courses_of(paired: Paired, visit: int, hairs: Ids) -> Array:
    """(U, `SHAFT_POINTS`, 2) um on the baseline's skin: evenly along the first part of some shafts, root first.

    Parameters
    ----------
    paired : Paired
    visit : int
        0 for the baseline, 1 for the follow-up.
    hairs : (U,) int64 ndarray
        Their numbers at that visit.
    """
    analysis = paired.visits[visit]
    lines, reach_px = analysis.centerlines, SHAFT_UM / analysis.working_um_per_px
    courses = np.array([_evenly(lines.path(hair), reach_px) for hair in hairs]).reshape(-1, 2)
    return _on_baseline(paired, visit, courses, np.repeat(hairs, SHAFT_POINTS)).reshape(-1, SHAFT_POINTS, 2)


def witnesses_of(paired: Paired, visit: int) -> Witnesses:
    """What a visit, 0 or 1, shows to the other one's hairs."""
    analysis, this = paired.visits[visit], paired.seen[visit]
    own, other = paired.partners[visit], paired.partners[1 - visit]
    has_partner = np.zeros(len(this), dtype=bool)
    has_partner[own] = True
    lines = analysis.centerlines
    stride = max(1, round(SPACING_UM / analysis.working_um_per_px / _step_px(lines.points_px)))
    take = np.flatnonzero(has_partner[lines.hair_of_point])[::stride]
    shaft = lines.hair_of_point[take]
    refused = analysis.rejected.roots_px
    rows, cols = analysis.target_area.mask.shape
    return Witnesses(
        points_um=_on_baseline(paired, visit, lines.points_px[take], shaft),
        shaft=shaft,
        widening=_widening(this, paired.seen[1 - visit], own, other),
        refused_um=_on_baseline(paired, visit, refused, np.full(len(refused), -1)),
        refused_per_um2=(len(refused) + 1) / (rows * cols * analysis.working_um_per_px**2),
        spread_um=REFUSED_SPREAD_UM,
    )


def _step_px(points_px: Array) -> float:
    """Usual distance of an axis's points."""
    if len(points_px) < 2:
        return 1.0
    return max(float(np.median(np.linalg.norm(np.diff(points_px, axis=0), axis=1))), 0.1)


def _widening(this: Sightings, other: Sightings, own: Ids, partner: Ids) -> Array:
    """(M,) log ratio of this visit's diameters over their partners', less that of most; 0 where unknown."""
    found = np.zeros(len(this))
    ratio = this.log_diameter[own] - other.log_diameter[partner]
    if np.isfinite(ratio).any():
        found[own] = np.nan_to_num(ratio - np.nanmedian(ratio), nan=0.0)
    return found


def _evenly(path: Array, reach_px: float) -> Array:
    """(`SHAFT_POINTS`, 2) points of an axis up to a distance from its root."""
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.linspace(0.0, min(reach_px, arc[-1]), SHAFT_POINTS)
    return np.column_stack([np.interp(at, arc, path[:, 0]), np.interp(at, arc, path[:, 1])])


def _on_baseline(paired: Paired, visit: int, points_px: Array, hair: Ids) -> Array:
    """(P, 2) um on the baseline's skin of points at a visit, less the drift around the hairs that own them."""
    if visit == 0:
        return points_px * paired.um_per_px
    drift = np.concatenate([paired.pairing.drift_um, np.zeros((1, 2))])  # the last one for -1
    return np.asarray(paired.alignment.to_baseline(points_px) * paired.um_per_px - drift[hair])
