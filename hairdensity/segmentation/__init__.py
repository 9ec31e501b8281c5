"""segment: from pixels to hair maps. Methods are exchangeable; the one without weights is in ridges.py."""

from hairdensity.segmentation.maps import HairMaps
from hairdensity.segmentation.ridges import RidgeSettings, segment, segment_polarities
from hairdensity.segmentation.working_scale import estimate_working_scale

__all__ = ["HairMaps", "RidgeSettings", "estimate_working_scale", "segment", "segment_polarities"]
