"""Hair density and thickness from trichoscopy images.

The way of the data: ``read_image`` makes a TrichoImage; a Calibration gives it a scale; ``analyze`` places the target
area, segments the shafts, traces one centerline for each hair, measures it, groups hairs into follicular units and
returns an Analysis with its tables and Metrics.
"""

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
