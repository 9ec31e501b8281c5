"""Settings, Analysis and analyze(): the pipeline from a picture to its figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hairdensity.calibration import Calibration
from hairdensity.finding import find_hairs
from hairdensity.flags import ImageFlag
from hairdensity.image import TrichoImage
from hairdensity.measurement import UnitGrouping, measure
from hairdensity.measurement.coverage import measure_coverage
from hairdensity.measurement.ostia import find_ostia
from hairdensity.measurement.skin import look_at_skin
from hairdensity.metrics import Measured, Metrics, compute_metrics
from hairdensity.metrics.difficulty import Traits, expected_errors, traits_of
from hairdensity.noteworthy import image_flags
from hairdensity.quality import Quality, assess_quality, find_graphics, is_legible, leave_out
from hairdensity.resources import package_version
from hairdensity.segmentation import ModelId, estimate_working_scale
from hairdensity.settings import Settings
from hairdensity.target_area import AreaShape, TargetArea, place_area
from hairdensity.tracing import Centerlines, Rejected

__all__ = ["Analysis", "Settings", "analyze"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """What was found on one picture, with the settings and versions that found it.

    Parameters
    ----------
    image : TrichoImage
    calibration : Calibration or None
    working_um_per_px : float
        The calibration's scale; without one, the estimate that turned the settings into px.
    target_area : TargetArea
    centerlines : Centerlines
        N hairs, in the order of ``hairs``.
    rejected : Rejected
        Shafts that were weighed and not taken for hairs: another visit can speak for them.
    hairs : DataFrame
        N rows, columns ``tables.HAIRS``.
    units : DataFrame
        Columns ``tables.UNITS``.
    ostia : DataFrame
        Columns ``tables.OSTIA``.
    grouping : UnitGrouping
        How the units were decided; ``grouping.gap_um`` is the distance that parts them.
    traits : Traits
        How hard the picture is: what the intervals' errors of detection follow from.
    metrics : Metrics
    flags : ImageFlag
    quality : Quality
        Its flags are those of the analysis, its verdict the worst that they cause.
    model : ModelId or None
        The weights; None for ridges.
    settings : Settings
    version : str
        Version of this package.
    """

    image: TrichoImage
    calibration: Calibration | None
    working_um_per_px: float
    target_area: TargetArea
    centerlines: Centerlines
    rejected: Rejected
    hairs: pd.DataFrame
    units: pd.DataFrame
    ostia: pd.DataFrame
    grouping: UnitGrouping
    traits: Traits
    metrics: Metrics
    flags: ImageFlag
    quality: Quality
    model: ModelId | None
    settings: Settings
    version: str


def analyze(
    image: TrichoImage,
    *,
    calibration: Calibration | None = None,
    area: AreaShape | NDArray[np.bool_] | None = None,
    settings: Settings | None = None,
) -> Analysis:
    """Find and measure the hairs of a picture.

    Parameters
    ----------
    image : TrichoImage
    calibration : Calibration, optional
        Without one, no um and no cm2 is stated.
    area : AreaShape or (H, W) bool ndarray, optional
        The scalp to analyze; the whole picture by default.
    settings : Settings, optional

    Raises
    ------
    TargetAreaError
        If the area has no readable pixel in the picture, or needs a scale that is not known.
    """
    settings = settings or Settings()
    um_per_px = calibration.um_per_px if calibration else estimate_working_scale(image.pixels)
    graphics = find_graphics(image.pixels, settings.graphics)
    quality = assess_quality(image.pixels, graphics=graphics, um_per_px=um_per_px, settings=settings.quality)
    target_area = place_area(
        area if area is not None else AreaShape(),
        image_shape=image.pixels.shape[:2],
        unreadable=graphics,
        calibration=calibration,
        margin_px=settings.margin_um / um_per_px,
    )
    found = find_hairs(image.pixels, graphics=graphics, um_per_px=um_per_px, settings=settings)
    is_readable = is_legible(image.pixels, target_area.mask, graphics=graphics, um_per_px=um_per_px)
    unreadable = found.hidden | quality.unreadable
    target_area, lost = leave_out(target_area, unreadable, is_legible=is_readable, settings=settings.quality)
    hairs, units, grouping = measure(
        found.darkness,
        found.centerlines,
        calibration=calibration,
        working_um_per_px=um_per_px,
        target_area=target_area,
        settings=settings.measurement,
    )
    diameter_px = hairs["diameter_px"].to_numpy()
    ostia = find_ostia(
        image.pixels,
        found.centerlines,
        hairs,
        um_per_px=um_per_px,
        target_area=target_area,
        unreadable=graphics | unreadable,
        settings=settings.measurement.ostia,
    )
    measured = Measured(
        hairs=hairs,
        units=units,
        coverage_fraction=measure_coverage(found.centerlines, diameter_px, target_area),
        ostia=ostia,
        skin=look_at_skin(image.pixels, found.centerlines, diameter_px, target_area, um_per_px=um_per_px),
    )
    traits = _traits(measured, found.rejected, quality, target_area, um_per_px=um_per_px)
    errors = expected_errors(traits, settings.method)
    metrics = compute_metrics(measured, target_area, calibration, errors=errors, settings=settings.metrics)
    flags = image_flags(image, calibration, target_area, hairs, metrics, has_graphics=bool(graphics.any()))
    flags |= lost | quality.flags
    return Analysis(
        image=image,
        calibration=calibration,
        working_um_per_px=um_per_px,
        target_area=target_area,
        centerlines=found.centerlines,
        rejected=found.rejected,
        hairs=hairs,
        units=units,
        ostia=ostia,
        grouping=grouping,
        traits=traits,
        metrics=metrics,
        flags=flags,
        quality=quality.concluded(flags),
        model=found.model,
        settings=settings,
        version=package_version(),
    )


def _traits(measured: Measured, rejected: Rejected, quality: Quality, area: TargetArea, *, um_per_px: float) -> Traits:
    """How hard the picture is, by its hairs in the area and its quality."""
    return traits_of(
        measured.hairs,
        rejected.hair_probability[area.contains(rejected.roots_px)],
        covered=measured.coverage_fraction,
        blur_um=quality.blur_um,
        hair_contrast=quality.hair_contrast,
        um_per_px=um_per_px,
    )
