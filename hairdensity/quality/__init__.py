"""Quality before counting: what of a picture cannot be read, what went wrong when it was taken, whether it counts."""

from hairdensity.quality.graphics import GraphicsSettings, find_graphics
from hairdensity.quality.legibility import busy_share, is_legible

__all__ = ["GraphicsSettings", "busy_share", "find_graphics", "is_legible"]
