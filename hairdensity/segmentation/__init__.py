"""segment: from pixels to hair maps. Exchangeable: ridges.py needs no weights, network.py needs a model."""

from hairdensity.segmentation.maps import HairMaps, NetworkMaps, RidgeMaps
from hairdensity.segmentation.model_files import ModelId, find_model
from hairdensity.segmentation.network import NetworkSettings, segment_with_network
from hairdensity.segmentation.ridges import RidgeSettings, segment, segment_polarities
from hairdensity.segmentation.working_scale import estimate_working_scale

__all__ = [
    "HairMaps",
    "ModelId",
    "NetworkMaps",
    "NetworkSettings",
    "RidgeMaps",
    "RidgeSettings",
    "estimate_working_scale",
    "find_model",
    "segment",
    "segment_polarities",
    "segment_with_network",
]
