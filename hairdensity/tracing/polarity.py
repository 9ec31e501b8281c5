"""Dark and light hairs of one picture, together: a highlight along a dark shaft is not a light hair."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from hairdensity.tracing.centerlines import Centerlines

__all__ = ["merge_polarities"]

SHARED_POINTS = 0.3
"""Share of a light path's points near dark shafts above which it is a highlight; a crossing touches fewer."""


def merge_polarities(dark: Centerlines, light: Centerlines | None = None, *, distance_px: float) -> Centerlines:
    """Dark hairs, then the light ones that do not run along a dark one.

    Parameters
    ----------
    dark, light : Centerlines
        None where light hairs were not looked for.
    distance_px : float
        How near a highlight runs to its own shaft's axis or edge.
    """
    if light is None or len(light) == 0:
        return dark
    if len(dark):
        distance, _ = cKDTree(dark.points_px).query(light.points_px, distance_upper_bound=distance_px)
        near = np.bincount(light.hair_of_point, weights=np.isfinite(distance), minlength=len(light))
        kept = np.flatnonzero(near < SHARED_POINTS * np.diff(light.offsets))
    else:
        kept = np.arange(len(light))
    paths = [dark.path(hair) for hair in range(len(dark))] + [light.path(hair) for hair in kept.tolist()]
    return Centerlines.from_paths(
        paths,
        root_confidence=np.concatenate([dark.root_confidence, light.root_confidence[kept]]),
        hair_probability=np.concatenate([dark.hair_probability, light.hair_probability[kept]]),
        flags=np.concatenate([dark.flags, light.flags[kept]]),
    )
