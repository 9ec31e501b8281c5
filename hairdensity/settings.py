"""Settings: everything that an analysis depends on, stored with every result."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from hairdensity.errors import InputError
from hairdensity.measurement import MeasurementSettings
from hairdensity.metrics import MetricsSettings
from hairdensity.quality import GraphicsSettings, QualitySettings
from hairdensity.segmentation import NetworkSettings, RidgeSettings
from hairdensity.tracing import TracingSettings

__all__ = ["METHODS", "Settings"]

METHODS = ("network", "ridges")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an analysis depends on; stored with every result.

    Parameters
    ----------
    method : {"network", "ridges"}
        How shafts are found: with weights, or with ridge filters alone.
    model : str or None
        A shipped model's name or the folder of your own; None for the newest shipped one.
    margin_um : float
        Strip along the picture's edge that leaves the area: a hair that leaves the picture there shows too little of
        itself to be found.
    graphics : GraphicsSettings
    quality : QualitySettings
    ridges : RidgeSettings
    network : NetworkSettings
    tracing : TracingSettings
    measurement : MeasurementSettings
    metrics : MetricsSettings
    """

    method: str = "network"
    model: str | None = None
    margin_um: float = 110.0
    graphics: GraphicsSettings = field(default_factory=GraphicsSettings)
    quality: QualitySettings = field(default_factory=QualitySettings)
    ridges: RidgeSettings = field(default_factory=RidgeSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    tracing: TracingSettings = field(default_factory=TracingSettings)
    measurement: MeasurementSettings = field(default_factory=MeasurementSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(f"method must be one of {', '.join(METHODS)}, got {self.method!r}")
        if not 0 <= self.margin_um < math.inf:
            raise InputError(f"margin_um must be 0 or more, in um, got {self.margin_um:g}")
