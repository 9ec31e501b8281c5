"""UnitSettings: what is expected of follicular units before a picture has spoken."""

from __future__ import annotations

from dataclasses import dataclass

from hairdensity.errors import InputError

__all__ = ["UnitSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSettings:
    """How roots are grouped into follicular units.

    Every picture shows by its own pairs of roots how wide its units are and how many other roots stand about. The
    usual values are what is believed until its pairs outnumber the weight given here.

    Parameters
    ----------
    gap_limits_um : (float, float)
        The learned gap, at which a pair is as likely of one unit as of two, is kept within these limits.
    usual_spread_um : float
        Deviation, along each axis, of the place of one root of a unit from another's.
    usual_pairs : float
        Weight of the usual spread and companions, in pairs and roots.
    usual_companions : float
        Pairs of one unit for each root; 57/30/10/3 % of units with 1/2/3/4 hairs give 0.49.
    usual_density_per_cm2 : float
        Roots of other units.
    usual_neighbors : float
        Weight of that density, and of the density further out for the near one, in pairs.
    reach_um : float
        Pairs within it show spread and companions.
    far_um : (float, float)
        Pairs at these distances are of two units: they show the density of roots.
    spread_deg, spread_apart_deg : float
        Deviation of the angle between two hairs of one unit, and of neighboring units.
    stray_share : float
        Share of pairs that enclose any angle, of one unit or not.
    doubt : float
        Log odds that a pair within twice the gap can at most speak against one unit, by its distance: the outer hairs
        of a row stand far apart.
    apart : float
        Log odds against one unit of a pair further apart than that.
    """

    gap_limits_um: tuple[float, float] = (100.0, 300.0)
    usual_spread_um: float = 100.0
    usual_pairs: float = 15.0
    usual_companions: float = 0.45
    usual_density_per_cm2: float = 130.0
    usual_neighbors: float = 20.0
    reach_um: float = 450.0
    far_um: tuple[float, float] = (500.0, 800.0)
    spread_deg: float = 15.0
    spread_apart_deg: float = 25.0
    stray_share: float = 0.1
    doubt: float = 1.0
    apart: float = 4.0

    def __post_init__(self) -> None:
        for name in ("gap_limits_um", "far_um"):
            low, high = getattr(self, name)
            if not 0 < low < high < float("inf"):
                raise InputError(f"{name} must be (low, high) with 0 < low < high, got ({low:g}, {high:g})")
        if self.reach_um < self.gap_limits_um[1]:
            raise InputError(
                f"reach_um must not be below the largest gap ({self.gap_limits_um[1]:g} um), got {self.reach_um:g}"
            )
        if not 0 < self.stray_share < 1:
            raise InputError(f"stray_share must lie between 0 and 1, got {self.stray_share:g}")
        for name in ("usual_spread_um", "usual_pairs", "usual_companions", "usual_density_per_cm2", "usual_neighbors"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InputError(f"{name} must be above 0, got {getattr(self, name)}")
