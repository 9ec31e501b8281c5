"""The scale of a picture, from whatever states or shows it; without one no um and no cm2 leave this package.

It is never guessed from the hairs' own width.
"""

from hairdensity.calibration.choosing import calibration_from_tags, choose_calibration
from hairdensity.calibration.device_profile import (
    DeviceProfile,
    default_profile_folder,
    profile_from_json,
    profile_to_json,
    read_profile,
    write_profile,
)
from hairdensity.calibration.plausibility import is_plausible_diameter, scale_flags
from hairdensity.calibration.ruler import Ruler, find_rulers
from hairdensity.calibration.scale import GIVEN_RELATIVE_ERROR, UM_PER_PX_RANGE, Calibration, ScaleKind
from hairdensity.calibration.scale_bar import ScaleBar, find_bars, find_scale_bar

__all__ = [
    "GIVEN_RELATIVE_ERROR",
    "UM_PER_PX_RANGE",
    "Calibration",
    "DeviceProfile",
    "Ruler",
    "ScaleBar",
    "ScaleKind",
    "calibration_from_tags",
    "choose_calibration",
    "default_profile_folder",
    "find_bars",
    "find_rulers",
    "find_scale_bar",
    "is_plausible_diameter",
    "profile_from_json",
    "profile_to_json",
    "read_profile",
    "scale_flags",
    "write_profile",
]
