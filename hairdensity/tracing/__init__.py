"""trace: from hair maps to one centerline for each hair, root first."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hairdensity.segmentation.maps import HairMaps, NetworkMaps
from hairdensity.tracing.centerlines import Centerlines, Rejected, Traced
from hairdensity.tracing.crossed import is_crossed
from hairdensity.tracing.from_network import NetworkTracingSettings, trace_network
from hairdensity.tracing.from_ridges import RidgeTracingSettings, trace_ridges
from hairdensity.tracing.polarity import merge_polarities

__all__ = [
    "Centerlines",
    "NetworkTracingSettings",
    "Rejected",
    "RidgeTracingSettings",
    "Traced",
    "TracingSettings",
    "is_crossed",
    "merge_polarities",
    "trace",
    "trace_and_weigh",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingSettings:
    """The settings of both ways to trace.

    Parameters
    ----------
    ridges : RidgeTracingSettings
    network : NetworkTracingSettings
    """

    ridges: RidgeTracingSettings = field(default_factory=RidgeTracingSettings)
    network: NetworkTracingSettings = field(default_factory=NetworkTracingSettings)


def trace(
    maps: HairMaps, *, unreadable: NDArray[np.bool_] | None = None, settings: TracingSettings | None = None
) -> Centerlines:
    """Follow every shaft from its root to its tip.

    Parameters
    ----------
    maps : RidgeMaps or NetworkMaps
    unreadable : (H, W) bool ndarray, optional
        Pixels, at the picture's resolution, on which no shaft can be seen.
    settings : TracingSettings, optional

    Returns
    -------
    Centerlines
        N hairs in px of the picture.
    """
    return trace_and_weigh(maps, unreadable=unreadable, settings=settings).hairs


def trace_and_weigh(
    maps: HairMaps, *, unreadable: NDArray[np.bool_] | None = None, settings: TracingSettings | None = None
) -> Traced:
    """The same as `trace`, with the shafts that were not taken for hairs.

    Parameters
    ----------
    maps, unreadable, settings
        As in `trace`.
    """
    settings = settings or TracingSettings()
    if isinstance(maps, NetworkMaps):
        return trace_network(maps, unreadable=unreadable, settings=settings.network)
    return Traced(trace_ridges(maps, unreadable=unreadable, settings=settings.ridges), Rejected.none())
