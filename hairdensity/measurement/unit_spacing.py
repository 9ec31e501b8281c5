"""How far apart the roots of one unit stand in a picture, learned from all its pairs of neighboring roots.

Roots of one unit scatter about each other; roots of other units are strewn over the skin. The number of pairs at a
distance is therefore the sum of a hump, whose place tells the width of units, and of a part that rises with the
distance as the circle grows. Where the two are equal lies the antimode between them: the gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairdensity.measurement.unit_settings import UnitSettings

__all__ = ["UnitSpacing", "learn_spacing"]

Array = NDArray[np.float64]

UM2_PER_CM2 = 1e8
STEPS = 200
CLOSE_ENOUGH = 1e-6
"""Relative change of the variance at which a step has gained nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSpacing:
    """How the roots of one picture stand.

    Parameters
    ----------
    gap_um : float
        A pair this far apart is as likely of one unit as of two, within the limits of the settings.
    spread_um : float
        Deviation, along each axis, of the place of one root of a unit from another's.
    companions : float
        Pairs of one unit for each root.
    neighbors_per_cm2 : float
        Density of roots of other units about a root; below the density of roots where units keep clear of each other.
    """

    gap_um: float
    spread_um: float
    companions: float
    neighbors_per_cm2: float

    def log_odds(self, distance_um: Array) -> Array:
        """Of one unit against two, for pairs at these distances; 0 at the gap."""
        return np.asarray((self.gap_um**2 - distance_um**2) / (2 * self.spread_um**2))


def learn_spacing(distance_um: Array, *, n_far: int, n_roots: int, settings: UnitSettings) -> UnitSpacing:
    """Fit hump and rise to the distances by expectation maximization.

    Parameters
    ----------
    distance_um : (Q,) float64 ndarray
        Of all pairs of roots within ``settings.reach_um``.
    n_far : int
        Number of pairs at ``settings.far_um``.
    n_roots : int
    settings : UnitSettings

    Returns
    -------
    UnitSpacing
        Changes little where a root is added or moves: nothing is counted in bins.
    """
    far_density = _far_density(n_far, n_roots, settings)
    reached = 0.5 * n_roots * np.pi * settings.reach_um**2
    variance, companions, density = settings.usual_spread_um**2, settings.usual_companions, far_density
    for _ in range(STEPS):
        # Both densities over distance share the factor n_roots * distance.
        hump = companions / variance * np.exp(-(distance_um**2) / (2 * variance))
        share = hump / (hump + np.pi * density)
        within, last = float(share.sum()), variance
        variance = _mixed(float((share * distance_um**2).sum()) / 2, within, settings.usual_spread_um**2, settings)
        companions = _mixed(within, n_roots, settings.usual_companions, settings)
        strangers, weight = len(distance_um) - within, settings.usual_neighbors
        density = (strangers + weight) / (reached + weight / far_density)
        if abs(variance / last - 1) < CLOSE_ENOUGH:
            break
    excess = np.log(max(companions / (np.pi * variance * density), 1.0))
    return UnitSpacing(
        gap_um=float(np.clip(np.sqrt(2 * variance * excess), *settings.gap_limits_um)),
        spread_um=float(np.sqrt(variance)),
        companions=companions,
        neighbors_per_cm2=density * UM2_PER_CM2,
    )


def _far_density(n_far: int, n_roots: int, settings: UnitSettings) -> float:
    """Roots per um2 some way from a root. Pairs instead of an area: what the picture hides counts on neither side."""
    inner, outer = settings.far_um
    ring = 0.5 * n_roots * np.pi * (outer**2 - inner**2)
    usual = settings.usual_density_per_cm2 / UM2_PER_CM2
    return (n_far + settings.usual_neighbors) / (ring + settings.usual_neighbors / usual)


def _mixed(total: float, weight: float, usual: float, settings: UnitSettings) -> float:
    """Mean of what was seen and the usual value."""
    return (total + settings.usual_pairs * usual) / (weight + settings.usual_pairs)
