"""MatchingSettings: what is expected of the same hair at another visit before the pictures have spoken."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

from hairdensity.errors import InputError

__all__ = ["Evidence", "MatchingSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Log odds that a hair without a partner is there but not seen, less the log odds of staying.

    Logistic regression on 1505 hairs without a partner of 138 rendered clipped pairs at 150 hairs/cm2; 453 of them were
    there. Cross-validated, 97 % are told right.

    Parameters
    ----------
    intercept : float
    by_presence : float
        For the log odds by the other visit's pixels, see `presence`.
    by_beside : float
        For the hair's presence, 0.1-1 less a half, beside the other visit's shafts.
    covered : float
        Instead of it where those shafts cover the hair's course wherever it may lie.
    by_open : float
        For the share of the ways the hair may lie in which they leave its course open.
    bundle_um : float
        A shaft at this mean distance from the course may be a bundle of both hairs.
    by_width : float
        For the log ratio, in 0-0.4, by which that shaft is wider than at this visit: two hairs seen as one.
    by_diameter : float
        For the log of the diameter over 60 um, within a factor of 4: thin hairs are overlooked.
    least : float
        Share of hairs that are overlooked although nothing explains it.
    refused : float
        Share of hairs that show as a refused shaft.
    """

    intercept: float = 1.6
    by_presence: float = 0.29
    by_beside: float = 6.5
    covered: float = 1.3
    by_open: float = -4.8
    bundle_um: float = 100.0
    by_width: float = 6.9
    by_diameter: float = -0.45
    least: float = 0.0003
    refused: float = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingSettings:
    """How hairs of two visits are matched, and what counts as a change of a hair.

    Parameters
    ----------
    reach_um : float
        Roots further apart are never of one hair.
    root_across_um, root_along_um : float
        Scale of a root's error across its shaft and along it, each visit's; the tails are those of Student's t with 4
        degrees of freedom, because some roots are placed far off along the shaft.
    usual_residual_um : float
        Median distance of units after registration, where registration states none.
    buried_share, buried_um : float, float
        Share of the roots that one visit places further along the shaft, and how far: skin covers the first part.
    wrong_end_share : float
        Share of hairs whose root is set at the tip although both ends looked sure.
    width_sd, width_stray_share, width_stray_sd : float
        Deviation of a hair's log diameter between visits beside its errors of measurement, the share of hairs that
        change more, and their deviation.
    width_apart_sd : float
        Deviation of the log diameters of two different hairs.
    angle_deg, angle_apart_deg, angle_stray_share : float
        Deviation of the direction of one hair between visits and of two different hairs, and the share of hairs that
        lie anyhow.
    presence_limits : (float, float)
        Log odds that each visit's pixels may add for a pair: a hair whose ends are swapped is looked for in the wrong
        place.
    usual_turnover, usual_turnover_hairs : float
        Share of hairs that are lost, or new, and the weight of this belief in hairs: the pair's own hairs speak too.
    usual_showing_again, usual_showing_again_shafts : float, float
        Share of shafts which are no hair that show at the other visit too, and the weight of this belief in shafts.
    change_z : float
        A hair is thicker or thinner when its change exceeds so many standard errors.
    unit_reach_um : float
        A unit without a matched hair is looked for this far from its place.
    opening_um : float
        An opening without a hair is that of a unit when it lies this close to its place.
    evidence : Evidence
        What speaks for a hair that is there but not seen.
    """

    reach_um: float = 200.0
    root_across_um: float = 5.0
    root_along_um: float = 9.0
    usual_residual_um: float = 20.0
    buried_share: float = 0.02
    buried_um: float = 90.0
    wrong_end_share: float = 0.001
    width_sd: float = 0.12
    width_stray_share: float = 0.1
    width_stray_sd: float = 0.5
    width_apart_sd: float = 0.55
    angle_deg: float = 18.0
    angle_apart_deg: float = 35.0
    angle_stray_share: float = 0.1
    presence_limits: tuple[float, float] = (-4.0, 1.0)
    usual_turnover: float = 0.08
    usual_turnover_hairs: float = 12.0
    usual_showing_again: float = 0.3
    usual_showing_again_shafts: float = 2.0
    change_z: float = 1.96
    unit_reach_um: float = 120.0
    opening_um: float = 120.0
    evidence: Evidence = field(default_factory=Evidence)

    def __post_init__(self) -> None:
        for name in (each.name for each in fields(self) if each.name not in ("evidence", "presence_limits")):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"{name} must be above 0, got {value}")
            if name.endswith(("_share", "_turnover")) and value >= 1:
                raise InputError(f"{name} is a share and must lie in 0-1, got {value:g}")
