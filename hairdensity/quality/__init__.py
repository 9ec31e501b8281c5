"""Quality before counting: what of a picture cannot be read, what went wrong when it was taken, whether it counts."""

from hairdensity.quality.assessment import Quality, assess_quality
from hairdensity.quality.graphics import GraphicsSettings, find_graphics, find_text
from hairdensity.quality.leaving_out import leave_out
from hairdensity.quality.legibility import busy_share, is_legible
from hairdensity.quality.settings import QualitySettings

__all__ = [
    "GraphicsSettings",
    "Quality",
    "QualitySettings",
    "assess_quality",
    "busy_share",
    "find_graphics",
    "find_text",
    "is_legible",
    "leave_out",
]
