"""Hair density and thickness from trichoscopy images.

The way of the data: ``read_image`` makes a TrichoImage; a Calibration gives it a scale; ``analyze`` places the target
area, segments the shafts, traces one centerline for each hair, measures it, groups hairs into follicular units and
returns an Analysis with its tables and Metrics.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hairdensity.analysis import Analysis, Settings, analyze
    from hairdensity.calibration import Calibration, choose_calibration
    from hairdensity.image import TrichoImage, read_image
    from hairdensity.target_area import AreaShape, parse_area

__all__ = [
    "Analysis",
    "AreaShape",
    "Calibration",
    "Settings",
    "TrichoImage",
    "analyze",
    "choose_calibration",
    "parse_area",
    "read_image",
]

_HOMES = {
    "analysis": ("Analysis", "Settings", "analyze"),
    "calibration": ("Calibration", "choose_calibration"),
    "image": ("TrichoImage", "read_image"),
    "target_area": ("AreaShape", "parse_area"),
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: the command line answers at once and its parent stays small."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"hairdensity.{module}"), name)
    raise AttributeError(f"module 'hairdensity' has no attribute {name!r}")
