"""MeasurementSettings: everything physical that the hairs and units tables depend on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from hairdensity.errors import InputError
from hairdensity.measurement.ostium_settings import OstiumSettings
from hairdensity.measurement.unit_settings import UnitSettings

__all__ = ["MeasurementSettings", "ProfileGeometry"]

MIN_REACH_PX = 8.0
"""Coarse pictures: a cross-section needs some skin on both sides of a blurred hair."""

SAMPLES_PER_SIDE = (24, 48)
"""Samples lie 1 px apart; closer where too few would remain, wider where more would only cost time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementSettings:
    """How shafts are measured and roots are grouped.

    Parameters
    ----------
    half_profile_um : float
        Reach of a cross-section on each side of the axis.
    profile_step_um : float
        Distance of cross-sections along the shaft.
    max_profiles_per_hair : int
        Long shafts get wider steps, so that one hair costs no more than this.
    end_margin_um : float
        Left out at root and tip, where skin covers the shaft or the cut frays it; at most a fifth of the shaft each.
    tangent_um : float
        The direction of the shaft is the chord over this distance to each side.
    thinnest_um, thickest_um : float
        Widths that are tried. A bundle of hairs side by side is one width.
    offset_um : float
        How far the fitted middle may lie from the traced axis.
    default_psf_px : float
        Sigma of the blur where a picture has too few wide hairs to show it: the middle of 0.7-3 px on a log scale.
    skin_beside_um : float
        Bare skin that must show on at least one side of the shaft.
    correlation_um : float
        Cross-sections closer than this share blur and ragged edges: for the bounds they count as one.
    min_profiles : int
        Clean cross-sections that a diameter needs.
    min_bar_z : float
        Height of the fitted bar over its standard error, from which a cross-section counts.
    units : UnitSettings
        How roots are grouped into follicular units.
    ostia : OstiumSettings
        Which spots count as openings without a hair.
    """

    half_profile_um: float = 120.0
    profile_step_um: float = 20.0
    max_profiles_per_hair: int = 24
    end_margin_um: float = 50.0
    tangent_um: float = 30.0
    thinnest_um: float = 8.0
    thickest_um: float = 160.0
    offset_um: float = 16.0
    default_psf_px: float = 1.5
    skin_beside_um: float = 15.0
    correlation_um: float = 40.0
    min_profiles: int = 3
    min_bar_z: float = 4.0
    units: UnitSettings = field(default_factory=UnitSettings)
    ostia: OstiumSettings = field(default_factory=OstiumSettings)

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, (int, float)) and not 0 < value < float("inf"):
                raise InputError(f"{item.name} must be above 0, got {value}")
        if not 2 * self.thinnest_um <= self.thickest_um < 2 * self.half_profile_um:
            raise InputError(
                "thickest_um must be at least twice thinnest_um and lie inside the cross-section "
                f"(2 * half_profile_um = {2 * self.half_profile_um:g}), "
                f"got {self.thinnest_um:g} to {self.thickest_um:g}"
            )

    def in_px(self, um_per_px: float) -> ProfileGeometry:
        """The lengths that cross-sections need, at a scale."""
        reach = max(self.half_profile_um / um_per_px, MIN_REACH_PX)
        per_side = min(max(math.ceil(reach), SAMPLES_PER_SIDE[0]), SAMPLES_PER_SIDE[1])
        return ProfileGeometry(
            x_px=np.linspace(-reach, reach, 2 * per_side + 1),
            step_px=self.profile_step_um / um_per_px,
            end_margin_px=self.end_margin_um / um_per_px,
            tangent_px=max(self.tangent_um / um_per_px, 1.0),
            width_range_px=(self.thinnest_um / um_per_px, self.thickest_um / um_per_px),
            offset_px=max(self.offset_um / um_per_px, 1.0),
            skin_px=self.skin_beside_um / um_per_px,
            correlation_px=self.correlation_um / um_per_px,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProfileGeometry:
    """Lengths of MeasurementSettings in px, under the same names.

    Parameters
    ----------
    x_px : (n,) float64 ndarray
        Positions of the samples across the shaft; 0 is its axis.
    step_px, end_margin_px, tangent_px, offset_px, skin_px, correlation_px : float
    width_range_px : (float, float)
        Thinnest and thickest bar.
    """

    x_px: NDArray[np.float64]
    step_px: float
    end_margin_px: float
    tangent_px: float
    width_range_px: tuple[float, float]
    offset_px: float
    skin_px: float
    correlation_px: float

    @property
    def n_free(self) -> float:
        """How many of the samples are independent: noise of neighboring pixels is shared by what lies between them."""
        return len(self.x_px) * min(1.0, float(self.x_px[1] - self.x_px[0]))

    @property
    def reach_px(self) -> float:
        """How far a cross-section goes on each side."""
        return float(self.x_px[-1])
