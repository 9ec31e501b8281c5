"""Hair density and thickness from trichoscopy images.

The way of the data: ``read_image`` makes a TrichoImage; a Calibration gives it a scale; ``analyze`` places the target
area, segments the shafts, traces one centerline for each hair, measures it, groups hairs into follicular units and
returns an Analysis with its tables and Metrics. ``compare`` finds the hairs of one visit again at another and returns a
Change; ``follow_series`` follows them over more visits, ``measure_growth`` says how fast they grow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hairdensity.analysis import Analysis, Settings, analyze
    from hairdensity.calibration import Calibration, choose_calibration
    from hairdensity.comparison.change import Change, compare
    from hairdensity.comparison.growth import Growth, measure_growth
    from hairdensity.comparison.registration import Registration, register
    from hairdensity.comparison.series import Series, follow_series
    from hairdensity.comparison.settings import ComparisonSettings
    from hairdensity.image import TrichoImage, read_image
    from hairdensity.target_area import AreaShape, parse_area

__all__ = [
    "Analysis",
    "AreaShape",
    "Calibration",
    "Change",
    "ComparisonSettings",
    "Growth",
    "Registration",
    "Series",
    "Settings",
    "TrichoImage",
    "analyze",
    "choose_calibration",
    "compare",
    "follow_series",
    "measure_growth",
    "parse_area",
    "read_image",
    "register",
]

_HOMES = {
    "analysis": ("Analysis", "Settings", "analyze"),
    "calibration": ("Calibration", "choose_calibration"),
    "comparison.change": ("Change", "compare"),
    "comparison.growth": ("Growth", "measure_growth"),
    "comparison.registration": ("Registration", "register"),
    "comparison.series": ("Series", "follow_series"),
    "comparison.settings": ("ComparisonSettings",),
    "image": ("TrichoImage", "read_image"),
    "target_area": ("AreaShape", "parse_area"),
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: the command line answers at once and its parent stays small."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"hairdensity.{module}"), name)
    raise AttributeError(f"module 'hairdensity' has no attribute {name!r}")
