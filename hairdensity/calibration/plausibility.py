"""What is noteworthy about a scale: where it comes from, who contradicts it, and whether hairs can be that thick.

Figures outside of what scalps show warn of a wrong scale; they never make one.
"""

from __future__ import annotations

from hairdensity.calibration.scale import Calibration, ScaleKind
from hairdensity.flags import ImageFlag

__all__ = ["is_plausible_diameter", "scale_flags"]

DIAMETERS_UM = (15.0, 120.0)
"""Median of a scalp's hairs. Means of people lie at 40-120 um (Loussouarn: African 66-75, Caucasian 60-75, Asian
80-95), single hairs at 17-180 um; a scalp that bears nothing but vellus hair has a median of 20-30 um."""

_FLAGS = {
    ScaleKind.FOUND: ImageFlag.FOUND_CALIBRATION,
    ScaleKind.TAGS: ImageFlag.TAG_CALIBRATION,
    ScaleKind.PROFILE: ImageFlag.PROFILE_CALIBRATION,
}


def scale_flags(calibration: Calibration | None) -> ImageFlag:
    """The flags of a scale by itself."""
    if calibration is None:
        return ImageFlag.UNCALIBRATED
    flags = _FLAGS.get(calibration.kind, ImageFlag(0))
    return flags if calibration.disagrees_with is None else flags | ImageFlag.SCALE_DISAGREES


def is_plausible_diameter(median_um: float) -> bool:
    """Whether a scalp's hairs can have this median; there is no such limit for few hairs per cm2: scalps are bald."""
    return DIAMETERS_UM[0] <= median_um <= DIAMETERS_UM[1]
