"""Two visits on one skin: their shafts' courses, their pictures, and whether each shows the other one's hairs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hairdensity.analysis import Analysis
from hairdensity.comparison.alignment import Alignment
from hairdensity.comparison.pairing.courses import Courses, Places, courses_of
from hairdensity.comparison.pairing.presence import Presences, View, find_presences, presence_odds, views_of
from hairdensity.comparison.pairing.sightings import Sightings, sightings_of
from hairdensity.flags import HairFlag

__all__ = ["Compared", "lay_on_one_skin"]

Mask = NDArray[np.bool_]


class Compared(NamedTuple):
    """Of baseline and follow-up.

    Parameters
    ----------
    visits : (Analysis, Analysis)
    ways : (callable, callable)
        Of each visit's px to those of the baseline.
    views : (View, View)
    courses : (Courses, Courses)
    light : ((N,) bool ndarray, (M,) bool ndarray)
        Which hairs are lighter than skin.
    presences : Presences
    seen : (Sightings, Sightings)
    """

    visits: tuple[Analysis, Analysis]
    ways: tuple[Places, Places]
    views: tuple[View, View]
    courses: tuple[Courses, Courses]
    light: tuple[Mask, Mask]
    presences: Presences
    seen: tuple[Sightings, Sightings]

    @property
    def um_per_px(self) -> float:
        """Of the baseline, on whose skin all places are compared."""
        return self.visits[0].working_um_per_px


def lay_on_one_skin(baseline: Analysis, follow_up: Analysis, alignment: Alignment) -> Compared:
    """Bring both visits to um on the baseline's skin."""
    um_per_px = baseline.working_um_per_px
    ways: tuple[Places, Places] = (lambda points: points), alignment.to_baseline
    courses = (
        courses_of(baseline, to_baseline=ways[0], um_per_px=um_per_px),
        courses_of(follow_up, to_baseline=ways[1], um_per_px=um_per_px),
    )
    views, light = views_of(baseline, follow_up, alignment), (_is_light(baseline), _is_light(follow_up))
    presences = find_presences(courses, views, light)
    seen = (
        sightings_of(baseline, presence_odds(presences.before), to_baseline=ways[0], um_per_px=um_per_px),
        sightings_of(
            follow_up, presence_odds(presences.after), to_baseline=ways[1], um_per_px=um_per_px, zoom=alignment.zoom
        ),
    )
    return Compared((baseline, follow_up), ways, views, courses, light, presences, seen)


def _is_light(analysis: Analysis) -> Mask:
    return np.asarray((analysis.centerlines.flags & int(HairFlag.LIGHT_HAIR)) != 0)
