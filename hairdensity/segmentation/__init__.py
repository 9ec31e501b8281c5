"""segment: from pixels to hair maps. Exchangeable: ridges.py needs no weights, network.py needs a model."""

from hairdensity.segmentation.maps import HairMaps, NetworkMaps, RidgeMaps
from hairdensity.segmentation.ridges import RidgeSettings, segment, segment_polarities
from hairdensity.segmentation.working_scale import estimate_working_scale

__all__ = [
    "HairMaps",
    "NetworkMaps",
    "RidgeMaps",
    "RidgeSettings",
    "estimate_working_scale",
    "segment",
    "segment_polarities",
]
