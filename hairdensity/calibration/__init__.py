"""The scale of a picture, from whatever states or shows it; without one no um and no cm2 leave this package.

It is never guessed from the hairs' own width.
"""

from hairdensity.calibration.choosing import calibration_from_tags, choose_calibration
from hairdensity.calibration.scale import GIVEN_RELATIVE_ERROR, UM_PER_PX_RANGE, Calibration

__all__ = [
    "GIVEN_RELATIVE_ERROR",
    "UM_PER_PX_RANGE",
    "Calibration",
    "calibration_from_tags",
    "choose_calibration",
]
