"""Settings, Analysis and analyze(): the pipeline from a picture to its figures."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from hairdensity.calibration import Calibration
from hairdensity.flags import ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.metrics import Metrics
from hairdensity.segmentation.maps import HairMaps
from hairdensity.target_area import AreaShape, TargetArea
from hairdensity.tracing.centerlines import Centerlines

__all__ = ["Analysis", "Settings", "analyze"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything physical that an analysis depends on; stored with every result."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """What was found on one picture, with the settings and versions that found it.

    Parameters
    ----------
    image : TrichoImage
    calibration : Calibration or None
    target_area : TargetArea
    maps : HairMaps
    centerlines : Centerlines
        N hairs, in the order of ``hairs``.
    hairs : DataFrame
        N rows, columns ``tables.HAIRS``.
    units : DataFrame
        Columns ``tables.UNITS``.
    metrics : Metrics
    flags : ImageFlag
    settings : Settings
    version : str
        Version of this package.
    """

    image: TrichoImage
    calibration: Calibration | None
    target_area: TargetArea
    maps: HairMaps
    centerlines: Centerlines
    hairs: pd.DataFrame
    units: pd.DataFrame
    metrics: Metrics
    flags: ImageFlag
    settings: Settings
    version: str


def analyze(
    image: TrichoImage,
    *,
    calibration: Calibration | None = None,
    area: AreaShape | None = None,
    settings: Settings | None = None,
) -> Analysis:
    """Find and measure the hairs of a picture."""
    raise NotImplementedError
