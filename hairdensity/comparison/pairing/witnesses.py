"""What each visit's traces show at the places of the other one's hairs, on the baseline's skin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.comparison.pairing.compared import Compared
from hairdensity.comparison.pairing.courses import Courses
from hairdensity.comparison.pairing.partners import Pairing
from hairdensity.comparison.pairing.presence import Beside, look_beside
from hairdensity.comparison.pairing.second_look import USUAL_DIAMETER_UM, Witnesses
from hairdensity.comparison.pairing.sightings import Sightings

__all__ = ["Paired", "witnesses_of"]

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

SPACING_UM = 8.0
"""Axes are thinned to this distance of points: what is asked of them is a distance of 10 um or more."""

REFUSED_SPREAD_UM = 25.0
"""The root of a shaft that was refused is placed less well than that of a hair."""


class Paired(NamedTuple):
    """Two visits whose hairs are paired."""

    compared: Compared
    pairing: Pairing

    @property
    def visits(self) -> tuple[Analysis, Analysis]:
        """Baseline and follow-up."""
        return self.compared.visits

    @property
    def seen(self) -> tuple[Sightings, Sightings]:
        """All hairs of either visit."""
        return self.compared.seen

    @property
    def um_per_px(self) -> float:
        """Of the baseline, on whose skin all places are compared."""
        return self.compared.um_per_px

    @property
    def partners(self) -> tuple[Ids, Ids]:
        """Numbers of the paired hairs at either visit."""
        return self.pairing.before, self.pairing.after

    def beside(self, visit: int, hair: Ids, witnesses: Witnesses) -> Beside:
        """What the other visit's picture shows beside its matched shafts at the places of some hairs of a visit."""
        both = self.compared
        found = look_beside(
            Courses(*(part[hair] for part in both.courses[visit])),
            (both.views[visit], both.views[1 - visit]),
            witnesses.points_um,
            witnesses.half_width_um[witnesses.shaft],
            is_light=both.light[visit][hair],
        )
        return Beside(found.presence / both.presences.usual, found.open_share)


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
        half_width_um=np.nan_to_num(np.exp(this.log_diameter), nan=USUAL_DIAMETER_UM) / 2,
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


def _on_baseline(paired: Paired, visit: int, points_px: Array, hair: Ids) -> Array:
    """(P, 2) um on the baseline's skin of points at a visit, less the drift around the hairs that own them."""
    if visit == 0:
        return points_px * paired.um_per_px
    drift = np.concatenate([paired.pairing.drift_um, np.zeros((1, 2))])  # the last one for -1
    return np.asarray(paired.compared.ways[1](points_px) * paired.um_per_px - drift[hair])
